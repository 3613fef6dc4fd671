"""What is remembered of a conversation at a help desk, as the text that a store keeps: never a word of a person's."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace

import msgspec

from bot.channels.helpdesk.signatures import TOLERANCE
from bot.dialogue.conversation import Conversation, Floor
from bot.dialogue.state import ChatState, dump_state, load_state

WHO = ""  # a conversation at a help desk has one person in it
_VERSION = 1
_NUMBER = re.compile(r"\d+")
_KEPT = 4  # answers that can be given again; a redelivery follows within minutes
# An id is known as long as a signature may hold that was accepted just now. That many: 25 KB, and 100 questions a minute.
_SEEN, _BEGIN, _HELD = 1000, 12, 2 * TOLERANCE + 1


@dataclass(frozen=True, slots=True)
class ConversationRecord:
    """``said``: the latest answers, as (id of the question's delivery, hashed; the answer, as JSON): reviewed text alone.

    ``mail``: a number from 0 to 255 that the last e-mail has, as has one in 256 of all texts, and how many in a row had it.
    ``answered``: the numbers of the latest messages that were answered.
    ``seen``: the beginning of each id in ``said``, also of earlier ones, and the Unix time until which its signature holds.
    """

    memory: ChatState = field(default_factory=ChatState)
    said: tuple[tuple[str, str], ...] = ()
    mail: tuple[int, int] = (0, 0)
    answered: tuple[int, ...] = ()
    seen: tuple[tuple[str, int], ...] = ()

    @property
    def conversation(self) -> Conversation:
        return self.memory.participant(WHO).conversation

    def with_conversation(self, conversation: Conversation) -> ConversationRecord:
        person = replace(self.memory.participant(WHO), conversation=conversation)
        return replace(self, memory=self.memory.with_person(WHO, person))

    def answer_to(self, id: str) -> str | None:
        return next((answer for other, answer in self.said if other == id), None)

    def has_seen(self, id: str) -> bool:
        """Whether that was answered, while its signature has held."""
        return any(id.startswith(begin) for begin, _ in self.seen)

    def having_said(self, id: str, answer: str, now: float) -> ConversationRecord:
        held = [one for one in self.seen if one[1] >= now]
        seen = (*held, (id[:_BEGIN], int(now + _HELD)))[-_SEEN:]
        return replace(self, said=(*self.said, (id, answer))[-_KEPT:], seen=seen)

    def having_answered(self, message: int) -> ConversationRecord:
        return replace(self, answered=(*self.answered, message)[-_KEPT:])

    def with_mail(self, text: str) -> ConversationRecord:
        """After another e-mail; texts that differ in their numbers alone are the same."""
        alike = " ".join(_NUMBER.sub("0", text.casefold()).split())
        mark = hashlib.sha256(alike.encode("utf-8", "replace")).digest()[0]
        return replace(self, mail=(mark, self.mail[1] + 1 if self.mail[0] == mark else 1))


@dataclass(frozen=True, slots=True)
class _Kept:
    """``unhelped`` and ``taken`` stand in the conversation of ``m``, too.

    Once they stood here alone, and ``taken`` is ``Floor.since``. While a deploy puts new processes in place of old ones, both
    answer the same conversation: so they are still written, for the old ones, and read where ``m`` has none, as an old one
    wrote it. When no such process runs any more, and what it wrote is gone, they can go.
    """

    v: int
    m: str
    unhelped: int = 0
    taken: int = 0
    said: tuple[tuple[str, str], ...] = ()
    mail: tuple[int, int] = (0, 0)
    answered: tuple[int, ...] = ()
    seen: tuple[tuple[str, int], ...] = ()


def dump_record(record: ConversationRecord) -> str:
    unhelped, taken = record.conversation.unhelped, record.conversation.floor.since
    kept = _Kept(_VERSION, dump_state(record.memory), unhelped, taken, record.said, record.mail, record.answered, record.seen)
    return msgspec.json.encode(kept).decode()


def read_record(state: str | None) -> ConversationRecord:
    """The record that ``state`` holds; an empty one where there is none, or another release wrote it in another form."""
    try:
        kept = msgspec.json.decode(state or "", type=_Kept)
    except (msgspec.MsgspecError, ValueError):
        return ConversationRecord()
    if kept.v != _VERSION:
        return ConversationRecord()
    record = ConversationRecord(load_state(kept.m), kept.said, kept.mail, kept.answered, kept.seen)
    here = record.conversation
    if (kept.unhelped or kept.taken) and not here.unhelped and here.floor == Floor():
        floor = Floor("staff", kept.taken) if kept.taken else Floor()
        return record.with_conversation(replace(here, unhelped=kept.unhelped, floor=floor))
    return record
