"""What a language needs for the end of an infusion to be read in it. Knows no language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EndTimeGrammar:
    """Patterns for normalised text, in which a blank follows each line break.

    A time of day has the groups ``word`` (noon, midnight), ``digits`` (1410) and ``military``, ``step``, ``way`` and ``around``
    (half, past, two), ``hour``, ``minute`` and ``minute_word``, ``half_of_day`` and ``letter`` (a, p); a duration ``half``,
    ``hours``, ``and1`` and ``and2`` (and a half), ``more`` (minutes beside hours) and ``minutes``.
    """

    statement: re.Pattern[str]
    """That an infusion ended; ``day``: the part of a day that stands in the middle of it."""
    unreal: re.Pattern[str]
    """In front of a statement: a wish, a plan, a doubt or a habit, or something else that ended."""
    nouns: re.Pattern[str]
    """What may end; ``session`` where that is an infusion. A statement without a noun speaks of the last one before it."""
    part_before: re.Pattern[str]
    """A part of a day (group 1) just before a statement."""
    other_day: re.Pattern[str]
    """Another day than today: a sentence on it says too little about which day a clock time is of."""
    when: re.Pattern[str]
    """A duration ago, or a time of day with ``mark`` ("at about") before it and the parts of a day ``before`` and ``after``."""
    since: re.Pattern[str]
    """A duration before a statement ("it is an hour since")."""
    lead: re.Pattern[str]
    """What a time before a statement may stand behind."""
    alone: re.Pattern[str]
    """A time of day that is all that was said."""
    clear_mark: re.Pattern[str]
    """A ``mark`` that makes a time of day even of what looks like a year."""
    last_night: re.Pattern[str]
    yesterday: re.Pattern[str]
    today: re.Pattern[str]
    parts: Mapping[str, frozenset[int]]
    """The hours that lie in a part of the day, by the word that names it."""
    amounts: Mapping[str, float]
    """Words for amounts, beside the numbers of the grammar."""
    steps: Mapping[str, int]
    """Minutes of a ``step`` that is no amount."""
    past: str
    """The ``way`` on which a step is counted from its hour and not to it."""
    afternoon: str
    """The ``half_of_day`` from noon on."""
    midnight: str
    owners: frozenset[str]
    """Words beside a statement that only say whose infusion it was, or which."""
    answers: tuple[str, ...]
    """What an answer to "when did it end?" is read as, in place of ``{}``; the first that is understood counts."""
