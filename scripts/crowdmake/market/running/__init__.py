"""The market in Amazon's place, for a program that knows Amazon's addresses only."""
