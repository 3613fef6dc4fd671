"""Help desks on a stage: people ask there, and what the bot says there is heard."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import aiohttp
from aiohttp import web
from standardwebhooks import Webhook

from bot.channels.helpdesk.chatwoot.webhook import PATH as CHATWOOT_PATH
from bot.channels.helpdesk.generic.questions import hashed
from bot.channels.helpdesk.generic.webhook import PATH as GENERIC_PATH
from tests.fakes.chatwoot import SECRET, TOKEN, Call, FakeChatwoot
from tests.scenarios.patients import Spoken

WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # opens nothing


@dataclass(frozen=True, slots=True)
class Sent:
    """A question on its way; ``injected`` as ``time.monotonic`` tells it."""

    id: int
    injected: float


class Desk(Protocol):
    """``said``: what the bot said to people; ``excused``: what the staff saw at once, so that the bot need not answer it."""

    said: list[Call]

    @property
    def settings(self) -> dict[str, str]: ...

    @property
    def quiet(self) -> bool: ...

    @property
    def excused(self) -> set[int]: ...

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    def route(self, urls: Sequence[str]) -> None:
        """Where the bot is; several take turns."""

    def ask(self, chat: int, question: str, copies: int = 1) -> Sent: ...

    def again(self, url: str) -> int:
        """All questions once more, to the bot at ``url``; how many there are."""
        ...

    def updates(self, refs: Sequence[str]) -> set[int]:
        """The questions in an inbox, by what is in its column ``ref``."""
        ...


def make_desk(kind: str, scale: float, hear: Callable[[Spoken], None]) -> Desk | None:
    """The help desk of that kind; None for ""."""
    if kind == "chatwoot":
        return ChatwootDesk(scale, hear)
    return GenericDesk(scale, hear) if kind else None


class ChatwootDesk:
    def __init__(self, scale: float, hear: Callable[[Spoken], None]) -> None:
        self.fake = FakeChatwoot(scale=scale)
        self.said: list[Call] = []
        self._hear = hear
        self.fake.listeners.append(self._listen)

    def _listen(self, call: Call) -> None:
        if call.method == "messages" and not call.private:
            self.said.append(call)
            self._hear(call)

    @property
    def settings(self) -> dict[str, str]:
        return {"CHATWOOT_URL": self.fake.base_url, "CHATWOOT_TOKEN": TOKEN, "CHATWOOT_SECRET": SECRET}

    @property
    def quiet(self) -> bool:
        return self.fake.webhooks.quiet

    @property
    def excused(self) -> set[int]:
        return self.fake.with_person()

    async def open(self) -> None:
        await self.fake.__aenter__()

    async def close(self) -> None:
        await self.fake.__aexit__()

    def route(self, urls: Sequence[str]) -> None:
        self.fake.webhooks.urls = [url + CHATWOOT_PATH for url in urls]

    def ask(self, chat: int, question: str, copies: int = 1) -> Sent:
        talk = self.fake.conversations.get(chat) or self.fake.starts(id=chat)
        return Sent(self.fake.writes(talk, question, copies=copies).id, time.monotonic())

    def again(self, url: str) -> int:
        jobs = [job for job in self.fake.webhooks.jobs if job.event == "message_created"]
        for job in jobs:
            self.fake.webhooks.again(job, url + CHATWOOT_PATH)
        return len(jobs)

    def updates(self, refs: Sequence[str]) -> set[int]:
        ids = (ref.rpartition("/")[2] for ref in refs)
        return {int(id) for id in ids if id.isdecimal()}


class GenericDesk:
    """Tries again until it is heard, as Standard Webhooks has it, a second apart; in order within a conversation."""

    def __init__(self, scale: float, hear: Callable[[Spoken], None]) -> None:
        self.said: list[Call] = []
        self.repeated = 0  # replies that came once more: known by their ids, and dropped
        self._scale = scale
        self._hear = hear
        self._key = Webhook(WHSEC)
        self._urls: list[str] = []
        self._turn = itertools.count()
        self._ids = itertools.count(1)
        self._asked: dict[int, str] = {}
        self._refs: dict[str, int] = {}
        self._last: dict[int, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(40)
        self._url = ""
        self._seen: set[str] = set()

    @property
    def settings(self) -> dict[str, str]:
        return {"GENERIC_SECRET": WHSEC, "GENERIC_REPLY_URL": self._url}

    @property
    def quiet(self) -> bool:
        return not self._tasks

    @property
    def excused(self) -> set[int]:
        return set()

    async def open(self) -> None:
        app = web.Application()
        app.router.add_post("/replies", self._receive)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/replies"
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.close()
        await self._runner.cleanup()

    def route(self, urls: Sequence[str]) -> None:
        self._urls = [url + GENERIC_PATH for url in urls]

    def ask(self, chat: int, question: str, copies: int = 1) -> Sent:
        id = next(self._ids)
        self._asked[id] = json.dumps({"conversation": str(chat), "question": question})
        self._refs[hashed(f"msg_{id}")] = id
        self._last[chat] = self._begin(self._deliver(id, self._last.get(chat), copies))
        return Sent(id, time.monotonic())

    def again(self, url: str) -> int:
        for id in self._asked:
            self._begin(self._once_more(id, url + GENERIC_PATH))
        return len(self._asked)

    def updates(self, refs: Sequence[str]) -> set[int]:
        return {self._refs[ref.rpartition("/")[2]] for ref in refs}

    def _begin(self, work: object) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(work)  # type: ignore[arg-type]  # one of the two below
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _once_more(self, id: int, url: str) -> None:
        async with self._room:
            await self._post(id, url)

    async def _deliver(self, id: int, before: asyncio.Task[None] | None, copies: int) -> None:
        if before is not None:
            await asyncio.wait({before})
        for _ in range(copies):
            while True:
                async with self._room:
                    heard = await self._post(id, self._urls[next(self._turn) % len(self._urls)])
                if heard:
                    break
                await asyncio.sleep(1 / self._scale)

    async def _post(self, id: int, url: str) -> bool:
        body, now = self._asked[id], datetime.now(UTC)
        shown = {
            "webhook-id": f"msg_{id}",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._key.sign(f"msg_{id}", now, body),
        }
        try:
            async with self._http.post(url, data=body, headers=shown) as answer:
                return answer.status == 202
        except (TimeoutError, aiohttp.ClientError):
            return False

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        told = self._key.verify(body, dict(request.headers))
        if (id := request.headers["webhook-id"]) in self._seen:
            self.repeated += 1
            return web.Response()
        self._seen.add(id)
        call = Call("reply", int(told["conversation"]), told["reply"]["text"], time.monotonic())
        self.said.append(call)
        self._hear(call)
        return web.Response()
