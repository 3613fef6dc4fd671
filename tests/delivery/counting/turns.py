"""Replies as a counter hears of them."""

from __future__ import annotations

from typing import Any

from bot.delivery.service import Turned
from bot.dialogue.conversation import Conversation, ConversationKey, Part, Reply, Watch
from bot.dialogue.events import Event, Said

ANN = ConversationKey("aurora", "telegram", "ann")
NOBODY = ConversationKey("aurora", "web", "")
AT = 1_764_000_000.0  # 2025-11-24 16:00 UTC, 10:00 in Chicago
HOUR = int(AT // 3600)
WORDS = "a canary sings"
SAID = Said(WORDS)


def answered(*entries: str, kind: Any = "answer", boundaries: tuple[str, ...] = ()) -> Reply:
    parts = (*(Part(entry, None, (), 1.0) for entry in entries), *(Part(None, one, (), 1.0) for one in boundaries))
    return Reply(kind, WORDS, parts=parts)


def turned(
    reply: Reply,
    event: Event = SAID,
    key: ConversationKey = ANN,
    at: float = AT,
    before: Watch | None = None,
    after: Watch | None = None,
) -> Turned:
    return Turned(key, "1001", event, reply, Conversation(watch=before), Conversation(watch=after), at)
