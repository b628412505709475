"""Fetching answers, and the stage files that show them."""
