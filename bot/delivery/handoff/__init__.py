"""Conversations that people of the clinic have taken over: who asked, who answers, what was said on both sides.

A hand-off is one person's in one conversation. What is said in it is kept in order until some days after it is closed; channels
read it from there, and are woken by an update of their own where they have to tell somebody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.dialogue.conversation import ConversationKey

State = Literal["open", "claimed", "closed"]
Side = Literal["patient", "staff", "notice"]


@dataclass(frozen=True, slots=True)
class Handoff:
    """``name``: what the staff see in place of a person's. Moments are Unix seconds.

    ``claimed_by``: who of the staff answers, "" while nobody does. ``waiting``: when the oldest message of the patient came that
    nobody has answered, None where none waits. ``answered``: when somebody did for the first time. ``reminded``, ``told``: when
    the staff were reminded, and the patient told that it takes longer. ``place``: where the staff's channel shows it, in its own
    words. ``alarm``: the kind of danger that was heard last.
    """

    id: str
    key: ConversationKey
    who: str
    name: str
    reason: str
    language: str
    state: State
    opened: float
    claimed_by: str = ""
    waiting: float | None = None
    answered: float | None = None
    closed: float | None = None
    reminded: float | None = None
    told: float | None = None
    place: str = ""
    alarm: str = ""


@dataclass(frozen=True, slots=True)
class HandoffMessage:
    """One line. ``seq`` rises over all hand-offs; ``id``: of the hand-off and of what the line came from, so that it is kept once
    however often that comes.

    ``text`` of a notice is a word for what happened: opened, claimed, released, closed, left, alarm, reminded, told. ``file``:
    how the channel of ``side`` finds what was sent along, "" where nothing was.
    """

    seq: int
    id: str
    handoff: str
    side: Side
    author: str
    text: str
    at: float
    file: str = ""
