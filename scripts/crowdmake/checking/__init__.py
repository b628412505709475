"""What is found out about an experiment's pages before anything is spent."""
