"""Edits while it serves: which files an edition is read from, the versions that are kept, and how a new one takes over."""
