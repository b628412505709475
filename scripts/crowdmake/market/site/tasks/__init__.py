"""Finding HITs and doing them."""
