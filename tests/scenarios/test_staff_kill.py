"""Killed while patients and staff write to each other: no line of either side is lost or there twice, and their order stays."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.channels.clinic_page.access.sessions import Sessions
from bot.delivery.storage.open import open_storage
from tests.running import Bot
from tests.scenarios.conftest import WebOpener

STAFF = ("Ann", "Eva")
LATEST = 60.0  # seconds until all is through
# patients, lines of each side, kills, run
SHORT = pytest.param((3, 15, 2, 0), id="short")
FULL = [pytest.param((3, 40, 4, run), id=f"full{run}", marks=pytest.mark.scenario) for run in range(1, 21)]


@dataclass
class House:
    """The processes of one clinic; whoever asks takes any of them, and tries until one has answered."""

    bots: list[Bot]
    chance: random.Random
    http: aiohttp.ClientSession
    tries: int = 0
    done: int = 0
    more: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, method: str, path: str, fine: tuple[int, ...], **how: Any) -> aiohttp.ClientResponse:
        while True:
            url = self.chance.choice(self.bots).url
            self.tries += 1
            try:
                async with self.http.request(method, f"{url}{path}", allow_redirects=False, **how) as answer:
                    await answer.read()
                    if answer.status in fine:
                        return answer
                    assert answer.status >= 500 or answer.status == 0, (path, answer.status, await answer.text())
            except (aiohttp.ClientError, OSError, TimeoutError, aiohttp.InvalidURL):
                pass
            await asyncio.sleep(0.05)  # a process of its own says nothing when it is back

    def count(self) -> None:
        self.done += 1
        self.more.set()
        self.more.clear()

    async def kill_and_start(self) -> None:
        bot = self.chance.choice(self.bots)
        bot.kill()
        await bot.gone()
        await bot.start()


@dataclass
class Sitting:
    """Somebody of the staff who is signed in."""

    house: House
    cookie: str
    csrf: str = ""

    async def read(self, talk: str) -> str:
        answer = await self.house.ask("GET", f"/clinic/inbox/{talk}", (200,), headers=self.headers())
        text = await answer.text()
        (self.csrf,) = set(re.findall(r'name="csrf" value="([0-9a-f]+)"', text))
        return text

    async def answer(self, talk: str, text: str) -> None:
        form = {"csrf": self.csrf, "do": "reply", "message": text, "text": text}
        await self.house.ask("POST", f"/clinic/inbox/{talk}", (303,), data=form, headers=self.headers())
        self.house.count()

    def headers(self) -> dict[str, str]:
        return {"Cookie": f"clinic_session={self.cookie}", "Sec-Fetch-Site": "same-origin"}


async def talk_of(house: House, sitting: Sitting, name: str, many: int) -> tuple[list[str], list[str]]:
    """A talk between a patient and one of the staff; what each side has read of the other in the end."""
    started = await house.ask("POST", "/api/v1/conversations", (201,), json={})
    token = (await started.json())["conversation"]
    await house.ask("POST", "/api/v1/handoff/agree", (200,), json={"conversation": token, "message": f"{name} agrees"})
    mine = {f"{name} says {number}" for number in range(many)}
    first = f"{name} says 0"
    body = {"conversation": token, "question": first, "message": first}
    await house.ask("POST", "/api/v1/ask", (200,), json=body)
    listed = await (await house.ask("GET", "/clinic/inbox", (200,), headers=sitting.headers())).text()
    for talk in re.findall(r'href="inbox/(\w+)"', listed):
        if first in await sitting.read(talk):
            break
    else:
        raise AssertionError("the talk is not in the inbox")

    async def write() -> None:
        for number in range(1, many):
            text = f"{name} says {number}"
            body = {"conversation": token, "question": text, "message": text}
            told = await (await house.ask("POST", "/api/v1/ask", (200,), json=body)).json()
            assert told["handoff"]["passed"], told
            house.count()

    async def answer() -> None:
        for number in range(many):
            await sitting.answer(talk, f"{name} hears {number}")

    async def read() -> list[str]:
        seen, after = list[str](), 0
        while len(seen) < many:
            body = {"conversation": token, "after": after}
            news = await (await house.ask("POST", "/api/v1/conversations/messages", (200,), json=body)).json()
            for one in news["messages"]:
                after = one["seq"]
                seen += [one["text"]] if one["kind"] == "message" else []
            await asyncio.sleep(0.05)  # as a page does, only sooner
        return seen

    _, _, heard = await asyncio.gather(write(), answer(), read())
    # The line may have come twice without being new: then it stands in the talk twice.
    shown = re.findall(r'dir="auto">([^<]*)</p>', await sitting.read(talk))
    assert mine <= set(shown)
    return [text for text in shown if "says" in text], heard


@asynccontextmanager
async def house_of(web: WebOpener, folder: Path, database: str, chance: random.Random) -> AsyncIterator[tuple[House, str]]:
    url = database or f"sqlite:///{folder / 'bot.db'}"
    settings = {"DATABASE_URL": url, "HANDOFF": "on", "CLINIC_PAGE": "on", "API_RATE": "off", "RELOAD": "off"}
    bots = [web(**settings, DATA_DIR=str(folder / str(number))) for number in range(2 if database else 1)]
    timeout = aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as http:
        for bot in bots:
            await bot.start()
        try:
            yield House(bots, chance, http), url
        finally:
            for bot in bots:
                if bot.alive:
                    bot.kill()
                await bot.gone()


@pytest.mark.slow
@pytest.mark.parametrize("size", [SHORT, *FULL])
@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
async def test_killed_it_loses_and_doubles_no_line(
    web: WebOpener, tmp_path: Path, database: str, size: tuple[int, int, int, int]
) -> None:
    patients, many, kills, seed = size
    chance = random.Random(f"{seed} {database == ''}")
    async with house_of(web, tmp_path, database, chance) as (house, url):
        store = open_storage(url, owner="test")
        await store.start()
        sittings = []
        for name in STAFF:
            entered = await Sessions(store, "default").enter(await Sessions(store, "default").link("staff", name))
            assert entered is not None
            sittings.append(Sitting(house, entered[0]))
        await store.close()
        names = [f"P{number}" for number in range(patients)]
        talks = asyncio.gather(*(talk_of(house, sittings[number % len(STAFF)], name, many) for number, name in enumerate(names)))
        whole = patients * (2 * many - 1)
        for number in range(kills):
            while house.done < whole * (number + chance.uniform(0.2, 0.8)) / kills and not talks.done():
                await house.more.wait()
            await house.kill_and_start()
        async with asyncio.timeout(LATEST):
            found = await talks
    print(f"\n{kills} kills of {len(house.bots)}: {whole} lines, {house.tries} requests")
    for name, (says, hears) in zip(names, found, strict=True):
        assert says == [f"{name} says {number}" for number in range(many)]
        assert hears == [f"{name} hears {number}" for number in range(many)]
