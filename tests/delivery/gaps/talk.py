"""Replies as those who look for gaps hear of them."""

from __future__ import annotations

from typing import Any

from bot.delivery.service import Turned
from bot.dialogue.conversation import Choice, Conversation, ConversationKey, Part, Reply, Watch
from bot.dialogue.events import Event, Said
from bot.dialogue.trace import RankedTopic, StepName, Trace, TraceStep

ANN = ConversationKey("aurora", "telegram", "ann")
BEN = ConversationKey("aurora", "telegram", "ben")
CLEO = ConversationKey("aurora", "web", "cleo")
AT = 1_764_000_000.0
DAY = int(AT // 86_400)


def ranked(*topics: str, steps: tuple[StepName, ...] = ()) -> Trace:
    found = tuple(RankedTopic(one, 0.3) for one in topics)
    return Trace(tuple(TraceStep(name) for name in steps), (found,) if found else ())


def refused(*nearest: str, **more: Any) -> Reply:
    return Reply("fallback", "", trace=ranked(*(nearest or ("feeding",))), **more)


def answered(*entries: str, **more: Any) -> Reply:
    return Reply("answer", "", parts=tuple(Part(one, None, (), 1.0) for one in entries), trace=ranked(*entries), **more)


def asked_back(*ids: str) -> Reply:
    return Reply("clarify", "", choices=tuple(Choice(one, one) for one in ids), trace=ranked(*ids))


def turned(
    event: Event | str,
    reply: Reply,
    key: ConversationKey = ANN,
    at: float = AT,
    before: Watch | None = None,
    after: Watch | None = None,
) -> Turned:
    said = Said(event) if isinstance(event, str) else event
    return Turned(key, "", said, reply, Conversation(watch=before), Conversation(watch=after), at)
