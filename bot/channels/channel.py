"""What a channel is to the process that serves it, and what it sees of the rest."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from starlette.routing import BaseRoute

from bot.app.config import Settings
from bot.delivery.handler import Handler
from bot.delivery.metrics import Metrics
from bot.delivery.service import Service
from bot.delivery.storage import Incoming, Storage
from bot.dialogue.conversation import Conversation, Outcome


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


class Inbox(Protocol):
    """What channels see of the delivery."""

    @property
    def works(self) -> bool:
        """Whether the store does, as far as is known."""
        ...

    async def take(self, updates: Sequence[Incoming]) -> int: ...


@dataclass(frozen=True, slots=True)
class Shared:
    """What all channels of a process have in common. ``png``, ``svg``: the picture of the treatment."""

    settings: Settings
    storage: Storage
    metrics: Metrics
    service: Service
    png: Callable[[], bytes]
    svg: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Channel:
    """``listen`` lets updates come, for ever; ``state``: whether it can work, and one word on how it is."""

    name: str
    handler: Handler | None = None
    routes: Callable[[Inbox], Sequence[BaseRoute]] = lambda _: ()
    listen: Callable[[Inbox], Coroutine[None, None, None]] | None = None
    state: Callable[[], tuple[bool, str]] | None = None
