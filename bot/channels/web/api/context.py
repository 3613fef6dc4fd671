"""What the API works with, put together once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.channels.edition import Edition, Editions
from bot.delivery.handoff.handoffs import Handoffs
from bot.delivery.metrics import ClinicMetrics
from bot.delivery.service import Service
from bot.delivery.storage.turn_store import TurnStore


@dataclass(frozen=True, slots=True)
class ApiContext:
    """``api_access``: open or keys. ``origins``: sites whose pages may call, like https://clinic.example or https://*.clinic.example.

    ``address_rate``, ``key_rate``: requests a minute, None for no limit. ``refusal_seconds``: so long who is over it waits to
    hear that, as most programs that flood send their next request then. ``clock``: Unix seconds. ``ready``: whether the inbox
    works, as far as is known. ``store``: where conversations and keys are. ``handoffs``: the way to the clinic's staff,
    where they answer in conversations.
    """

    editions: Editions
    service: Service
    store: TurnStore
    metrics: ClinicMetrics
    clinic: str = "default"
    conversation_minutes: int = 1440
    origins: tuple[str, ...] = ()
    api_access: str = "open"
    address_rate: float | None = None
    key_rate: float | None = None
    refusal_seconds: float = 0.5
    clock: Callable[[], float] = time.time
    ready: Callable[[], bool] = lambda: True
    handoffs: Handoffs | None = None

    @property
    def edition(self) -> Edition:
        """The one that holds now: asked for once, as a request begins."""
        return self.editions.current(self.clinic)
