"""What is said about the end of an infusion, read from tokens: that it ended, when, and in which part of the day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from bot.timeline.end_time_words import EndTimeWords
from bot.timeline.rules import Rules
from bot.timeline.time_rules import ClockTime, Duration, TimeRules, Tokens

_ALL_DAY = frozenset(range(24))
# How many tokens before a statement are looked at: for a time that belongs to it, and for what its sentence is about. Not so many
# that long text costs more than its length.
_NEAR, _REACH = 16, 40


@dataclass(frozen=True, slots=True)
class PartOfDay:
    """``hours`` that it allows. ``day``: "today", "yesterday", "last night", or "" where it names none."""

    end: int = 0
    day: str = ""
    hours: frozenset[int] = _ALL_DAY

    @property
    def is_said(self) -> bool:
        return self.end > 0

    def joined(self, other: PartOfDay) -> PartOfDay:
        """Both; of two days the one further back."""
        day = next((day for day in ("last night", "yesterday", "today") if day in {self.day, other.day}), "")
        return PartOfDay(max(self.end, other.end), day, self.hours & other.hours)


@dataclass(frozen=True, slots=True)
class When:
    """Tokens ``start`` to ``end``: so long ago (``ago``), or at a ``clock`` time on a ``part`` of a day."""

    start: int
    end: int
    ago: timedelta | None = None
    clock: ClockTime | None = None
    part: PartOfDay = PartOfDay()


@dataclass(frozen=True, slots=True)
class Statement:
    """Tokens ``start`` to ``end`` say that an infusion ended. ``sentence``: the token that its sentence begins with."""

    start: int
    end: int
    sentence: int


class Statements:
    """The rules for what is said, in one language. Keeps nothing between calls."""

    def __init__(self, words: EndTimeWords, rules: Rules, times: TimeRules) -> None:
        self._words = words
        self._rules = rules
        self._times = times

    # -- that it ended: "my infusion ended", "got out of my session", "i finished" ----------------------------------

    def statements(self, tokens: Tokens) -> Iterator[Statement]:
        """One after the other, without overlap."""
        at = sentence = 0
        while at < len(tokens):
            end = self._rules.end("STATEMENT", tokens, at)
            if end is not None:
                yield Statement(at, end, max(sentence, at - _REACH))
            for passed in range(at, end or at + 1):
                if _ends_sentence(tokens, passed):
                    sentence = passed + 1
            at = end or at + 1

    def is_report(self, tokens: Tokens, said: Statement) -> bool:
        """Whether an infusion did end: no wish, plan, doubt or habit, and nothing else that ended."""
        if self._rules.stands_before("UNREAL", tokens, said.start):
            return False
        clause = next((at + 1 for at in range(said.start - 1, said.sentence, -1) if tokens[at].kind == "sign"), said.sentence)
        if self._rules.is_in("HABIT", tokens, clause, said.start):
            return False
        return self._last_noun_is_infusion(tokens, said)

    def _last_noun_is_infusion(self, tokens: Tokens, said: Statement) -> bool:
        """A statement without a noun speaks of the last one before it; where there is none, of an infusion."""
        for at in range(said.end - 1, said.sentence - 1, -1):
            if self._rules.end("INFUSION_OR_PLACE", tokens, at) is not None:
                return True
            if self._rules.end("OTHER_NOUN", tokens, at) is not None:
                return False
        return True

    def day_of(self, tokens: Tokens, said: Statement) -> PartOfDay:
        """The part of a day that stands in a statement, or just before it."""
        for at in range(said.start, said.end):
            if inside := self.part(tokens, at):
                return inside
        for at in range(max(said.sentence, said.start - _NEAR), said.start):
            if (before := self.part(tokens, at)) and self._behind_comma(tokens, before.end) == said.start:
                return before
        return PartOfDay()

    def is_on_another_day(self, tokens: Tokens, said: Statement) -> bool:
        """Whether its sentence spoke of some other day before ("had it on monday and it ended at 3")."""
        return self._rules.is_in("OTHER_DAY", tokens, said.sentence, said.start)

    def is_just_now(self, tokens: Tokens, said: Statement) -> int | None:
        """Where the words end that say so ("just finished", "ended a moment ago"); None where they leave room for doubt."""
        end = self._rules.end("NOW", tokens, said.end)
        if end is None and not self._rules.is_in("JUST", tokens, said.start, said.end):
            return None
        end = end or said.end
        goes_on = end < len(tokens) and tokens[end].kind != "sign" and self._rules.end("GOES_ON", tokens, end) is None
        if goes_on or self._rules.stands_before("IF", tokens, said.start) or self.is_on_another_day(tokens, said):
            return None
        if self._rules.is_in("SESSIONS", tokens, said.start, said.end):
            return None  # all of the infusions: the series may be over for weeks
        # Of "im driving home now, just finished" something else comes first.
        is_unnamed = self._rules.end("UNNAMED", tokens, said.start) == said.end
        return end if not is_unnamed or self._opens(tokens, said.start) else None

    def _opens(self, tokens: Tokens, at: int) -> bool:
        """Whether nothing but a greeting stands before."""
        start = 0
        while start < at and (tokens[start].kind == "sign" or self._rules.end("LEAD", tokens, start) is not None):
            start += 1
        return start == at

    # -- when: "at about 2:30 pm yesterday", "an hour ago" ----------------------------------------------------------

    def when_of(self, tokens: Tokens, said: Statement) -> When | None:
        """The time said with a statement: behind it, or before it."""
        return self.when(tokens, said.end) or self._when_before(tokens, said)

    def when(self, tokens: Tokens, at: int, *, marked: bool = False) -> When | None:
        """What begins at ``at``. ``marked``: a bare number is a time there."""
        before = self.part(tokens, at)
        start = self._behind_comma(tokens, before.end) if before else at
        marks_end = self._rules.skip_all("MARK", tokens, start)
        if (ago := self._ago(tokens, marks_end)) is not None:
            return When(at, ago.end, ago=ago.span)
        clock = self._times.clock(tokens, marks_end)
        if clock is None or not (clock.is_marked or marked or self._makes_a_time(tokens, start, marks_end, clock)):
            return None
        end = clock.end
        if after := self.part(tokens, self._behind_comma(tokens, end)):
            end = after.end
        if self._is_another_thing(tokens, end):
            return None
        return When(at, end, clock=clock, part=(before or PartOfDay()).joined(after or PartOfDay()))

    def _when_before(self, tokens: Tokens, said: Statement) -> When | None:
        """At noon my infusion ended; it is an hour since my infusion ended."""
        first = max(said.sentence, said.start - _NEAR)
        for at in range(first, said.start):
            length = self._times.duration(tokens, at)
            if length and self._rules.end("SINCE", tokens, length.end) == said.start:
                is_exact = not self._rules.stands_before("INEXACT", tokens, at)
                return When(at, said.start, ago=length.span) if is_exact else None
            begins = at == said.sentence or tokens[at - 1].kind == "sign" or self._rules.stands_before("LEAD", tokens, at)
            found = self.when(tokens, at) if begins else None
            if found and self._behind_comma(tokens, found.end) == said.start:
                return found
        return None

    def _ago(self, tokens: Tokens, at: int) -> Duration | None:
        length = self._times.duration(tokens, at)
        end = length and self._rules.end("AGO", tokens, length.end)
        return Duration(end, length.span) if length and end else None

    def _makes_a_time(self, tokens: Tokens, start: int, end: int, clock: ClockTime) -> bool:
        """Whether marks before a number say that it is a time: "at 3", and not "around 2019"."""
        return end > start and (not clock.is_year or self._rules.is_in("CLEAR_MARK", tokens, start, end))

    def _is_another_thing(self, tokens: Tokens, at: int) -> bool:
        """Whether what follows at ``at`` makes another thing of a time: 3 of 6, 3-4, 3 pm on monday."""
        if self._rules.end("NOT_AFTER", tokens, at) is not None:
            return True
        follows = tokens[at] if at < len(tokens) else None
        if follows is None or not follows.glued:
            return False
        is_joint = follows.key in {"-", "/", "⁄", ":", "%"} and at + 1 < len(tokens) and tokens[at + 1].glued
        return follows.kind != "sign" or is_joint

    def _behind_comma(self, tokens: Tokens, at: int) -> int:
        return self._rules.skip("COMMA", tokens, at)

    # -- part of the day: "this morning", "yesterday in the evening" ------------------------------------------------

    def part(self, tokens: Tokens, at: int) -> PartOfDay | None:
        end = self._rules.end("PART", tokens, at)
        if end is None:
            return None
        days = (("LAST_NIGHT", "last night"), ("YESTERDAY", "yesterday"), ("TODAY", "today"))
        day = next((day for name, day in days if self._rules.is_in(name, tokens, at, end)), "")
        return PartOfDay(end, day, self.hours_in(tokens, at, end))

    def hours_in(self, tokens: Tokens, start: int, end: int) -> frozenset[int]:
        """The hours of the day that the words from ``start`` to ``end`` allow."""
        hours = _ALL_DAY
        for token in tokens[start:end]:
            hours &= self._words.parts.get(token.key, _ALL_DAY)
        return hours


def _ends_sentence(tokens: Tokens, at: int) -> bool:
    if tokens[at].key == "\n":
        return True
    return tokens[at].key in {".", "!", "?"} and not (at + 1 < len(tokens) and tokens[at + 1].glued)
