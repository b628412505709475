"""What was learnt from and done on a market, kept for good."""
