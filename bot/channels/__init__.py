"""Where people write. A channel carries words in and replies out; no rule about answers lives in one."""

from __future__ import annotations

import traceback
from datetime import datetime
from pathlib import PurePath
from typing import Protocol

from bot.knowledge.model import Conversation, Outcome


class Answers(Protocol):
    """What a channel sees of the dialogue."""

    def respond(self, utterance: str, conversation: Conversation, now: datetime) -> Outcome:
        """The reply to what a person wrote, and the conversation after it."""
        ...

    def press(self, choice_id: str, conversation: Conversation, now: datetime) -> Outcome:
        """The reply to a choice that was picked, by its id."""
        ...

    def ask_end(self, conversation: Conversation) -> Outcome:
        """Asks when the infusion ended."""
        ...


def trace(error: BaseException) -> str:
    """What to log of a failure, in one line: its kind and where it happened, never its message, which may quote a person."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join([type(error).__name__, *(f"{PurePath(f.filename).name}:{f.lineno}" for f in reversed(frames))])
