"""What the Snakefile asks, offline."""
