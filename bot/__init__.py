"""Answers what patients ask about ketamine infusions from reviewed text with its source, or says that the source does not."""

__version__ = "0.1.0"
