"""What the API works with, put together once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.delivery.metrics import Metrics
from bot.delivery.service import Service
from bot.delivery.storage import Storage


@dataclass(frozen=True, slots=True)
class ApiContext:
    """``api_access``: open or keys. ``origins``: sites whose pages may call, like https://clinic.example or https://*.clinic.example.

    ``address_rate``, ``key_rate``: requests a minute, None for no limit. ``png``, ``svg`` draw the timeline, and may take a
    while; both raise LookupError where the knowledge cannot be drawn. ``clock``: Unix seconds. ``ready``: whether the store
    works, as far as is known.
    """

    service: Service
    storage: Storage
    metrics: Metrics
    png: Callable[[], bytes]
    svg: Callable[[], bytes]
    clinic: str = "default"
    conversation_minutes: int = 1440
    origins: tuple[str, ...] = ()
    api_access: str = "open"
    address_rate: float | None = None
    key_rate: float | None = None
    clock: Callable[[], float] = time.time
    ready: Callable[[], bool] = lambda: True
