"""What is remembered of a conversation at a help desk, as the text that a store keeps: never a word of a person's."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import msgspec

from bot.dialogue.state import ChatState, dump_state, load_state

_VERSION = 1
_KEPT = 4  # answers that can be given again; a redelivery follows within minutes


@dataclass(frozen=True, slots=True)
class ConversationRecord:
    """``unhelped``: how often in a row the bot could not help.

    ``taken``: up to this message of the help desk, a person has the conversation (0: none has).

    ``said``: the latest answers, as (id of the question's delivery, hashed; the answer, as JSON): reviewed text alone.
    """

    memory: ChatState = field(default_factory=ChatState)
    unhelped: int = 0
    taken: int = 0
    said: tuple[tuple[str, str], ...] = ()

    def answer_to(self, id: str) -> str | None:
        return next((answer for other, answer in self.said if other == id), None)

    def having_said(self, id: str, answer: str) -> ConversationRecord:
        return replace(self, said=(*self.said, (id, answer))[-_KEPT:])


@dataclass(frozen=True, slots=True)
class _Kept:
    v: int
    m: str
    unhelped: int = 0
    taken: int = 0
    said: tuple[tuple[str, str], ...] = ()


def dump_record(record: ConversationRecord) -> str:
    return msgspec.json.encode(_Kept(_VERSION, dump_state(record.memory), record.unhelped, record.taken, record.said)).decode()


def read_record(state: str | None) -> ConversationRecord:
    """The record that ``state`` holds; an empty one where there is none, or another release wrote it in another form."""
    try:
        kept = msgspec.json.decode(state or "", type=_Kept)
    except (msgspec.MsgspecError, ValueError):
        return ConversationRecord()
    return (
        ConversationRecord(load_state(kept.m), kept.unhelped, kept.taken, kept.said)
        if kept.v == _VERSION
        else ConversationRecord()
    )
