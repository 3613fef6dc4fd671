"""What can happen in a conversation: the events that a channel makes of its updates, and an utterance as the steps read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from bot.dialogue.conversation import Conversation
from bot.safety.heard import Heard

# What of an utterance is read for questions at the most; longer text is cut at a sentence (for what hears danger it never is).
LONGEST = 5_000


@dataclass(frozen=True, slots=True)
class Said:
    """The person wrote ``text``, whatever it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """The person picked an entry or a boundary topic by its ``id``."""

    id: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The person picked when the infusion ended; ``at`` is zone-aware."""

    at: datetime


@dataclass(frozen=True, slots=True)
class AsksEnd:
    """The person wants the hours after an infusion, and is to be asked when it ended."""


@dataclass(frozen=True, slots=True)
class NotHelped:
    """The last answer did not help."""


@dataclass(frozen=True, slots=True)
class WantsPerson:
    """The person asked for somebody of the clinic, by a button."""


Event = Said | Chosen | Ended | AsksEnd | NotHelped | WantsPerson


class StillLearning(Exception):
    """What was said needs the matcher, which has not learned yet; there is no danger in it."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance as it is being answered: as it was typed; ``said``, all of it normalised; ``text``, of that what is read.

    ``of_an_end``: it may say when an infusion ended. ``heard``: what it sounds like. ``slots``: of whom, of which condition, how.
    """

    utterance: str
    said: str
    text: str
    was_cut: bool
    of_an_end: bool
    heard: Heard
    conversation: Conversation
    now: datetime
    slots: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def told(self) -> dict[str, str]:
        """The slots that this utterance tells, over those that the conversation told before."""
        return {**dict(self.conversation.slots), **self.slots}
