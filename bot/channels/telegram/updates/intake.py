"""A raw update from Telegram, and whose conversation it belongs to.

Nothing else of it is read here: one that nobody can parse must be taken like any other, or Telegram would send it for ever.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from bot.channels.telegram.api.transport import decode
from bot.channels.telegram.settings import NAME
from bot.delivery.storage import Incoming
from bot.dialogue.conversation import ConversationKey

# Telegram gives up inline queries after 30 s; an answer to an older one goes nowhere.
_INLINE_SECONDS = 30.0

# All that is asked for. The list lasts at Telegram, so it is always sent whole.
UPDATES = (
    "message",
    "edited_message",
    "callback_query",
    "inline_query",
    "my_chat_member",
    "business_connection",
    "business_message",
    "edited_business_message",
)
# What a store takes as a name. An id that is made up must not be refused there for ever.
_KEY = re.compile(r"[A-Za-z0-9:_=-]{1,200}")


class NoUpdate(ValueError):
    """This is no update of the Bot API."""


def parse_update(body: bytes, clinic: str, at: float) -> Incoming:
    """The update in ``body``, received at the Unix time ``at``. Raises NoUpdate."""
    try:
        raw = decode(body)
    except (ValueError, RecursionError) as error:
        raise NoUpdate("this is not JSON") from error
    return incoming_from(raw, clinic, at, body)


def incoming_from(raw: object, clinic: str, at: float, body: bytes | None = None) -> Incoming:
    """The same, of an update that is read already. Raises NoUpdate."""
    id = raw.get("update_id") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or not isinstance(id, int) or isinstance(id, bool) or not 0 <= id < 1 << 63:
        raise NoUpdate("this is no update: it has no update_id")
    kind = next((name for name in raw if name != "update_id"), "")
    payload = body if body is not None else json.dumps(raw, separators=(",", ":")).encode("utf-8", "surrogatepass")
    conversation = _conversation(kind, raw.get(kind)) or ""
    key = ConversationKey(clinic, NAME, conversation if _KEY.fullmatch(conversation) else f"x{id}")
    return Incoming(key, str(id), payload, at, at + _INLINE_SECONDS if kind == "inline_query" else None)


def chat_key(clinic: str, chat: int, thread: int | None = None, business: str | None = None) -> ConversationKey:
    """The conversation of a chat; of one topic in a forum; of one chat of a business account."""
    topic = f":{thread}" if thread else ""
    return ConversationKey(clinic, NAME, f"b{business}:{chat}" if business else f"{chat}{topic}")


def _conversation(kind: str, body: object) -> str | None:
    if not isinstance(body, dict):
        return None
    if kind == "callback_query" and isinstance(message := body.get("message"), dict):
        return _of_message(message)
    if kind in {"inline_query", "callback_query", "chosen_inline_result"}:
        person = body.get("from")
        return f"u{person.get('id')}" if isinstance(person, dict) else None
    if kind == "business_connection":
        return f"c{body.get('id')}"
    return _of_message(body)


def _of_message(message: Mapping[str, Any]) -> str | None:
    chat = message.get("chat")
    if not isinstance(chat, dict) or not isinstance(chat.get("id"), int):
        return None
    thread = message.get("message_thread_id") if message.get("is_topic_message") else None
    if isinstance(direct := message.get("direct_messages_topic"), dict):
        thread = direct.get("topic_id")
    return chat_key("", chat["id"], thread if isinstance(thread, int) else None, message.get("business_connection_id")).id
