"""``infusion-bot serve``: one process, one loop: the web server, the channels that are configured, the inbox behind them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.applications import Starlette

from bot.app import wiring
from bot.app.channels import CHANNELS
from bot.app.config import Serving, Settings
from bot.app.editions import LoadedEditions
from bot.app.http.connections import room_for, trusted
from bot.app.http.health import app
from bot.app.http.server import HttpServer
from bot.app.live.clinic import LiveClinic
from bot.app.live.reload import Reloader
from bot.channels.channel import Channel
from bot.channels.declaration import ConfigError
from bot.delivery.inbox import Delivery, Limits
from bot.delivery.metrics import Metrics
from bot.delivery.service import Service
from bot.delivery.storage import Storage, StorageError
from bot.delivery.storage.instance import instance_name
from bot.delivery.storage.open import open_storage
from bot.version import __version__

_log = logging.getLogger(__name__)
_YOUNG = 20_000  # new objects between two passes over them: those of some ten answers
# So long nothing is heard while the store opens; then danger must be, also without it.
_OPENING = 5


@dataclass(frozen=True, slots=True)
class _Parts:
    """What runs, put together once."""

    settings: Settings
    storage: Storage
    metrics: Metrics
    editions: LoadedEditions
    delivery: Delivery
    channels: tuple[Channel, ...]
    reloader: Reloader


def run(settings: Settings, editions: LoadedEditions, live: Sequence[LiveClinic] = ()) -> int:
    """Serves until SIGTERM or SIGINT; 0 when all that was taken was finished or handed back. Raises ConfigError.

    ``live``: the clinics whose edits are taken meanwhile.
    """
    wiring.check(settings.serving)
    listener = _listener(settings.serving)
    with asyncio.Runner(loop_factory=_loop()) as runner:
        return runner.run(_serve(settings, editions, listener, live))


def _loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The quicker loop, where there is one: it is not made for Windows."""
    try:
        import uvloop  # noqa: PLC0415  # as above
    except ImportError:
        return None
    return uvloop.new_event_loop


def _listener(serving: Serving) -> socket.socket:
    family = socket.AF_INET6 if ":" in serving.host else socket.AF_INET
    # Named, or the loop would not know that small answers must not wait for company.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((serving.host, serving.port))
        listener.listen(1024)  # whoever comes before the server is ready waits, and is not turned away
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"HOST, PORT: cannot listen on {serving.host}:{serving.port} ({error.strerror or error}); choose another port"
        ) from error
    return listener


async def _serve(settings: Settings, editions: LoadedEditions, listener: socket.socket, live: Sequence[LiveClinic] = ()) -> int:
    stop = asyncio.Event()
    _on("SIGTERM", stop.set)
    _on("SIGINT", stop.set)
    async with _parts(settings, editions, live) as parts:
        _on("SIGHUP", parts.reloader.ask)
        _introduce(parts)
        server = _server(parts)
        await server.start(listener)
        work = asyncio.create_task(_work(parts))
        print(f"listening on {_url(listener)}", flush=True)
        await asyncio.wait({work, asyncio.create_task(stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
        failed = work.exception() if work.done() and not work.cancelled() else None
        await _end(parts, server, work)
        if failed is not None:
            raise failed
    return 0


def _on(name: str, act: Callable[[], None]) -> None:
    """Calls ``act`` in the loop when that signal comes. A system that does not know it sends none."""
    number = getattr(signal, name, None)
    if number is not None:
        loop = asyncio.get_running_loop()
        try:
            loop.add_signal_handler(number, act)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(act))


def _introduce(parts: _Parts) -> None:
    """What serves, in the first line of the log and in the metrics."""
    for clinic in parts.editions.clinics:
        knowledge = parts.editions.current(clinic).knowledge.version  # as in the stamp of each answer
        what = {"version": __version__, "clinic": clinic, "knowledge": knowledge}
        _log.info("serving", extra={**what, "channel": " ".join(one.name for one in parts.channels)})
        parts.metrics.introduce(**what)


async def _end(parts: _Parts, server: HttpServer, work: asyncio.Task[None]) -> None:
    """Takes nothing new, finishes what was taken, and closes."""
    _log.info("stopping")
    began = time.monotonic()
    server.refuse()
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    seconds = parts.settings.serving.drain_seconds
    draining = asyncio.create_task(server.drain(seconds))
    # What a webhook that was being answered puts in is worked off like the rest.
    await asyncio.wait({draining}, timeout=seconds / 2)
    finished = await parts.delivery.stop(max(0.0, began + seconds - time.monotonic()))
    answered = await draining
    await server.close()
    status = "finished" if finished and answered else "handed back"
    _log.info("stopped", extra={"seconds": round(time.monotonic() - began, 2), "status": status})


def _server(parts: _Parts) -> HttpServer:
    serving = parts.settings.serving
    limits = replace(serving.limits, connections=room_for(serving.limits.connections))
    proxies = serving.trusted_proxies
    server = HttpServer(_app(parts), limits, proxies, trusted(proxies), parts.metrics.count)
    parts.metrics.watch_server(lambda: server.connections, lambda: server.under_way)
    return server


def _url(listener: socket.socket) -> str:
    """As a browser takes it."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _app(parts: _Parts) -> Starlette:
    routes = [route for one in parts.channels for route in one.routes(parts.delivery)]
    return app(parts.metrics, lambda: _checks(parts), routes)


def _checks(parts: _Parts) -> Mapping[str, tuple[bool, object]]:
    trouble = parts.storage.trouble
    store = "failing" if trouble is not None else "fine" if parts.delivery.started else "opening"
    knowledge = parts.reloader.shown()
    return {
        **({"knowledge": (True, knowledge)} if knowledge else {}),
        "store": (parts.delivery.works, store),
        **({"store_error": (False, trouble)} if trouble is not None else {}),
        **{one.name: one.state() for one in parts.channels if one.state is not None},
    }


async def _work(parts: _Parts) -> None:
    """Opens the store, takes updates in and works them off."""
    async with asyncio.TaskGroup() as group:
        opening = group.create_task(_open(parts))
        await asyncio.wait({opening}, timeout=_OPENING)
        # Answers come meanwhile, each a little later; nobody waits for all of it.
        group.create_task(asyncio.to_thread(_warm, parts.editions))
        group.create_task(parts.reloader.run())
        for one in parts.channels:
            if one.listen is not None:
                group.create_task(one.listen(parts.delivery))
        await asyncio.Event().wait()


def _warm(editions: LoadedEditions) -> None:
    for clinic in editions.clinics:
        editions.current(clinic).dialogue.warm()
    # What is there now stays: the collector need not look at it again and again (a whole pass takes 0.1 s and more).
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)


async def _open(parts: _Parts) -> None:
    """Opens the store, however long it is away, and begins to work off what is in it."""
    told = ""
    while True:
        try:
            await parts.storage.start()
            break
        except StorageError as error:
            if str(error) != told:
                told = str(error)
                _log.error("the store does not open", extra={"reason": told})
            await asyncio.sleep(1)
    parts.delivery.start()


@contextlib.asynccontextmanager
async def _parts(settings: Settings, editions: LoadedEditions, live: Sequence[LiveClinic]) -> AsyncIterator[_Parts]:
    """Puts together what runs, and takes it apart again."""
    serving = settings.serving
    metrics = Metrics([one.name for one in CHANNELS], editions.clinics)
    service = Service(metrics)
    scale = serving.clock_scale
    limits = Limits(again=1 / scale, sweep=max(0.1, 0.5 / min(scale, 5)), lease=serving.lease_seconds, clean=max(2.0, 60 / scale))
    with instance_name(serving.data_dir) as name:
        storage = storage_of(settings, name)
        metrics.watch_store(lambda: storage.trouble is not None)
        async with wiring.channels(serving, wiring.shared(settings, storage, metrics, service, editions)) as channels:
            handlers = {(settings.clinic, one.name): one.handler for one in channels if one.handler is not None}
            delivery = Delivery(storage, handlers, metrics, limits)
            try:
                reloader = Reloader(live, editions, metrics, watch=serving.reload)
                yield _Parts(settings, storage, metrics, editions, delivery, channels, reloader)
            finally:
                service.close()
                with contextlib.suppress(TimeoutError, StorageError):
                    await asyncio.wait_for(storage.close(), 2)


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
        )
    except ValueError as error:
        raise ConfigError(f"DATABASE_URL: {error}") from error
