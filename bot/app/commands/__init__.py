"""The commands of ``infusion-bot``."""
