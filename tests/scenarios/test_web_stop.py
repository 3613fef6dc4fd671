"""Stopped while people ask on the web: what was taken is answered, the rest is told to come again, and nobody is cut off."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from tests.running import Bot
from tests.scenarios.conftest import WebOpener
from tests.scenarios.environment import until
from tests.scenarios.patients import DANGER, QUESTIONS
from tests.scenarios.web import connect, page

CLIENTS = 60
DRAIN = 6.0


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Nobody else can write."""
    with closing(sqlite3.connect(file, isolation_level=None, timeout=10)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def _tokens(bot: Bot, many: int) -> list[str]:
    async with aiohttp.ClientSession() as session:
        tokens = []
        for _ in range(many):
            async with session.post(f"{bot.url}/api/v1/conversations", json={}) as answer:
                tokens.append((await answer.json())["conversation"])
    return tokens


async def _ask(bot: Bot, question: str, token: str) -> tuple[int, str | None]:
    """Status, and when to come again."""
    asked = {"question": question, "conversation": token}
    async with aiohttp.ClientSession() as session, session.post(f"{bot.url}/api/v1/ask", json=asked) as answer:
        await answer.read()
        return answer.status, answer.headers.get("Retry-After")


async def _under_way(bot: Bot) -> int:
    (found,) = [line for line in (await page(bot, "/metrics"))[1].splitlines() if line.startswith("infusion_bot_requests ")]
    return int(float(found.split()[1]))


@pytest.mark.slow
async def test_what_waits_for_the_store_is_answered_when_it_stops(web: WebOpener) -> None:
    """Sixty wait for a file that is locked, some in danger, and go on waiting for longer than a second after the signal."""
    async with web(API_RATE="off", DRAIN_SECONDS=f"{DRAIN:g}") as bot:
        tokens = await _tokens(bot, CLIENTS)
        with _locked(bot.folder / "data" / "infusion-bot.db"):
            questions = [DANGER if number % 6 == 0 else QUESTIONS[number % len(QUESTIONS)] for number in range(CLIENTS)]
            asking = [asyncio.create_task(_ask(bot, question, token)) for question, token in zip(questions, tokens, strict=True)]
            began = time.monotonic()
            calm = CLIENTS - CLIENTS // 6
            await until(lambda: _waits(bot, calm))
            bot.terminate()
            await until(lambda: _refuses(bot))
            late = [await _ask(bot, DANGER, tokens[0])]
            await asyncio.sleep(max(0.0, began + 2.2 - time.monotonic()))  # within the three seconds that the API waits
        answers = await asyncio.gather(*asking)
        code = await bot.gone()
        took = time.monotonic() - began
    print(f"\nstop with {CLIENTS} waiting: {Counter(answers)}; late: {late}; {took:.1f} s")
    assert Counter(answers) == {(200, None): CLIENTS}
    assert late == [(503, "5")]
    assert code == 0
    assert took < DRAIN + 3


async def _refuses(bot: Bot) -> bool:
    return (await page(bot, "/livez"))[0] == 503


async def _waits(bot: Bot, many: int) -> bool:
    return await _under_way(bot) > many


@dataclass
class Crowd:
    """Clients that ask without a pause, each on a connection that it keeps, until the bot is gone."""

    bot: Bot
    answered: Counter[str] = field(default_factory=Counter)

    def at_work(self) -> bool:
        return self.answered["200"] > 2 * CLIENTS

    async def ask(self, number: int) -> None:
        body = json.dumps({"question": QUESTIONS[number % len(QUESTIONS)]}).encode()
        head = b"POST /api/v1/ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        while True:
            try:
                reader, writer = await connect(self.bot.url, "127.0.0.1")
            except OSError:
                return  # it does not listen any more
            try:
                await self._talk(reader, writer, head + body)
            finally:
                writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
        while True:
            heard = b""
            try:
                writer.write(request)
                heard = await reader.readuntil(b"\r\n\r\n")
                headers = dict(line.split(": ") for line in heard.decode().lower().split("\r\n")[1:-2])
                await reader.readexactly(int(headers["content-length"]))
            except (ConnectionError, asyncio.IncompleteReadError):
                self.answered["cut off" if heard else "closed"] += 1
                return
            again = ", later" if "retry-after" in headers else ""
            self.answered[heard[9:12].decode() + again] += 1
            if headers.get("connection") == "close":
                return


@pytest.mark.slow
@pytest.mark.parametrize("runs", [pytest.param(1, id="short"), pytest.param(20, id="full", marks=pytest.mark.scenario)])
async def test_it_stops_under_sixty_who_ask(web: WebOpener, runs: int) -> None:
    total: Counter[str] = Counter()
    slowest = 0.0
    for _ in range(runs):
        async with web(API_RATE="off", DRAIN_SECONDS=f"{DRAIN:g}") as bot:
            crowd = Crowd(bot)
            asking = [asyncio.create_task(crowd.ask(number)) for number in range(CLIENTS)]
            await until(crowd.at_work)
            began = time.monotonic()
            bot.terminate()
            assert await bot.gone() == 0
            slowest = max(slowest, time.monotonic() - began)
            await asyncio.gather(*asking)
        total += crowd.answered
    print(f"\nstopped {runs} times under {CLIENTS}: {dict(total)}; at most {slowest:.1f} s")
    assert total.keys() <= {"200", "503, later", "closed"}
    assert slowest < DRAIN + 3
