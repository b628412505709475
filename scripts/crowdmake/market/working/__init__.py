"""What workers are offered, hold, earn and write: the site's questions to the market."""
