"""The keys of the bot's own sentences and what each may be filled with. The sentences are in ``knowledge/messages.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping

SLOTS: Mapping[str, frozenset[str]] = {
    key: frozenset(slots.split())
    for key, slots in {
        "disclaimer": "",
        "source": "title places link",
        "source_place": "section paragraph",
        "safety": "claims",
        "related": "questions",
        "clarify": "",
        "clarify_end": "",
        "fallback": "",
        "nearest": "questions",
        "fallback_again": "",
        "handoff": "",
        "handoff_contact": "contact",
        "complaint": "",
        "complaint_choices": "",
        "why_nothing": "",
        "more_nothing": "",
        "cut": "",
        "empty": "",
        "spanish": "",
        "helpline": "",
        "choice_gone": "",
        "apology": "",
        "topics": "questions",
        "timeline_effects": "clock_from clock_to",
        "timeline_driving": "clock_midnight",
        "timeline_late": "clock_to",
        "timeline_ended": "clock_end",
        "timeline_typical": "",
        "clock_midnight": "",
        "clock_other_day": "clock day",
        "timeline_ask": "",
        "timeline_unclear": "",
        "timeline_future": "",
        "timeline_past": "",
        "chat_welcome": "",
        "chat_help": "",
        "chat_goodbye": "",
        "chat_unknown_command": "command",
        "chat_no_reply_yet": "",
        "chat_forgotten": "",
        "chat_sources": "",
        "chat_help_more": "",
        "chat_interrupted": "",
        "chat_why": "kind confidence",
        "chat_why_claims": "",
        "chat_why_safety": "",
        "chat_why_steps": "",
    }.items()
}
_SLOT = re.compile(r"\{([a-z_]+)\}")


def fill(text: str, values: Mapping[str, str]) -> str:
    """``text`` with each ``{slot}`` replaced once; an unknown slot stays as it is. What is filled in is not looked at again."""
    return _SLOT.sub(lambda match: values.get(match.group(1), match.group(0)), text)
