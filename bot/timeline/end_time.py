"""What people say about the end of their infusion, read into a moment: "my session was over at 3", "ended an hour ago".

Silent where the words leave room for doubt: a clock time is the ground on which somebody decides about driving.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from bot.language.english import ENGLISH
from bot.language.lexicon import number
from bot.language.text import normalise, raw_words
from bot.timeline.clock import later, moments, utc

# People round, and clocks differ: "it ended at 3" said at 2:55 is the past, not the 3 o'clock of last night.
_SLACK = timedelta(minutes=10)
# A time of day without a day is looked for so far back; "at 3" without am or pm always has one answer in it.
_RECENT = timedelta(hours=12)
# How many characters before a statement are looked at: a sentence, and not so many that long text costs more than its length.
_REACH = 120

# -- language ------------------------------------------------------------------------------------------------------
# Words and grammar hang together here (tense, word order, what may stand between), so the lists are patterns beside the code
# that relies on them, and not keys of the lexicon: an editor could not change one without the rows of the test.

_SESSION = (
    r"(?:(?:ketamine|ket|k|iv|infusion|booster|maintenance) )?"
    r"(?:infusions?|infussion|infusn|infusoin|session|sesh|treatment|tx|appointment|appt|drip|iv|ketamine|booster)"
)
_OWN = (
    r"(?:(?:my|the|an?|his|her|their|our|this|that|today'?s|first|second|third|last|latest|morning|afternoon"
    r"|[0-9]{1,2}(?:st|nd|rd|th)) ){0,3}"
)
_PLACE = r"(?: (?:at|in) (?:the |my )?(?:clinic|hospital|office|center|centre))?"
_PART = (
    r"(?:(?:this|in the) (?:morning|afternoon|evening)|(?:(?:earlier )?today|yesterday)"
    r"(?: (?:in the )?(?:morning|afternoon|evening)| night)?|tonight|last night|at night)"
)
_WHO = r"(?:^|(?<=[.,;:!?()\n-]) ?|\b(?:i|ive|i've|we|weve|we've|it|he|she|they|and|so|but|which|that) )"
_FILL = r"(?:(?:just|only|finally|actually|already|has|had|that|which) ){0,2}"
_PAST = (
    r"(?:ended(?: up (?:ending|finishing))?|finished(?: up)?|finshed|finised|finnished|completed|concluded|wrapped up"
    r"|(?:was|were|got|has been|had been) (?:just |finally |all )?(?:done|over|finished|completed?|through))"
)
_OUT = r"(?:got (?:out|off|done|through)|(?:came|walked|stepped|went) (?:out|off)|left)(?: of| from| with)?"
_STATEMENT = re.compile(
    # my infusion ended | got out of my infusion | i finished
    rf"\b{_OWN}{_SESSION}{_PLACE}(?: (?P<day>{_PART}))? {_FILL}(?:{_PAST}|stopped|came out|let out)\b"
    rf"|(?:{_WHO}|\b){_FILL}(?:{_PAST}(?: with)?|{_OUT}) {_OWN}{_SESSION}{_PLACE}\b"
    rf"|{_WHO}{_FILL}(?:{_PAST}|got out(?: of (?:there|it))?)\b"
)
# In front of a statement: a wish, a plan, a doubt or a habit, no report of what was; or something else ended ("relief from ...").
_UNREAL = re.compile(
    r"(?:\b(?:will|would|should|could|might|may|must|to|have|be|not|never|til|till|until|unless|once|before|by the time)"
    r"|(?:have|had|has|was|is)n'?t|\b(?:of|from|in|on|during)) $"
    r"|\b(?:last time|usually|always|normally|typically|sometimes|every ?time|next time)\b[^.,;!?\n]*$"
)
_WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tues?|wed|thurs?|fri)"
_OTHER_DAY = re.compile(
    rf"\b(?:yesterday|last (?:night|week|month|year)|{_WEEKDAY}(?:'?s)?|(?:days?|weeks?|months?|years?) (?:ago|before))\b"
)
# "It ended" and "and finished" speak of the noun before them; with one of these it is no infusion.
_NOUNS = re.compile(
    rf"\b(?:(?P<session>{_SESSION}s?|clinic)|work|shift|job|class|school|lecture|meeting|movie|film|game|relief|pain|headache|migraine"
    r"|nausea|sickness|dizziness|effects?|high|trip|buzz|panic|symptoms?|benefits?|series|course|nap|lunch|dinner|breakfast|drink|meal)\b"
)
_NUMBERS = {"an": 1, "a": 1, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "ninety": 90}
_HOUR_WORD = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_AMOUNT = rf"(?:[0-9]{{1,3}}(?:\.[0-9]{{1,2}})?|{_HOUR_WORD}|{'|'.join(_NUMBERS)})"
_HOURS, _MINUTES = r"(?:hours?|hrs?|h)\b", r"(?:minutes?|mins?|m)\b"
_DURATION = (
    rf"(?:(?P<half>(?:a )?half(?: an?)? (?:hour|hr)\b)|(?P<hours>{_AMOUNT})(?P<and1> and a half)? ?{_HOURS}"
    rf"(?P<and2> and a half\b)?(?:(?: and)? (?P<more>{_AMOUNT}) ?{_MINUTES})?|(?P<minutes>{_AMOUNT}) ?{_MINUTES})(?: or so)?"
)
_MARK = r"(?P<mark>(?:(?:at|around|about|approximately|approx|roughly|circa|by|like|exactly|maybe) |[@~] ?){0,3})"
_CLOCK = (
    r"(?:(?P<word>(?:12 )?(?:noon|midnight)|midday)|(?P<digits>[0-9]{3,4})(?P<military> ?(?:hrs|hours|h)\b)?"
    rf"|(?P<step>half|a quarter|quarter|5|10|20|25|five|ten|twenty) (?P<way>past|to) (?P<around>[0-9]{{1,2}}|{_HOUR_WORD})"
    rf"|(?P<hour>[0-9]{{1,2}}|{_HOUR_WORD})"
    r"(?:[:.](?P<minute>[0-9]{2})(?: ?hrs\b)?| (?P<minute_word>fifteen|thirty|forty five))?)"
    r"(?: ?o'? ?clock)?(?:[ -]?ish)?(?: ?(?P<half_of_day>[ap])\.?m\b\.?|(?<=[0-9])(?P<letter>[ap])\b)?(?:[ -]?ish)?"
)
# After a clock time: what makes it another thing (3 weeks, 3 of them, 3 to 4) or another day than those that are read here.
_NOT_AFTER = (
    rf"(?![\w%]|[:.,][0-9]|-\w| ?[-/] ?[0-9]| (?:to|or|until|till?) {_AMOUNT}\b| and a half\b"
    rf"| ?(?:{_HOURS}|{_MINUTES}|seconds?\b|times?\b|of\b|more\b|different\b|{_SESSION}\b)| (?:days?|weeks?|months?|years?)\b"
    r"| (?:utc|gmt|[ecmp][sd]?t|bst|cest?)\b|,? (?:last|next) (?:week|month|year|time)\b|,? (?:every|each)\b"
    rf"|,? (?:on |last |past )?(?:the )?(?:{_WEEKDAY}\b|tomorrow|[0-9]{{1,2}}(?:st|nd|rd|th|/)|day before|other day|next day)"
    r"|,? [a-z0-9]+ (?:days?|weeks?|months?) (?:ago|before)\b)"
)
# Atomic: "3 pm to 4" must not be tried again as a bare "3".
_WHEN = re.compile(
    rf" ?(?:(?P<before>{_PART}),? )?{_MARK}(?:{_DURATION} ago\b|(?>{_CLOCK}(?:,? (?P<after>{_PART})\b)?){_NOT_AFTER})"
)
_SINCE = re.compile(rf"(?<![\w.]){_DURATION}(?: (?:has|have) passed)?(?: now)? since $")
_LEAD = re.compile(r"(?:^|[.,;:!?()\n-]|\b(?:so|and|ok|okay|hi|hello|hey)) ?$")
_OWNERS = frozenset(
    "my the our his her their first last ketamine iv infusion session treatment drip it just so hi hello hey and".split()
)
_ALONE = re.compile(_MARK + _CLOCK)


@dataclass(frozen=True, slots=True)
class EndTime:
    """When somebody says an infusion ended: aware, in the zone of the ``now`` it was read with.

    ``future``: that moment has not come yet. ``besides``: what is said besides; empty where that is only whose infusion it was.
    """

    ended: datetime
    future: bool
    besides: str = field(default="", compare=False)


def parse_time(text: str) -> time | None:
    """The time of day in ``text`` ("14:10", "2.10 pm", "at 2pm", "1410", "noon"), or None.

    "2:10" is read on the 24-hour clock. A bare hour, and "half past two" without am or pm, say too little: None.
    """
    said = _ALONE.fullmatch(normalise(text).strip(" .,!?"))
    if said is None or (clock := _clock(said)) is None:
        return None
    whole = said["word"] or said["half_of_day"] or said["letter"] or said["minute"] or len(said["digits"] or "") == 4
    return clock[0] if whole else None


def parse_end(utterance: str, now: datetime) -> EndTime | None:
    """When ``utterance`` says that an infusion ended, or None: "my session was over at 3", "ended an hour ago".

    Without a day it is the most recent such time of the last twelve hours, else today's. Durations have to be exact to count
    ("a few hours ago" does not). Never raises for any text; ValueError for a naive ``now``.
    """
    if now.tzinfo is None:
        raise ValueError("now has no time zone")
    text = _spaced(utterance)
    for statement in _STATEMENT.finditer(text):
        before = text[max(0, statement.start() - _REACH) : statement.start()]
        sentence = re.split(r"[.!?\n] ", before)[-1]
        nouns = list(_NOUNS.finditer(sentence + statement.group()))
        if _UNREAL.search(before) or (nouns and nouns[-1]["session"] is None):
            continue
        day = statement["day"] or (near[1] if (near := re.search(rf"\b({_PART}),? $", sentence)) else "")
        if (when := _when(text, statement, before)) is None or (not day and _is_another_day(when, sentence)):
            continue
        if (ended := _moment(when, day, now)) is not None:
            return EndTime(ended, is_future(ended, now), _besides(text, statement, when))
    return None


def is_future(ended: datetime, now: datetime) -> bool:
    """Whether ``ended`` has not come yet; clocks may differ a little."""
    return utc(ended) > utc(now) + _SLACK


def speaks_of_an_end(utterance: str) -> bool:
    """Whether ``ending`` could find anything in ``utterance``, at any time."""
    return _STATEMENT.search(_spaced(utterance)) is not None


# -- reading -------------------------------------------------------------------------------------------------------


def _spaced(utterance: str) -> str:
    return normalise(utterance).replace("\n", "\n ")


def _besides(text: str, statement: re.Match[str], when: re.Match[str]) -> str:
    """``text`` without what says that it ended, and when."""
    behind = when.string == text and when.start() >= statement.start()
    # A time that was found ahead was found in the text up to the statement.
    start = statement.start() if behind else statement.start() - (len(when.string) - when.start())
    rest = f"{text[: max(0, start)]} {text[max(statement.end(), when.end() if behind else 0) :]}"
    return rest.strip() if len([word for word in raw_words(rest) if word not in _OWNERS]) > 1 else ""


def _when(text: str, statement: re.Match[str], before: str) -> re.Match[str] | None:
    """The time said with ``statement``: behind it, or before it ("at noon my infusion ended", "it is an hour since ...")."""
    if found := _WHEN.match(text, statement.end()) or _SINCE.search(before):
        return found
    ahead = (when for when in _WHEN.finditer(before) if re.fullmatch(",? ?", before[when.end() :]))
    return next((when for when in ahead if _LEAD.search(before[: when.start()])), None)


def _is_another_day(when: re.Match[str], sentence: str) -> bool:
    """Whether a clock time without a day stands in a sentence about some other day ("had it on monday and it ended at 3")."""
    said = when.groupdict()
    is_clock = any(said.get(name) for name in ("word", "digits", "step", "hour"))
    return is_clock and not said["before"] and not said["after"] and _OTHER_DAY.search(sentence) is not None


def _moment(when: re.Match[str], day: str, now: datetime) -> datetime | None:
    """The moment that ``when`` means, in ``now``'s zone; None for what is no time (25:00, 13pm, a skipped hour).

    ``day`` is the part of a day that stands elsewhere in the sentence, or "".
    """
    said = {name: value for name, value in when.groupdict().items() if value}
    if said.keys() & {"half", "hours", "minutes"}:
        hours = 0.5 * len(said.keys() & {"half", "and1", "and2"}) + _amount(said.get("hours"))
        return later(now, -timedelta(hours=hours, minutes=_amount(said.get("more")) + _amount(said.get("minutes"))))
    clock = _clock(when)
    if clock is None or not _is_marked(said):
        return None
    at, is_open = clock
    part = f"{said.get('before', '')} {said.get('after', '')} {day}"
    times = [at.replace(hour=at.hour % 12), at.replace(hour=at.hour % 12 + 12)] if is_open else [at]
    readings = [(on, one) for one in times if _fits(part, one) for on in _days(part, one, now.date())]
    found = sorted((moment for on, one in readings for moment in moments(on, one, now.tzinfo)), key=utc)
    if not re.search("today|yesterday|last night|this (?:morning|afternoon)", part):
        found = [moment for moment in found if moment.date() == now.date() or utc(moment) >= utc(now) - _RECENT]
    past = [moment for moment in found if utc(moment) <= utc(now) + _SLACK]
    return past[-1] if past else found[0] if found else None


def _days(part: str, at: time, today: date) -> list[date]:
    """The days that ``part`` allows. The night before is yesterday's evening and today's small hours."""
    yesterday = today - timedelta(days=1)
    if re.search("last night|yesterday night", part):
        return [today if at.hour < 6 else yesterday]
    if "yesterday" in part:
        # Yesterday's midnight may be the one that ended that day: the later, safer reading.
        return [today if at == time() else yesterday]
    return [today] if re.search("today|this (?:morning|afternoon)", part) else [yesterday, today]


def _fits(part: str, at: time) -> bool:
    """Whether a time lies in the part of the day that was named: 23:30 is not "at 11.30 this morning"."""
    hour = at.hour
    parts = {"morning": hour < 12, "afternoon": 12 <= hour < 18, "evening": hour >= 16, "night": hour >= 17 or hour < 6}
    return all(fits for word, fits in parts.items() if word in part)


def _is_marked(said: Mapping[str, str]) -> bool:
    """Whether a number is said as a time: "finished at 3", "at 1410", "2pm" are, "finished 3" and "around 2019" are not."""
    if said.keys() & {"word", "step", "half_of_day", "letter", "minute", "military"}:
        return True
    is_year = re.fullmatch("(?:19|20)[0-9]{2}", said.get("digits", ""))
    return "mark" in said and (not is_year or re.search("at |@", said["mark"]) is not None)


def _clock(said: re.Match[str]) -> tuple[time, bool] | None:
    """The time of day in a match of ``_CLOCK``, and whether the other half of the day is as likely; None for nonsense."""
    half = said["half_of_day"] or said["letter"]
    if word := said["word"]:
        return (time(0 if "midnight" in word else 12), False) if not half else None
    hour, minute = _hour_and_minute(said)
    if minute > 59 or hour > 23 or (half and not 1 <= hour <= 12):
        return None
    if half:
        return time(hour % 12 + (12 if half == "p" else 0), minute), False
    has_zero = (said["digits"] or said["hour"] or "").startswith("0")
    return time(hour, minute), 1 <= hour <= 12 and not has_zero


def _hour_and_minute(said: re.Match[str]) -> tuple[int, int]:
    """Hour and minute as said, not checked."""
    if digits := said["digits"]:
        return int(digits[:-2]), int(digits[-2:])
    if step := said["step"]:
        hour, minute = int(_amount(said["around"])), {"half": 30, "quarter": 15, "a quarter": 15}.get(step) or int(_amount(step))
        return (hour, minute) if said["way"] == "past" else (hour - 1 or 12, 60 - minute)
    minutes = sum(int(_amount(word)) for word in (said["minute"] or said["minute_word"] or "").split())
    return int(_amount(said["hour"])), minutes


def _amount(word: str | None) -> float:
    return float(_NUMBERS.get(word) or number(word, ENGLISH) or 0) if word else 0.0
