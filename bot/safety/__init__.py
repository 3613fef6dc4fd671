"""Danger, heard first: by rules, patterns and meaning. Stands on ``language`` alone: nothing above can break it. Pure."""
