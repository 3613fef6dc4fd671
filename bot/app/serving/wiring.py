"""The channels that are configured, opened with what all of them share."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

from bot.app.channels import CHANNELS
from bot.app.config import Serving, Settings
from bot.channels.channel import Channel, ClinicHealth, Shared
from bot.channels.edition import Editions
from bot.delivery.gaps import Gaps
from bot.delivery.handoff.handoffs import Handoffs, Places
from bot.delivery.metrics import Metrics
from bot.delivery.service import Service
from bot.delivery.storage import Storage


def check(serving: Serving) -> None:
    """Raises ConfigError where a channel is configured by half."""
    for one in CHANNELS:
        _ = serving.channels[one.name].configured


def shared(
    settings: Settings,
    storage: Storage,
    metrics: Metrics,
    service: Service,
    editions: Editions,
    prefix: str = "",
    handoffs: Handoffs | None = None,
    health: Callable[[], ClinicHealth] = ClinicHealth,
    gaps: Gaps | None = None,
) -> Shared:
    """What the channels of the clinic that ``settings`` name have in common. ``prefix``: the path of the clinic's routes."""
    return Shared(
        settings.clinic,
        settings.conversation_minutes,
        settings.serving.lease_seconds,
        settings.serving.clock_scale,
        storage,
        metrics.of(settings.clinic),
        service,
        editions,
        prefix,
        handoffs,
        health,
        gaps,
    )


def handoffs(settings: Settings, storage: Storage) -> Handoffs | None:
    """The clinic's, where its conversations can go to the staff."""
    configured = [(one, given) for one in CHANNELS if (given := settings.serving.channels[one.name]).configured]
    staff = next((one.name for one, given in configured if one.reaches_staff(given)), "")
    if not (bool(staff) if settings.serving.handoff.on is None else settings.serving.handoff.on):
        return None
    return Handoffs(storage, settings.clinic, Places(frozenset(one.name for one, _ in configured if one.wakes), staff))


@contextlib.asynccontextmanager
async def channels(serving: Serving, parts: Shared) -> AsyncIterator[tuple[Channel, ...]]:
    """All channels that are configured."""
    async with contextlib.AsyncExitStack() as stack:
        configured = [(one, settings) for one in CHANNELS if (settings := serving.channels[one.name]).configured]
        yield tuple([await stack.enter_async_context(one.open(parts, settings)) for one, settings in configured])
