"""Rounds: what comes in by rows or by the clock, and what goes out as events."""
