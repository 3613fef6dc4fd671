"""Clocks and zones: elapsed time, moments that a clock shows never or twice, when a day is over."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo


def local(day: date, at: time, zone: tzinfo) -> datetime:
    """The moment at which the clocks of ``zone`` show ``at`` on ``day``; of two such moments the later, which is the safer one.

    Raises ValueError where the clocks were put forward over that time and never showed it.
    """
    found = moments(day, at, zone)
    if not found:
        raise ValueError(f"{at:%H:%M} did not exist on {day.isoformat()}: the clocks were put forward")
    return found[-1]


def later(moment: datetime, span: timedelta) -> datetime:
    return (utc(moment) + span).astimezone(moment.tzinfo)


def day_over(moment: datetime) -> datetime:
    """When ``moment``'s local day is over for good, also where midnight, or all of the next day, is skipped or comes twice."""
    midnight = datetime.combine(moment.date() + timedelta(days=1), time(), moment.tzinfo)
    # In a gap the reading with the old offset is the later one, in a repeated hour the second: the greater is safe in both.
    return max(utc(midnight.replace(fold=fold)) for fold in (0, 1)).astimezone(moment.tzinfo)


def moments(day: date, at: time, zone: tzinfo | None) -> list[datetime]:
    """All moments at which the clocks show ``at`` on ``day``, in order: none in a gap, two in a repeated hour."""
    readings = {utc(datetime.combine(day, at, zone).replace(fold=fold)) for fold in (0, 1)}
    shown = (moment.astimezone(zone) for moment in sorted(readings))
    return [moment for moment in shown if moment.replace(tzinfo=None, fold=0) == datetime.combine(day, at)]


def utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def zone(name: str) -> ZoneInfo:
    """The zone of that IANA name. Raises ValueError."""
    try:
        return ZoneInfo(name)
    # A folder of the database (America), a file that is none (zone.tab), a path, a name that is too long.
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a known time zone") from error
