"""Words as typed, corrected against the words that are known."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from rapidfuzz import process
from rapidfuzz.distance import OSA

if TYPE_CHECKING:
    from bot.language.letters import Letters


class Speller:
    """Corrects words against the words that the knowledge uses. Remembers nothing of what it is asked.

    A word of the knowledge, an ordinary word, a number or a word of up to three letters is left alone.
    """

    def __init__(self, vocabulary: Iterable[str], ordinary: frozenset[str]) -> None:
        vocabulary = frozenset(vocabulary)
        self.known = vocabulary | ordinary
        self._right = [word for word in sorted(vocabulary) if len(word) >= 4 and word.isalpha()]

    @cached_property
    def _letters(self) -> Letters:
        from bot.language.letters import Letters  # noqa: PLC0415  # numpy, for which who only asks for help need not wait

        return Letters(self._right)

    def correct(self, word: str) -> str:
        """``word``, or the one known word that is a likely slip of the keyboard away."""
        if len(word) < 4 or word in self.known or not word.isalpha():
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
