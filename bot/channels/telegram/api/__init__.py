"""Calls to Telegram: the transport, the pace, the errors, and sending once."""
