"""Delivery to a webhook: a queue a chat, connections kept alive, retries, expiry, and methods in the answer."""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

from tests.fakes.botapi.state import Attempt, Injected, State
from tests.fakes.botapi.wire import join_chunks, parse_head

PATIENCE = 60.0  # seconds for an answer
LONGEST_WAIT = 60  # seconds between tries: this, to the double of it
GONE_FOR = 23 * 3600.0  # seconds of 410 after which the webhook is deleted
FRESH = 10.0  # seconds after a success in which more than one connection is opened
FEW = (2.0, 1)  # new connections: at most 1 in 2 s while failing
MANY = (0.5, 10)  # else 10 in half a second

Execute = Callable[[str, bytes, int], None]  # content type, body, connection


@dataclass(frozen=True, slots=True)
class Settings:
    url: str
    secret: str = ""
    max_connections: int = 40
    ip_address: str = ""


@dataclass(slots=True)
class Trouble:
    date: int = 0
    message: str = ""


class Webhook:
    """Works off the queue of ``state`` while it lives. ``route`` turns the public URL into the one to connect to."""

    def __init__(
        self, state: State, settings: Settings, route: Callable[[str], str], execute: Execute, deleted: Callable[[], None]
    ) -> None:
        self.settings, self.trouble = settings, Trouble()
        self.connections = 0
        self.most_connections = 0
        self._state, self._route, self.execute, self._deleted = state, route, execute, deleted
        self._unloaded = deque(state.waiting())
        self._queues: dict[int, deque[Injected]] = {}
        self._loaded = 0
        self._ready: deque[int] = deque()  # queues whose first update may go now
        self._timers: set[asyncio.TimerHandle] = set()
        self._idle: list[_Link] = []
        self._links: set[_Link] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._opened: deque[float] = deque(maxlen=MANY[1])
        self._retry: asyncio.TimerHandle | None = None
        self._last_success = float("-inf")
        self._first_gone = 0.0
        self._closed = False

    def add(self, entry: Injected) -> None:
        self._unloaded.append(entry)
        self.pump()

    def pump(self) -> None:
        """Load what fits, send what may go over what is free, and open connections for the rest."""
        if self._closed:
            return
        self._load()
        while self._ready and self._idle:
            self._idle.pop().send(self._queues[self._ready.popleft()][0])
        if self._ready:
            self._open()

    async def close(self) -> None:
        self._stop()
        await asyncio.gather(*self._opening, return_exceptions=True)

    def _stop(self) -> None:
        self._closed = True
        for timer in self._timers:
            timer.cancel()
        if self._retry is not None:
            self._retry.cancel()
        for task in self._opening:
            task.cancel()
        for link in list(self._links):
            link.close()

    def finish(self, link: _Link, entry: Injected, status: int, headers: dict[str, str], body: bytes) -> None:
        """An answer is there."""
        attempt = entry.attempts[-1]
        attempt.outcome, attempt.ended = str(status), time.monotonic()
        if headers.get("connection", "").lower() == "close" or self._closed:
            link.close()
        else:
            self._idle.append(link)
        if 200 <= status <= 299:
            self._first_gone = 0.0
            self._last_success = time.monotonic()
            self._drop(entry, "webhook")
            if body:
                self.execute(headers.get("content-type", ""), body, link.number)
        else:
            self._complain(f"Wrong response from the webhook: {status} {headers.get('', '')}")
            if self._is_gone(status):
                self._stop()
                self._deleted()
                return
            after = headers.get("retry-after", "")
            self._fail(entry, min(3600, int(after)) if after.isdigit() else 0)
        self.pump()

    def lose(self, link: _Link, entry: Injected | None, reason: str) -> None:
        """The connection is gone, with ``entry`` not answered."""
        self._links.discard(link)
        self.connections -= 1
        if link in self._idle:
            self._idle.remove(link)
        if entry is not None:
            attempt = entry.attempts[-1]
            attempt.outcome, attempt.ended = reason, time.monotonic()
            if not self._closed:
                self._complain(reason)
                self._fail(entry, 0)
        self.pump()

    def _is_gone(self, status: int) -> bool:
        now = time.monotonic()
        if status != 410:
            self._first_gone = 0.0
        elif not self._first_gone:
            self._first_gone = now
        return status == 410 and now > self._first_gone + self._state.clock.real(GONE_FOR)

    def _complain(self, message: str) -> None:
        self.trouble.date, self.trouble.message = int(time.time()), message.strip()

    def _load(self) -> None:
        while self._unloaded and self._loaded < 2 * self.settings.max_connections:
            entry = self._unloaded.popleft()
            if entry.how:
                continue
            if entry.expires < time.monotonic():
                self._state.done(entry, "expired")
                continue
            self._loaded += 1
            queue = self._queues.setdefault(entry.queue, deque())
            queue.append(entry)
            if len(queue) == 1:
                self._ready.append(entry.queue)

    def _drop(self, entry: Injected, how: str) -> None:
        self._state.done(entry, how)
        queue = self._queues[entry.queue]
        queue.popleft()
        self._loaded -= 1
        if queue:
            self._ready.append(entry.queue)
        else:
            del self._queues[entry.queue]

    def _fail(self, entry: Injected, retry_after: int) -> None:
        """The first retry comes at once, then after 2, 4, 8 ... seconds."""
        wait = float(retry_after)
        if retry_after == 0 and entry.fails > 0:
            entry.delay = wait = min(random.uniform(LONGEST_WAIT, 2 * LONGEST_WAIT), entry.delay * 2)
        wait = self._state.clock.real(wait)
        if time.monotonic() + wait > entry.expires:
            self._drop(entry, "expired")
            return
        entry.fails += 1
        if wait == 0:
            self._ready.append(entry.queue)
            return

        def again() -> None:
            self._timers.discard(timer)
            self._ready.append(entry.queue)
            self.pump()

        timer = asyncio.get_running_loop().call_later(wait, again)
        self._timers.add(timer)

    def _open(self) -> None:
        """Open connections for what waits: while nothing succeeds, one only, and seldom."""
        now, clock = time.monotonic(), self._state.clock
        healthy = now < self._last_success + clock.real(FRESH)
        most = min(self.settings.max_connections if healthy else 1, len(self._queues))
        window, count = MANY if healthy else FEW
        while self.connections + len(self._opening) < min(most, self.connections + len(self._ready)):
            recent = [at for at in self._opened if at > now - clock.real(window)]
            if len(recent) >= count:
                self._later(recent[0] + clock.real(window) - now)
                return
            self._opened.append(now)
            task = asyncio.get_running_loop().create_task(self._connect())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    def _later(self, wait: float) -> None:
        if self._retry is None or self._retry.cancelled() or self._retry.when() <= asyncio.get_running_loop().time():
            self._retry = asyncio.get_running_loop().call_later(wait, self.pump)

    async def _connect(self) -> None:
        url = urlsplit(self._route(self.settings.url))
        context = None
        if url.scheme == "https":
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        port = url.port or (443 if context else 80)
        try:
            async with asyncio.timeout(self._state.clock.real(PATIENCE)):
                _, link = await asyncio.get_running_loop().create_connection(
                    lambda: _Link(self, self._state.clock.real(PATIENCE)), url.hostname or "", port, ssl=context
                )
        except (OSError, TimeoutError) as error:
            self._complain("Connection refused" if isinstance(error, ConnectionRefusedError) else "Connection timed out")
            self._later(self._state.clock.real(FEW[0]))
            return
        finally:
            self._opening.discard(cast("asyncio.Task[None]", asyncio.current_task()))
        self._links.add(link)
        self.connections += 1
        self.most_connections = max(self.most_connections, self.connections)
        self._idle.append(link)
        self.pump()

    def request(self, entry: Injected) -> bytes:
        url = urlsplit(self.settings.url)
        body = entry.encoded.encode()
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        secret = f"X-Telegram-Bot-Api-Secret-Token: {self.settings.secret}\r\n" if self.settings.secret else ""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {url.netloc}\r\n{secret}Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: keep-alive\r\nAccept-Encoding: gzip, deflate\r\n\r\n"
        )
        return head.encode() + body


@dataclass(eq=False, slots=True)
class _Link(asyncio.Protocol):
    """One connection to the bot: one update at a time."""

    webhook: Webhook
    patience: float
    transport: asyncio.Transport | None = None
    entry: Injected | None = None
    timer: asyncio.TimerHandle | None = None
    buffer: bytearray = field(default_factory=bytearray)
    late: bool = False

    @property
    def number(self) -> int:
        return id(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _: Exception | None) -> None:
        if self.entry is not None and self.buffer and self._take(ended=True):
            return
        entry, self.entry, self.transport = self.entry, None, None
        if self.timer is not None:
            self.timer.cancel()
        self.webhook.lose(self, entry, "Read timeout expired" if self.late else "Webhook connection closed")

    def send(self, entry: Injected) -> None:
        self.entry = entry
        entry.attempts.append(Attempt(time.monotonic(), "webhook", "waiting"))
        if self.transport is not None:
            self.transport.write(self.webhook.request(entry))
        self.timer = asyncio.get_running_loop().call_later(self.patience, self._expire)

    def close(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self._take(ended=False)

    def _expire(self) -> None:
        self.late = True
        self.close()

    def _take(self, *, ended: bool) -> bool:
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0 or self.entry is None:
            return False
        first, headers = parse_head(bytes(self.buffer[:end]))
        _, status, headers[""] = (*first.split(" ", 2), "")[:3]
        rest = bytes(self.buffer[end + 4 :])
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = join_chunks(rest)
        elif "content-length" in headers or status == "204":
            size = int(headers.get("content-length", "0"))
            body = rest[:size] if len(rest) >= size else None
        else:
            body = rest if ended else None
        if body is None:
            return False
        entry, self.entry = self.entry, None
        self.buffer.clear()
        if self.timer is not None:
            self.timer.cancel()
        self.webhook.finish(self, entry, int(status), headers, body)
        if ended:
            self.connection_lost(None)
        return True
