"""A question as it comes by webhook, and the reply as it goes back."""

from __future__ import annotations

import hashlib
import hmac
from typing import Annotated

import msgspec

from bot.channels.helpdesk.generic.settings import NAME
from bot.channels.helpdesk.state import ConversationRecord
from bot.channels.rendering import Screen
from bot.dialogue.conversation import ConversationKey, Reply, as_json
from bot.dialogue.events import Chosen, Said
from bot.dialogue.floor import reason_for

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class NoQuestion(ValueError):
    """The body is none; the message says what it should be."""


class WebhookQuestion(msgspec.Struct, frozen=True):
    """Exactly one of ``question`` and ``choice``. ``id`` is that of the webhook."""

    conversation: _Id
    question: str | None = None
    choice: _Id | None = None
    id: str = ""

    def key(self, clinic: str, secret: bytes) -> ConversationKey:
        """Hashed: how a help desk names its conversations may be somebody's number.

        With the webhook's ``secret``, which is no part of the store, and the same after a restart and in every process: without
        it all numbers could be tried. Under another secret conversations begin anew.
        """
        named = hmac.digest(secret, b"conversation:" + self.conversation.encode(), "sha256")
        return ConversationKey(clinic, NAME, named.hex()[:40])

    @property
    def event(self) -> Said | Chosen:
        """What the person did."""
        return Said(self.question or "") if self.choice is None else Chosen(self.choice)


def parse_question(body: bytes, id: str) -> WebhookQuestion:
    """Raises NoQuestion."""
    try:
        asked = msgspec.json.decode(body, type=WebhookQuestion)
        asked.conversation.encode()
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise NoQuestion('write {"conversation": "...", "question": "..."}') from error
    if (asked.question is None) == (asked.choice is None):
        raise NoQuestion("exactly one of question and choice is needed")
    return msgspec.structs.replace(asked, id=id)


def hashed(id: str) -> str:
    return hashlib.sha256(id.encode()).hexdigest()[:40]


def rendered_reply(reply: Reply, after: ConversationRecord, screen: Screen) -> bytes:
    """The reply as JSON, reviewed text alone; ``after`` is what is remembered with it."""
    told = {**as_json(reply), "handed_over": reason_for(reply, after.conversation) is not None}
    watch = after.conversation.watch
    heard = {"kinds": watch.kinds, "stage": watch.stage} if watch is not None else None
    return msgspec.json.encode({**told, "heard": heard, "shown": screen.render(reply)})


def webhook_answer(asked: WebhookQuestion, reply: bytes) -> bytes:
    """What goes back: ``reply`` as ``written`` gives it, and what it answers."""
    return msgspec.json.encode({"conversation": asked.conversation, "in_reply_to": asked.id, "reply": msgspec.Raw(reply)})
