"""What a message sounds like, by its plain words and by what was learned from examples. All that hears danger hears it here.

Two rules fence this module in: what is said in plain words is never overruled by what was learned, and the work for a message is
bounded by its length, whatever is in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.language.learning import classifier
from bot.language.learning.classifier import WordModel, WordScores
from bot.language.learning.regression import Floats
from bot.language.text import normalise
from bot.safety.heard import CALM, DANGERS, DESPAIR, TODAY, Examples, Heard, Level, Thresholds
from bot.safety.plain import PlainStep, PlainWords

# What the first model tells apart; the second one tells the kinds of danger apart.
_DANGER, _DESPAIR, _TODAY, _CALM = range(4)
_FEWEST_OF_SYMPTOM = 3  # words: a number or a time of day tells no symptom
_DENIAL = 25  # words of a text that a denial in it speaks for
# What can be asked is ten thousand short phrases, and would outweigh the messages that people write (chosen on development
# messages).
_WORTH_OF_KNOWN = 0.1
_ALSO = 0.12  # from this share on a second kind is told, too
# So many times less do the odds of a long text count, of each window of it, and of a text of few words (chosen on development
# messages): in a long text much adds up that means nothing.
_DOUBT_OF_LONG, _DOUBT_OF_WINDOWS, _DOUBT_OF_FEW, _FEW = np.float32(5), np.float32(8), np.float32(3), 14
_DOUBT_OF_FEW_SIGHS = np.float32(1.3)
# What is danger in so few words is plain, or nearly so ("I am at the door"): twice the doubt cost none of danger in three sets.
_FEWEST, _DOUBT_OF_FEWEST = 4, np.float32(2)


@dataclass(frozen=True, slots=True)
class DangerModel:
    """What was learned from examples: is it danger (4 classes), and which (the kinds of danger)."""

    danger: WordModel
    kinds: WordModel


def fits(model: DangerModel) -> bool:
    """Whether the arrays of ``model`` have the shapes that the detector needs."""
    return model.danger.is_of(4) and model.kinds.is_of(len(DANGERS))


def learn(examples: Examples, calm: Sequence[str], known: Sequence[str]) -> DangerModel:
    """The model of ``examples``; ``calm`` are further messages without danger, ``known`` short ones (all that can be asked)."""
    classes = dict.fromkeys(DANGERS, _DANGER) | {DESPAIR: _DESPAIR, TODAY: _TODAY, CALM: _CALM}
    labelled = [(text, classes[kind]) for kind, texts in examples.messages.items() for text in texts]
    labelled += [(text, _CALM) for text in (*calm, *known)]
    worth = [1.0] * (len(labelled) - len(known)) + [_WORTH_OF_KNOWN] * len(known)
    danger = classifier.learn([text for text, _ in labelled], [of for _, of in labelled], 4, _CALM, worth=worth)
    kinds = [(text, at) for at, kind in enumerate(DANGERS) for text in examples.messages.get(kind, ())]
    return DangerModel(danger, classifier.learn([text for text, _ in kinds], [of for _, of in kinds], len(DANGERS), None))


def weighed(scores: WordScores) -> Floats:
    """The shares as they count: in a long text something is easily odd, and a few words say little, so both must be surer."""
    words_in_all = scores.windows[0][1]
    doubt: Floats = np.full(scores.shares.shape, _DOUBT_OF_WINDOWS, np.float32)
    doubt[0] = 1 if len(scores.windows) == 1 else _DOUBT_OF_LONG
    if words_in_all < _FEW:
        doubt[0, _DANGER], doubt[0, _DESPAIR] = _DOUBT_OF_FEW, _DOUBT_OF_FEW_SIGHS
    if words_in_all <= _FEWEST:
        doubt[0] *= _DOUBT_OF_FEWEST
    shares: Floats = (scores.shares / (scores.shares + doubt * (1 - scores.shares))).astype(np.float32)
    return shares


def _other(kinds: Sequence[str], than: str) -> str:
    return next((kind for kind in kinds if kind != than), "")


class DangerDetector:
    """Tells danger from what is calm. Pure; never raises for any text."""

    def __init__(self, plain: PlainWords, thresholds: Thresholds, model: DangerModel | None) -> None:
        """Without ``model`` it hears plain words alone."""
        self._plain = PlainStep(plain)
        self._thresholds = thresholds
        self._model = model

    def detect(self, text: str) -> Heard:
        text = normalise(text)  # once for all that read it
        heard = self._plain.hear(text)
        said = heard if heard is not None and heard.kind != CALM else None
        if self._model is None:
            return Heard("alarm", said.kind, 1.0, said.language, True, said.also) if said else Heard("calm", DANGERS[0], 0.0)
        scores = self._model.danger.scores(text)
        shares = weighed(scores)
        worst = int(shares[:, _DANGER].argmax())
        share = float(shares[worst, _DANGER])
        level: Level = "alarm" if said is not None else self._level(shares, scores.windows[0][1])
        if said is None and heard is not None and level == "alarm" and scores.windows[0][1] <= _DENIAL:
            level = "check"  # "I am not going to kill myself": asked about, and no alarm
        if level == "calm":
            return Heard(level, DANGERS[0], share)
        kinds = self._model.kinds.window(scores.runs, scores.windows[worst])
        likeliest = [DANGERS[at] for at in (-kinds).argsort(kind="stable") if kinds[at] >= _ALSO]
        if said is not None:
            return Heard("alarm", said.kind, 1.0, said.language, True, said.also or _other(likeliest, said.kind))
        kind = DANGERS[int(kinds.argmax())]
        return Heard(level, kind, share, also=_other(likeliest, kind))

    def _level(self, shares: Floats, words_in_all: int) -> Level:
        least = self._thresholds
        danger = float(shares[:, _DANGER].max())
        if danger >= least.alarm:
            return "alarm"
        if danger >= least.check:
            return "check"
        if float(shares[:, _DESPAIR].max()) >= least.despair:
            return "despair"
        if float((shares[:, _DANGER] + shares[:, _DESPAIR]).max()) >= least.care:
            return "care"
        return "today" if float(shares[:, _TODAY].max()) >= least.today and words_in_all >= _FEWEST_OF_SYMPTOM else "calm"
