"""What the words of a question say against a phrase: a negation, a number, before or after that only one of them has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.language.grammar import Grammar

# What a phrase keeps of its alignment for each thing it disagrees on. From .75 to .9 the development questions come out the same.
_KEPT = np.float32(0.85)


@dataclass(frozen=True, slots=True)
class _Signs:
    negated: bool
    numbers: frozenset[str]
    before: bool
    after: bool


def _signs(standard: Sequence[str], grammar: Grammar) -> _Signs:
    words = frozenset(standard)
    before, after = not words.isdisjoint(grammar.before), not words.isdisjoint(grammar.after)
    numbers = frozenset(word for word in words if word[0].isdigit())
    return _Signs(not words.isdisjoint(grammar.negations), numbers, before and not after, after and not before)


class Guards:
    """The signs of all phrases, given as their standard words, as arrays."""

    def __init__(self, phrases: Sequence[Sequence[str]], grammar: Grammar) -> None:
        self._grammar = grammar
        signs = [_signs(words, grammar) for words in phrases]
        negated = np.asarray([s.negated for s in signs])
        # What a negation in one of the two alone leaves, for an utterance without one and for one with it.
        self._kept = [np.where(negated == said, np.float32(1), _KEPT) for said in (False, True)]
        self._before = np.asarray([s.before for s in signs])
        self._after = np.asarray([s.after for s in signs])
        self._numbered = np.asarray([bool(s.numbers) for s in signs])
        numbers = {number for s in signs for number in s.numbers}
        self._with_number = {number: np.flatnonzero([number in s.numbers for s in signs]) for number in numbers}

    def agreement(self, standard: Sequence[str]) -> NDArray[np.float32]:
        """What each phrase keeps of its alignment with an utterance of these standard words: 1 where nothing disagrees."""
        signs = _signs(standard, self._grammar)
        kept = self._kept[signs.negated]
        if signs.before or signs.after or signs.numbers:
            kept = kept.copy()
        if signs.before:
            kept[self._after] *= _KEPT
        if signs.after:
            kept[self._before] *= _KEPT
        if signs.numbers:
            disagree = self._numbered.copy()
            for number in signs.numbers & self._with_number.keys():
                disagree[self._with_number[number]] = False
            kept[disagree] *= _KEPT
        return kept
