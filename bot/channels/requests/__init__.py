"""What channels on the web do with every request: who calls, how often, and how much of a body is read."""
