"""A fake in process, a raw client, and a place that updates are delivered to."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
import pytest
from telegram import Bot
from telegram.request import HTTPXRequest

from tests.fakes.botapi import FakeBotApi
from tests.fakes.botapi.wire import Answer, Connection, Request

SCALE = 20.0
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # spares each client the reading of all authorities


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    async with FakeBotApi(time_scale=SCALE) as fake:
        yield fake


@pytest.fixture
async def bot(api: FakeBotApi) -> AsyncIterator[Bot]:
    requests = [HTTPXRequest(connection_pool_size=8, httpx_kwargs={"verify": NO_TLS}) for _ in range(2)]
    async with Bot(api.token, base_url=api.base_url, request=requests[0], get_updates_request=requests[1]) as client:
        yield client


@dataclass
class Raw:
    """Calls without a library between. ``await raw("getMe", a=1)`` gives the JSON of the answer."""

    api: FakeBotApi
    http: httpx.AsyncClient

    async def __call__(self, method: str, **params: Any) -> dict[str, Any]:
        return dict((await self.post(method, **params)).json())

    async def post(self, method: str, **params: Any) -> httpx.Response:
        return await self.http.post(f"{self.api.base_url}{self.api.token}/{method}", json=params)


@pytest.fixture
async def raw(api: FakeBotApi) -> AsyncIterator[Raw]:
    async with httpx.AsyncClient(timeout=10, verify=NO_TLS) as http:
        yield Raw(api, http)


@dataclass
class Receiver:
    """A bot's webhook. ``answer`` decides what an update gets; what came is in ``got``, with the moment and the connection."""

    answer: Callable[[dict[str, Any]], Answer | Awaitable[Answer]] = lambda _: Answer(200, b"")
    got: list[tuple[float, dict[str, Any], Request]] = field(default_factory=list)
    live: set[Connection] = field(default_factory=set)
    port: int = 0
    opened: int = 0
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        def connect() -> Connection:
            self.opened += 1
            return Connection(self.opened, self._serve, lambda _: False, self.live)

        self._server = await asyncio.get_running_loop().create_server(connect, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for connection in list(self.live):
            await connection.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/telegram"

    @property
    def ids(self) -> list[int]:
        return [update["update_id"] for _, update, _ in self.got]

    def _serve(self, request: Request) -> Answer | Awaitable[Answer]:
        update = json.loads(request.body)
        self.got.append((time.monotonic(), update, request))
        return self.answer(update)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as place:
        yield place


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait for ``condition``; fails when it does not come true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.002)
