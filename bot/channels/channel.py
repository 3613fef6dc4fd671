"""What a channel is to the process that serves it, and what it sees of the rest."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from starlette.routing import BaseRoute

from bot.channels.edition import Editions
from bot.delivery.gaps import Gaps
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
class ClinicHealth:
    """How a clinic is served now. ``store``, ``channels`` (by name): whether it works, and one word on how it is.

    ``since``: the Unix time from which the knowledge serves, None where that is not known. ``refused``: since when an edit of it
    does not serve, and its mistakes. ``learning``: what is learned now: "this" edition, which serves already, the "next", or the
    "first" that is ever learned here: until then danger alone is heard.
    """

    store: tuple[bool, str] = (True, "fine")
    channels: Mapping[str, tuple[bool, str]] = field(default_factory=dict)
    since: float | None = None
    refused: tuple[float, tuple[str, ...]] | None = None
    learning: Literal["first", "this", "next"] | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """What all channels of one clinic have in common.

    ``conversation_minutes``: a conversation that was silent for longer begins anew. ``clock_scale``: waits pass so many times
    quicker. ``lease_seconds``: after so long without a sign of life another process takes over. ``prefix``: the path below which
    the clinic's routes are; "": they are at the server's root. ``handoffs`` None: no conversation goes to the staff. ``health``:
    how all of it is now. ``gaps`` None: it is not kept what was not answered.
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
    health: Callable[[], ClinicHealth] = ClinicHealth
    gaps: Gaps | None = None

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
