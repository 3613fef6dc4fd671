"""What is learned from examples: texts told apart by their words, sentences as vectors, and the regression below both. Pure."""
