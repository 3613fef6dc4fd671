"""What adds up in memory: once a reply, kept while the store is away, written at the end."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.delivery.counting import records
from bot.delivery.counting.counter import HOURLY_DAYS, Counting
from bot.delivery.counting.measures import CountKey
from bot.delivery.counting.reading import Counted
from bot.delivery.service import Rated
from bot.delivery.storage import Storage, StorageError
from bot.delivery.storage.operations.steps import Begin
from bot.dialogue.events import Said
from tests.delivery.counting.turns import ANN, AT, NOBODY, WORDS, answered, turned
from tests.delivery.storage.stores import Opener, eventually

CHICAGO = ZoneInfo("America/Chicago")
TODAY = date(2025, 11, 24)


def counting(store: Storage, **terms: object) -> Counting:
    return Counting(store, lambda: {"aurora": CHICAGO}, clock=lambda: AT, **terms)  # type: ignore[arg-type]


async def _topics(store: Storage, first: date = TODAY) -> dict[str, int]:
    counts = await Counted(store, lambda _: CHICAGO).between("aurora", first, TODAY)
    return {one.topic: one.count for one in counts.topics}


async def test_what_was_counted_is_written_together(store: Storage) -> None:
    one = counting(store)
    one.turned(turned(answered("driving"), at=AT))
    one.turned(turned(answered("driving", "eating"), at=AT + 1))
    assert await _topics(store) == {}
    await one.write()
    await one.write()
    assert await _topics(store) == {"driving": 2, "eating": 1}


async def test_an_update_that_is_tried_again_is_one_reply(store: Storage) -> None:
    one = counting(store)
    for _ in range(3):
        one.turned(turned(answered("driving")))
    one.turned(turned(answered("eating"), Said("another, which came in the same call")))
    for _ in range(2):
        one.turned(turned(answered("length"), key=NOBODY))  # of no conversation: two people may ask the same at once
    await one.write()
    assert await _topics(store) == {"driving": 1, "eating": 1, "length": 2}


class _Away:
    """A store that takes nothing until it is told to."""

    def __init__(self, store: Storage) -> None:
        self._store = store
        self.away = True

    async def run(self, begin: Begin[object], *, write: bool = True) -> object:
        if self.away:
            raise StorageError("it is away")
        return await self._store.run(begin, write=write)


async def test_a_store_that_is_away_loses_no_count(store: Storage) -> None:
    away = _Away(store)
    one = counting(away)  # type: ignore[arg-type]  # what a counter uses of one
    one.turned(turned(answered("driving"), at=AT))
    await one.write()
    one.turned(turned(answered("driving"), at=AT + 1))
    await one.tidy()
    away.away = False
    await one.write()
    assert await _topics(store) == {"driving": 2}


async def test_it_writes_by_itself_and_once_more_at_the_end(store: Storage) -> None:
    one = counting(store, every=0.005)
    running = asyncio.create_task(one.run())
    one.turned(turned(answered("driving"), at=AT))

    async def written() -> bool:
        return await _topics(store) == {"driving": 1}

    await eventually(written)
    one.turned(turned(answered("driving"), at=AT + 1))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await one.write()
    assert await _topics(store) == {"driving": 2}


async def test_who_stops_it_in_the_middle_of_a_write_loses_and_doubles_nothing(store: Storage) -> None:
    began, go = asyncio.Event(), asyncio.Event()

    class Slow:
        async def run(self, begin: Begin[object], *, write: bool = True) -> object:
            began.set()
            await go.wait()
            return await store.run(begin, write=write)

    one = counting(Slow(), every=0.0)  # type: ignore[arg-type]
    one.turned(turned(answered("driving")))
    running = asyncio.create_task(one.run())
    await began.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    go.set()
    await one.write()
    assert await _topics(store) == {"driving": 1}


async def test_replicas_add_up(shared_url: str, open_store: Opener) -> None:
    stores = [await open_store(shared_url, str(number)) for number in range(3)]
    each = [counting(store) for store in stores]
    for number, one in enumerate(each):
        for at in range(10):
            one.turned(turned(answered("driving"), at=AT + 20 * number + at))
    await asyncio.gather(*(one.write() for one in each))
    assert await _topics(stores[0]) == {"driving": 30}


@pytest.mark.parametrize(
    ("keep", "days", "hours"),
    [pytest.param(400, 400, HOURLY_DAYS, id="long"), pytest.param(7, 7, 7, id="shorter than hours are kept")],
)
async def test_what_is_old_is_folded_and_dropped(store: Storage, keep: int, days: int, hours: int) -> None:
    one, noon = counting(store, keep=keep), records.first_hour(TODAY, CHICAGO) + 12
    ages = [0, 6, 7, 8, 61, 62, 63, 399, 400, 401]
    kept = {CountKey("aurora", "topic", noon - 24 * age, "web", f"topic{age}", "entry"): 1 for age in ages}
    await store.run(lambda: records.add(kept))
    await one.tidy()
    rows = await Counted(store, lambda _: CHICAGO).rows("aurora", TODAY - timedelta(days=500), TODAY)
    assert {row.subject for row in rows} == {f"topic{age}" for age in ages if age <= days}
    assert {row.subject for row in rows if row.hour is not None} == {f"topic{age}" for age in ages if age <= hours}


async def test_not_a_word_of_a_persons_and_nobodys_number_is_kept(
    sqlite_url: str, open_store: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    store = await open_store(sqlite_url, "one")
    one = counting(store)
    caplog.set_level(logging.DEBUG)
    one.turned(turned(answered("driving")))
    one.rated(Rated(ANN, ("driving",), ("not_helped", "wrong"), AT))
    await one.write()
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        kept = str(connection.execute("SELECT * FROM hour_counts").fetchall())
    connection.close()
    assert "driving" in kept
    for canary in (WORDS, "1001", ANN.id):
        assert canary not in kept + caplog.text + repr(one.__dict__)
