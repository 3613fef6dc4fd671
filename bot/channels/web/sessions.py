"""Conversations of browsers and servers: their tokens, and one turn at a time."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from bot.channels.web import CHANNEL
from bot.model import ConversationKey

_BYTES = 16


def mint() -> str:
    """A new token: 128 random bits as 22 characters."""
    return secrets.token_urlsafe(_BYTES)


def key_of(clinic: str, token: str) -> ConversationKey:
    """The conversation that ``token`` opens. Only its hash is known to a store."""
    return ConversationKey(clinic, CHANNEL, hashlib.sha256(token.encode("utf-8", "replace")).hexdigest())


class Turns:
    """A lock for each conversation that has a turn now, and for no other."""

    def __init__(self) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, list[None]]] = {}

    def __len__(self) -> int:
        return len(self._locks)

    @contextmanager
    def of(self, id: str) -> Iterator[asyncio.Lock]:
        """The lock of the conversation, not yet taken; it is kept as long as anybody is in here."""
        lock, inside = self._locks.setdefault(id, (asyncio.Lock(), []))
        inside.append(None)
        try:
            yield lock
        finally:
            inside.pop()
            if not inside:
                del self._locks[id]
