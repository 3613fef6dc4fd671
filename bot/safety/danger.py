"""Danger by meaning: what the patterns of the urgent step have no words for, told from examples with the sentence model.

One rule fences this module in: it adds alarms to those of the patterns, and never takes one away.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.language.regression import BIAS, Floats, softmax
from bot.language.text import raw_words, sentences

# The name of this "rule" where others are named: in a reply, in the notes of a help desk, in a measurement.
RULE = "by_meaning"
# Listened to: so many sentences, and so many characters of each.
_SENTENCES, _LONGEST = 8, 200


@dataclass(frozen=True, slots=True)
class DangerScore:
    """The likeliest kind of danger, and the share of the belief (0..1) that it is danger at all."""

    kind: str
    share: float


@dataclass(frozen=True, slots=True)
class DangerClassifier:
    """``weights``: (dimensions + 1) x (kinds + 1), the last for none."""

    kinds: tuple[str, ...]
    weights: Floats

    def classify(self, vectors: Floats) -> DangerScore:
        """Of texts (rows) the one that is danger most."""
        raw = vectors @ self.weights[:-1] + BIAS * self.weights[-1]
        belief = softmax(raw)
        most = int(belief[:, -1].argmin())
        return DangerScore(self.kinds[int(belief[most, :-1].argmax())], float(1 - belief[most, -1]))


def parts(said: str, cut: str) -> list[str]:
    """What to listen to in a normalised text: its beginning ``cut``, and where there are several, each sentence of it.

    A single word says too little, and one clause of many is lost in the whole.
    """
    if len(raw_words(cut)) < 2:
        return []
    some = [one[:_LONGEST] for one in sentences(said) if len(one.split()) > 2]
    return [cut, *(some[:_SENTENCES] if len(some) > 1 else ())]
