"""``infusion-bot serve``: one process, one loop: the web server, the channels that are configured, the inbox behind them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from bot.app.config import Serving, Settings
from bot.app.editions import LoadedEditions, tell_unsigned
from bot.app.http.connections import room_for, trusted
from bot.app.http.health import app, below
from bot.app.http.server import HttpServer
from bot.app.http.supervisor import keep_telling, tell
from bot.app.serving import wiring
from bot.app.serving.process import Process, RunningClinic, Served, open_process
from bot.app.serving.traces import traced
from bot.channels.channel import Channel
from bot.channels.declaration import ConfigError
from bot.delivery.storage import StorageError
from bot.version import __version__

_log = logging.getLogger(__name__)
_YOUNG = 20_000  # new objects between two passes over them: those of some ten answers
# So long nothing is heard while the store opens; then danger must be, also without it.
_OPENING = 5
_RECORDS = 2.0  # seconds at the end of a stop for what was counted of late, and for what was not answered
_AGAIN = 30  # seconds until a channel that could not listen tries again


def run(settings: Settings, served: Served) -> int:
    """Serves until SIGTERM or SIGINT; 0 when all that was taken was finished or handed back. Raises ConfigError.

    ``settings``: those that hold for the whole process.
    """
    for one, _ in served.clinics:
        wiring.check(one.serving)
    listener = _listener(settings.serving)
    with asyncio.Runner(loop_factory=_loop()) as runner:
        return runner.run(_traced(settings, served, listener))


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


async def _traced(settings: Settings, served: Served, listener: socket.socket) -> int:
    with traced(settings.serving.traces_url):
        return await _serve(settings, served, listener)


async def _serve(settings: Settings, served: Served, listener: socket.socket) -> int:
    stop = asyncio.Event()
    _on("SIGTERM", stop.set)
    _on("SIGINT", stop.set)
    async with open_process(settings, served) as parts:
        _on("SIGHUP", parts.reloader.ask)
        _introduce(parts)
        server = _server(parts)
        await server.start(listener)
        work = asyncio.create_task(_work(parts))
        print(f"listening on {_url(listener)}", flush=True)
        for clinic in parts.clinics:
            if clinic.prefix:
                print(f"  {clinic.name}: {_url(listener)}{clinic.prefix}/", flush=True)
        for live in parts.reloader.lacking:
            print(f"  {live} is being learned; danger is answered meanwhile", flush=True)
        tell("READY=1")
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


def _introduce(parts: Process) -> None:
    """What serves, in the first line of the log and in the metrics."""
    for clinic in parts.clinics:
        knowledge = parts.editions.current(clinic.name).knowledge.version  # as in the stamp of each answer
        what = {"version": __version__, "clinic": clinic.name, "knowledge": knowledge}
        _log.info("serving", extra={**what, "channel": " ".join(one.name for one in clinic.channels)})
        parts.metrics.introduce(**what)
        tell_unsigned(parts.editions.current(clinic.name), parts.metrics)


async def _end(parts: Process, server: HttpServer, work: asyncio.Task[None]) -> None:
    """Takes nothing new, finishes what was taken, and closes."""
    _log.info("stopping")
    tell("STOPPING=1")
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
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(parts.watch.drained(), _RECORDS)
    for write in (parts.counting.write, parts.gaps.write) if parts.counting is not None else (parts.gaps.write,):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(write(), _RECORDS)
    await server.close()
    status = "finished" if finished and answered else "handed back"
    _log.info("stopped", extra={"seconds": round(time.monotonic() - began, 2), "status": status})


def _server(parts: Process) -> HttpServer:
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


def _app(parts: Process) -> Starlette:
    routes: list[BaseRoute] = []
    for clinic in parts.clinics:
        own = [route for one in clinic.channels for route in one.routes(parts.delivery)]
        routes += below(clinic.prefix, own) if clinic.prefix else own
    return app(parts.metrics, lambda: _checks(parts), routes)


def _checks(parts: Process) -> Mapping[str, tuple[bool, object]]:
    trouble = parts.storage.trouble
    store = "failing" if trouble is not None else "fine" if parts.delivery.started else "opening"
    knowledge = parts.reloader.shown()
    return {
        **({"knowledge": (parts.reloader.answers, knowledge)} if knowledge else {}),
        "store": (parts.delivery.works, store),
        **({"store_error": (False, trouble)} if trouble is not None else {}),
        **_channels(parts),
    }


def _channels(parts: Process) -> Mapping[str, tuple[bool, object]]:
    """How they are. Where clinics are served together none of them makes the process unready: the others work."""
    states = {clinic.name: {one.name: one.state() for one in clinic.channels if one.state} for clinic in parts.clinics}
    if all(clinic.prefix for clinic in parts.clinics):
        shown = {name: {channel: how for channel, (_, how) in of.items()} for name, of in states.items()}
        return {"clinics": (True, shown | {name: {"failed": wrong[0]} for name, wrong in parts.failed.items()})}
    return {channel: state for of in states.values() for channel, state in of.items()}


async def _work(parts: Process) -> None:
    """Opens the store, takes updates in and works them off."""
    async with asyncio.TaskGroup() as group:
        group.create_task(keep_telling())
        opening = group.create_task(_open(parts))
        await asyncio.wait({opening}, timeout=_OPENING)
        # Answers come meanwhile, each a little later; nobody waits for all of it.
        group.create_task(asyncio.to_thread(_warm, parts.editions))
        group.create_task(parts.reloader.run())
        if parts.counting is not None:
            group.create_task(_after(opening, parts.counting.run))
        group.create_task(_after(opening, parts.gaps.run))
        group.create_task(_after(opening, parts.digests.run))
        group.create_task(_after(opening, parts.watch.run))
        for clinic in parts.clinics:
            for one in clinic.channels:
                if one.listen is not None:
                    group.create_task(_listen(parts, clinic, one))
        await asyncio.Event().wait()


async def _after(opening: asyncio.Task[None], work: Callable[[], Coroutine[None, None, None]]) -> None:
    """Does ``work``, once the store is open."""
    await opening
    await work()


async def _listen(parts: Process, clinic: RunningClinic, channel: Channel) -> None:
    """Lets updates come. Where clinics are served together one that cannot listen does not end the others."""
    while channel.listen is not None:
        try:
            await channel.listen(parts.delivery)
        except Exception:
            if not clinic.prefix:
                raise
            _log.exception("a channel does not listen", extra={"clinic": clinic.name, "channel": channel.name})
        await asyncio.sleep(_AGAIN / parts.settings.serving.clock_scale)


def _warm(editions: LoadedEditions) -> None:
    for clinic in editions.clinics:
        editions.current(clinic).dialogue.warm()
    # What is there now stays: the collector need not look at it again and again (a whole pass takes 0.1 s and more).
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)


async def _open(parts: Process) -> None:
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
