"""The grammar of a language: the words and patterns that the code leans on, as one value. Knows no language, and no topic.

Words are as ``raw_words`` leaves them: small letters, no marks, no apostrophes. Patterns are matched against normalised text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FigureWords:
    """How a figure with its unit is said: "two to three-week", "an hour and a half", "twenty-four hours"."""

    ones: Mapping[str, float]
    """Numbers that are one word, below a hundred. Those from 1 to 9 may follow one of the ``tens``."""
    tens: Mapping[str, float]
    large: Mapping[str, float]
    """What a number before it is multiplied with: hundred, thousand."""
    articles: tuple[str, ...]
    """What stands for a single one: "a week". The longer of two that begin alike comes first, here and below."""
    half: str
    and_a_half: str
    """What adds a half behind a number or a unit; it ends with an article and ``half``, joined by ``and_word``."""
    few: tuple[str, ...]
    """More than one, and nobody knows how many: "a few"."""
    pair: tuple[str, ...]
    """About two."""
    units: Mapping[str, str]
    """Words for units, and the names of those in code: second, minute, hour, day, week, fortnight, month, year, decade, or
    any other name for what is no time."""
    plural: str
    """What a unit may end with in the plural; "" where its plurals are ``units`` of their own."""
    no_units: tuple[str, ...]
    """Words that join a number to what follows; any other word behind a number counts as a unit."""
    to_words: tuple[str, ...]
    """What stands between the ends of a range, beside dashes."""
    between: tuple[str, str]
    """What stands before a range and between its ends where it is said that way: between, and."""
    or_word: str
    and_word: str
    span: str
    """How a range is written, with ``{first}`` and ``{last}``."""
    spoken: frozenset[str]
    """Words of quantity that no reviewed text may hold without a claim behind them."""
    spoken_spans: re.Pattern[str]
    """Lengths of time that are said without a number: "every day". "The day of the infusion" is none."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ClockWords:
    """How a moment is written: ``time`` of ``{hour}`` (0 to 23), ``{hour12}``, ``{minute}`` (two digits) and ``{half}``,
    ``time24`` where clocks count to 24, ``day`` of ``{weekday}``, ``{month}`` and ``{day}``.
    """

    time: str
    time24: str = "{hour:02}:{minute}"
    halves: tuple[str, str]
    """Before noon, and from noon on."""
    day: str
    weekdays: tuple[str, ...]
    """Monday first."""
    months: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Grammar:
    """What the words of one language do. Of each language there is one value, so two are equal where they are the same."""

    tag: str
    """The language as knowledge folders and clinics name it (BCP 47)."""
    stemmer: str
    """Snowball's name for the algorithm that finds stems; "" where it has none, and words are their own stems."""

    numbers: Mapping[str, str]
    """Number words and ordinals, and their digits."""
    ordinal_endings: frozenset[str]
    """What makes an ordinal of digits; ``text`` reads digits and such an ending as one word where it is st, nd, rd or th."""

    negations: frozenset[str]
    """Standard forms, as the lexicon's synonyms leave them; so are ``before`` and ``after``."""
    before: frozenset[str]
    after: frozenset[str]

    corrections: frozenset[str]
    """Words that take back what was said before them: "sorry, I meant". ``negations`` do so, too."""

    clause_break: re.Pattern[str]
    """Where a text is split into what may be questions of their own."""
    choosing: frozenset[str]
    """Words around the one that picks a choice: "the second one please"."""
    every: frozenset[str]
    """Words that pick all choices, however many there are."""
    last: frozenset[str]
    """Words that pick the last choice, however many there are."""

    follow_up: re.Pattern[str]
    """How a text begins that goes on with what was said before: "and for", "ok so what about"."""
    pointing: frozenset[str]
    """Words that point back at what was said before."""
    empty: frozenset[str]
    """Words that change nothing about what the rest of an utterance names; ``pointing`` is part of it."""
    bare: frozenset[str]
    """A question of such words alone has no subject but the one spoken of before; ``empty`` is part of it."""

    asking: frozenset[str]
    """Words that a question begins with."""
    requests: re.Pattern[str]
    """How a question is asked without its form: "i would like to know", "nobody told me whether"."""
    plans: re.Pattern[str]
    """How somebody says what he is about to do: "i plan to"."""
    run_on: re.Pattern[str]
    """Where a new thought begins in a long sentence without stops."""
    particles: frozenset[str]
    """Words that may stand anywhere in a courtesy without a question in them."""
    now: frozenset[str]
    """What is said, in place of a time, of something that has just ended."""

    figures: FigureWords
    clock: ClockWords
