"""Times as people say them, read from tokens: a clock time, and a length of time.

What is said for an hour, for "past" or for "ago" is the language's (``EndTimeWords``); here is how they stand together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import time, timedelta

from bot.language.grammar import Grammar
from bot.timeline.end_time_words import EndTimeWords
from bot.timeline.rules import Rules
from bot.timeline.tokens import Token

Tokens = Sequence[Token]


@dataclass(frozen=True, slots=True)
class ClockTime:
    """A time of day that ends before token ``end``.

    ``is_open``: the other half of the day is as likely. ``is_marked``: it can be nothing but a time (2:10, half past two, 2pm).
    ``is_whole``: it says all that there is to say about a time (2:10, 1410, 2pm, noon).
    """

    end: int
    hour: int
    minute: int = 0
    is_open: bool = False
    is_marked: bool = False
    is_whole: bool = False
    is_year: bool = False

    @property
    def time(self) -> time:
        return time(self.hour, self.minute)


@dataclass(frozen=True, slots=True)
class Duration:
    end: int
    span: timedelta


class TimeRules:
    """The rules for times of one language. Keeps nothing between calls."""

    def __init__(self, grammar: Grammar, words: EndTimeWords, rules: Rules) -> None:
        self._figures = grammar.figures
        self._words = words
        self._rules = rules

    def half(self, tokens: Tokens, at: int) -> tuple[int, int] | None:
        """(the hour that a half of the day begins with, where its mark ends): am, p.m."""
        ends = ((first, self._rules.end(name, tokens, at)) for name, first in self._words.halves.items())
        return next(((first, end) for first, end in ends if end is not None), None)

    # -- length of time: "an hour and a half", "1h30", "90 min" -----------------------------------------------------

    def duration(self, tokens: Tokens, at: int) -> Duration | None:
        found = self._named_length(tokens, at) or self._hours(tokens, at) or self._minutes(tokens, at)
        return found and replace(found, end=self._rules.skip("OR_SO", tokens, found.end))

    def _named_length(self, tokens: Tokens, at: int) -> Duration | None:
        ends = ((minutes, self._rules.end(name, tokens, at)) for name, minutes in self._words.lengths.items())
        return next((Duration(end, timedelta(minutes=minutes)) for minutes, end in ends if end is not None), None)

    def _hours(self, tokens: Tokens, at: int) -> Duration | None:
        """2 hours, 2,5 h, two and a half hours, an hour and a half, 1h30, 1:30 h, an hour and 20 minutes."""
        if (amount := self._clock_amount(tokens, at) or self.amount(tokens, at)) is None:
            return None
        hours, end = amount
        more, end = self._half_more(tokens, end)
        if (end_of_unit := self._rules.end("HOURS", tokens, end)) is None:
            return None
        and_more, end = self._half_more(tokens, end_of_unit)
        minutes, end = self._more_minutes(tokens, end)
        return Duration(end, timedelta(hours=hours + more + and_more, minutes=minutes))

    def _half_more(self, tokens: Tokens, at: int) -> tuple[float, int]:
        for name, more in (("AND_A_HALF", 0.5), ("AND_A_QUARTER", 0.25)):
            if (end := self._rules.end(name, tokens, at)) is not None:
                return more, end
        return 0.0, at

    def _more_minutes(self, tokens: Tokens, at: int) -> tuple[float, int]:
        """Minutes behind hours; the unit may be missing behind glued figures (1h30)."""
        amount = self.amount(tokens, self._rules.skip("AND", tokens, at))
        if amount is None:
            return 0.0, at
        minutes, end = amount
        if (end_of_unit := self._rules.end("MINUTES", tokens, end)) is not None:
            return minutes, end_of_unit
        return (minutes, end) if tokens[at].glued and _is_minute(tokens[at]) else (0.0, at)

    def _minutes(self, tokens: Tokens, at: int) -> Duration | None:
        amount = self.amount(tokens, at)
        end = amount and self._rules.end("MINUTES", tokens, amount[1])
        return Duration(end, timedelta(minutes=amount[0])) if amount and end else None

    def amount(self, tokens: Tokens, at: int) -> tuple[float, int] | None:
        """(amount, where it ends): 2, 2.5, 2,5, 1/2, 2 1/2, two, twenty-five, an."""
        if at >= len(tokens):
            return None
        if tokens[at].kind == "number":
            return self._figure(tokens, at)
        word = tokens[at].key
        if word in self._figures.articles:
            return 1.0, at + 1
        return self._number_word(tokens, at)

    def _figure(self, tokens: Tokens, at: int) -> tuple[float, int] | None:
        one, rest = tokens[at], tokens[at + 1 : at + 2]
        if one.joints == "⁄" and len(one.figures[0]) == 2:  # 2½, as it is normalised
            part = _share(replace(one, figures=(one.figures[0][1:], one.figures[1])))
            return (int(one.figures[0][0]) + part, at + 1) if part else None
        if one.joints in {"/", "⁄"}:
            return (share, at + 1) if (share := _share(one)) else None
        if len(one.figures[0]) > 3 or one.joints not in {"", ".", ","} or len(one.figures[-1]) > 3:
            return None
        if not one.joints and rest and not rest[0].glued and (share := _share(rest[0])):
            return float(one.figures[0]) + share, at + 2
        return float(".".join(one.figures)), at + 1

    def _number_word(self, tokens: Tokens, at: int) -> tuple[float, int] | None:
        ones, tens = self._figures.ones, self._figures.tens
        if at >= len(tokens):
            return None
        if (ten := tens.get(tokens[at].key)) is None:
            return (ones[tokens[at].key], at + 1) if tokens[at].key in ones else None
        one = ones.get(tokens[at + 1].key, 0.0) if at + 1 < len(tokens) else 0.0
        return (ten + one, at + 2) if 1 <= one <= 9 else (ten, at + 1)

    def _clock_amount(self, tokens: Tokens, at: int) -> tuple[float, int] | None:
        """1:30 as an amount of hours."""
        one = tokens[at] if at < len(tokens) else None
        if one is None or one.joints != ":" or len(one.figures[0]) > 3 or len(one.figures[1]) != 2:
            return None
        return int(one.figures[0]) + int(one.figures[1]) / 60, at + 1

    # -- time of day: "2:10 pm", "14h10", "half past two", "1410" ---------------------------------------------------

    def clock(self, tokens: Tokens, at: int) -> ClockTime | None:
        """None for what is no time as well (25:00, 13 pm, 2:1)."""
        named = self._named_hour(tokens, at)
        face = self._stepped(tokens, at) or named or self._figured(tokens, at) or self._in_words(tokens, at)
        if face is None:
            return None
        end = self._rules.skip("ISH", tokens, self._rules.skip("OCLOCK", tokens, face.end))
        half = self.half(tokens, end) or self._letter(tokens, end)
        if half is None:
            return replace(face, end=end) if face.hour <= 23 and face.minute <= 59 else None
        if face is named or not 1 <= face.hour <= 12 or face.minute > 59:
            return None
        first, end = half
        end = self._rules.skip("ISH", tokens, end)
        return ClockTime(end, face.hour % 12 + first, face.minute, is_marked=True, is_whole=True)

    def _named_hour(self, tokens: Tokens, at: int) -> ClockTime | None:
        for name, hour in (("NOON", 12), ("MIDNIGHT", 0)):
            end = self._rules.end(name, tokens, at)
            if end is not None and tokens[at].figures in {(), ("12",)}:
                return ClockTime(end, hour, is_marked=True, is_whole=True)
        return None

    def _stepped(self, tokens: Tokens, at: int) -> ClockTime | None:
        """Half past two, a quarter to 3, ten minutes past noon."""
        if (step := self._step(tokens, at)) is None:
            return None
        minutes, end = step
        for name, sign in (("PAST", 1), ("TO", -1)):
            if (end_of_way := self._rules.end(name, tokens, end)) is None:
                continue
            if (hour := self._named_hour(tokens, end_of_way) or self._hour(tokens, end_of_way)) is None:
                return None
            since_noon = (hour.hour % 12 * 60 + sign * minutes) % 720
            if hour.is_open:
                return ClockTime(hour.end, since_noon // 60 or 12, since_noon % 60, is_open=True, is_marked=True)
            all_day = (hour.hour * 60 + sign * minutes) % 1440
            return ClockTime(hour.end, all_day // 60, all_day % 60, is_marked=True)
        return None

    def _step(self, tokens: Tokens, at: int) -> tuple[int, int] | None:
        ends = ((minutes, self._rules.end(name, tokens, at)) for name, minutes in self._words.steps.items())
        if named := next(((minutes, end) for minutes, end in ends if end is not None), None):
            return named
        amount = self.amount(tokens, at)
        if amount is None or amount[0] not in range(1, 30):
            return None
        minutes, end = amount
        # "3 to 4" is a guess, "10 to 4" a time.
        return (int(minutes), end) if minutes % 5 == 0 or self._rules.end("MINUTES", tokens, end) else None

    def _hour(self, tokens: Tokens, at: int) -> ClockTime | None:
        """An hour alone: 2, two, 14."""
        if at < len(tokens) and tokens[at].kind == "number":
            figures = tokens[at].figures
            return _face(at + 1, figures[0], "") if len(figures) == 1 and len(figures[0]) <= 2 else None
        word = self._number_word(tokens, at)
        return _face(word[1], str(int(word[0])), "") if word and 1 <= word[0] <= 12 else None

    def _figured(self, tokens: Tokens, at: int) -> ClockTime | None:
        """2:10, 14.10, 14h10, 1410, 14:10 hrs, 2 30 pm, 2."""
        if at >= len(tokens) or tokens[at].kind != "number":
            return None
        one = tokens[at]
        if len(one.figures) == 1 and len(one.figures[0]) in {3, 4}:
            return self._digits(tokens, at)
        if (hour := self._hour(tokens, at)) is not None:
            return self._with_hour_mark(tokens, at) or self._with_blank(tokens, at) or hour
        if one.joints not in {":", "."} or len(one.figures[0]) > 2 or len(one.figures[1]) != 2:
            return None
        return _face(self._rules.skip("MILITARY", tokens, at + 1), *one.figures)

    def _digits(self, tokens: Tokens, at: int) -> ClockTime:
        digits = tokens[at].figures[0]
        end = self._rules.skip("MILITARY", tokens, at + 1)
        face = _face(end, digits[:-2], digits[-2:])
        is_year = len(digits) == 4 and digits[:2] in {"19", "20"}
        return replace(face, is_marked=end > at + 1, is_whole=len(digits) == 4, is_year=is_year)

    def _with_hour_mark(self, tokens: Tokens, at: int) -> ClockTime | None:
        """14h10, 14 h 10; 14h, which from 13 on is no length of time where it is not "ago"."""
        end = self._rules.end("HOUR_MARK", tokens, at + 1)
        if end is None:
            return None
        hour = tokens[at].figures[0]
        if end < len(tokens) and _is_minute(tokens[end]) and tokens[at + 1].glued == tokens[end].glued:
            return _face(end + 1, hour, tokens[end].figures[0])
        return _face(end, hour, "00") if tokens[at + 1].glued and int(hour) > 12 else None

    def _with_blank(self, tokens: Tokens, at: int) -> ClockTime | None:
        """2 30 pm; without the mark it is two numbers."""
        if at + 1 >= len(tokens) or not _is_minute(tokens[at + 1]) or self.half(tokens, at + 2) is None:
            return None
        return _face(at + 2, tokens[at].figures[0], tokens[at + 1].figures[0])

    def _in_words(self, tokens: Tokens, at: int) -> ClockTime | None:
        """Two, two thirty, two forty-five."""
        hour = self._hour(tokens, at)
        if hour is None:
            return None
        minutes = self._number_word(tokens, hour.end)
        if minutes is None or minutes[0] < 10:
            return hour
        return replace(hour, minute=int(minutes[0]), end=minutes[1])

    def _letter(self, tokens: Tokens, at: int) -> tuple[int, int] | None:
        if at >= len(tokens) or not tokens[at].glued or tokens[at - 1].kind != "number":
            return None
        return (self._words.letters[tokens[at].key], at + 1) if tokens[at].key in self._words.letters else None


def _face(end: int, hour: str, minute: str) -> ClockTime:
    """Hour and minute as they were written, not checked; without a minute it may be any number."""
    is_open = 1 <= int(hour) <= 12 and not hour.startswith("0")
    return ClockTime(end, int(hour), int(minute or 0), is_open, bool(minute), bool(minute))


def _is_minute(token: Token) -> bool:
    return len(token.figures) == 1 and len(token.figures[0]) == 2


def _share(token: Token) -> float:
    """Of 1/2 or 3/4; 0 for what is no share of an hour."""
    if token.joints not in {"/", "⁄"} or len(token.figures[0]) > 1:
        return 0.0
    over, under = int(token.figures[0]), int(token.figures[1][:2])
    return over / under if under in {2, 3, 4} and over < under else 0.0
