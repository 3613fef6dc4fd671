"""The tables, and how an older database becomes one of today."""
