"""The clinic as a value: who it is, how it is reached, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.knowledge.overlay.logo import Logo

_YEAR = 366  # days
MIDNIGHT = 24 * 60  # in minutes


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days on which the clinic is closed, the last one among them."""

    first: date
    last: date
    name: str


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """``week``: of each weekday (0: Monday) the spans in minutes of the day, from and to; none where it is closed."""

    week: tuple[tuple[tuple[int, int], ...], ...]
    holidays: tuple[Holiday, ...] = ()

    def holiday(self, day: date) -> Holiday | None:
        return next((one for one in self.holidays if one.first <= day <= one.last), None)

    def open_at(self, moment: datetime) -> bool:
        """Whether somebody is there, on the clock of ``moment``, which is the clinic's."""
        minute = 60 * moment.hour + moment.minute
        spans = () if self.holiday(moment.date()) else self.week[moment.weekday()]
        return any(start <= minute < end for start, end in spans)

    def changes_after(self, moment: datetime) -> datetime | None:
        """When it closes next, where it is open at ``moment``, or opens; None where it does neither within a year."""
        is_open = self.open_at(moment)
        for days in range(_YEAR):
            day = moment.date() + timedelta(days=days)
            spans = () if self.holiday(day) else self.week[day.weekday()]
            edges = {minute for span in spans for minute in span} | {0}  # at midnight a day may begin that is another
            for minute in sorted(edges - {MIDNIGHT}):
                at = datetime.combine(day, time(minute // 60, minute % 60), moment.tzinfo)
                if at.replace(tzinfo=None) > moment.replace(tzinfo=None) and self.open_at(at) is not is_open:
                    return at
        return None


@dataclass(frozen=True, slots=True)
class Clinic:
    """Who runs the bot. ``emergency`` to ``child`` are how the numbers to call are read out.

    ``clock``: to how many hours clocks count there, "12" or "24". ``languages``: those that its patients speak, the first the one
    that answers are in. ``caution``: low, normal or high; which thresholds of the calibration hold. ``unreviewed``: whether a
    text that nobody signed is told ("answer"), or the patient sent to the clinic ("ask_clinic"). ``disabled``: topics that the
    clinic answers itself.
    """

    id: str
    name: str | None = None
    contact: str | None = None
    emergency: str = ""
    crisis: str = ""
    crisis_spanish: str = ""
    poison: str = ""
    violence: str = ""
    child: str = ""
    country: str = ""
    clock: str = "12"
    timezone: str | None = None
    languages: tuple[str, ...] = ("en",)
    caution: str = "normal"
    hours: OpeningHours | None = None
    logo: Logo | None = None
    colour: str | None = None
    unreviewed: str = "answer"
    disabled: tuple[str, ...] = ()

    @property
    def language(self) -> str:
        return self.languages[0]
