"""The web server of a process: what it listens to, how much of it, and its own pages."""
