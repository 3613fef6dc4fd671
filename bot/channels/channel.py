"""What a channel is to the process that serves it, and what it sees of the rest."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from starlette.routing import BaseRoute

from bot.channels.edition import Editions
from bot.delivery.handler import Handler
from bot.delivery.handoff.handoffs import Handoffs
from bot.delivery.metrics import ClinicMetrics
from bot.delivery.service import Service
from bot.delivery.storage import Incoming, Storage
from bot.dialogue.conversation import Conversation, Outcome
from bot.dialogue.events import Event


class Answers(Protocol):
    """What a channel sees of the dialogue."""

    def turn(self, event: Event, conversation: Conversation, now: datetime) -> Outcome:
        """The reply to what happened, and the conversation after it."""
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
    """What all channels of one clinic have in common.

    ``conversation_minutes``: a conversation that was silent for longer begins anew. ``clock_scale``: waits pass so many times
    quicker. ``lease_seconds``: after so long without a sign of life another process takes over. ``prefix``: the path below which
    the clinic's routes are; "": they are at the server's root. ``handoffs`` None: no conversation goes to the staff.
    """

    clinic: str
    conversation_minutes: int
    lease_seconds: float
    clock_scale: float
    storage: Storage
    metrics: ClinicMetrics
    service: Service
    editions: Editions
    prefix: str = ""
    handoffs: Handoffs | None = None

    @property
    def hours(self) -> int:
        """For how long a conversation is remembered, in whole hours."""
        return max(1, round(self.conversation_minutes / 60))


@dataclass(frozen=True, slots=True)
class Channel:
    """``listen`` lets updates come, for ever; ``state``: whether it can work, and one word on how it is."""

    name: str
    handler: Handler | None = None
    routes: Callable[[Inbox], Sequence[BaseRoute]] = lambda _: ()
    listen: Callable[[Inbox], Coroutine[None, None, None]] | None = None
    state: Callable[[], tuple[bool, str]] | None = None
