"""Polls: a HIT's answers become a second HIT, in which other workers rate them."""
