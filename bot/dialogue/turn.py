"""One utterance as it is being answered: what every step of the dialogue reads of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.dialogue.conversation import Conversation
from bot.safety.danger import DangerScore
from bot.safety.urgent import Alarm, Reading

# What is matched at the most; longer text is cut at a sentence (for the urgent step it never is).
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance as it is being answered. ``text`` is normalised and cut; ``spoken`` is all of it, read by the urgent step.

    ``of_an_end``: it may say when an infusion ended. ``alarm`` and ``suspicion``: what danger is heard in it, by the patterns, or
    where they hear none, by the sentence model.
    """

    spoken: Reading
    text: str
    was_cut: bool
    of_an_end: bool
    alarm: Alarm | None
    suspicion: DangerScore | None
    conversation: Conversation
    now: datetime
