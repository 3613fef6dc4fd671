"""What people say about the end of their infusion, read into a moment: "my session was over at 3", "ended an hour ago".

How that is said in a language is an ``EndTimeGrammar``; no word stands here. Silent where the words leave room for doubt: a clock
time is the ground on which somebody decides about driving.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from bot.language.grammar import Grammar
from bot.language.lexicon import number
from bot.language.text import normalise, raw_words
from bot.timeline.clock import later, moments, utc
from bot.timeline.end_time_english import ENGLISH
from bot.timeline.end_time_grammar import EndTimeGrammar

# People round, and clocks differ: "it ended at 3" said at 2:55 is the past, not the 3 o'clock of last night.
_SLACK = timedelta(minutes=10)
# A time of day without a day is looked for so far back; "at 3" without am or pm always has one answer in it.
_RECENT = timedelta(hours=12)
# How many characters before a statement are looked at: a sentence, and not so many that long text costs more than its length.
_REACH = 120


# By the tag of the language.
END_TIMES: Mapping[str, EndTimeGrammar] = MappingProxyType({"en": ENGLISH})


@dataclass(frozen=True, slots=True)
class EndTime:
    """When somebody says an infusion ended: aware, in the zone of the ``now`` it was read with.

    ``future``: that moment has not come yet. ``besides``: what is said besides; empty where that is only whose infusion it was.
    """

    ended: datetime
    future: bool
    besides: str = field(default="", compare=False)


class EndTimes:
    """Reads in one language; nothing where that has no ``words`` for it. Keeps nothing between calls."""

    def __init__(self, grammar: Grammar, words: EndTimeGrammar | None) -> None:
        self._grammar = grammar
        self._words = words

    @staticmethod
    def of(grammar: Grammar) -> EndTimes:
        """In the language of ``grammar``."""
        return EndTimes(grammar, END_TIMES.get(grammar.tag))

    def parse_time(self, text: str) -> time | None:
        """The time of day in ``text`` ("14:10", "2.10 pm", "at 2pm", "1410", "noon"), or None.

        "2:10" is read on the 24-hour clock. A bare hour, and "half past two" without am or pm, say too little: None.
        """
        if self._words is None:
            return None
        said = self._words.alone.fullmatch(normalise(text).strip(" .,!?"))
        if said is None or (clock := self._clock(said, self._words)) is None:
            return None
        whole = said["word"] or said["half_of_day"] or said["letter"] or said["minute"] or len(said["digits"] or "") == 4
        return clock[0] if whole else None

    def parse_end(self, utterance: str, now: datetime) -> EndTime | None:
        """When ``utterance`` says that an infusion ended, or None: "my session was over at 3", "ended an hour ago".

        Without a day it is the most recent such time of the last twelve hours, else today's. Durations have to be exact to count
        ("a few hours ago" does not). Never raises for any text; ValueError for a naive ``now``.
        """
        if now.tzinfo is None:
            raise ValueError("now has no time zone")
        words = self._words
        if words is None:
            return None
        text = _spaced(utterance)
        for statement in words.statement.finditer(text):
            before = text[max(0, statement.start() - _REACH) : statement.start()]
            sentence = re.split(r"[.!?\n] ", before)[-1]
            nouns = list(words.nouns.finditer(sentence + statement.group()))
            if words.unreal.search(before) or (nouns and nouns[-1]["session"] is None):
                continue
            day = statement["day"] or (near[1] if (near := words.part_before.search(sentence)) else "")
            if (when := _when(text, statement, before, words)) is None or (not day and _is_another_day(when, sentence, words)):
                continue
            if (ended := self._moment(when, day, now, words)) is not None:
                return EndTime(ended, is_future(ended, now), _besides(text, statement, when, words))
        return None

    def parse_answer(self, text: str, now: datetime) -> EndTime | None:
        """When an infusion ended, where ``text`` answers just that ("2 pm", "an hour ago"); None as above."""
        answers = self._words.answers if self._words is not None else ()
        read = (self.parse_end(answer.replace("{}", text), now) for answer in answers)
        return next((said for said in read if said is not None), None)

    def speaks_of_an_end(self, utterance: str) -> bool:
        """Whether ``parse_end`` could find anything in ``utterance``, at any time."""
        return self._words is not None and self._words.statement.search(_spaced(utterance)) is not None

    # -- reading ---------------------------------------------------------------------------------------------------

    def _moment(self, when: re.Match[str], day: str, now: datetime, words: EndTimeGrammar) -> datetime | None:
        """The moment that ``when`` means, in ``now``'s zone; None for what is no time (25:00, 13pm, a skipped hour).

        ``day`` is the part of a day that stands elsewhere in the sentence, or "".
        """
        said = {name: value for name, value in when.groupdict().items() if value}
        if said.keys() & {"half", "hours", "minutes"}:
            hours = 0.5 * len(said.keys() & {"half", "and1", "and2"}) + self._amount(said.get("hours"), words)
            minutes = self._amount(said.get("more"), words) + self._amount(said.get("minutes"), words)
            return later(now, -timedelta(hours=hours, minutes=minutes))
        clock = self._clock(when, words)
        if clock is None or not _is_marked(said, words):
            return None
        at, is_open = clock
        part = f"{said.get('before', '')} {said.get('after', '')} {day}"
        times = [at.replace(hour=at.hour % 12), at.replace(hour=at.hour % 12 + 12)] if is_open else [at]
        readings = [(on, one) for one in times if _fits(part, one, words) for on in _days(part, one, now.date(), words)]
        found = sorted((moment for on, one in readings for moment in moments(on, one, now.tzinfo)), key=utc)
        if not any(pattern.search(part) for pattern in (words.today, words.yesterday, words.last_night)):
            found = [moment for moment in found if moment.date() == now.date() or utc(moment) >= utc(now) - _RECENT]
        past = [moment for moment in found if utc(moment) <= utc(now) + _SLACK]
        return past[-1] if past else found[0] if found else None

    def _clock(self, said: re.Match[str], words: EndTimeGrammar) -> tuple[time, bool] | None:
        """The time of day in a match, and whether the other half of the day is as likely; None for nonsense."""
        half = said["half_of_day"] or said["letter"]
        if word := said["word"]:
            return (time(0 if words.midnight in word else 12), False) if not half else None
        hour, minute = self._hour_and_minute(said, words)
        if minute > 59 or hour > 23 or (half and not 1 <= hour <= 12):
            return None
        if half:
            return time(hour % 12 + (12 if half == words.afternoon else 0), minute), False
        has_zero = (said["digits"] or said["hour"] or "").startswith("0")
        return time(hour, minute), 1 <= hour <= 12 and not has_zero

    def _hour_and_minute(self, said: re.Match[str], words: EndTimeGrammar) -> tuple[int, int]:
        """Hour and minute as said, not checked."""
        if digits := said["digits"]:
            return int(digits[:-2]), int(digits[-2:])
        if step := said["step"]:
            hour, minute = int(self._amount(said["around"], words)), words.steps.get(step) or int(self._amount(step, words))
            return (hour, minute) if said["way"] == words.past else (hour - 1 or 12, 60 - minute)
        minutes = sum(int(self._amount(word, words)) for word in (said["minute"] or said["minute_word"] or "").split())
        return int(self._amount(said["hour"], words)), minutes

    def _amount(self, word: str | None, words: EndTimeGrammar) -> float:
        return float(words.amounts.get(word) or number(word, self._grammar) or 0) if word else 0.0


def is_future(ended: datetime, now: datetime) -> bool:
    """Whether ``ended`` has not come yet; clocks may differ a little."""
    return utc(ended) > utc(now) + _SLACK


def _spaced(utterance: str) -> str:
    return normalise(utterance).replace("\n", "\n ")


def _besides(text: str, statement: re.Match[str], when: re.Match[str], words: EndTimeGrammar) -> str:
    """``text`` without what says that it ended, and when."""
    behind = when.string == text and when.start() >= statement.start()
    # A time that was found ahead was found in the text up to the statement.
    start = statement.start() if behind else statement.start() - (len(when.string) - when.start())
    rest = f"{text[: max(0, start)]} {text[max(statement.end(), when.end() if behind else 0) :]}"
    return rest.strip() if len([word for word in raw_words(rest) if word not in words.owners]) > 1 else ""


def _when(text: str, statement: re.Match[str], before: str, words: EndTimeGrammar) -> re.Match[str] | None:
    """The time said with ``statement``: behind it, or before it ("at noon my infusion ended", "it is an hour since ...")."""
    if found := words.when.match(text, statement.end()) or words.since.search(before):
        return found
    ahead = (when for when in words.when.finditer(before) if re.fullmatch(",? ?", before[when.end() :]))
    return next((when for when in ahead if words.lead.search(before[: when.start()])), None)


def _is_another_day(when: re.Match[str], sentence: str, words: EndTimeGrammar) -> bool:
    """Whether a clock time without a day stands in a sentence about some other day ("had it on monday and it ended at 3")."""
    said = when.groupdict()
    is_clock = any(said.get(name) for name in ("word", "digits", "step", "hour"))
    return is_clock and not said["before"] and not said["after"] and words.other_day.search(sentence) is not None


def _days(part: str, at: time, today: date, words: EndTimeGrammar) -> list[date]:
    """The days that ``part`` allows. The night before is yesterday's evening and today's small hours."""
    yesterday = today - timedelta(days=1)
    if words.last_night.search(part):
        return [today if at.hour < 6 else yesterday]
    if words.yesterday.search(part):
        # Yesterday's midnight may be the one that ended that day: the later, safer reading.
        return [today if at == time() else yesterday]
    return [today] if words.today.search(part) else [yesterday, today]


def _fits(part: str, at: time, words: EndTimeGrammar) -> bool:
    """Whether a time lies in the part of the day that was named: 23:30 is not "at 11.30 this morning"."""
    return all(at.hour in hours for word, hours in words.parts.items() if word in part)


def _is_marked(said: Mapping[str, str], words: EndTimeGrammar) -> bool:
    """Whether a number is said as a time: "finished at 3", "at 1410", "2pm" are, "finished 3" and "around 2019" are not."""
    if said.keys() & {"word", "step", "half_of_day", "letter", "minute", "military"}:
        return True
    is_year = re.fullmatch("(?:19|20)[0-9]{2}", said.get("digits", ""))
    return "mark" in said and (not is_year or words.clear_mark.search(said["mark"]) is not None)
