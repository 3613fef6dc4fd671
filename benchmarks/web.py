"""``make bench``, third part: questions over the API beside a bare endpoint of the same framework in one run; sizes, first paint.

The server has core 0, the load core 1: 40 connections that are kept, each with its next question as soon as it has its answer.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import os
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import uvloop

from tests.browser import chrome
from tests.places import QUESTIONS, ROOT
from tests.running import Bot

_OWN = QUESTIONS / "own.jsonl"
_CONNECTIONS = 40
_SETTINGS = {"TELEGRAM_BOT_TOKEN": "", "API_RATE": "off"}
# What each case sends: the question as it is, one that nobody has asked yet, or one within a conversation.
_CASES = ("bare", "asked before", "never asked before", "in a conversation")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="of each load")
    parser.add_argument("--rounds", type=int, default=2, help="how often each case is measured, in turn")
    asked = parser.parse_args()
    if hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(_all(Path(folder), asked.seconds, asked.rounds))


async def _all(folder: Path, seconds: float, rounds: int) -> None:
    questions = [json.loads(line)["q"] for line in _OWN.read_text("utf-8").splitlines()]
    async with Bot(folder, _SETTINGS) as bot:
        _give(bot.pid)
        length = await _size(bot.url, questions)
        async with _bare(length) as bare:
            found: dict[str, list[tuple[float, float, float]]] = {case: [] for case in _CASES}
            numbers = count(1)
            await _load(bot.url, _bodies("asked before", questions, numbers), 2)  # once all, so that they were asked before
            for _ in range(rounds):
                for case in _CASES:
                    url = bare if case == "bare" else bot.url
                    tokens = await _tokens(url) if case == "in a conversation" else ()
                    found[case].append(await _load(url, _bodies(case, questions, numbers, tokens), seconds))
        _report(found, length)
        await _weigh(bot.url)
        await _paint(bot.url)


def _report(found: dict[str, list[tuple[float, float, float]]], length: int) -> None:
    bare = statistics.median(rate for rate, _, _ in found["bare"])
    print(f"\nPOST /api/v1/ask from {_CONNECTIONS} connections, a reply of some {length} bytes:")
    for case, loads in found.items():
        rate, p50, p99 = (statistics.median(one[at] for one in loads) for at in range(3))
        print(f"  {case:20} {rate:6.0f} requests/s, {rate / bare:4.2f} of bare; p50 {p50:5.1f}, p99 {p99:6.1f} ms")


async def _weigh(url: str) -> None:
    print("\nas they are sent, and with gzip:")
    async with aiohttp.ClientSession() as session:
        for path in ("/widget.js", "/", "/web/chat.js", "/web/chat.css", "/web/icon.svg"):
            async with session.get(f"{url}{path}", headers={"Accept-Encoding": "identity"}) as answer:
                plain = await answer.read()
            print(f"  {path:16} {len(plain) / 1024:6.1f} KB {len(gzip.compress(plain)) / 1024:6.1f} KB")


async def _paint(url: str) -> None:
    if chrome.path() is None:
        print("\nfirst paint: not measured, there is no Chromium here (make deps-system)")
        return
    async with chrome.browser() as browser:
        times = []
        for _ in range(5):
            page = await browser.new_page()
            await page.goto(url, wait_until="networkidle")
            paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
            times.append(float(await page.evaluate(paint)))
            await page.close()
    print(f"\nfirst contentful paint of the page: {statistics.median(times):.0f} ms (median of 5, {max(times):.0f} at most)")


# -- load ---------------------------------------------------------------------------------------------------------


def _bodies(case: str, questions: Sequence[str], numbers: Iterator[int], tokens: Sequence[str] = ()) -> Iterator[bytes]:
    for number in numbers:
        question = questions[number % len(questions)]
        if case == "never asked before":  # blanks between the first two words change nothing but that
            question = question.replace(" ", " " * (2 + number // len(questions)), 1) + " " * (number // 5000)
        asked = {"question": question} | ({"conversation": tokens[number % len(tokens)]} if tokens else {})
        yield json.dumps(asked).encode()


async def _load(url: str, bodies: Iterator[bytes], seconds: float) -> tuple[float, float, float]:
    """Answers a second, p50 and p99 in milliseconds."""
    place = urlsplit(url)
    taken: list[float] = []
    until = time.perf_counter() + seconds

    async def one() -> None:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        try:
            while (began := time.perf_counter()) < until:
                body = next(bodies)
                head = f"POST /api/v1/ask HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: application/json\r\n"
                writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
                answer = await reader.readuntil(b"\r\n\r\n")
                if not answer.startswith(b"HTTP/1.1 200"):
                    raise RuntimeError(answer.decode())
                await reader.readexactly(int(answer.lower().split(b"content-length:")[1].split(b"\r\n")[0]))
                taken.append((time.perf_counter() - began) * 1000)
        finally:
            writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(_CONNECTIONS)))
    spent = time.perf_counter() - began
    cuts = statistics.quantiles(taken, n=100)
    return len(taken) / spent, cuts[49], cuts[98]


async def _tokens(url: str) -> tuple[str, ...]:
    async with aiohttp.ClientSession() as session:
        tokens = []
        for _ in range(_CONNECTIONS):
            async with session.post(f"{url}/api/v1/conversations", json={}) as answer:
                tokens.append((await answer.json())["conversation"])
    return tuple(tokens)


async def _size(url: str, questions: Sequence[str]) -> int:
    sizes = []
    async with aiohttp.ClientSession() as session:
        for question in questions[:100]:
            async with session.post(f"{url}/api/v1/ask", json={"question": question}) as answer:
                sizes.append(len(await answer.read()))
    return round(statistics.mean(sizes))


@asynccontextmanager
async def _bare(length: int) -> AsyncIterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "benchmarks.bare", str(length), str(port), cwd=ROOT)
    _give(process.pid)
    try:
        for _ in range(500):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                break
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        await process.wait()


def _give(pid: int) -> None:
    """The process has core 0 for itself."""
    if hasattr(os, "sched_setaffinity") and os.sched_getaffinity(0) != {0}:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {0})


if __name__ == "__main__":
    main()
