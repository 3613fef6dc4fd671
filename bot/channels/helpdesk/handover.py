"""Who is in a conversation at a help desk."""

from __future__ import annotations

from bot.dialogue.floor import Reason

__all__ = ["WHO", "Reason"]

WHO = ""  # a conversation at a help desk has one person in it
