"""Values of a row in plain texts: titles, questions, choices."""
