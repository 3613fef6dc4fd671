"""The disk fills while people write on the web: they are told to come again, danger is answered, and the log says so once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import aiohttp
import pytest

from tests.running import Bot
from tests.scenarios.conftest import WebOpener
from tests.scenarios.environment import until
from tests.scenarios.patients import QUESTIONS
from tests.scenarios.web import danger, page

ROOM = 16_384  # bytes that a file may have once it is full: nothing more fits into it


class LimitedFiles:
    """No file of the process grows any more: the system refuses to write, as it does on a full disk."""

    settings: Mapping[str, str] = {}

    def fill(self, bot: Bot) -> None:
        resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (ROOM, resource.RLIM_INFINITY))

    def make_room(self, bot: Bot) -> None:
        resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


class SmallDisk:
    """A disk of four megabytes, and a file on it that takes what is left."""

    def __init__(self, folder: Path) -> None:
        self._filler = folder / "filler"
        self.settings = {"DATA_DIR": str(folder / "data")}

    def fill(self, bot: Bot) -> None:
        del bot
        with contextlib.suppress(OSError), self._filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))

    def make_room(self, bot: Bot) -> None:
        del bot
        self._filler.unlink()


@pytest.fixture(params=["limited files", "small disk"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LimitedFiles | SmallDisk]:
    if request.param == "limited files":
        yield LimitedFiles()
        return
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True, check=False).returncode:
        pytest.skip("nobody may mount a disk here")
    yield SmallDisk(folder)
    subprocess.run(["umount", "--lazy", folder], check=True)


async def _ask(session: aiohttp.ClientSession, url: str, token: str, number: int) -> tuple[int, bool]:
    """Status, and whether it says when to come again."""
    asked = {"question": QUESTIONS[number % len(QUESTIONS)], "conversation": token}
    async with session.post(f"{url}/api/v1/ask", json=asked) as answer:
        await answer.read()
        return answer.status, "Retry-After" in answer.headers


def _lines(bot: Bot, *events: str) -> list[str]:
    told = [line for line in map(json.loads, bot.log().splitlines()) if line["event"] in events]
    return [line["event"] for line in told if "channel" not in line]  # those of the store itself


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [pytest.param(2.0, id="short"), pytest.param(30.0, id="full", marks=pytest.mark.scenario)])
async def test_the_disk_is_full(web: WebOpener, disk: LimitedFiles | SmallDisk, seconds: float) -> None:
    states: Counter[tuple[int, str]] = Counter()
    async with web(API_RATE="off", LOG_LEVEL="warning", **disk.settings) as bot, aiohttp.ClientSession() as session:
        async with session.post(f"{bot.url}/api/v1/conversations", json={}) as answer:
            token = (await answer.json())["conversation"]
        assert await _ask(session, bot.url, token, 0) == (200, False)

        async def failing() -> bool:
            await _ask(session, bot.url, token, 1)
            return (await page(bot, "/readyz"))[0] == 503

        disk.fill(bot)
        await until(failing)
        answers, waits, end = Counter[tuple[int, bool]](), [], time.monotonic() + seconds
        number = 0
        while time.monotonic() < end:
            number += 1
            answers[await _ask(session, bot.url, token, number)] += 1
            waits.append(await danger(bot.url))
            status, told = await page(bot, "/readyz")
            states[status, json.loads(told)["store"]] += 1
            await asyncio.sleep(0.02)
        word = json.loads((await page(bot, "/readyz"))[1])["store_error"]
        during = _lines(bot, "the store fails", "the store works again")
        disk.make_room(bot)
        back = await until(lambda: _is_ready(bot), 10)
        assert await _ask(session, bot.url, token, 2) == (200, False)
        after = _lines(bot, "the store fails", "the store works again")
    print(f"\ndisk full: {dict(answers)}; {dict(states)}, {word!r}; danger at most {max(waits):.3f} s; back after {back:.2f} s")
    assert (503, True) in answers
    assert answers.keys() <= {(503, True), (200, False)}  # a small change may still fit into what the file has
    assert states.keys() == {(503, "failing")}
    assert "the disk" in word
    assert during == ["the store fails"]
    assert after == ["the store fails", "the store works again"]


async def _is_ready(bot: Bot) -> bool:
    return (await page(bot, "/readyz"))[0] == 200
