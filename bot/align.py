"""Soft alignment: each word finds its best counterpart in a phrase, and the other way round.

Stands slips of the keyboard and word order; knows which words matter by how few topics use them.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

Floats = NDArray[np.float32]

# Two words are counterparts from here on, worth the cube of their similarity: .85 and the first power were measured
# before; the cube gave half a point more on CLINC150's validation split.
_ALIKE = 0.85


@dataclass(frozen=True, slots=True)
class Alignment:
    """``forward``: share of the utterance that each phrase covers, ``f1``: its harmonic mean with the way back."""

    forward: Floats
    f1: Floats


@dataclass(frozen=True, slots=True)
class Counterparts:
    """``words``: number and worth (0..1) of each, the best last; ``phrases`` with one of them, and the best's worth in each."""

    words: tuple[tuple[int, float], ...]
    phrases: NDArray[np.int32]
    worths: Floats


class Aligner:
    """Phrases by word. ``phrases`` are stems; ``topics`` the topic number of each phrase, ``count`` of them."""

    def __init__(self, phrases: Sequence[Sequence[str]], topics: Sequence[int], count: int) -> None:
        used_by: dict[str, set[int]] = defaultdict(set)
        places: dict[str, list[int]] = defaultdict(list)
        for number, (stems, topic) in enumerate(zip(phrases, topics, strict=True)):
            for stem in dict.fromkeys(stems):
                used_by[stem].add(topic)
                places[stem].append(number)
        self._count = count
        self._vocabulary = sorted(places)
        self._number = {word: i for i, word in enumerate(self._vocabulary)}
        self._weight = [self._rarity(len(used_by[word])) for word in self._vocabulary]
        self._strange = self._rarity(0)
        self._places = [np.asarray(places[word], np.int32) for word in self._vocabulary]
        self._length = np.asarray(
            [sum(self._weight[self._number[s]] for s in dict.fromkeys(stems)) or 1.0 for stems in phrases], np.float32
        )
        self._neighbours: dict[str, Counterparts] = {}

    def _rarity(self, topics: int) -> float:
        return math.log((1 + self._count) / (0.5 + topics)) if topics <= self._count else 0.0

    def weight(self, stem: str) -> float:
        """How much a word matters: the fewer topics use it, the more; a word that none uses, the most."""
        number = self._number.get(stem)
        return self._strange if number is None else self._weight[number]

    def knows(self, stem: str) -> bool:
        return stem in self._number

    def counterparts(self, stem: str) -> Counterparts:
        """The words of the vocabulary that may stand for ``stem``, and the phrases that hold one of them."""
        kept = self._neighbours.get(stem)
        if kept is None:
            # The best one last: where several stand in one phrase, it is the one that stays written.
            found = sorted(
                (
                    (int(i), float(alike) ** 3)
                    for _, alike, i in process.extract(
                        stem, self._vocabulary, scorer=JaroWinkler.normalized_similarity, score_cutoff=_ALIKE, limit=None
                    )
                    if stem.isalpha() or alike == 1.0
                ),
                key=lambda one: one[1],
            )
            kept = self._covering(found)
            # Only the vocabulary's own words are kept: what people type would grow without bound.
            if stem in self._number:
                self._neighbours[stem] = kept
        return kept

    def _covering(self, found: Sequence[tuple[int, float]]) -> Counterparts:
        covered: dict[int, float] = {}
        for number, worth in found:
            covered.update(dict.fromkeys(self._places[number].tolist(), worth))
        return Counterparts(
            tuple(found), np.fromiter(covered, np.int32, len(covered)), np.fromiter(covered.values(), np.float32, len(covered))
        )

    def warm(self) -> None:
        """Look up the counterparts of all words at once, so that no question has to."""
        for word in self._vocabulary:
            self.counterparts(word)

    def align(self, stems: Sequence[str]) -> Alignment:
        """How well the utterance and each phrase cover one another: one figure (0..1) for each phrase."""
        size = len(self._length)
        total = 0.0
        phrases: list[NDArray[np.int32]] = []
        gains: list[Floats] = []
        best: dict[int, float] = {}
        for stem in dict.fromkeys(stems):
            weight = self.weight(stem)
            total += weight
            found = self.counterparts(stem)
            phrases.append(found.phrases)
            gains.append(np.float32(weight) * found.worths)
            for number, worth in found.words:
                if worth > best.get(number, 0.0):
                    best[number] = worth
        forward = backward = np.zeros(size, np.float32)
        if best:
            forward = np.bincount(np.concatenate(phrases), np.concatenate(gains), size).astype(np.float32)
            places = [self._places[number] for number in best]
            worths = np.repeat([self._weight[number] * worth for number, worth in best.items()], [len(one) for one in places])
            backward = np.bincount(np.concatenate(places), worths, size).astype(np.float32)
        forward = forward / np.float32(max(total, 1e-6))
        backward = backward / self._length
        return Alignment(forward, 2 * forward * backward / (forward + backward + np.float32(1e-6)))
