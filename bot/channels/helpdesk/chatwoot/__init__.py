"""Chatwoot's agent bot: its webhooks in, calls of its API out."""

CHANNEL = "chatwoot"
PATH = "/hooks/chatwoot"
