"""Which of the choices that were offered somebody means."""

from __future__ import annotations

from collections.abc import Sequence

from bot.knowledge.model import Choice
from bot.language.lexicon import number
from bot.language.text import normalise, raw_words
from bot.matching.matcher import Matcher

_ORDINALS = {"first": 1, "second": 2, "third": 3, "last": 0}
_CHOOSING = frozenset("the one number option choice please yes yeah ok no a that i mean meant".split())


def chosen(text: str, choices: Sequence[Choice], matcher: Matcher) -> Choice | None:
    """The one of ``choices`` that ``text`` picks: by its number, its place, its words, or a word that only it has."""
    if not choices:
        return None
    words = raw_words(text)
    if words and words == raw_words(normalise(next((c.label for c in choices if raw_words(normalise(c.label)) == words), ""))):
        return next(c for c in choices if raw_words(normalise(c.label)) == words)
    left = [word for word in words if word not in _CHOOSING]
    if len(left) == 1:
        at = _ORDINALS.get(left[0])
        at = int(said) if at is None and (said := number(left[0])) is not None and said.isdigit() else at
        if at is not None and at <= len(choices) and (at or left[0] == "last"):
            return choices[at - 1]
    # "driving" is enough to pick the one choice that speaks of it.
    stems = set(matcher.language.read(text).stems)
    if 0 < len(left) <= 3:
        holding = [c for c in choices if stems and stems <= set(matcher.language.read(c.label).stems)]
        if len(holding) == 1:
            return holding[0]
    return None
