"""The channels that are configured, opened with what all of them share."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

from bot.app.channels import CHANNELS
from bot.app.config import Serving, Settings
from bot.channels.channel import Channel, Shared
from bot.delivery.metrics import Metrics
from bot.delivery.service import Service
from bot.delivery.storage import Storage
from bot.timeline import course, picture


def check(serving: Serving) -> None:
    """Raises ConfigError where a channel is configured by half."""
    for one in CHANNELS:
        _ = serving.channels[one.name].configured


def shared(settings: Settings, storage: Storage, metrics: Metrics, service: Service) -> Shared:
    """The picture is drawn when it is first asked for."""
    knowledge = service.knowledge
    return Shared(
        settings.clinic,
        settings.conversation_minutes,
        settings.serving.lease_seconds,
        settings.serving.clock_scale,
        storage,
        metrics,
        service,
        _once(lambda: picture.png(course.course_from(knowledge), knowledge)),
        _once(lambda: picture.svg(course.course_from(knowledge), knowledge).encode()),
    )


@contextlib.asynccontextmanager
async def channels(serving: Serving, parts: Shared) -> AsyncIterator[tuple[Channel, ...]]:
    """All channels that are configured."""
    async with contextlib.AsyncExitStack() as stack:
        configured = [(one, settings) for one in CHANNELS if (settings := serving.channels[one.name]).configured]
        yield tuple([await stack.enter_async_context(one.open(parts, settings)) for one, settings in configured])


def _once(make: Callable[[], bytes]) -> Callable[[], bytes]:
    """``make``, called when it is first needed."""
    made: list[bytes] = []

    def get() -> bytes:
        if not made:
            made.append(make())
        return made[0]

    return get
