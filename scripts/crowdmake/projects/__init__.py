"""Making experiments: an empty one to begin with, or one of what another tool left."""
