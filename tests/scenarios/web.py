"""What the scenarios of the web server ask a bot, and read of it."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.running import Bot
from tests.scenarios.patients import DANGER

PATIENT, ATTACKER = "127.0.0.3", "127.0.0.2"
SOON = 1.0  # seconds within which danger is answered, whatever others do


def memory(bot: Bot, which: str = "VmRSS") -> float:
    """In MB; VmHWM: at the most until now."""
    (found,) = re.findall(rf"^{which}:\s+(\d+) kB$", Path(f"/proc/{bot.pid}/status").read_text("utf-8"), re.MULTILINE)
    return int(found) / 1024


async def danger(base: str, address: str = PATIENT) -> float:
    """Seconds until somebody in danger is answered, on a connection of his own."""
    began = time.monotonic()
    connector = aiohttp.TCPConnector(local_addr=(address, 0), force_close=True)
    timeout = aiohttp.ClientTimeout(total=60)
    url, asked = f"{base}/api/v1/ask", {"question": DANGER}
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session, session.post(url, json=asked) as answer:
        told = await answer.text()
        assert (answer.status, json.loads(told).get("kind")) == (200, "urgent"), told
    return time.monotonic() - began


async def page(bot: Bot, path: str) -> tuple[int, str]:
    """As somebody reads it who does not come from where an attack does."""
    connector = aiohttp.TCPConnector(local_addr=(PATIENT, 0), force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session, session.get(f"{bot.url}{path}") as answer:
        return answer.status, await answer.text()


async def counted(bot: Bot, event: str) -> int:
    found = re.findall(rf'^infusion_bot_events_total{{.*event="{event}"}} (\S+)', (await page(bot, "/metrics"))[1], re.MULTILINE)
    return int(sum(map(float, found)))


def refusals(bot: Bot) -> set[str]:
    """The reasons that the log names."""
    lines = [json.loads(line) for line in bot.log().splitlines() if line.startswith("{")]
    return {str(line["reason"]) for line in lines if line["event"] == "refused"}


async def connect(url: str, address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = url.removeprefix("http://").partition(":")
    return await asyncio.open_connection(host, int(port), local_addr=(address, 0))


@asynccontextmanager
async def hold(url: str, address: str, many: int, sent: bytes) -> AsyncIterator[None]:
    """So many connections from ``address``, each of which sends that and then nothing."""
    held = await asyncio.gather(*(connect(url, address) for _ in range(many)))
    for _, writer in held:
        writer.write(sent)
    try:
        yield
    finally:
        for _, writer in held:
            writer.transport.abort()
