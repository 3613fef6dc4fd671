"""Hours of a week, as a setting names them: "mon-fri 17:00-09:00, sat-sun 00:00-24:00". Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = "|".join(_DAYS)
_SPAN = re.compile(rf"(?:(?P<first>{_DAY})(?:-(?P<last>{_DAY}))? )?(?P<from>[0-9]{{2}}:[0-9]{{2}})-(?P<to>[0-9]{{2}}:[0-9]{{2}})")
_WHOLE = 24 * 60


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes of a day from ``start`` to before ``end``, on ``days`` (0: Monday); an ``end`` that is no later is of the next."""

    days: frozenset[int]
    start: int
    end: int

    def holds(self, day: int, minute: int) -> bool:
        if self.start < self.end:
            return day in self.days and self.start <= minute < self.end
        return (day in self.days and minute >= self.start) or ((day - 1) % 7 in self.days and minute < self.end)


@dataclass(frozen=True, slots=True)
class BusinessTerms:
    """When the bot speaks on the clinic's own account.

    ``quiet``: seconds of silence after a word of the clinic's; ``hours``: when it answers there at all, None: always.
    """

    quiet: float = 12 * 3600.0
    hours: tuple[Span, ...] | None = None


USUAL_TERMS = BusinessTerms()


def parse(text: str) -> tuple[Span, ...]:
    """The spans that ``text`` names; raises ValueError where it is none."""
    return tuple(_span(part.strip().lower()) for part in text.split(","))


def within(spans: tuple[Span, ...], moment: datetime) -> bool:
    """Whether ``moment``, on its own clock, is in one of ``spans``."""
    return any(span.holds(moment.weekday(), 60 * moment.hour + moment.minute) for span in spans)


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError("no hours")
    start, end = _minutes(found["from"]), _minutes(found["to"])
    if start in {end, _WHOLE}:
        raise ValueError("no time between them")
    first = _DAYS.index(found["first"]) if found["first"] else 0
    last = _DAYS.index(found["last"] or found["first"]) if found["first"] else 6
    return Span(frozenset((first + day) % 7 for day in range((last - first) % 7 + 1)), start, end)


def _minutes(text: str) -> int:
    hours, minutes = int(text[:2]), int(text[3:])
    if minutes > 59 or 60 * hours + minutes > _WHOLE:
        raise ValueError("no time of day")
    return 60 * hours + minutes
