"""What is known: a folder of YAML read into one valid ``Knowledge``, or every mistake in it with its line."""
