"""The checked row of a clinic's file, made into the clinic."""

from __future__ import annotations

from collections.abc import Mapping

from bot.knowledge.fields import Row
from bot.knowledge.overlay.clinic import Clinic, Holiday, OpeningHours
from bot.knowledge.overlay.logo import Logo
from bot.knowledge.overlay.schema import DAYS


def clinic(row: Row, numbers: Mapping[str, str], logo: Logo | None = None) -> Clinic:
    """``numbers``: those to call, by what they are for."""
    keys = ("id", "name", "contact", "timezone", "colour")
    return Clinic(
        **{key: row.get(key) for key in keys},
        country=row.get("country", ""),
        languages=row.get("languages", ("en",)),
        caution=row.get("caution", "normal"),
        logo=logo,
        hours=opening_hours(row.get("hours")),
        unreviewed=row.get("unreviewed", "answer"),
        disabled=tuple(one.value for one in row.get("disabled", ())),
        **numbers,
    )


def opening_hours(row: Row | None) -> OpeningHours | None:
    if row is None:
        return None
    week: list[tuple[tuple[int, int], ...]] = [()] * len(DAYS)
    for days, times in row.get("week").items():
        spans = sorted(
            (_minutes(start), _minutes(end)) for start, _, end in (span.strip().partition("-") for span in times.split(","))
        )
        first, _, last = days.partition("-")
        begins = DAYS.index(first)
        for step in range((DAYS.index(last or first) - begins) % len(DAYS) + 1):
            week[(begins + step) % len(DAYS)] = tuple(spans)
    holidays = tuple(
        Holiday(one.get("on") or one.get("from"), one.get("on") or one.get("to"), one.get("name"))
        for one in row.get("holidays", ())
    )
    return OpeningHours(tuple(week), holidays)


def _minutes(time: str) -> int:
    return 60 * int(time[:2]) + int(time[3:])
