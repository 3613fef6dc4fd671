"""What Telegram says when it does not do what it was asked, and what that means."""

from __future__ import annotations

from typing import Literal

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
