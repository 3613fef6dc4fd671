"""An event that Chatwoot tells its agent bot of, cut down to what the bot needs: no name, address or number of anybody stays.

The ids under which events are known come from what is signed. Chatwoot's own id of a delivery stands in a header that no
signature covers: whoever sends a webhook once more could change it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import msgspec

from bot.channels.helpdesk.chatwoot import mail
from bot.channels.helpdesk.chatwoot.settings import NAME
from bot.delivery.storage import Incoming
from bot.dialogue.conversation import ConversationKey

Kind = Literal["said", "waiting", "chosen", "filled", "taken", "resolved"]
# Characters of what is new. So many are heard for danger within a tenth of a second, beside the loop; Chatwoot takes 150,000.
LONGEST = 60_000
_MAIL = "Channel::Email"
_TYPED = frozenset({"text", "text_area"})  # fields of forms into which people write as they like
_CHANGES = frozenset({"conversation_status_changed", "conversation_updated"})
_MESSAGES = frozenset({"message_created", "message_updated"})


class NoEvent(ValueError):
    """This is no event of Chatwoot."""


class TooLong(ValueError):
    """What the patient wrote has more than ``LONGEST`` characters."""


@dataclass(frozen=True, slots=True)
class ChatwootEvent:
    """``said``: the patient wrote ``text``; ``waiting``: wrote it before the conversation was given to the bot; ``chosen``:
    picked the choice ``text``; ``filled``: wrote ``text`` into a form of somebody else; ``taken``: somebody of the staff wrote to
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
    """The event in ``body``, received at the Unix time ``at``; None where it is of no concern. Raises NoEvent, TooLong."""
    try:
        raw = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise NoEvent("this is not JSON") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("event"), str):
        raise NoEvent("this is no event: it has no name")
    event = _message(raw) if raw["event"] in _MESSAGES else _resolved(raw) or _given(raw)
    if event is None:
        return None
    if len(event.text) > LONGEST:
        raise TooLong
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
    if event.kind == "waiting":
        return f"waiting:{event.message}"
    # An answer to a choice or a form is told again with each later change of that message.
    same = body if event.kind == "resolved" else event.text.encode()
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
        return None if direction == "incoming" else _submitted(raw, event)
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
    attributes = _object(raw, "content_attributes")
    if "automation_rule_id" in attributes or "campaign_id" in _object(raw, "additional_attributes"):
        return False
    if attributes.get("external_echo"):
        return True
    if raw.get("sender") is None:
        return _text(raw, "content_type") in {"", "text"}
    return _object(raw, "sender").get("type") == "user"


def assigned_to_person(conversation: Mapping[str, Any]) -> bool:
    """Whether the assignee of what Chatwoot says of a conversation is one of the staff; later releases name bots there, too."""
    meta = _object(conversation, "meta")
    kinds = {_text(_object(meta, "assignee"), "type").casefold(), _text(meta, "assignee_type").casefold()}
    return bool(meta.get("assignee")) and kinds <= {"", "user"}


def _resolved(raw: Mapping[str, Any]) -> ChatwootEvent | None:
    over = raw["event"] == "conversation_resolved" or (
        raw["event"] == "conversation_status_changed" and raw.get("status") == "resolved"
    )
    conversation, account = _number(raw, "id"), _account(raw)
    if not over or conversation is None or account is None:
        return None
    return ChatwootEvent("resolved", account, conversation, "resolved")


def _given(raw: Mapping[str, Any]) -> ChatwootEvent | None:
    """The message that waits in a conversation that was given to the bot, by its status or its assignee."""
    if raw["event"] not in _CHANGES or raw.get("status") != "pending" or assigned_to_person(raw):
        return None
    last, conversation, account = _last(raw), _number(raw, "id"), _account(raw)
    message = _number(last, "id")
    if conversation is None or account is None or message is None or not _was_given(raw):
        return None
    # Here types have numbers.
    if last.get("message_type") not in (0, "incoming") or last.get("private"):
        return None
    return _written(last, ChatwootEvent("waiting", account, conversation, "pending", _text(raw, "channel"), message))


def _was_given(raw: Mapping[str, Any]) -> bool:
    """Whether the change gives the conversation to the bot. After the end the patient does, with a message that is told, too."""
    return any(
        _text(_object(one, "status"), "previous_value") in {"open", "snoozed"}
        or "assignee_id" in one
        or "assignee_agent_bot_id" in one
        for one in _objects(raw, "changed_attributes")
    )


def _last(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """The last message of a conversation. One without messages has nothing to forget, and nobody who waits."""
    return next(iter(_objects(raw, "messages")), {})


def _account(raw: Mapping[str, Any]) -> int | None:
    """The account of a conversation; in some releases it stands in the last message alone."""
    return _number(_object(raw, "account"), "id") or _number(raw, "account_id") or _number(_last(raw), "account_id")


def _submitted(raw: Mapping[str, Any], event: ChatwootEvent) -> ChatwootEvent | None:
    """What the patient picked of our choices, or typed into a form of somebody else: no question to us, but it may be danger."""
    attributes, kind = _object(raw, "content_attributes"), _text(raw, "content_type")
    values = _objects(attributes, "submitted_values")
    if kind == "input_select":
        chosen = _text(values[0], "value") if values and _object(raw, "sender").get("type") == "agent_bot" else ""
        return replace(event, kind="chosen", text=chosen) if chosen else None
    if kind == "form":
        typed = {_text(one, "name") for one in _objects(attributes, "items") if _text(one, "type") in _TYPED}
        words = [_text(one, "value") for one in values if _text(one, "name") in typed]
    else:
        survey = _object(_object(attributes, "submitted_values"), "csat_survey_response")
        words = [_text(survey, "feedback_message")]
    text = "\n".join(word for word in words if word.strip())
    return replace(event, kind="filled", text=text) if text else None


def _object(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = raw.get(name)
    return found if isinstance(found, dict) else {}


def _objects(raw: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    found = raw.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _number(raw: Mapping[str, Any], name: str) -> int | None:
    found = raw.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 < found < 1 << 63 else None


def _text(raw: Mapping[str, Any], name: str) -> str:
    found = raw.get(name)
    return found if isinstance(found, str) else ""
