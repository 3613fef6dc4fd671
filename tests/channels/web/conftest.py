"""The API as it runs: a real server on loopback, a store in memory behind it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import uvicorn
from starlette.applications import Starlette

from bot.channels.web.api.app import routes
from bot.channels.web.api.context import ApiContext
from bot.delivery.service import Service
from bot.delivery.storage import Storage
from bot.delivery.storage.open import open_storage
from bot.delivery.storage.turn_store import TurnStore
from bot.dialogue.policy import Dialogue
from tests.fakes.editions import editions_of, metrics_of

SVG, PNG = b"<svg/>", b"\x89PNG of a timeline"
Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Any  # of aiohttp: names in any case
    body: bytes
    json: Any = None


@dataclass
class Line:
    """A connection to the API; ``headers`` go with every request."""

    url: str
    session: aiohttp.ClientSession
    headers: dict[str, str] = field(default_factory=dict)

    async def __call__(self, method: str, path: str, body: object = None, **more: Any) -> Answer:
        """``body`` is sent as JSON, or as it is where it is bytes."""
        headers = {**self.headers, **more.pop("headers", {})}
        if isinstance(body, bytes):
            more["data"] = body
            headers.setdefault("Content-Type", "application/json")
        elif body is not None:
            more["json"] = body
        async with self.session.request(method, f"{self.url}/api/v1{path}", headers=headers, **more) as answer:
            content = await answer.read()
            said = "json" in answer.headers.get("content-type", "") and content and more.get("auto_decompress", True)
            return Answer(answer.status, answer.headers, content, await answer.json(content_type=None) if said else None)

    async def ask(self, question: str, conversation: str | None = None, **more: Any) -> Answer:
        body = {"question": question, **({"conversation": conversation} if conversation else {})}
        return await self("POST", "/ask", body, **more)

    async def start(self, **given: str) -> str:
        answer = await self("POST", "/conversations", given)
        assert answer.status == 201, answer
        return str(answer.json["conversation"])


@asynccontextmanager
async def served(context: ApiContext) -> AsyncIterator[str]:
    """The address of a server of ``context``."""
    # Of a socket that does not say TCP, asyncio does not know that it must not hold answers back for 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(100)
    app = Starlette(routes=routes(context))
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve([listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()


Making = Callable[..., ApiContext]


@pytest.fixture
async def storage() -> AsyncIterator[Storage]:
    store = open_storage("memory:", owner="one")
    await store.start()
    yield store
    await store.close()


@pytest.fixture
def context(dialogue: Dialogue, storage: Storage) -> Making:
    """Makes an context with the settings that a test gives."""

    def make(**settings: Any) -> ApiContext:
        clinic = settings.get("clinic", "default")
        metrics = metrics_of(clinic)
        store = settings.pop("storage", storage)
        # A test with a store of its own has one that fails; each would wait for three seconds.
        patience = 3.0 if store is storage else 0.7
        given = {
            "editions": editions_of(dialogue, clinic, ZoneInfo("America/Chicago"), png=PNG, svg=SVG),
            "service": Service(metrics),
            "store": TurnStore(store, metrics.of(clinic).count, patience),
            "metrics": metrics.of(clinic),
            "refusal_seconds": 0.0,
            **settings,
        }
        return ApiContext(**given)

    return make


@asynccontextmanager
async def line_to(context: ApiContext, **headers: str) -> AsyncIterator[Line]:
    async with served(context) as url, aiohttp.ClientSession() as session:
        yield Line(url, session, headers)


@pytest.fixture
async def line(context: Making) -> AsyncIterator[Line]:
    """To an API without limits."""
    async with line_to(context()) as one:
        yield one
