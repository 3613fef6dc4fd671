"""A text as the runs of letters and words in it, each known by its hash: what is learned from where no sentence model is needed.

Everything here is array work on the whole text: the time depends on its length alone, not on what is in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.language.learning.regression import Floats
from bot.language.text import normalise

# Runs of 3 to 5 letters within a word and its blanks; runs of 1 to 3 words. Chosen on the development messages.
_LETTERS, _WORDS = (3, 4, 5), 3
_BITS = 17
# Each of the two has so many places of its own: letters the first, words the second half.
HALF = 1 << _BITS
PLACES = 2 * HALF

_OF_PLACE = 40  # bits of a number for where a run stands; those above them are its place
_NO_WORD = re.compile(r"[\W_]+")
_DIGIT = re.compile(r"\d")
_DIGITS = str.maketrans(dict.fromkeys("123456789", "0"))
_BLANK = 32
_BASE = np.uint64(0x9E3779B97F4A7C15)
_BASE_INVERSE = np.uint64(pow(int(_BASE), -1, 1 << 64))  # powers of an odd number can be divided away again
_JOIN = np.uint64(0x100000001B3)


@dataclass(frozen=True, slots=True)
class Ngrams:
    """``places`` of the runs in order of the word that they end in or stand in; those of word i begin at ``starts[i]``.

    ``before``: where the same place stood the last time, -1 where it did not.
    """

    places: NDArray[np.int64]
    starts: NDArray[np.int64]
    before: NDArray[np.int64]

    @property
    def words(self) -> int:
        return len(self.starts) - 1

    def within(self, first: int, after: int) -> NDArray[np.int64]:
        """The places of the runs in the words from ``first`` to before ``after``, each once."""
        start, end = self.starts[first], self.starts[after]
        new = self.before[start:end] < start
        places: NDArray[np.int64] = self.places[start:end][new]
        return places

    def windows(self, size: int, most: int) -> Iterator[tuple[int, int]]:
        """All words, and where there are more, windows of ``size`` words that overlap by half; at the most about ``most``."""
        yield 0, self.words
        if self.words > size + size // 5:
            step = max(size // 2, self.words // most)
            width = max(size, step)
            yield from ((at, min(at + width, self.words)) for at in range(0, self.words - width + step, step))


def ngrams(text: str) -> Ngrams:
    """The runs in ``text``. Case, accents and signs do not matter, and one digit is as good as another."""
    plain = " ".join(_NO_WORD.split(normalise(text).replace("'", ""))).strip()
    plain = plain.translate(_DIGITS) if plain.isascii() else _DIGIT.sub("0", plain)
    if not plain:
        return Ngrams(np.zeros(0, np.int64), np.zeros(1, np.int64), np.zeros(0, np.int64))
    codes = np.frombuffer(f" {plain} ".encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
    blank = codes == _BLANK
    count = int(blank.sum()) - 1
    with np.errstate(over="ignore"):
        letters, of_letters = _letter_runs(codes, blank, count)
        words, of_words = _word_runs(codes, blank)
    places = np.concatenate([_place(letters), _place(words) + HALF])
    owner = np.concatenate([of_letters, of_words])
    places = places[np.argsort(owner, kind="stable")]
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bincount(owner, minlength=count))])
    return Ngrams(places, starts, _before(places))


def _before(places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each of ``places`` stood the last time; -1 where it did not."""
    # Each place with where it stands as one number: to sort these is many times faster than to sort places and keep their order.
    both = np.sort(places << _OF_PLACE | np.arange(len(places)))
    order = both & ((1 << _OF_PLACE) - 1)
    before = np.full(len(places), -1, np.int64)
    again = np.flatnonzero(both[1:] >> _OF_PLACE == both[:-1] >> _OF_PLACE)
    before[order[again + 1]] = order[again]
    return before


def scaled(places: NDArray[np.int64], rarity: Floats, weight_of_words: float) -> Floats:
    """The values that stand at ``places`` of a vector: the rarity of each, letters and words of a fixed length each."""
    values = rarity[places]
    words = places >= HALF
    for of, length in ((words, weight_of_words), (~words, 1.0)):
        norm = float(np.sqrt(np.square(values[of]).sum()))
        if norm:
            values[of] *= np.float32(length / norm)
    return values


def _letter_runs(codes: NDArray[np.uint64], blank: NDArray[np.bool_], count: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    blanks = np.concatenate([[0], np.cumsum(blank)])
    word = np.minimum(blanks[1:] - 1, count - 1)  # at a blank: of the word behind it
    hashes, owners = [], []
    run = np.zeros(len(codes), np.uint64)
    for size in range(1, max(_LETTERS) + 1):
        some = len(codes) - size + 1
        if some < 1:
            break
        run = run[:some] * _BASE + codes[size - 1 :]
        if size in _LETTERS:
            at = np.flatnonzero(blanks[size - 1 : size - 1 + some] == blanks[1 : 1 + some])  # no blank inside
            hashes.append(_mixed(run[at] + np.uint64(size)))
            owners.append(word[at])
    return np.concatenate(hashes), np.concatenate(owners)


def _word_runs(codes: NDArray[np.uint64], blank: NDArray[np.bool_]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    powers = np.cumprod(np.full(len(codes), _BASE))
    inverse = np.cumprod(np.full(len(codes), _BASE_INVERSE))
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(codes * powers)])
    at = np.flatnonzero(blank)
    word = _mixed((sums[at[1:]] - sums[at[:-1] + 1]) * inverse[at[:-1] + 1])
    hashes, owners, run = [word + np.uint64(1)], [np.arange(len(word))], word
    for size in range(2, min(_WORDS, len(word)) + 1):
        run = run[:-1] * _JOIN + word[size - 1 :]
        hashes.append(run + np.uint64(size))
        owners.append(np.arange(size - 1, len(word)))
    return _mixed(np.concatenate(hashes)), np.concatenate(owners)


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    values = (values ^ (values >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return values ^ (values >> np.uint64(32))


def _place(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    return ((hashes * _BASE) >> np.uint64(64 - _BITS)).astype(np.int64)
