"""What people say about the end of their infusion, read into a moment: "my session was over at 3", "ended an hour ago".

Words become tokens, rules find times and statements in them, and here they become moments; no word of a language stands here.
Silent where the words leave room for doubt: a clock time is the ground on which somebody decides about driving.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from bot.language.grammar import Grammar
from bot.language.text import normalise, raw_words
from bot.timeline.clock import later, moments, utc
from bot.timeline.end_time_english import ENGLISH
from bot.timeline.end_time_words import EndTimeWords
from bot.timeline.rules import Rules
from bot.timeline.statements import PartOfDay, Statement, Statements, When
from bot.timeline.time_rules import ClockTime, TimeRules, Tokens
from bot.timeline.tokens import Token, tokenise

# People round, and clocks differ: "it ended at 3" said at 2:55 is the past, not the 3 o'clock of last night.
_SLACK = timedelta(minutes=10)
# A time of day without a day is looked for so far back; "at 3" without am or pm always has one answer in it.
_RECENT = timedelta(hours=12)
# Who writes within the hour of it is in the night himself: "it ended at 11:30", said at twenty past midnight.
_AWAKE = timedelta(hours=1)
_EDGES = frozenset(".,!?")

# By the tag of the language.
END_TIMES: Mapping[str, EndTimeWords] = MappingProxyType({"en": ENGLISH})


@dataclass(frozen=True, slots=True)
class EndTime:
    """When somebody says an infusion ended: aware, in the zone of the ``now`` it was read with.

    ``future``: that moment has not come yet. ``besides``: what is said besides; empty where that is only whose infusion it was.
    ``either``: the words may mean the first or the second, one in the night and one still to come today; ``ended`` is the second
    then, for who does not ask. ``just``: no time was said, but that it was just now.
    """

    ended: datetime
    future: bool
    besides: str = field(default="", compare=False)
    either: tuple[datetime, datetime] | None = None
    just: bool = field(default=False, compare=False)


class EndTimes:
    """Reads in one language; nothing where that has no ``words`` for it. Keeps nothing between calls."""

    def __init__(self, grammar: Grammar, words: EndTimeWords | None) -> None:
        self._reader = _Reader(grammar, words) if words is not None else None

    @staticmethod
    def of(grammar: Grammar) -> EndTimes:
        """In the language of ``grammar``."""
        return EndTimes(grammar, END_TIMES.get(grammar.tag))

    def parse_time(self, text: str) -> time | None:
        """The time of day in ``text`` ("14:10", "2.10 pm", "at 2pm", "1410", "noon"), or None.

        "2:10" is read on the 24-hour clock. A bare hour, and "half past two" without am or pm, say too little: None.
        """
        return self._reader.time(text) if self._reader is not None else None

    def parse_end(self, utterance: str, now: datetime) -> EndTime | None:
        """When ``utterance`` says that an infusion ended, or None: "my session was over at 3", "ended an hour ago".

        Without a day it is the most recent such time of the last twelve hours, else today's. Durations have to be exact to count
        ("a few hours ago" does not). Never raises for any text; ValueError for a naive ``now``.
        """
        if now.tzinfo is None:
            raise ValueError("now has no time zone")
        return self._reader.end(utterance, now) if self._reader is not None else None

    def parse_answer(self, text: str, now: datetime) -> EndTime | None:
        """When an infusion ended, where ``text`` answers just that ("2 pm", "an hour ago"); None as above."""
        if self._reader is None:
            return None
        return self._reader.answer(text, now) or self._reader.end(text, now)

    def parse_correction(self, text: str, now: datetime) -> EndTime | None:
        """The time in ``text``, where it puts right one that was just spoken of: "sorry no, half past two", "I meant 3"."""
        return self._reader.correction(text, now) if self._reader is not None else None

    def pick(self, text: str, either: tuple[datetime, datetime]) -> datetime | None:
        """Which of ``either`` is meant by ``text``: "am", "in the afternoon", "2.30 pm"; None where it says something else."""
        return self._reader.pick(text, either) if self._reader is not None else None

    def speaks_of_an_end(self, utterance: str) -> bool:
        """Whether ``parse_end`` could find anything in ``utterance``, at any time."""
        return self._reader is not None and self._reader.speaks_of_an_end(utterance)


def is_future(ended: datetime, now: datetime) -> bool:
    """Whether ``ended`` has not come yet; clocks may differ a little."""
    return utc(ended) > utc(now) + _SLACK


def latest(at: time, now: datetime) -> datetime | None:
    """When the clocks last showed ``at``, of the last twelve hours, else today; None where they skip it."""
    return _latest(_moments([at], PartOfDay(), now), now)


class _Reader:
    """What reads in one language: its rules, and what their readings mean at a given time."""

    def __init__(self, grammar: Grammar, words: EndTimeWords) -> None:
        self._words = words
        self._endings = grammar.ordinal_endings
        self._rules = Rules(words.rules, words.clause_signs)
        self._times = TimeRules(grammar, words, self._rules)
        self._said = Statements(words, self._rules, self._times)

    def time(self, text: str) -> time | None:
        tokens = self._tokens(text)
        while tokens and tokens[-1].key in _EDGES:
            tokens.pop()
        start = next((at for at, token in enumerate(tokens) if token.key not in _EDGES), 0)
        clock = self._times.clock(tokens, self._rules.skip_all("MARK", tokens, start))
        return clock.time if clock is not None and clock.is_whole and clock.end == len(tokens) else None

    def speaks_of_an_end(self, utterance: str) -> bool:
        said = normalise(utterance)
        if not any(verb in said for verb in self._words.verbs):
            return False
        return next(self._said.statements(self._tokens(said)), None) is not None

    def end(self, utterance: str, now: datetime) -> EndTime | None:
        tokens = self._tokens(utterance)
        for said in self._said.statements(tokens):
            if not self._said.is_report(tokens, said):
                continue
            if (found := self._end_of(tokens, said, now)) is not None:
                when, ended = found
                return replace(
                    ended, besides=self._besides(utterance, tokens, min(said.start, when.start), max(said.end, when.end))
                )
        return None

    def _end_of(self, tokens: Tokens, said: Statement, now: datetime) -> tuple[When, EndTime] | None:
        day = self._said.day_of(tokens, said)
        when = self._said.when_of(tokens, said)
        if when is None:
            just = self._said.is_just_now(tokens, said)
            return None if just is None else (When(said.start, just), EndTime(now, future=False, just=True))
        of_a_day = when.ago is not None or when.part.is_said or day.is_said
        if not of_a_day and self._said.is_on_another_day(tokens, said):
            return None
        ended = self._at(when, day, now)
        return None if ended is None else (when, ended)

    def answer(self, text: str, now: datetime) -> EndTime | None:
        tokens = self._tokens(text)
        at = self._behind_intro(tokens)
        when = self._said.when(tokens, at, marked=True)
        if when is None or not (self._said.when(tokens, at) or self._may_end(tokens, when.end)):
            return None  # "5 a side", "one enough"
        ended = self._at(when, PartOfDay(), now)
        return ended and replace(ended, besides=self._besides(text, tokens, 0, when.end))

    def correction(self, text: str, now: datetime) -> EndTime | None:
        tokens = self._tokens(text)
        taken_back = self._behind_taking_back(tokens)
        at = self._rules.skip_all("INTRO", tokens, taken_back)
        when = self._said.when(tokens, at, marked=taken_back > 0)
        if when is None:
            return None
        ends = self._rules.skip_all("COURTESY", tokens, when.end) == len(tokens)
        if not ends and not (taken_back and tokens[when.end].kind == "sign"):
            return None
        ended = self._at(when, PartOfDay(), now)
        return ended and replace(ended, besides="" if ends else self._besides(text, tokens, 0, when.end))

    def pick(self, text: str, either: tuple[datetime, datetime]) -> datetime | None:
        tokens = self._tokens(text)
        at = self._behind_intro(tokens)
        said = self._picked(tokens, at, either) or self._picked(tokens, self._rules.skip_all("MARK", tokens, at), either)
        if said is None or self._rules.skip_all("COURTESY", tokens, said[1]) != len(tokens):
            return None
        return said[0][0] if len(said[0]) == 1 else None

    def _picked(self, tokens: Tokens, at: int, either: Sequence[datetime]) -> tuple[list[datetime], int] | None:
        """Those of ``either`` that the words from ``at`` on allow, and where the words end."""
        if half := self._times.half(tokens, at):
            return [one for one in either if one.hour - one.hour % 12 == half[0]], half[1]
        if (end := self._rules.end("PICK", tokens, at)) is not None:
            day = self._said.part(tokens, at) or PartOfDay()
            dates = {"yesterday": {either[0].date()}, "today": {either[1].date()}}
            on = dates.get(day.day, {one.date() for one in either})
            hours = self._said.hours_in(tokens, at, end)
            return [one for one in either if one.hour in hours and one.date() in on], end
        when = self._said.when(tokens, at, marked=True)
        if when is None or when.clock is None:
            return None
        times = _times_of(when.clock)
        return [one for one in either if one.time() in times and one.hour in when.part.hours], when.end

    def _behind_intro(self, tokens: Tokens) -> int:
        return self._rules.skip_all("INTRO", tokens, self._behind_taking_back(tokens))

    def _behind_taking_back(self, tokens: Tokens) -> int:
        return 0 if self._rules.end("NOBODY", tokens, 0) else self._rules.skip_all("TAKING_BACK", tokens, 0)

    def _may_end(self, tokens: Tokens, at: int) -> bool:
        """Whether a time that is a bare number can be all that was said up to ``at``."""
        follows = ("COURTESY", "GOES_ON")
        return at == len(tokens) or tokens[at].kind == "sign" or any(self._rules.end(rule, tokens, at) for rule in follows)

    # -- moments ---------------------------------------------------------------------------------------------------

    def _at(self, when: When, day: PartOfDay, now: datetime) -> EndTime | None:
        """The moment that ``when`` means; ``day``: what is said of the day elsewhere. None for one that never was."""
        if when.ago is not None:
            return EndTime(later(now, -when.ago), future=False)
        if when.clock is None:
            return None
        readings = _moments(_times_of(when.clock), when.part.joined(day), now)
        ended = _latest(readings, now)
        if ended is None:
            return None
        either = self._either(readings, ended, now) if when.clock.is_open else None
        ended = ended if either is None else either[1]
        return EndTime(ended, is_future(ended, now), either=either)

    def _either(self, readings: Sequence[datetime], ended: datetime, now: datetime) -> tuple[datetime, datetime] | None:
        """``ended`` and a reading of today, where the first is hours ago in a night and the second is still to come.

        "It ended at 2.30", said shortly before two in the afternoon: at half past two in the night no clinic gives infusions.
        """
        by_day = self._words.clinic_hours
        if ended.hour in by_day or is_future(ended, now) or utc(now) - utc(ended) <= _AWAKE:
            return None
        to_come = (one for one in readings if one.hour in by_day and one.date() == now.date() and is_future(one, now))
        return next(((ended, one) for one in to_come), None)

    # -- text ------------------------------------------------------------------------------------------------------

    def _tokens(self, text: str) -> list[Token]:
        return tokenise(text, self._endings)

    def _besides(self, text: str, tokens: Tokens, start: int, end: int) -> str:
        """``text`` without the tokens that say that it ended, and when."""
        whole = normalise(text)
        rest = f"{whole[: tokens[start].start]} {whole[tokens[end - 1].end :]}"
        return rest.strip() if len([word for word in raw_words(rest) if word not in self._words.owners]) > 1 else ""


def _times_of(clock: ClockTime) -> list[time]:
    """The times of day that a clock time may mean."""
    hours = (clock.hour % 12, clock.hour % 12 + 12) if clock.is_open else (clock.hour,)
    return [time(hour, clock.minute) for hour in hours]


def _moments(times: Sequence[time], part: PartOfDay, now: datetime) -> list[datetime]:
    """When the clocks show one of ``times``, in the ``part`` of the day, in order; without a day the recent past, and today."""
    on = ((day, at) for at in times if at.hour in part.hours for day in _days(part.day, at, now.date()))
    found = sorted((moment for day, at in on for moment in moments(day, at, now.tzinfo)), key=utc)
    if part.day:
        return found
    return [one for one in found if one.date() == now.date() or utc(one) >= utc(now) - _RECENT]


def _days(day: str, at: time, today: date) -> list[date]:
    """The dates that ``day`` allows. The night before is yesterday's evening and today's small hours."""
    yesterday = today - timedelta(days=1)
    if day == "last night":
        return [today if at.hour < 6 else yesterday]
    if day == "yesterday":
        # Yesterday's midnight may be the one that ended that day: the later, safer reading.
        return [today if at == time() else yesterday]
    return [today] if day == "today" else [yesterday, today]


def _latest(readings: Sequence[datetime], now: datetime) -> datetime | None:
    """The last of ``readings`` that is past, else the first to come."""
    past = [moment for moment in readings if not is_future(moment, now)]
    return past[-1] if past else readings[0] if readings else None
