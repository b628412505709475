"""What things cost, and the budget that they stay within."""
