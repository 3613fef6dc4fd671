"""Conversations of browsers and servers, and the tokens that open them."""

from __future__ import annotations

import hashlib
import secrets

from bot.channels.web import CHANNEL
from bot.dialogue.conversation import ConversationKey

_BYTES = 16


def mint() -> str:
    """A new token: 128 random bits as 22 characters."""
    return secrets.token_urlsafe(_BYTES)


def key_of(clinic: str, token: str) -> ConversationKey:
    """The conversation that ``token`` opens. Only its hash is known to a store."""
    return ConversationKey(clinic, CHANNEL, hashlib.sha256(token.encode("utf-8", "replace")).hexdigest())
