"""How common a word is in its language at large: what is rare there, and no phrase of a topic explains, is another subject.

Held as two arrays: as a dictionary the 80,000 words of English take ten times the memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bot.language.learning.regression import Floats

_LONGEST = 24  # letters; longer words are not held
# On Zipf's scale, the logarithm of how often a word comes in a thousand million: "the" is at 7.5, "lozenge" at 2.4.
_UNKNOWN = 1.0
_COMMON = 5.0
_THOUSAND_MILLION = 1e9


class WordFrequencies:
    """Of one language. Without ``counts`` no word is known, and none counts as rare."""

    def __init__(self, counts: Mapping[str, int] | None = None) -> None:
        import numpy as np  # noqa: PLC0415  # who only asks for help need not wait for it

        self._np = np
        kept = sorted((word, count) for word, count in (counts or {}).items() if word.isascii() and len(word) <= _LONGEST)
        self._words: NDArray[np.bytes_] = np.array([word.encode() for word, _ in kept], f"S{_LONGEST}")
        numbers = np.array([count for _, count in kept], np.float64)
        total = numbers.sum() or 1.0
        self._zipf: Floats = np.log10(np.maximum(numbers / total * _THOUSAND_MILLION, 1.0)).astype(np.float32)

    def __bool__(self) -> bool:
        return len(self._words) > 0

    def zipf(self, word: str) -> float | None:
        """How common ``word`` is, from 0 to 8; None where it is not known."""
        if len(word) > _LONGEST or not word.isascii():
            return None
        code = word.encode()
        at = int(self._words.searchsorted(code))
        return float(self._zipf[at]) if at < len(self._words) and self._words[at] == code else None

    def zipfs(self, words: Sequence[str]) -> list[float | None]:
        """``zipf`` of each: for many at once a tenth of the time."""
        if not words or not self:
            return [None] * len(words)
        # What is too long, or no ASCII, becomes what no word is.
        fits = [word if len(word) <= _LONGEST and word.isascii() else "" for word in words]
        codes = self._np.array([word.encode() for word in fits], f"S{_LONGEST}")
        at = self._np.minimum(self._words.searchsorted(codes), len(self._words) - 1)
        found = self._words[at] == codes
        return [zipf if known else None for zipf, known in zip(self._zipf[at].tolist(), found.tolist(), strict=True)]

    def rarity(self, word: str) -> float:
        """How much of a stranger ``word`` is, 0 (common) to 4 (not known); 0 for all words where no frequencies are known."""
        if not self:
            return 0.0
        known = self.zipf(word)
        return max(0.0, _COMMON - (_UNKNOWN if known is None else known))
