"""What kind of message one is: an act of the conversation (thanks, a source asked for), a question of ours, or none of ours.

Learned by words alone, the same machine that hears danger: the phrases of small talk, those of all topics, and messages on other
subjects. A topic has thousands of frames in common with every other subject ("how long does it last"), so what is none of
ours has to be learned, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.knowledge.model import Boundary, Knowledge
from bot.language.learning import classifier
from bot.language.learning.classifier import WordModel
from bot.language.learning.ngrams import ngrams
from bot.language.learning.regression import Floats, softmax

# The last two classes; before them one for each small talk.
_OURS, _STRANGER = -2, -1
# Messages are short, and their windows say no more than the whole.
_PASSES = (6,)
# Log odds beyond these say no more.
_MOST = 8.0


@dataclass(frozen=True, slots=True)
class Gist:
    """``act``: the small talk (its id) that a message most likely is; ``share``: of the belief on it.

    ``ours``: the log odds that a question is on our subject and not on another one, -8 to 8.
    """

    act: str
    share: float
    ours: float


def examples_of(knowledge: Knowledge) -> list[tuple[str, int]]:
    """All messages that a folder holds, each with the number of its class."""
    acts = [(phrase, at) for at, talk in enumerate(knowledge.smalltalk) for phrase in talk.phrases]
    count = len(knowledge.smalltalk) + 2
    topics = [
        (phrase, count + (_STRANGER if isinstance(topic, Boundary) and topic.outside else _OURS))
        for topic in knowledge.topics
        for phrase in (topic.question, *topic.phrases)
    ]
    ours = ((text, count + _OURS) for text in knowledge.ours)
    return [*acts, *topics, *ours, *((text, count + _STRANGER) for text in knowledge.strangers)]


def learn(examples: Sequence[tuple[str, int]], count: int) -> WordModel:
    """The model of ``examples`` of ``count`` classes. Deterministic."""
    return classifier.learn([text for text, _ in examples], [of for _, of in examples], count, None, passes=_PASSES)


def learn_more(model: WordModel, before: Sequence[tuple[str, int]], after: Sequence[tuple[str, int]], count: int) -> WordModel:
    """The model of the examples ``after``, taken on from that of ``before``: what is new is learned, nothing is unlearned."""
    known = set(before)
    new = [one for one in after if one not in known]
    if not new:
        return model
    each = np.bincount([of for _, of in after], minlength=count)
    worth = [float(each.mean() / each[of]) for _, of in new]  # as ``classifier.learn`` weighs where no class is the usual one
    return classifier.learn_more(model, [text for text, _ in new], [of for _, of in new], worth, _PASSES[0])


class ActReader:
    """Reads messages with one model; ``ids`` are those of the small talks, in the order of the classes."""

    def __init__(self, ids: Sequence[str], model: WordModel) -> None:
        self.ids = tuple(ids)
        self.model = model

    def read(self, text: str) -> Gist:
        runs = ngrams(text)
        raw = self.model.raw(runs.within(0, runs.words))
        shares: Floats = softmax(raw)
        best = int(np.argmax(shares[:_OURS]))
        ours = float(np.clip(raw[_OURS] - raw[_STRANGER], -_MOST, _MOST))
        return Gist(self.ids[best], float(shares[best]), ours)
