"""What a HIT shows, on hosts of its own, where it can reach nothing of the site."""
