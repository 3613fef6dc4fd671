"""How an agent bot is told of events: signed, with a time limit, tried again where the real one would."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import aiohttp

from tests.fakes.chatwoot.state import Json

SECRET = "kT9sQ2vXe4LmN7pR1wYz8aBc"  # noqa: S105  # opens nothing
TRIES, AGAIN, PATIENCE = 3, 3.0, 5.0
RETRIED = {429, 500}


def signed(body: bytes, secret: str | None = SECRET, moment: float | None = None, delivery: str = "") -> dict[str, str]:
    """The headers of a webhook; those of an older release, which signs none, where ``secret`` is None."""
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "X-Chatwoot-Delivery": delivery or str(uuid.uuid4()),
    }
    if secret is not None:
        stamp = str(int(time.time() if moment is None else moment))
        digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        headers |= {"X-Chatwoot-Timestamp": stamp, "X-Chatwoot-Signature": f"sha256={digest}"}
    return headers


@dataclass(slots=True)
class Delivered:
    """One job. ``outcomes``: a status for each try, "timeout" or "broken"."""

    event: str
    body: bytes
    conversation: int
    message: int | None
    pending: bool = True  # whether the conversation was the bot's when it was told
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    outcomes: list[str] = field(default_factory=list)


class Webhooks:
    """Jobs, in order within a conversation. ``urls`` take turns, as behind a balancer; ``failed`` hears of what was given up."""

    def __init__(self, urls: Sequence[str], secret: str | None, scale: float, failed: Callable[[Delivered], None]) -> None:
        self.urls = list(urls)
        self.secret = secret
        self.jobs: list[Delivered] = []
        self._scale = scale
        self._failed = failed
        self._turn = itertools.count()
        self._last: dict[int, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(40)
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE))

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    @property
    def quiet(self) -> bool:
        return not self._tasks

    def tell(self, event: str, data: Json, conversation: int, message: int | None, copies: int = 1) -> Delivered:
        pending = data.get("conversation", data).get("status") == "pending"
        job = Delivered(event, json.dumps({**data, "event": event}).encode(), conversation, message, pending)
        self.jobs.append(job)
        before = self._last.get(conversation)
        self._last[conversation] = self._begin(self._deliver(job, before, copies))
        return job

    def again(self, job: Delivered, url: str | None = None) -> None:
        """The same once more, beside all else."""
        self._begin(self._once_more(job, url))

    def _begin(self, work: object) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(work)  # type: ignore[arg-type]  # one of the two below
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _once_more(self, job: Delivered, url: str | None) -> None:
        async with self._room:
            job.outcomes.append(await self._post(job, url))

    async def _deliver(self, job: Delivered, before: asyncio.Task[None] | None, copies: int) -> None:
        if before is not None:
            await asyncio.wait({before})
        for _ in range(copies):
            for attempt in range(1, TRIES + 1):
                async with self._room:
                    outcome = await self._post(job, None)
                job.outcomes.append(outcome)
                if outcome.startswith("2"):
                    break
                if not (outcome.isdecimal() and int(outcome) in RETRIED) or attempt == TRIES:
                    self._failed(job)
                    break
                await asyncio.sleep(AGAIN / self._scale)

    async def _post(self, job: Delivered, url: str | None) -> str:
        assert self._session is not None
        first = next(self._turn)
        for number in range(len(self.urls)):
            where = url or self.urls[(first + number) % len(self.urls)]
            try:
                async with self._session.post(
                    where, data=job.body, headers=signed(job.body, self.secret, delivery=job.id), allow_redirects=False
                ) as answer:
                    return str(answer.status)
            except TimeoutError:
                return "timeout"
            except aiohttp.ClientConnectorError:
                continue  # a balancer goes on to the next one
            except aiohttp.ClientError:
                return "broken"
        return "broken"
