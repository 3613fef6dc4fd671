"""What one process is made of: the clinics that it serves with their channels, one store, one inbox behind them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import partial

from bot.app.channels import CHANNELS
from bot.app.config import Serving, Settings
from bot.app.editions import LoadedEditions
from bot.app.live.clinic import LiveClinic
from bot.app.live.reload import Reloader
from bot.app.serving import wiring
from bot.app.serving.clinic_health import clinic_health
from bot.app.serving.gaps import ClinicGaps, WeeklyDigests
from bot.channels.channel import Channel, ClinicHealth
from bot.channels.declaration import ConfigError
from bot.delivery.counting.counter import Counting
from bot.delivery.gaps.recorder import GapRecorder
from bot.delivery.handoff.watch import HandoffWatch
from bot.delivery.inbox import Delivery, Limits
from bot.delivery.metrics import Metrics
from bot.delivery.service import Service
from bot.delivery.storage import Storage, StorageError
from bot.delivery.storage.instance import instance_name
from bot.delivery.storage.open import open_storage
from bot.language.redaction.redactor import redacted

_log = logging.getLogger(__name__)
_LOOKED = 2.0  # seconds between two looks for what was not answered
_COUNTED = 5.0  # seconds of counts that a process may lose when it is killed


@dataclass(frozen=True, slots=True)
class Served:
    """What a process serves, each clinic by its ``settings`` and the path of its routes, "" for the one at the root.

    ``editions`` answer for them; ``live`` are those whose edits are taken meanwhile; ``failed``: what is wrong
    with others, by name.
    """

    clinics: tuple[tuple[Settings, str], ...]
    editions: LoadedEditions
    live: tuple[LiveClinic, ...] = ()
    failed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunningClinic:
    """A clinic that serves; its routes are below ``prefix``."""

    name: str
    prefix: str
    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True)
class Process:
    """What runs, put together once."""

    settings: Settings
    storage: Storage
    metrics: Metrics
    editions: LoadedEditions
    delivery: Delivery
    counting: Counting | None
    gaps: GapRecorder
    digests: WeeklyDigests
    watch: HandoffWatch
    clinics: tuple[RunningClinic, ...]
    failed: Mapping[str, tuple[str, ...]]
    reloader: Reloader


@contextlib.asynccontextmanager
async def open_process(settings: Settings, served: Served) -> AsyncIterator[Process]:
    """Puts together what runs, and takes it apart again."""
    serving, editions = settings.serving, served.editions
    metrics = Metrics([one.name for one in CHANNELS], editions.clinics)
    scale = serving.clock_scale
    limits = Limits(again=1 / scale, sweep=max(0.1, 0.5 / min(scale, 5)), lease=serving.lease_seconds, clean=max(2.0, 60 / scale))
    with instance_name(serving.data_dir) as name:
        storage = storage_of(settings, name)
        metrics.watch_store(lambda: storage.trouble is not None)
        counting = _counting(storage, editions, serving)
        counts = (counting,) if counting is not None else ()
        watch = HandoffWatch(scale)
        gaps = _gaps(storage, served, scale)
        shown_gaps = ClinicGaps(storage, lambda clinic: editions.current(clinic).dialogue)
        digests = WeeklyDigests(shown_gaps, lambda clinic: editions.current(clinic).zone, scale)
        service = Service(metrics, (*counts, gaps, watch), (*counts, gaps))
        async with contextlib.AsyncExitStack() as stack:
            clinics, failed = list[RunningClinic](), dict(served.failed)
            for one, prefix in served.clinics:
                handoffs = wiring.handoffs(one, storage)
                health = partial(_health, one.clinic, storage, clinics, served.live)
                kept = shown_gaps if one.serving.gaps else None
                shared = wiring.shared(one, storage, metrics, service, editions, prefix, handoffs, health, kept)
                try:
                    channels = await stack.enter_async_context(wiring.channels(one.serving, shared))
                except ConfigError as error:
                    if not prefix:
                        raise
                    failed[one.clinic] = tuple(str(error).splitlines())
                    _log.error("clinic not served", extra={"clinic": one.clinic, "reason": str(error)})
                else:
                    clinics.append(RunningClinic(one.clinic, prefix, channels))
                    if handoffs is not None:
                        watch.add(handoffs, one.serving.handoff.remind_seconds, one.serving.handoff.wait_seconds)
                        if one.serving.gaps_digest:
                            digests.add(handoffs)
            for clinic in (*editions.clinics, *failed):
                metrics.clinic(clinic, serves=clinic not in failed)
            handlers = {(of.name, one.name): one.handler for of in clinics for one in of.channels if one.handler is not None}
            delivery = Delivery(storage, handlers, metrics, limits)
            try:
                reloader = Reloader(served.live, editions, metrics, watch=serving.reload)
                parts = (delivery, counting, gaps, digests, watch, tuple(clinics), failed, reloader)
                yield Process(settings, storage, metrics, editions, *parts)
            finally:
                service.close()
                with contextlib.suppress(TimeoutError, StorageError):
                    await asyncio.wait_for(storage.close(), 2)


def _gaps(storage: Storage, served: Served, scale: float) -> GapRecorder:
    """Hears the clinics that switched it on."""
    days = {one.clinic: one.serving.gaps_days for one, _ in served.clinics if one.serving.gaps}
    return GapRecorder(storage, days, redacted, _LOOKED / scale)


def _health(name: str, storage: Storage, clinics: Sequence[RunningClinic], live: Sequence[LiveClinic]) -> ClinicHealth:
    channels = next((one.channels for one in clinics if one.name == name), ())
    return clinic_health(storage, channels, next((one for one in live if one.name == name), None))


def _counting(storage: Storage, editions: LoadedEditions, serving: Serving) -> Counting | None:
    """None: nothing is to be counted."""
    if not serving.counts_days:
        return None

    def zones() -> dict[str, tzinfo]:
        return {clinic: editions.current(clinic).zone for clinic in editions.clinics}

    return Counting(storage, zones, serving.counts_days, _COUNTED / serving.clock_scale)


def storage_of(settings: Settings, owner: str) -> Storage:
    """The store that is set, not yet started. Raises ConfigError."""
    serving = settings.serving
    try:
        return open_storage(
            serving.database_url,
            owner=owner,
            lease_seconds=serving.lease_seconds,
            conversation_seconds=60.0 * settings.conversation_minutes,
            keep_dead_seconds=86_400.0 * serving.keep_dead_days,
            keep_handoff_seconds=86_400.0 * serving.handoff.keep_days,
        )
    except ValueError as error:
        raise ConfigError(f"DATABASE_URL: {error}") from error
