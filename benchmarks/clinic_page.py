"""``make bench``: how long the clinic's page takes to open after a year of counted replies, on SQLite in a file.

Over a real socket, as a browser asks: the session is looked up, the counts are read, the page is drawn. The first request fills
the caches that a process keeps (templates, the standing of each text); it is told by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from datetime import UTC
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette

from bot.app.channels import CHANNELS
from bot.app.config import read_settings
from bot.app.editions import LoadedEditions, edition_of, open_dialogue
from bot.channels.channel import Shared
from bot.channels.clinic_page.access.sessions import Sessions
from bot.channels.clinic_page.open import open_channel
from bot.channels.clinic_page.settings import ClinicPageSettings
from bot.delivery.handoff.handoffs import Handoffs
from bot.delivery.metrics import Metrics
from bot.delivery.service import Service
from bot.delivery.storage.open import open_storage
from tests.channels.clinic_page.seeding import fill, hand_over

_DAYS = 365
_PEOPLE = 200
_ADDRESSES = ("?days=7", "?days=30", "?days=90", "knowledge", "health", "audit")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replies", type=int, default=100_000, help=f"counted over {_DAYS} days")
    parser.add_argument("--rounds", type=int, default=20, help="how often each view is opened")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_all(Path(folder), asked.replies, asked.rounds))


async def _all(folder: Path, replies: int, rounds: int) -> None:
    settings = read_settings({"model": "off", "tz": "UTC"})
    edition = edition_of(settings, open_dialogue(settings))
    store = open_storage(f"sqlite:///{folder / 'bot.db'}", owner="bench")
    await store.start()
    await fill(store, edition.clinic, edition.knowledge, UTC, replies, _DAYS)
    await hand_over(store, edition.clinic, _PEOPLE, _DAYS)
    metrics = Metrics([one.name for one in CHANNELS], [edition.clinic])
    editions = LoadedEditions([edition])
    own, service, handoffs = metrics.of(edition.clinic), Service(metrics), Handoffs(store, edition.clinic)
    shared = Shared(edition.clinic, 1440, 30.0, 1.0, store, own, service, editions, handoffs=handoffs)
    async with open_channel(shared, ClinicPageSettings(on=True)) as channel:
        app = Starlette(routes=[*channel.routes(None)])  # type: ignore[arg-type]  # it takes no updates
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        secret = await Sessions(store, edition.clinic).link("staff", "bench")
        print(f"{replies:,} counted replies over {_DAYS} days, {_PEOPLE} people handed over; ms until the page is there")
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}/clinic/", headers={"Sec-Fetch-Site": "same-origin"}
        ) as browser:
            await browser.post("enter", data={"link": secret})
            for address in _ADDRESSES:
                await _opened(browser, address, rounds)
        server.should_exit = True
        await serving
    await store.close()


async def _opened(browser: httpx.AsyncClient, address: str, rounds: int) -> None:
    took, size = [], 0.0
    for _ in range(rounds):
        began = time.perf_counter()
        answer = await browser.get(address)
        took.append(1000 * (time.perf_counter() - began))
        answer.raise_for_status()
        size = len(answer.content) / 1024
    first, *others = took
    median, worst = statistics.median(others), max(others)
    print(f"  {address:10} first {first:6.1f}, then median {median:5.1f}, worst {worst:5.1f}; {size:4.0f} kB")


if __name__ == "__main__":
    main()
