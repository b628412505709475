"""Deciding work, paying bonuses, deleting what is done."""
