"""The records of what is counted: added to, folded into days, dropped. Transactions for ``Storage.run``.

Hours are those of UTC, so that a clinic may move its clock; where clocks are half an hour off, an hour counts as its first half.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo

from bot.delivery.counting.measures import HOUR, MEASURES, CountKey
from bot.delivery.storage.operations.steps import Query, Transaction, Write

ADD = """
INSERT INTO hour_counts (clinic, measure, hour, channel, subject, detail, count) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (clinic, measure, hour, channel, subject, detail) DO UPDATE SET count = hour_counts.count + excluded.count
"""
ADD_TO_DAY = """
INSERT INTO day_counts (clinic, measure, day, channel, subject, detail, count) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (clinic, measure, day, channel, subject, detail) DO UPDATE SET count = day_counts.count + excluded.count
"""
OLDEST = "SELECT MIN(hour) FROM hour_counts WHERE clinic = $1 AND measure = $2 AND hour < $3"
# Whoever deletes a row has its count: of two replicas that fold at once each adds what it took.
TAKE_DAY = """
DELETE FROM hour_counts WHERE clinic = $1 AND measure = $2 AND hour >= $3 AND hour < $4
RETURNING channel, subject, detail, count
"""
DROP = "DELETE FROM day_counts WHERE clinic = $1 AND measure = $2 AND day < $3"


def add(counts: Mapping[CountKey, int]) -> Transaction[None]:
    # In one order: of two replicas that add to the same rows none has what the other waits for.
    yield Write(ADD, [(*key, count) for key, count in sorted(counts.items())])


def fold(clinic: str, zone: tzinfo, before: date) -> Transaction[bool]:
    """The oldest day of the clinic that has hours before the day ``before`` becomes one row a count; False: there is none.

    A day a transaction, so that nobody waits long for the store.
    """
    end = first_hour(before, zone)
    for measure in MEASURES:
        ((oldest,),) = yield Query(OLDEST, (clinic, measure, end))
        if oldest is not None:
            yield from _fold(clinic, measure, day_of(oldest, zone), zone)
            return True
    return False


def _fold(clinic: str, measure: str, day: date, zone: tzinfo) -> Transaction[None]:
    hours = first_hour(day, zone), first_hour(day + timedelta(days=1), zone)
    taken: dict[Sequence[str], int] = {}
    for channel, subject, detail, count in (yield Query(TAKE_DAY, (clinic, measure, *hours))):
        counted = (channel, subject, detail)
        taken[counted] = taken.get(counted, 0) + count
    yield Write(ADD_TO_DAY, [(clinic, measure, day.isoformat(), *counted, count) for counted, count in sorted(taken.items())])


def drop(clinic: str, before: date) -> Transaction[None]:
    for measure in MEASURES:
        yield Write(DROP, [(clinic, measure, before.isoformat())])


def first_hour(day: date, zone: tzinfo) -> int:
    """The first hour (Unix time / 3600) that begins on ``day`` in ``zone``."""
    begins = datetime.combine(day, time(), zone).timestamp()
    return -int(-begins // HOUR)


def day_of(hour: int, zone: tzinfo) -> date:
    """The day on which ``hour`` begins in ``zone``."""
    return datetime.fromtimestamp(hour * HOUR, zone).date()


def hour_of(hour: int, zone: tzinfo) -> int:
    """The hour of the day (0 to 23) in which ``hour`` begins in ``zone``."""
    return datetime.fromtimestamp(hour * HOUR, zone).hour
