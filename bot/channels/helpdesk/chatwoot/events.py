"""An event that Chatwoot tells its agent bot of, cut down to what the bot needs: no name, address or number of anybody stays.

The ids under which events are known come from what is signed. Chatwoot's own id of a delivery stands in a header that no
signature covers: whoever sends a webhook once more could change it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import msgspec

from bot.channels.helpdesk.chatwoot import mail
from bot.channels.helpdesk.chatwoot.settings import NAME
from bot.delivery.storage import Incoming
from bot.dialogue.conversation import ConversationKey

Kind = Literal["said", "chosen", "taken", "resolved"]
_MAIL = "Channel::Email"
_MESSAGES = frozenset({"message_created", "message_updated"})


class NoEvent(ValueError):
    """This is no event of Chatwoot."""


@dataclass(frozen=True, slots=True)
class ChatwootEvent:
    """``said``: the patient wrote ``text``; ``chosen``: picked the choice ``text``; ``taken``: somebody of the staff wrote to
    them, wherever; ``resolved``: the conversation is over.

    ``status`` is that of the conversation when it happened, ``assigned``: it had a person as its assignee; ``inbox`` is
    Chatwoot's name of the kind of inbox. ``mail``: it came as an e-mail, and ``text`` is what is new in it.
    """

    kind: Kind
    account: int
    conversation: int
    status: str
    inbox: str = ""
    message: int = 0
    text: str = ""
    attached: bool = False
    assigned: bool = False
    mail: bool = False


def parse_event(body: bytes, clinic: str, at: float) -> Incoming | None:
    """The event in ``body``, received at the Unix time ``at``; None where it is of no concern. Raises NoEvent."""
    try:
        raw = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise NoEvent("this is not JSON") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("event"), str):
        raise NoEvent("this is no event: it has no name")
    event = _message(raw) if raw["event"] in _MESSAGES else _status(raw)
    if event is None:
        return None
    key = ConversationKey(clinic, NAME, f"{event.account}:{event.conversation}")
    return Incoming(key, _id(event, body), msgspec.json.encode(event), at)


def decode(payload: bytes) -> ChatwootEvent:
    """Raises NoEvent."""
    try:
        return msgspec.json.decode(payload, type=ChatwootEvent)
    except (msgspec.MsgspecError, ValueError) as error:
        raise NoEvent("this is no event of ours") from error


def _id(event: ChatwootEvent, body: bytes) -> str:
    if event.kind in {"said", "taken"}:
        return str(event.message)
    # An answer to a choice is told again with each later change of that message.
    same = event.text.encode() if event.kind == "chosen" else body
    return f"{event.kind}:{event.message}:{hashlib.sha256(same).hexdigest()[:32]}"


def _message(raw: Mapping[str, Any]) -> ChatwootEvent | None:
    conversation, account = _object(raw, "conversation"), _number(_object(raw, "account"), "id")
    number, message = _number(conversation, "id"), _number(raw, "id")
    status = conversation.get("status")
    # Both are left out of no release; what they are is decided by nobody else.
    if account is None or number is None or message is None or not isinstance(status, str) or raw.get("private"):
        return None
    inbox, assigned = _text(conversation, "channel"), assigned_to_person(conversation)
    event = ChatwootEvent("said", account, number, status, inbox, message, assigned=assigned)
    direction = raw.get("message_type")
    if raw["event"] == "message_updated":
        chosen = _chosen(_object(raw, "content_attributes")) if direction == "outgoing" else ""
        return replace(event, kind="chosen", text=chosen) if chosen else None
    if direction == "incoming":
        return _written(raw, event)
    if direction == "outgoing" and _of_staff(raw):
        return replace(event, kind="taken")
    return None


def _written(raw: Mapping[str, Any], event: ChatwootEvent) -> ChatwootEvent | None:
    """What the patient wrote; None for what a program sent."""
    content, attached = _text(raw, "content"), bool(raw.get("attachments"))
    email = _object(_object(raw, "content_attributes"), "email")
    if not email and raw.get("content_type") != "incoming_email" and event.inbox != _MAIL:
        return replace(event, text=content, attached=attached)
    if mail.is_automatic(email):
        return None
    return replace(event, text=mail.words_of(content, email), attached=attached, mail=True)


def _of_staff(raw: Mapping[str, Any]) -> bool:
    """Whether a person wrote it. What they write on the paired phone, or in Meta's own inbox, has no sender.

    Nor has what an automation says; a campaign has one, who did not write it just now.
    """
    if "automation_rule_id" in _object(raw, "content_attributes") or "campaign_id" in _object(raw, "additional_attributes"):
        return False
    sender = raw.get("sender")
    return sender is None or _object(raw, "sender").get("type") == "user"


def assigned_to_person(conversation: Mapping[str, Any]) -> bool:
    """Whether the assignee of what Chatwoot says of a conversation is one of the staff; later releases name bots there, too."""
    meta = _object(conversation, "meta")
    kind = _object(meta, "assignee").get("type", "user")
    return bool(meta.get("assignee")) and kind == "user" and meta.get("assignee_type") in {None, "User"}


def _status(raw: Mapping[str, Any]) -> ChatwootEvent | None:
    over = raw["event"] == "conversation_resolved" or (
        raw["event"] == "conversation_status_changed" and raw.get("status") == "resolved"
    )
    conversation = _number(raw, "id")
    if not over or conversation is None:
        return None
    # The account stands in the conversation's last message alone. One without messages has nothing to forget.
    messages = raw.get("messages")
    last = messages[0] if isinstance(messages, list) and messages and isinstance(messages[0], dict) else {}
    account = _number(_object(raw, "account"), "id") or _number(raw, "account_id") or _number(last, "account_id")
    return None if account is None else ChatwootEvent("resolved", account, conversation, "resolved")


def _chosen(attributes: Mapping[str, Any]) -> str:
    values = attributes.get("submitted_values")
    first = values[0] if isinstance(values, list) and values else values
    return _text(first, "value") if isinstance(first, dict) else ""


def _object(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = raw.get(name)
    return found if isinstance(found, dict) else {}


def _number(raw: Mapping[str, Any], name: str) -> int | None:
    found = raw.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 < found < 1 << 63 else None


def _text(raw: Mapping[str, Any], name: str) -> str:
    found = raw.get(name)
    return found if isinstance(found, str) else ""
