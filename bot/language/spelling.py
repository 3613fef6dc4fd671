"""Words as typed, corrected against the words that are known."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.language.frequency import WordFrequencies

if TYPE_CHECKING:
    from bot.language.letters import Letters


_STRETCHED = re.compile(r"([a-z])\1{2,}")
# Words that were written without blanks: as many letters at the least, and what a word costs that is in no list of frequencies.
_JOINED, _UNLISTED = 8, 4.0
_LONGEST_WORD = 20
_MOST_JOINED = 80  # letters: a sentence of some fifteen words
_WORTH_OF_A_WORD = 9.0  # on Zipf's scale no word is as common: so fewer and commoner words win
_LETTERS_OF_A_WORD = 3.0  # at the least, on the average


class Speller:
    """Corrects words against the words that the knowledge uses. Remembers nothing of what it is asked.

    A word of the knowledge, a right word of the language (an ordinary one, or one that ``frequencies`` hold), a number or a
    word of up to three letters is left alone.
    """

    def __init__(
        self,
        vocabulary: Iterable[str],
        ordinary: frozenset[str],
        frequencies: WordFrequencies = WordFrequencies(),  # noqa: B008
    ) -> None:
        vocabulary = frozenset(vocabulary)
        self.known = vocabulary | ordinary
        self._frequencies = frequencies
        self._right = [word for word in sorted(vocabulary) if len(word) >= 4 and word.isalpha()]

    @cached_property
    def _letters(self) -> Letters:
        from bot.language.letters import Letters  # noqa: PLC0415  # numpy, for which who only asks for help need not wait

        return Letters(self._right)

    def correct(self, word: str) -> str:
        """``word``, or the one known word that is a likely slip of the keyboard away."""
        if len(word) < 4 or word in self.known or not word.isalpha():
            return word
        if _STRETCHED.search(word):
            for left in (r"\1\1", r"\1"):  # "soooo", "pleeease"
                shorter = _STRETCHED.sub(left, word)
                if self._is_right(shorter):
                    return shorter
            word = _STRETCHED.sub(r"\1", word)
        if self._is_right(word):
            return word
        # One slip for words of four to seven letters, two for longer ones: at two slips in a short word a
        # correction was wrong more often than right (measured on the development questions).
        slips = 1 if len(word) < 8 else 2
        best: tuple[int, int, str] | None = None
        near = self._letters.within(word, slips)
        for found, distance, _ in process.extract(word, near, scorer=OSA.distance, score_cutoff=slips, limit=None):
            # A slip seldom hits the first letter; among equals the same first letter wins, then the alphabet.
            if len(word) == 4 and found[0] != word[0]:
                continue
            key = (int(distance), int(found[0] != word[0]), found)
            if best is None or key < best:
                best = key
        return best[2] if best else word

    def _is_right(self, word: str) -> bool:
        return word in self.known or self._frequencies.zipf(word) is not None

    def may_be_parted(self, word: str) -> bool:
        """Whether ``word`` is of a length to be looked into, and no right one."""
        return _JOINED <= len(word) <= _MOST_JOINED and word.isalpha() and not self._is_right(word)

    def parted(self, word: str) -> list[str]:
        """``word``, or the words that it is made of where blanks were left out ("howlongdoesittake")."""
        if not self.may_be_parted(word):
            return [word]
        costs = self._costs(word)
        # The cheapest way to each place: what it costs, and where its last word begins.
        best: list[tuple[float, int]] = [(0.0, 0)]
        for end in range(1, len(word) + 1):
            starts = range(max(0, end - _LONGEST_WORD), end)
            best.append(min((best[start][0] + costs[start, end], start) for start in starts))
        if best[-1][0] == math.inf:
            return [word]
        words: list[str] = []
        end = len(word)
        while end:
            start = best[end][1]
            words.insert(0, word[start:end])
            end = start
        return words if len(words) > 1 and len(word) >= _LETTERS_OF_A_WORD * len(words) else [word]

    def _costs(self, word: str) -> dict[tuple[int, int], float]:
        """What each part of ``word`` would cost as a word, by its first letter and the one behind its last."""
        spans = [(start, end) for end in range(1, len(word) + 1) for start in range(max(0, end - _LONGEST_WORD), end)]
        parts = [word[start:end] for start, end in spans]
        zipfs = self._frequencies.zipfs(parts)
        return {span: self._cost(part, zipf) for span, part, zipf in zip(spans, parts, zipfs, strict=True)}

    def _cost(self, word: str, zipf: float | None) -> float:
        if len(word) == 1 and word not in {"a", "i"}:
            return math.inf
        if zipf is None:
            return _WORTH_OF_A_WORD - _UNLISTED if word in self.known else math.inf
        return _WORTH_OF_A_WORD - zipf
