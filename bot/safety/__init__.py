"""Danger, heard first: by rules, by patterns, by meaning. Stands on ``language`` alone, so that nothing above can break it. Pure."""
