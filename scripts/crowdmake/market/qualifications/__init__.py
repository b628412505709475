"""Qualifications: the types there are, what HIT types require, who was granted what."""
