"""Signing up, signing in, and what is kept about a worker."""
