"""Which topic is meant: the scorers, their sum, and what they learned from the phrases."""
