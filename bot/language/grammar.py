"""The grammar of a language: the words and patterns that the code leans on, as one value. Knows no language, and no topic.

Words are as ``raw_words`` leaves them: small letters, no marks, no apostrophes. Patterns are matched against normalised text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


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

    clause_break: re.Pattern[str]
    """Where a text is split into what may be questions of their own."""
    choosing: frozenset[str]
    """Words around the one that picks a choice: "the second one please"."""
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

    particles: frozenset[str]
    """Words that may stand anywhere in a courtesy without a question in them."""
    now: frozenset[str]
    """What is said, in place of a time, of something that has just ended."""
