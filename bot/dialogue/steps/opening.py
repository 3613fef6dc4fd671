"""When the clinic is open, in words: from the hours and holidays that it gave.

Of "now" and "today" it speaks on the clinic's own clock alone, so only where the clinic names its time zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from bot.dialogue.conversation import Reply
from bot.dialogue.replies import Composer
from bot.knowledge.model import Knowledge
from bot.knowledge.overlay.clinic import MIDNIGHT, Holiday, OpeningHours
from bot.timeline.clock import zone
from bot.timeline.hours import clock_text, day_text

_SOON = timedelta(days=60)  # holidays that begin later are not told
_MOST_HOLIDAYS = 4


class OpeningTexts:
    """What ``hours``, those of the clinic, come to in its replies."""

    def __init__(self, hours: OpeningHours, knowledge: Knowledge, compose: Composer) -> None:
        self._hours = hours
        self._knowledge = knowledge
        self._compose = compose
        self._zone = zone(knowledge.clinic.timezone) if knowledge.clinic.timezone else None
        self._topics = {one.id: one for one in knowledge.boundaries.values() if one.hours and one.id not in knowledge.withheld}

    def told(self, reply: Reply, now: datetime) -> Reply:
        """``reply`` with the hours, where they were asked for or a person at the clinic is named. ``now`` is zone-aware."""
        if reply.kind == "handoff":
            said = self.handoff(now)
            return replace(reply, text=f"{reply.text}\n\n{said}") if said else reply
        for part in reply.parts:
            topic = self._topics.get(part.boundary or "")
            before = "" if topic is None else self._compose.figured(topic.clinic_text or topic.reply)
            if topic is not None and before in reply.text:
                after = before if topic.clinic_text else self._compose.figured(self._compose.say("opening_address"))
                return replace(reply, text=reply.text.replace(before, f"{self.full(now)}\n\n{after}", 1))
        return reply

    def full(self, now: datetime) -> str:
        """Now, the week, the holidays that come, and whose word it is."""
        here = now if self._zone is None else now.astimezone(self._zone)
        lines = [self._compose.say("opening_week"), *self.week(), *self.holidays(here.date())]
        told = ["\n".join(lines), self._compose.say("opening_source")]
        return "\n\n".join(told if self._zone is None else [self._now(here), *told])

    def handoff(self, now: datetime) -> str:
        """Whether somebody is there now, and when again; what cannot wait has a way out. Empty where no clock is known."""
        if self._zone is None:
            return ""
        here = now.astimezone(self._zone)
        said = self._now(here)
        return said if self._hours.open_at(here) else f"{said} {self._compose.say('opening_urgent')}"

    def week(self) -> Iterator[str]:
        """A line for each run of days with the same times."""
        names, week, first = self._knowledge.grammar.clock.weekdays, self._hours.week, 0
        for day, spans in enumerate(week):
            if day + 1 < len(week) and week[day + 1] == spans:
                continue
            key = "opening_days" if day - first > 1 else "opening_two_days"
            days = names[first] if first == day else self._compose.say(key, first=names[first], last=names[day])
            yield self._compose.say("opening_day", day=days, times=self._times(spans))
            first = day + 1

    def holidays(self, today: date) -> Iterator[str]:
        """A line for each of the next holidays."""
        coming = (one for one in self._hours.holidays if today <= one.last and one.first <= today + _SOON)
        return map(self._holiday, sorted(coming, key=lambda one: one.first)[:_MOST_HOLIDAYS])

    def _now(self, here: datetime) -> str:
        changes = self._hours.changes_after(here)
        when = "" if changes is None else clock_text(changes, here.date(), self._knowledge)
        if self._hours.open_at(here):
            return self._compose.say("opening_now", closes=when) if when else self._compose.say("opening_always")
        holiday = self._hours.holiday(here.date())
        closed = self._compose.say("opening_holiday_now", name=holiday.name) if holiday else self._compose.say("opening_closed")
        return f"{closed} {self._compose.say('opening_next', opens=when)}" if when else closed

    def _times(self, spans: tuple[tuple[int, int], ...]) -> str:
        if spans == ((0, MIDNIGHT),):
            return self._compose.say("opening_all_day")
        shown = (self._compose.say("opening_span", opens=self._minute(start), closes=self._minute(end)) for start, end in spans)
        return ", ".join(shown) or self._compose.say("opening_not")

    def _minute(self, minute: int) -> str:
        at = datetime.combine(date.min, time(minute // 60 % 24, minute % 60))
        return clock_text(at, date.min, self._knowledge)

    def _holiday(self, one: Holiday) -> str:
        first, last = (day_text(day, self._knowledge) for day in (one.first, one.last))
        if one.first == one.last:
            return self._compose.say("opening_holiday", day=first, name=one.name)
        return self._compose.say("opening_holidays", first=first, last=last, name=one.name)
