"""Putting HITs and assignments up, prolonging and ending them."""
