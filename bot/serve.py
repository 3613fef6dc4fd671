"""``infusion-bot serve``: one process, one loop: the web server, the channels that are configured, the inbox behind them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import secrets
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from bot import course, picture
from bot.channels.telegram import hook
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.desk import Desk
from bot.channels.telegram.intake import CHANNEL
from bot.channels.telegram.limits import Pace
from bot.channels.telegram.polling import Poller
from bot.channels.telegram.request import AiohttpRequest
from bot.channels.telegram.sender import Sender
from bot.config import ConfigError, Serving, Settings, zone_for
from bot.delivery import Delivery, Limits
from bot.metrics import Metrics
from bot.service import Service
from bot.storage import Storage, StorageError
from bot.storage.open import open_storage
from bot.web import app

if TYPE_CHECKING:
    from telegram import Bot

    from bot.dialogue import Dialogue

_log = logging.getLogger(__name__)
_POLL_WORDS = {"conflict": False, "refused": False}
_YOUNG = 20_000  # new objects between two passes over them: those of some ten answers
# How long the server waits for open connections once it takes no new ones; the rest of the time is the inbox's.
_CLOSING = 1
# So long nothing is heard while the store opens; then danger must be, also without it.
_OPENING = 5


@dataclass(frozen=True, slots=True)
class _Parts:
    """What runs, put together once."""

    settings: Settings
    storage: Storage
    metrics: Metrics
    service: Service
    delivery: Delivery
    bot: Bot
    poller: Poller | None


def check(settings: Settings) -> None:
    """Raises ConfigError where what is set cannot be served."""
    serving = settings.serving
    if serving.telegram_bot_token is None:
        raise ConfigError(
            "TELEGRAM_BOT_TOKEN is not set, so there is nothing to serve; get a token from BotFather, or use: infusion-bot chat"
        )
    if serving.webhook_url is not None and serving.webhook_secret is None:
        raise ConfigError("WEBHOOK_SECRET is not set; without it anybody could write to the webhook. Take random characters")


def run(settings: Settings, dialogue: Dialogue) -> int:
    """Serves until SIGTERM or SIGINT; 0 when all that was taken was finished or handed back. Raises ConfigError."""
    check(settings)
    zone_for(settings, dialogue.knowledge.clinic.timezone)
    listener = _listener(settings.serving)
    with asyncio.Runner(loop_factory=_loop()) as runner:
        return runner.run(_serve(settings, dialogue, listener))


def _loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The quicker loop, where there is one: it is not made for Windows."""
    try:
        import uvloop  # noqa: PLC0415  # as above
    except ImportError:
        return None
    return uvloop.new_event_loop


def _listener(serving: Serving) -> socket.socket:
    family = socket.AF_INET6 if ":" in serving.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
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


async def _serve(settings: Settings, dialogue: Dialogue, listener: socket.socket) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with _parts(settings, dialogue) as parts:
        server = _Server(
            uvicorn.Config(_app(parts), log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=_CLOSING)
        )
        web = asyncio.create_task(server.serve(sockets=[listener]))
        work = asyncio.create_task(_work(parts))
        host, port = listener.getsockname()[:2]
        print(f"listening on http://{host}:{port}", flush=True)
        done, _ = await asyncio.wait({web, work, asyncio.create_task(stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
        failed = [task for task in done if task in {web, work} and not task.cancelled() and task.exception() is not None]
        _log.info("stopping")
        began = time.monotonic()
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        server.should_exit = True
        finished = await parts.delivery.stop(settings.serving.drain_seconds)
        await asyncio.wait({web}, timeout=_CLOSING + 1)
        _log.info(
            "stopped", extra={"seconds": round(time.monotonic() - began, 2), "status": "finished" if finished else "handed back"}
        )
        for task in failed:
            raise task.exception() or RuntimeError
    return 0


class _Server(uvicorn.Server):
    """Leaves the signals to us: it would raise them again at the end, and the process would end as if it had been killed."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _app(parts: _Parts) -> Starlette:
    serving = parts.settings.serving
    routes = []
    if serving.webhook_url is not None and serving.webhook_secret is not None:
        endpoint = hook.Hook(serving.webhook_secret, parts.delivery.take, parts.settings.clinic)
        routes.append(Route(hook.PATH, endpoint.receive, methods=["POST"]))
    return app(parts.metrics, lambda: _checks(parts), routes)


def _checks(parts: _Parts) -> Mapping[str, tuple[bool, str]]:
    since = parts.delivery.failing_since
    store = "failing" if since is not None else "fine" if parts.delivery.started else "opening"
    found = {"store": (store == "fine", store)}
    if parts.poller is not None:
        found["telegram"] = (_POLL_WORDS.get(parts.poller.state, True), parts.poller.state)
    return found


async def _work(parts: _Parts) -> None:
    """Opens the store, takes updates in and works them off."""
    async with asyncio.TaskGroup() as group:
        opening = group.create_task(_open(parts))
        await asyncio.wait({opening}, timeout=_OPENING)
        # Answers come meanwhile, each a little later; nobody waits for all of it.
        group.create_task(asyncio.to_thread(_warm, parts.service.dialogue))
        await _listen(parts)


def _warm(dialogue: Dialogue) -> None:
    dialogue.warm()
    # What is there now stays: the collector need not look at it again and again (a whole pass takes 0.1 s and more).
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)


async def _open(parts: _Parts) -> None:
    """Opens the store, however long it is away, and begins to work off what is in it."""
    while True:
        try:
            await parts.storage.start()
            break
        except StorageError as error:
            parts.delivery.failing_since = parts.delivery.failing_since or time.time()
            _log.error("the store does not open: %s", error)
            await asyncio.sleep(1)
    parts.delivery.failing_since = None
    parts.delivery.start()


async def _listen(parts: _Parts) -> None:
    """Lets updates come, for ever."""
    serving = parts.settings.serving
    if parts.poller is not None:
        await parts.poller.run()
    elif serving.webhook_url is not None and serving.webhook_secret is not None:
        await hook.register(parts.bot, serving.webhook_url, serving.webhook_secret, serving.clock_scale)
    await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def _parts(settings: Settings, dialogue: Dialogue) -> AsyncIterator[_Parts]:
    """Puts together what runs, and takes it apart again."""
    serving = settings.serving
    zone = zone_for(settings, dialogue.knowledge.clinic.timezone)
    metrics = Metrics()
    service = Service(dialogue, zone, metrics)
    with _owner(serving.data_dir) as owner:
        storage = storage_of(settings, owner)
        async with telegram_bot(serving) as bot:
            pace = Pace(overall=serving.telegram_rate, speed=serving.clock_scale)
            sender = Sender(bot, pace, lambda event: metrics.count(f"send_{event}"))
            knowledge = dialogue.knowledge
            desk = Desk(
                service=service,
                sender=sender,
                count=metrics.count,
                picture=_once(lambda: picture.png(course.of(knowledge), knowledge)),
                clinic=settings.clinic,
                hours=max(1, round(settings.conversation_minutes / 60)),
            )
            scale = serving.clock_scale
            limits = Limits(
                again=1 / scale, sweep=max(0.1, 0.5 / min(scale, 5)), lease=serving.lease_seconds, clean=max(2.0, 60 / scale)
            )
            delivery = Delivery(storage, {CHANNEL: Telegram(bot, desk)}, metrics, limits)
            poller = None
            if serving.webhook_url is None:
                poller = Poller(bot, storage, delivery.take, metrics.count, settings.clinic, scale, serving.lease_seconds)
            try:
                yield _Parts(settings, storage, metrics, service, delivery, bot, poller)
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


@contextlib.asynccontextmanager
async def telegram_bot(serving: Serving) -> AsyncIterator[Bot]:
    """The client of the Bot API; nothing is asked of it yet. One transport for calls and one for polling."""
    from telegram import Bot  # noqa: PLC0415  # 48 MB that only Telegram needs

    calls, polls = AiohttpRequest(), AiohttpRequest(connections=2)
    bot = Bot(serving.telegram_bot_token or "", base_url=serving.telegram_base_url, request=calls, get_updates_request=polls)
    await calls.initialize()
    await polls.initialize()
    try:
        yield bot
    finally:
        await calls.shutdown()
        await polls.shutdown()


@contextlib.contextmanager
def _owner(folder: Path) -> Iterator[str]:
    """A name for this process that no other one has now, and that the next one in the same folder gets when this one has died.

    That one goes on at once with what this one held, and does not wait until the leases run out.
    """
    file, name = _named(folder)
    try:
        yield name
    finally:
        if file is not None:
            file.close()


def _named(folder: Path) -> tuple[TextIO | None, str]:
    """The first name in ``folder`` whose file nobody has locked, and that file; a new name where files cannot be locked."""
    try:
        import fcntl  # noqa: PLC0415  # not on Windows

        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for number in range(64):
            file = (folder / f"process-{number}.lock").open("a+")  # the lock lasts as long as it is open
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                continue
            file.seek(0)
            name = file.read().strip()
            if not name:
                name = secrets.token_hex(8)
                file.write(name)
                file.flush()
            return file, name
    except (ImportError, OSError):
        _log.info("no name that lasts")
    return None, secrets.token_hex(8)


def _once(make: Callable[[], bytes]) -> Callable[[], bytes]:
    """``make``, called when it is first needed."""
    made: list[bytes] = []

    def get() -> bytes:
        if not made:
            made.append(make())
        return made[0]

    return get
