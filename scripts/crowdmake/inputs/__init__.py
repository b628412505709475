"""Input files and their rows."""
