"""Headers without end, texts that take long, connections held in silence, bodies that drip: others are heard, danger first."""

from __future__ import annotations

import asyncio
import resource
import statistics
import sys
import time
from collections.abc import Mapping

import aiohttp
import pytest

from tests.places import ROOT
from tests.running import Bot, Process
from tests.scenarios.conftest import WebOpener
from tests.scenarios.web import ATTACKER, SOON, connect, counted, danger, hold, memory, page, refusals

FILES = 1024  # open files: what many systems allow
MANY = 1100
PROXY = "127.0.0.1"


async def _few_files(env: Mapping[str, str], log: int) -> Process:
    limited = f"ulimit -n {FILES} && exec {sys.executable} -m bot serve"
    output = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec("sh", "-c", limited, cwd=ROOT, env=env, stdout=output, stderr=log)


@pytest.fixture(autouse=True)
def _enough_files() -> None:
    """Those who attack have files to spare."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


# -- headers without end --------------------------------------------------------------------------------------------


async def _flood(bot: Bot, megabytes: int, until_then: float) -> int:
    """Sends headers of that size, one connection after the other; how many were begun."""
    piece, begun = b"a" * (1 << 18), 0
    while time.monotonic() < until_then:
        reader, writer = await connect(bot.url, ATTACKER)
        begun += 1
        try:
            writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\nX: ")
            for _ in range(4 * megabytes):
                writer.write(piece)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()
            del reader
        await asyncio.sleep(0)
    return begun


@pytest.mark.slow
@pytest.mark.parametrize(
    ("attackers", "megabytes", "seconds"),
    [
        pytest.param(2, 40, 2.0, id="short"),
        pytest.param(20, 300, 30.0, id="full", marks=pytest.mark.scenario),
    ],
)
async def test_headers_without_end(web: WebOpener, attackers: int, megabytes: int, seconds: float) -> None:
    async with web() as bot:
        await danger(bot.url)
        idle, end = memory(bot), time.monotonic() + seconds
        floods = [asyncio.create_task(_flood(bot, megabytes, end)) for _ in range(attackers)]
        waits = []
        while time.monotonic() < end:
            waits.append(await danger(bot.url))
            await asyncio.sleep(0.05)
        begun = sum(await asyncio.gather(*floods))
        most, refused = memory(bot, "VmHWM"), await counted(bot, "http_large_header")
    p50, worst = statistics.median(waits), max(waits)
    print(f"\nheader flood: {begun} begun, {refused} refused; {most / idle:.2f} of idle; danger {p50:.3f}, at most {worst:.3f} s")
    assert refused
    assert "http_large_header" in refusals(bot)
    assert most < 1.5 * idle
    assert worst < SOON


# -- texts that take long -------------------------------------------------------------------------------------------

# The costliest kinds that a search finds (`make bench`): words without blanks, unknown and misspelt ones, fractions, near-misses.
_COSTLY = (
    "howlongdoesaninfusiontakeandcanidrive ",
    "qwzx plorf gnarl bziuq trexol ",
    "½",
    "hwo lnog deos teh infsion tkae adn wehn cna i drvie hmoe ",
    "should i want to die laughing ",
)


async def _ask_at_length(bot: Bot, number: int, length: int, until_then: float) -> int:
    """Asks texts of that length one after the other, on one connection; how many."""
    asked = 0
    connector = aiohttp.TCPConnector(local_addr=(ATTACKER, 0))
    async with aiohttp.ClientSession(connector=connector) as session:
        while time.monotonic() < until_then:
            text = _COSTLY[(number + asked) % len(_COSTLY)]
            asked += 1
            # Each is another one: what was asked before costs nothing.
            question = f"{number} {asked} {text * (length // len(text) + 1)}"[:length]
            async with session.post(f"{bot.url}/api/v1/ask", json={"question": question}) as answer:
                await answer.read()
    return asked


@pytest.mark.slow
@pytest.mark.parametrize("length", [1_000, 5_000, 60_000])
@pytest.mark.parametrize("seconds", [pytest.param(1.5, id="short"), pytest.param(30.0, id="full", marks=pytest.mark.scenario)])
async def test_texts_that_take_long(web: WebOpener, length: int, seconds: float) -> None:
    async with web() as bot:
        await danger(bot.url)
        idle, end = memory(bot), time.monotonic() + seconds
        asking = [asyncio.create_task(_ask_at_length(bot, number, length, end)) for number in range(20)]
        waits: list[float] = []
        while time.monotonic() < end:
            # Each from an address of its own: one that says it again and again is held back by its own limit.
            waits.append(await danger(bot.url, f"127.0.1.{len(waits) % 250 + 1}"))
            await asyncio.sleep(0.05)
        asked, most = sum(await asyncio.gather(*asking)), memory(bot, "VmHWM")
    waits.sort()
    p50, p99 = statistics.median(waits), waits[int(0.99 * len(waits))]
    print(f"\n{length} characters: {asked} asked; {most / idle:.2f} of idle; danger {p50:.3f}, p99 {p99:.3f} s of {len(waits)}")
    assert max(waits) < SOON
    assert most < 1.5 * idle


# -- silence --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("address", [ATTACKER, PROXY], ids=["stranger", "proxy"])
@pytest.mark.parametrize("many", [pytest.param(MANY, id="short"), pytest.param(5000, id="full", marks=pytest.mark.scenario)])
async def test_silent_connections(web: WebOpener, many: int, address: str) -> None:
    """Also where the system allows fewer files than connections come, and where they come from where a proxy is."""
    async with web(launch=_few_files) as bot:
        await danger(bot.url)
        idle = memory(bot)
        async with hold(bot.url, address, many, b""):
            others = [await danger(bot.url) for _ in range(20)]
            assert (await page(bot, "/readyz"))[0] == 200
            most = memory(bot, "VmHWM")
            refused, displaced = [await counted(bot, event) for event in ("http_crowded", "http_displaced")]
    print(f"\n{many} silent: {refused} refused, {displaced} left; {most / idle:.2f} of idle; danger at most {max(others):.3f} s")
    assert max(others) < SOON
    assert refused + displaced  # where they come slowly, each takes the place of one before
    assert refusals(bot) & {"http_crowded", "http_displaced"}
    assert most < 1.5 * idle


# -- bodies that drip -----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("proxied", [False, True], ids=["straight", "proxied"])
@pytest.mark.parametrize("many", [pytest.param(1200, id="short"), pytest.param(5000, id="full", marks=pytest.mark.scenario)])
async def test_bodies_of_one_byte(web: WebOpener, many: int, proxied: bool) -> None:
    through = b"X-Forwarded-For: 198.51.100.7\r\n" if proxied else b""
    head = b"POST /api/v1/ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n" + through
    sent = head + b"\r\n{"
    async with web(launch=_few_files) as bot:
        await danger(bot.url)
        async with hold(bot.url, PROXY if proxied else ATTACKER, many, sent):
            others = [await danger(bot.url) for _ in range(20)]
            through_it = await danger(bot.url, PROXY)
            refused = await counted(bot, "http_crowded")
    print(f"\n{many} slow bodies: {refused} refused; danger at most {max(others):.3f} s, from the proxy {through_it:.3f} s")
    assert max(*others, through_it) < SOON
    assert refused
    assert "http_crowded" in refusals(bot)
