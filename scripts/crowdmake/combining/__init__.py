"""Several people's answers to one HIT become one: votes, averages, agreement, certainty."""
