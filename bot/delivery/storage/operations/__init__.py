"""What is done in a database: single steps, and the same grouped for one commit."""
