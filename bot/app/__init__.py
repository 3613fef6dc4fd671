"""What runs: settings, the channels put together, the server, the Python API, the commands."""
