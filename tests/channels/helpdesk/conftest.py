"""Both channels as they run: hooks behind a real server, the inbox in a file, a fake Chatwoot and a receiver at the other end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import uvicorn
from aiohttp import web
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.edition import Edition
from bot.channels.helpdesk import chatwoot, generic
from bot.channels.helpdesk.chatwoot.api import ChatwootApi, refusal
from bot.channels.helpdesk.chatwoot.handler import Chatwoot
from bot.channels.helpdesk.chatwoot.webhook import PATH as CHATWOOT_PATH
from bot.channels.helpdesk.chatwoot.webhook import ChatwootHook
from bot.channels.helpdesk.client import HelpdeskClient
from bot.channels.helpdesk.generic.handler import Generic
from bot.channels.helpdesk.generic.webhook import PATH as GENERIC_PATH
from bot.channels.helpdesk.generic.webhook import AnsweringHook, Gate, TakingHook
from bot.delivery.handler import Handler
from bot.delivery.inbox import Delivery, Limits
from bot.delivery.service import Service
from bot.delivery.storage import Storage
from bot.delivery.storage.open import open_storage
from bot.delivery.storage.turn_store import TurnStore
from bot.dialogue.conversation import ConversationKey
from bot.dialogue.policy import Dialogue
from tests.fakes.chatwoot import SECRET, Conversation, FakeChatwoot
from tests.fakes.editions import editions_of, metrics_of

PATH_SECRET = "p" * 30
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # opens nothing
SPEED = 40.0
_TIMEOUT = 3.0  # seconds; later than this, as on a busy machine, the alarm is repeated
Receive = Callable[[Request], Any]


async def knock(
    receive: Receive, headers: list[tuple[bytes, bytes]], body: bytes = b"", path_params: dict[str, str] | None = None
) -> Response:
    """What an endpoint answers to these bytes."""
    told = [{"type": "http.request", "body": body, "more_body": False}]

    async def hear() -> dict[str, Any]:
        return told.pop(0) if told else {"type": "http.disconnect"}

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": headers,
        "query_string": b"",
        "path_params": path_params or {},
    }
    found = await receive(Request(scope, hear))
    assert isinstance(found, Response)
    return found


@dataclass
class Receiver:
    """Where replies of the generic webhook go. ``answers``: the statuses that it gives, the last one for ever."""

    answers: list[int] = field(default_factory=lambda: [200])
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    async def receive(self, request: web.Request) -> web.Response:
        self.got.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        return web.Response(
            status=self.answers.pop(0) if len(self.answers) > 1 else self.answers[0], headers={"Location": self.url}
        )

    @property
    def replies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


@dataclass
class House:
    """All parts of one process."""

    desk: FakeChatwoot
    receiver: Receiver
    storage: Storage
    edition: Edition
    delivery: Delivery
    counts: Counter[str]
    store: TurnStore
    ahead: list[float]  # how much later it is for the channels
    url: str = ""

    async def idle(self, seconds: float = 10) -> None:
        """No webhook is under way, nothing waits in the inbox, nothing is being worked off."""
        async with asyncio.timeout(seconds):
            while not self.desk.webhooks.quiet or self.delivery.busy or (await self.storage.counts()).waiting:
                await asyncio.sleep(0.005)
        await self.desk.quiet()

    async def say(self, talk: Conversation, content: str | None, **how: Any) -> list[str]:
        """The patient writes; what they see of the bot by the time that nothing is to be done any more."""
        before = len(talk.shown)
        self.desk.writes(talk, content, **how)
        await self.idle()
        return [one.content or "" for one in talk.shown[before:]]

    async def state(self, talk: Conversation) -> str | None:
        return await self.storage.load(ConversationKey("default", chatwoot.CHANNEL.name, f"1:{talk.id}"))


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(routes: list[Route]) -> AsyncIterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1024)
        server = _Server(uvicorn.Config(Starlette(routes=routes), log_config=None, access_log=False, lifespan="off"))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


Opener = Callable[..., contextlib.AbstractAsyncContextManager[House]]


@pytest.fixture
def house(dialogue: Dialogue, tmp_path: Path) -> Opener:
    """Makes a House; to be entered with ``async with``."""

    @asynccontextmanager
    async def make(signs: bool = True, readable: bool = False, speaks: Dialogue | None = None) -> AsyncIterator[House]:
        metrics, counts, ahead = metrics_of(), Counter[str](), [0.0]

        def count(event: str, many: int = 1) -> None:
            metrics.count(event, many)
            counts[event] += many

        service, editions = Service(metrics), editions_of(speaks or dialogue)
        storage = open_storage(f"sqlite:///{tmp_path}/bot.db", owner="test", lease_seconds=5)
        await storage.start()
        receiver = Receiver()
        runner = web.AppRunner(_receiving(receiver), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/replies"
        try:
            async with FakeChatwoot(secret=SECRET if signs else None, scale=SPEED, readable=readable) as desk:
                chat_box = HelpdeskClient(
                    chatwoot.CHANNEL.name, count, f"{desk.base_url}/api", SPEED, _TIMEOUT, refusal(desk.token)
                )
                generic_box = HelpdeskClient(generic.CHANNEL.name, count, None, SPEED, _TIMEOUT)
                api = ChatwootApi(desk.base_url, desk.token, chat_box)
                handlers: dict[tuple[str, str], Handler] = {
                    ("default", chatwoot.CHANNEL.name): Chatwoot(
                        editions, "default", service, api, count, clock=lambda: _now(ahead)
                    ),
                    ("default", generic.CHANNEL.name): Generic(editions, "default", service, generic_box, receiver.url, WHSEC),
                }
                delivery = Delivery(storage, handlers, metrics, Limits(again=1 / SPEED, sweep=0.02))
                hook = ChatwootHook(SECRET, PATH_SECRET, delivery.take, "default", count, chat_box.health)
                gate = Gate(WHSEC, count)
                store = TurnStore(storage, count)
                here = House(desk, receiver, storage, editions.current("default"), delivery, counts, store, ahead)
                routes = [
                    Route(CHATWOOT_PATH, hook.receive, methods=["POST"]),
                    Route(CHATWOOT_PATH + "/{secret}", hook.receive_unsigned, methods=["POST"]),
                    Route(GENERIC_PATH, TakingHook(gate, delivery.take, "default").receive, methods=["POST"]),
                    Route("/now", AnsweringHook(gate, editions, "default", service, store, count).receive, methods=["POST"]),
                ]
                await chat_box.start()
                await generic_box.start()
                delivery.start()
                async with serving(routes) as here.url:
                    desk.webhooks.urls = [f"{here.url}{CHATWOOT_PATH}" if signs else f"{here.url}{CHATWOOT_PATH}/{PATH_SECRET}"]
                    try:
                        yield here
                    finally:
                        await delivery.stop(2)
                        await chat_box.close()
                        await generic_box.close()
        finally:
            await runner.cleanup()
            await storage.close()
            service.close()

    return make


def _now(ahead: list[float]) -> float:

    return time.time() + ahead[0]


def _receiving(receiver: Receiver) -> web.Application:
    app = web.Application()
    app.router.add_post("/replies", receiver.receive)
    return app


async def post(here: House, path: str, content: Any, id: str = "msg_1") -> tuple[int, Any]:
    body, now = json.dumps(content), datetime.now(UTC)
    signature, stamp = Webhook(WHSEC).sign(id, now, body), str(int(now.timestamp()))
    headers = {"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": signature}
    async with aiohttp.ClientSession() as http, http.post(f"{here.url}{path}", data=body, headers=headers) as answer:
        text = await answer.text()
        return answer.status, json.loads(text) if text else None
