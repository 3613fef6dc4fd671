"""The records in each database: added to by many at once, folded into days, dropped."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest

from bot.delivery.counting import records
from bot.delivery.counting.measures import CountKey
from bot.delivery.counting.reading import Counted
from bot.delivery.storage import Storage
from tests.delivery.storage.stores import Opener

CHICAGO = ZoneInfo("America/Chicago")
DAY = date(2025, 11, 24)
FIRST = records.first_hour(DAY, CHICAGO)


def _key(hour: int = FIRST, subject: str = "driving", clinic: str = "aurora") -> CountKey:
    return CountKey(clinic, "topic", hour, "web", subject, "entry")


async def _kept(store: Storage, clinic: str = "aurora") -> list[tuple[str, int | None, str, int]]:
    rows = await Counted(store, lambda _: CHICAGO).rows(clinic, date(2025, 1, 1), date(2026, 12, 31))
    return [(row.day.isoformat(), row.hour, row.subject, row.count) for row in rows]


async def test_counts_add_up(store: Storage) -> None:
    await store.run(lambda: records.add({_key(): 2, _key(subject="eating"): 1}))
    await store.run(lambda: records.add({_key(): 3, _key(FIRST + 1): 1, _key(clinic="borealis"): 9}))
    assert await _kept(store) == [
        ("2025-11-24", 0, "driving", 5),
        ("2025-11-24", 0, "eating", 1),
        ("2025-11-24", 1, "driving", 1),
    ]
    assert await _kept(store, "borealis") == [("2025-11-24", 0, "driving", 9)]


async def test_replicas_add_to_the_same_rows_at_once(shared_url: str, open_store: Opener) -> None:
    stores = [await open_store(shared_url, str(number)) for number in range(4)]
    keys = [_key(FIRST + hour, subject) for hour in range(3) for subject in ("driving", "eating", "length")]

    async def add(number: int) -> None:
        for round_ in range(5):
            mine = dict.fromkeys(keys if (number + round_) % 2 else reversed(keys), 1)
            await stores[number].run(lambda mine=mine: records.add(mine))  # type: ignore[misc]

    await asyncio.gather(*map(add, range(4)))
    assert [count for *_, count in await _kept(stores[0])] == [20] * 9


async def test_old_hours_become_days_and_none_is_lost(store: Storage) -> None:
    hours = {_key(FIRST + hour): 1 for hour in range(-3, 27)}  # from 21:00 the evening before to 2:00 the day after
    await store.run(lambda: records.add(hours))
    while await store.run(lambda: records.fold("aurora", CHICAGO, date(2025, 11, 25))):
        pass
    assert await _kept(store) == [
        ("2025-11-23", None, "driving", 3),
        ("2025-11-24", None, "driving", 24),
        *[("2025-11-25", hour, "driving", 1) for hour in range(3)],
    ]
    late = {_key(FIRST + 5): 2}  # of a replica that could not write for long
    await store.run(lambda: records.add(late))
    assert await store.run(lambda: records.fold("aurora", CHICAGO, date(2025, 11, 25)))
    assert ("2025-11-24", None, "driving", 26) in await _kept(store)


async def test_replicas_that_fold_at_once_count_nothing_twice(shared_url: str, open_store: Opener) -> None:
    stores = [await open_store(shared_url, str(number)) for number in range(3)]
    hours = {_key(FIRST + hour): 1 for hour in range(24)}
    await stores[0].run(lambda: records.add(hours))
    await asyncio.gather(*(store.run(lambda: records.fold("aurora", CHICAGO, date(2026, 1, 1))) for store in stores))
    assert await _kept(stores[0]) == [("2025-11-24", None, "driving", 24)]


async def test_old_days_are_dropped(store: Storage) -> None:
    hours = {_key(): 1, _key(FIRST + 24): 1}
    await store.run(lambda: records.add(hours))
    while await store.run(lambda: records.fold("aurora", CHICAGO, date(2025, 12, 24))):
        pass
    await store.run(lambda: records.drop("borealis", date(2026, 1, 1)))
    await store.run(lambda: records.drop("aurora", date(2025, 11, 25)))
    assert await _kept(store) == [("2025-11-25", None, "driving", 1)]


@pytest.mark.parametrize(
    ("zone", "begins"),
    [
        pytest.param(UTC, "2025-11-24T00:00", id="utc"),
        pytest.param(CHICAGO, "2025-11-24T06:00", id="behind"),
        pytest.param(ZoneInfo("Asia/Kolkata"), "2025-11-23T19:00", id="half-an-hour"),
        pytest.param(ZoneInfo("Pacific/Auckland"), "2025-11-23T11:00", id="ahead"),
    ],
)
def test_a_day_has_the_hours_that_begin_on_it(zone: tzinfo, begins: str) -> None:
    first = records.first_hour(DAY, zone)
    assert datetime.fromtimestamp(first * 3600, UTC).isoformat(timespec="minutes").removesuffix("+00:00") == begins
    assert (records.day_of(first, zone), records.day_of(first - 1, zone)) == (DAY, date(2025, 11, 23))
    assert (records.hour_of(first, zone), records.hour_of(first + 23, zone)) == (0, 23)


@pytest.mark.parametrize(("day", "hours"), [(date(2025, 3, 9), 23), (date(2025, 11, 2), 25), (DAY, 24)])
def test_a_day_on_which_clocks_change_has_an_hour_less_or_more(day: date, hours: int) -> None:
    first = records.first_hour(day, CHICAGO)
    assert sum(records.day_of(first + at, CHICAGO) == day for at in range(-3, 30)) == hours
