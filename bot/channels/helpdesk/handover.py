"""When a person has to take over, whatever the help desk."""

from __future__ import annotations

from typing import Literal

from bot.dialogue.conversation import Reply
from bot.knowledge.model import Knowledge

WHO = ""  # a conversation at a help desk has one person in it
Reason = Literal["urgent", "person", "lost", "failed"]
_MOST = 2


def unhelped(reply: Reply, before: int, knowledge: Knowledge) -> int:
    """How often in a row the bot could not help, with ``reply``. To say that only the clinic knows is no help."""
    if reply.kind == "fallback":
        return before + 1
    if reply.kind == "boundary":
        topic = knowledge.boundaries.get(reply.boundary or "")
        return 0 if topic is not None and topic.clinic_text else before + 1
    return before if reply.kind in {"smalltalk", "urgent"} else 0


def reason_for(reply: Reply, in_a_row: int) -> Reason | None:
    """Why ``reply`` is the last before a person answers; None where it is not. ``in_a_row`` as ``unhelped`` gives it."""
    if reply.kind == "urgent":
        return "urgent"
    if reply.kind == "handoff":
        return "person"
    return "lost" if in_a_row >= _MOST else None
