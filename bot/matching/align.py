"""Soft alignment: each word finds its best counterpart in a phrase, and the other way round.

Stands slips of the keyboard and word order; knows which words matter by how few topics use them.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from bot.language.learning.regression import Floats
from bot.language.letters import Letters

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
    """What may stand for one word: ``words``, by number the worth (0..1) of each.

    ``figures`` are what that covers, ``at`` where: of the utterance at the number of a phrase, and of the phrase so many
    numbers further on as there are phrases.
    """

    words: Mapping[int, float]
    at: NDArray[np.int32]
    figures: Floats


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
        self._letters = Letters(self._vocabulary)
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
                    (number, float(alike) ** 3)
                    for _, alike, number in process.extract(
                        stem,
                        self._letters.alike(stem, _ALIKE),
                        scorer=JaroWinkler.normalized_similarity,
                        score_cutoff=_ALIKE,
                        limit=None,
                    )
                    if stem.isalpha() or alike == 1.0
                ),
                key=lambda one: one[1],
            )
            kept = self._covering(self.weight(stem), found)
            # Only the vocabulary's own words are kept: what people type would grow without bound.
            if stem in self._number:
                self._neighbours[stem] = kept
        return kept

    def _covering(self, weight: float, found: Sequence[tuple[int, float]]) -> Counterparts:
        covered: dict[int, float] = {}
        for number, worth in found:
            covered.update(dict.fromkeys(self._places[number].tolist(), worth))
        phrases = np.fromiter(covered, np.int32, len(covered))
        gains = np.float32(weight) * np.fromiter(covered.values(), np.float32, len(covered))
        back = [self._back(number, worth) for number, worth in found]
        return Counterparts(
            dict(found),
            np.concatenate([phrases, *(at for at, _ in back)]),
            np.concatenate([gains, *(shares for _, shares in back)]),
        )

    def _back(self, number: int, worth: float) -> tuple[NDArray[np.int32], Floats]:
        """Where the word ``number`` stands, and what it covers of each phrase there as a counterpart of this worth."""
        places = self._places[number]
        return places + np.int32(len(self._length)), np.full(len(places), self._weight[number] * worth, np.float32)

    def warm(self) -> None:
        """Look up the counterparts of all words at once, so that no question has to."""
        for word in self._vocabulary:
            self.counterparts(word)

    def align(self, stems: Sequence[str]) -> Alignment:
        """How well the utterance and each phrase cover one another: one figure (0..1) for each phrase."""
        size = len(self._length)
        total = 0.0
        at, figures = [np.zeros(0, np.int32)], [np.zeros(0, np.float32)]
        best: dict[int, float] = {}
        for stem in dict.fromkeys(stems):
            total += self.weight(stem)
            found = self.counterparts(stem)
            at.append(found.at)
            figures.append(found.figures)
            # What two words of the utterance stand for is covered by the better one alone.
            twice = {number: (best[number], found.words[number]) for number in best.keys() & found.words.keys()}
            for number, worths in twice.items():
                places, shares = self._back(number, min(worths))
                at.append(places)
                figures.append(-shares)
            best |= found.words
            best |= {number: max(worths) for number, worths in twice.items()}
        summed = np.bincount(np.concatenate(at), np.concatenate(figures), 2 * size).astype(np.float32)
        forward: Floats = summed[:size] / np.float32(max(total, 1e-6))
        backward: Floats = summed[size:] / self._length
        return Alignment(forward, 2 * forward * backward / (forward + backward + np.float32(1e-6)))
