"""What Telegram says when it does not do what it was asked, and what that means."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any, Literal

Why = Literal["blocked", "kicked", "deactivated", "forbidden", "chat", "topic", "business", "expired"]

# What Telegram says (lower case, anywhere in the text), in the order in which it is looked for.
UNNEEDED = (
    "message is not modified",
    "message to edit not found",
    "message can't be edited",
    "message to delete not found",
)
UNREADABLE = ("can't parse entities", "can't parse caption entities", "can't find end of the entity")
UNREPLIED = ("message to be replied not found", "replied message not found", "reply message not found")
GONE: tuple[tuple[str, Why], ...] = (
    ("query is too old", "expired"),
    ("query id is invalid", "expired"),
    ("blocked by the user", "blocked"),
    ("bot was kicked", "kicked"),
    ("bot is not a member", "kicked"),
    ("deactivated", "deactivated"),
    ("message thread not found", "topic"),
    ("topic_closed", "topic"),
    ("topic_deleted", "topic"),
    ("topic_id_invalid", "topic"),
    ("topic closed", "topic"),
    ("business_", "business"),
    ("business connection", "business"),
    ("chat not found", "chat"),
    ("peer_id_invalid", "chat"),
    ("group chat was deactivated", "chat"),
    ("not enough rights", "forbidden"),
    ("have no rights", "forbidden"),
    ("bot_access_forbidden", "forbidden"),
    ("chat_write_forbidden", "forbidden"),
)

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


def stripped(text: str) -> str:
    """``text`` without its tags, and with its entities resolved."""
    return html.unescape(_TAG.sub("", text))


def _unmark(kwargs: dict[str, Any], plain: str | None) -> bool:
    name = next((name for name in ("text", "caption") if isinstance(kwargs.get(name), str)), None)
    if name is None or kwargs.pop("parse_mode", None) is None:
        return False
    kwargs[name] = plain if plain is not None else stripped(kwargs[name])
    return True


def _unreply(kwargs: dict[str, Any], _: str | None) -> bool:
    given = [kwargs.pop(name, None) for name in ("reply_parameters", "reply_to_message_id")]
    return any(one is not None for one in given)


# What of a call can be mended: the event, what Telegram says, what takes it from the call (False: it is not there).
REPAIRS: tuple[tuple[Literal["plain", "unreplied"], tuple[str, ...], Callable[[dict[str, Any], str | None], bool]], ...] = (
    ("plain", UNREADABLE, _unmark),
    ("unreplied", UNREPLIED, _unreply),
)
