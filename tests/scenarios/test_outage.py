"""Telegram away, or the store: nothing is lost, nothing is said twice, and danger is answered at once."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import pytest

from tests.fakes import postgres as harness
from tests.fakes.botapi import updates
from tests.scenarios.conftest import Opener
from tests.scenarios.environment import Environment, until
from tests.scenarios.patients import DANGER

RECOVERED = 5.0  # real seconds, whatever the scale


@pytest.mark.slow
@pytest.mark.parametrize(
    ("webhook", "chats", "scale"),
    [
        pytest.param(True, 50, 20.0, id="webhook-short"),
        pytest.param(True, 300, 1.0, id="webhook-full", marks=pytest.mark.scenario),
        pytest.param(False, 300, 1.0, id="polling-full", marks=pytest.mark.scenario),
    ],
)
async def test_telegram_is_away_at_the_start_and_midway(stage: Opener, webhook: bool, chats: int, scale: float) -> None:
    async with stage(webhook=webhook, scale=scale) as here:
        here.ask(here.talk.crowd(chats))
        await here.api.down(60)
        bot = here.bot()
        await bot.start()
        assert here.tally.answered == 0
        await until(here.up, 70)
        first = await until(lambda: here.tally.answered, 30)

        asking = asyncio.create_task(here.ask_slowly(here.talk.crowd(chats, 3, first=20_000), 50))
        await here.answered(chats * 3 // 2)
        await here.api.down(30)
        before = here.tally.answered
        await until(here.up, 40)
        again = await until(lambda: here.tally.answered > before, 30)
        await asking
        await here.done(120)
        unclear = await here.counted("send_unknown")
    print(f"\nAPI away {here.mode}: {here.tally.shown()}; back after {first:.2f} and {again:.2f} s; {unclear} unclear")
    assert max(first, again) <= RECOVERED
    assert here.tally.lost == []
    assert len(here.tally.twice) <= unclear
    assert (here.tally.most, here.tally.inversions, here.tally.strange) == (1, 0, 0)


@asynccontextmanager
async def store_away(here: Environment, server: harness.Server | None) -> AsyncIterator[None]:
    if server is not None:
        await asyncio.to_thread(server.stop)
        try:
            yield
        finally:
            await asyncio.to_thread(server.start)
        return
    assert here.file is not None
    with closing(sqlite3.connect(here.file, isolation_level=None, timeout=10)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("database", "webhook", "seconds"),
    [
        pytest.param("postgres", True, 3.0, id="postgres-webhook-short"),
        # A file that is locked is reported when SQLite has waited 5 s for it.
        pytest.param("sqlite", False, 6.5, id="sqlite-polling-short"),
        *(
            pytest.param(database, webhook, 30.0, id=f"{database}-{mode}-full", marks=pytest.mark.scenario)
            for database in ("sqlite", "postgres")
            for webhook, mode in ((True, "webhook"), (False, "polling"))
        ),
    ],
    indirect=["database"],
)
async def test_the_store_is_away(
    stage: Opener, database: str, webhook: bool, seconds: float, request: pytest.FixtureRequest
) -> None:
    server: harness.Server | None = request.getfixturevalue("postgres") if database else None
    async with stage(database=database, webhook=webhook, scale=4.0) as here:
        bot = await here.start()
        # Some are on their way when it goes. Not many: Telegram tries 80 that fail again and again before it looks at the next.
        here.ask(here.talk.crowd(20))
        await here.answered(1)
        async with store_away(here, server):
            began = time.monotonic()
            here.api.inject(updates.text(DANGER, updates.user(1)))
            asking = asyncio.create_task(here.ask_slowly(here.talk.crowd(int(50 * (seconds + 2)), first=20_000), 50))
            urgent = await until(lambda: here.helped(1), 10)
            await until(lambda: here.says(bot, "store", "failing"), 10)
            await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
        before = here.tally.answered
        back = await until(lambda: here.tally.answered > before, 30)
        ready = back + await until(lambda: here.says(bot, "ready", True), 30)
        await asking
        await here.done(60)
    print(f"\nstore away {here.mode}: {here.tally.shown()}; back {back:.2f}, ready {ready:.2f}, urgent {urgent:.2f} s")
    assert urgent <= 5.0
    assert ready <= RECOVERED
    assert (here.tally.lost, here.tally.twice, here.tally.inversions, here.tally.strange) == ([], set(), 0, 0)
