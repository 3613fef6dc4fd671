"""The web server: who is heard, how many at once, and how it ends: what was begun is answered, and nothing is cut off."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import Callable
from email.utils import formatdate
from typing import cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from bot.app.http.connections import ConnectionLimits, Connections, Refusals
from bot.app.http.naming import RequestNaming
from bot.app.http.protocol import AGAIN, LimitedProtocol, ServerContext, refusal
from bot.channels.requests.addresses import caller

_BACKLOG = 2048
_LAST = 0.1  # seconds for requests that are on their way, so that they are refused and not cut off
_FLUSH = 1.0  # seconds for what is written to be read, at the end


class CallerLimit:
    """At most so many requests at once for one caller, also for one of the many who come through a proxy."""

    def __init__(self, app: ASGIApp, most: int, trusts: Callable[[str], bool], refusals: Refusals) -> None:
        self._app = app
        self._most = most
        self._trusts = trusts
        self._refusals = refusals
        self._under_way: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = scope["client"][0] if scope["client"] else ""
        name = caller(address)
        if self._under_way[name] >= self._most and not self._trusts(address):
            await self._refuse(send)
            return
        self._under_way[name] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._under_way[name] -= 1
            if not self._under_way[name]:
                del self._under_way[name]

    async def _refuse(self, send: Send) -> None:
        self._refusals.note("http_crowded")
        head, _, body = refusal(503, AGAIN["http_crowded"]).partition(b"\r\n\r\n")
        headers = [tuple(line.split(b": ")) for line in head.split(b"\r\n")[1:]]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class HttpServer:
    """Serves ``app`` within ``limits``. ``proxies`` as uvicorn takes them; ``trusts``: whether an address is one of them."""

    def __init__(
        self, app: ASGIApp, limits: ConnectionLimits, proxies: str, trusts: Callable[[str], bool], count: Callable[[str], None]
    ) -> None:
        refusals = Refusals(count)
        self._config = uvicorn.Config(
            RequestNaming(CallerLimit(app, limits.of_address, trusts, refusals)),
            http=LimitedProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            forwarded_allow_ips=proxies,
            timeout_keep_alive=cast(int, limits.idle_seconds),
        )
        connections = Connections(limits.connections, limits.of_address, trusts)
        self._shared = ServerContext(limits, connections, refusals)
        self._state = ServerState()
        self._listener: socket.socket | None = None
        self._listening: asyncio.Server | None = None
        self._dating: asyncio.Task[None] | None = None

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._shared.connections)

    @property
    def under_way(self) -> int:
        """How many requests are being answered."""
        return len(self._state.tasks)

    async def start(self, listener: socket.socket) -> None:
        self._config.load()
        self._listener = listener
        self._dating = asyncio.create_task(self._date())
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(self._protocol, sock=listener, backlog=_BACKLOG)

    def _protocol(self) -> LimitedProtocol:
        return LimitedProtocol(self._config, self._state, self._shared)

    async def _date(self) -> None:
        while True:
            self._state.default_headers = [(b"date", formatdate(usegmt=True).encode())]
            await asyncio.sleep(1)

    def refuse(self) -> None:
        """From now on nothing new is begun, and whoever asks is told to come again."""
        self._shared.closing = True

    async def drain(self, seconds: float) -> bool:
        """Waits until all that was begun is answered, for ``seconds`` at the most; then the rest is told to come again."""
        if self._state.tasks:
            await asyncio.wait({*self._state.tasks}, timeout=seconds)
        left = [one for one in self._open() if one.cut_off()]
        tasks = {*self._state.tasks}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1)
        return not left

    async def close(self) -> None:
        """Nobody is heard any more. What was written is sent, where it is read."""
        if self._listener is not None and self._listening is not None:
            # Without a queue nobody new gets in, but who did is heard; to close at once would reset all who wait in it.
            self._listener.listen(0)
            await asyncio.sleep(_LAST)
            self._listening.close()
            self._listener = None
        for one in self._open():
            one.transport.close()
        if self._state.connections:
            self._shared.empty.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._shared.empty.wait(), _FLUSH)
        for one in self._open():
            one.transport.abort()
        if self._dating is not None:
            self._dating.cancel()

    def _open(self) -> list[LimitedProtocol]:
        return [one for one in self._state.connections if isinstance(one, LimitedProtocol)]
