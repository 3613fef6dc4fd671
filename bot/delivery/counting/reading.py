"""What was counted, read back: between two days of the clinic's, as it is shown on a page or in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import Literal, TypeVar

from bot.delivery.counting.measures import MEASURES
from bot.delivery.counting.records import day_of, first_hour, hour_of
from bot.delivery.storage import Storage
from bot.delivery.storage.operations.steps import Query, Rows, Transaction
from bot.dialogue.ratings import REASONS

_K = TypeVar("_K", str, tuple[str, str])
_TIMES = """
SELECT {moment}, CAST(SUM(CASE WHEN detail = '' AND subject <> 'smalltalk' THEN count ELSE 0 END) AS BIGINT),
       CAST(SUM(count) AS BIGINT)
FROM {table} WHERE clinic = $1 AND measure = 'reply' AND {moment} >= $2 AND {moment} < $3 GROUP BY {moment}
"""
_SUMS = """
SELECT measure, channel, subject, detail, CAST(SUM(count) AS BIGINT)
FROM {table} WHERE clinic = $1 AND measure = ANY ($2) AND {moment} >= $3 AND {moment} < $4
GROUP BY measure, channel, subject, detail
"""
_ROWS = """
SELECT {moment}, channel, measure, subject, detail, count
FROM {table} WHERE clinic = $1 AND measure = ANY ($2) AND {moment} >= $3 AND {moment} < $4
ORDER BY {moment}, channel, measure, subject, detail
"""
_OF_HOURS = {"table": "hour_counts", "moment": "hour"}
_OF_DAYS = {"table": "day_counts", "moment": "day"}
HOUR_TIMES, HOUR_SUMS, HOUR_ROWS = (text.format(**_OF_HOURS) for text in (_TIMES, _SUMS, _ROWS))
DAY_TIMES, DAY_SUMS, DAY_ROWS = (text.format(**_OF_DAYS) for text in (_TIMES, _SUMS, _ROWS))


@dataclass(frozen=True, slots=True)
class DayOfReplies:
    """``questions``: replies to what was written or picked, but for small talk; ``replies``: all."""

    day: date
    questions: int
    replies: int


@dataclass(frozen=True, slots=True)
class TopicAsked:
    topic: str
    kind: Literal["entry", "boundary"]
    count: int


@dataclass(frozen=True, slots=True)
class TopicFeedback:
    """What was said of the answers of an entry. ``reasons``: why they did not help, each of ``REASONS`` with its count."""

    topic: str
    helped: int
    not_helped: int
    reasons: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CountRow:
    """A count as it is kept; ``hour`` (0 to 23, the clinic's) None: of a whole day."""

    day: date
    hour: int | None
    channel: str
    measure: str
    subject: str
    detail: str
    count: int


@dataclass(frozen=True, slots=True)
class ClinicCounts:
    """What a clinic was asked from the day ``first`` to the day ``last``, both with it, on the clinic's clock.

    ``days``: each day in order, also those without a question. ``hours``: questions in each of the 24 hours of the day, of days
    from ``hours_since`` on (None: of no day; older days are kept whole). ``channels``, ``kinds``: replies by channel, by kind.
    ``topics``: the most asked first. ``alarms``: by kind of danger, the most often first. ``verdicts``: "helped", "not_helped"
    and each of ``REASONS``, all there. ``feedback``: entries of which something was said, those that helped least first.
    """

    clinic: str
    first: date
    last: date
    days: tuple[DayOfReplies, ...]
    hours: tuple[int, ...]
    hours_since: date | None
    channels: Mapping[str, int]
    kinds: Mapping[str, int]
    topics: tuple[TopicAsked, ...]
    alarms: Mapping[str, int]
    verdicts: Mapping[str, int]
    feedback: tuple[TopicFeedback, ...]

    @property
    def questions(self) -> int:
        return sum(day.questions for day in self.days)

    @property
    def called_wrong(self) -> tuple[TopicFeedback, ...]:
        """Entries whose answer somebody called wrong, the most often first: what a clinician reads before all else."""
        wrong = [one for one in self.feedback if one.reasons["wrong"]]
        return tuple(sorted(wrong, key=lambda one: -one.reasons["wrong"]))


class Counted:
    """Reads what is counted. ``zone_of`` names a clinic's clock, and may raise KeyError for one that is not served."""

    def __init__(self, storage: Storage, zone_of: Callable[[str], tzinfo]) -> None:
        self._storage = storage
        self._zone_of = zone_of

    async def between(self, clinic: str, first: date, last: date) -> ClinicCounts:
        """From ``first`` to ``last``, both with it. Raises StorageError, and ValueError where ``last`` is before ``first``."""
        of = _Stretch(clinic, self._zone_of(clinic), first, last)
        if last < first:
            raise ValueError("the last day is before the first")
        return _counts(of, *await self._storage.run(lambda: _read(of), write=False))

    async def rows(self, clinic: str, first: date, last: date) -> tuple[CountRow, ...]:
        """All that is kept of these days, in order: for a table of one's own. Raises StorageError."""
        of = _Stretch(clinic, self._zone_of(clinic), first, last)
        return await self._storage.run(lambda: _all_rows(of), write=False)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Two days of a clinic as the tables know them."""

    clinic: str
    zone: tzinfo
    first: date
    last: date

    @property
    def hours(self) -> tuple[int, int]:
        return first_hour(self.first, self.zone), first_hour(self.last + timedelta(days=1), self.zone)

    @property
    def days(self) -> tuple[str, str]:
        return self.first.isoformat(), (self.last + timedelta(days=1)).isoformat()


def _read(of: _Stretch) -> Transaction[tuple[Rows, Rows, Rows]]:
    hours = yield Query(HOUR_TIMES, (of.clinic, *of.hours))
    days = yield Query(DAY_TIMES, (of.clinic, *of.days))
    late = yield Query(HOUR_SUMS, (of.clinic, list(MEASURES), *of.hours))
    old = yield Query(DAY_SUMS, (of.clinic, list(MEASURES), *of.days))
    return hours, days, [*old, *late]


def _all_rows(of: _Stretch) -> Transaction[tuple[CountRow, ...]]:
    days = yield Query(DAY_ROWS, (of.clinic, list(MEASURES), *of.days))
    hours = yield Query(HOUR_ROWS, (of.clinic, list(MEASURES), *of.hours))
    old = [CountRow(date.fromisoformat(day), None, *row) for day, *row in days]
    late = [CountRow(day_of(hour, of.zone), hour_of(hour, of.zone), *row) for hour, *row in hours]
    return (*old, *late)


def _counts(of: _Stretch, hours: Rows, days: Rows, sums: Rows) -> ClinicCounts:
    by_day: dict[date, list[int]] = {of.first + timedelta(days=at): [0, 0] for at in range((of.last - of.first).days + 1)}
    by_hour = [0] * 24
    for day, questions, replies in (
        *((date.fromisoformat(day), *both) for day, *both in days),
        *((day_of(hour, of.zone), *both) for hour, *both in hours),
    ):
        by_day[day][0] += questions
        by_day[day][1] += replies
    for hour, questions, _ in hours:
        by_hour[hour_of(hour, of.zone)] += questions
    told: dict[str, dict[tuple[str, str, str], int]] = {measure: {} for measure in MEASURES}
    for measure, channel, subject, detail, count in sums:
        counted = (channel, subject, detail)
        told[measure][counted] = told[measure].get(counted, 0) + count
    verdicts = _summed(told["verdict"], lambda key: key[1])
    topics = _summed(told["topic"], lambda key: key[1:])
    return ClinicCounts(
        clinic=of.clinic,
        first=of.first,
        last=of.last,
        days=tuple(DayOfReplies(day, *both) for day, both in by_day.items()),
        hours=tuple(by_hour),
        hours_since=min((day_of(hour, of.zone) for hour, *_ in hours), default=None),
        channels=_summed(told["reply"], lambda key: key[0]),
        kinds=_summed(told["reply"], lambda key: key[1]),
        topics=tuple(
            TopicAsked(topic, "entry" if kind == "entry" else "boundary", count) for (topic, kind), count in topics.items()
        ),
        alarms=_summed(told["alarm"], lambda key: key[1]),
        verdicts={verdict: verdicts.get(verdict, 0) for verdict in ("helped", "not_helped", *REASONS)},
        feedback=_feedback(_summed(told["feedback"], lambda key: key[1:])),
    )


def _summed(counts: Mapping[tuple[str, str, str], int], part: Callable[[tuple[str, str, str]], _K]) -> dict[_K, int]:
    """By a part of the key (channel, subject, detail), the most often first."""
    found: dict[_K, int] = {}
    for key, count in counts.items():
        found[part(key)] = found.get(part(key), 0) + count
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def _feedback(counts: Mapping[tuple[str, str], int]) -> tuple[TopicFeedback, ...]:
    found = [
        TopicFeedback(
            topic,
            counts.get((topic, "helped"), 0),
            counts.get((topic, "not_helped"), 0),
            {reason: counts.get((topic, reason), 0) for reason in REASONS},
        )
        for topic in dict.fromkeys(topic for topic, _ in counts)
    ]
    return tuple(sorted(found, key=lambda one: (-one.not_helped, one.helped, one.topic)))
