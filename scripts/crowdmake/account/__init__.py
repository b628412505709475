"""What concerns an account and its workers rather than one batch."""
