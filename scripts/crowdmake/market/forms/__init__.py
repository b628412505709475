"""Forms in the service's own XML: questions, answer keys, and the answers to them."""
