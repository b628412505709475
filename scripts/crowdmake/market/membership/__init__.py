"""How workers become known to the market: names, links that let them in, what is kept of them."""
