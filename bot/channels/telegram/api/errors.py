"""What Telegram says when it does not do what it was asked, and what that means."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any, Literal

from telegram.error import BadRequest, EndPointNotFound, Forbidden, InvalidToken, TelegramError

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
    ("chat_send_", "forbidden"),  # CHAT_SEND_PHOTOS_FORBIDDEN, and so on
)

# What becomes of the bot itself, and of no message: somebody logged it out to move it to another server, or within ten minutes
# of that. For the clinic to mend; its patients' questions wait.
_OURSELVES = ("logged out", "bot is already logged out")
_QUOTED = 200  # characters
_TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{20,}")
_ITS_OWN = frozenset(
    """a administrator already and are bad be been blocked bot bounds business button buttons by can can't cannot caption channel
    chat closed connection content current data empty enough entities entity exactly failed file for forbidden found group have
    id in initiate inline internal invalid is keyboard kicked length long markup media member message messages method must need
    not of offset only or parameters parse peer photo private query replied reply request rights same send server should
    specified supergroup tag text the thing thread to too topic unauthorized unexpected unsupported upgraded url usage user was
    with write wrong you""".split()
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


def is_refusal(error: TelegramError) -> bool:
    """Whether the Bot API answered, and will not do it: another try without a change will hear the same."""
    return isinstance(error, BadRequest | Forbidden | InvalidToken | EndPointNotFound)


def is_of_the_bot(error: TelegramError) -> bool:
    """Whether no call of the bot is taken, whatever it says: a token that does not hold, an address that is none, logged out."""
    if isinstance(error, InvalidToken | EndPointNotFound):
        return True
    return isinstance(error, BadRequest) and any(text in error.message.lower() for text in _OURSELVES)


def quoted(text: str, *secrets: str) -> str:
    """What Telegram says about the bot itself, for a log: one line, without a token or the ``secrets``.

    Never of a call that holds what a person wrote: Telegram quotes that.
    """
    for secret in filter(None, secrets):  # the library changes the case of what it quotes
        text = re.sub(re.escape(secret), "…", text, flags=re.IGNORECASE)
    return " ".join(_TOKEN.sub("…", text).split())[:_QUOTED]


def named(text: str) -> str:
    """What Telegram says of a call that may hold what a person wrote, for a log: only words that are its own.

    What follows a colon or a quotation mark may be a quotation, and goes.
    """
    head = re.split(r"[:\"“]", text, maxsplit=1)[0][:80]
    return " ".join(word if _ITS_OWN.issuperset(word.lower().split("_")) else "…" for word in head.split())


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
