"""An utterance in, topics in order out, with a confidence and the reasons for it.

Several scorers give each topic a figure; the figures are summed; entries and boundary topics compete in one ranking. The
words alone decide where they are sure; else a sentence model, if there is one, joins the sum.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot.knowledge.model import Calibration, Knowledge
from bot.language.learning.regression import Floats, softmax
from bot.language.lexicon import Lexicon
from bot.language.vocabulary import Language, Words
from bot.matching.acts import ActReader
from bot.matching.align import Aligner
from bot.matching.guards import Guards
from bot.matching.linear import LinearModel, fit
from bot.matching.semantic import SentenceScorer

# Phrases (stems, standard words), the topic number of each, how many topics there are.
Learn = Callable[[Sequence[tuple[Sequence[str], Sequence[str]]], Sequence[int], int], LinearModel]

# The sum. Chosen on CLINC150's validation split and our own questions; see docs/matching.md.
LINEAR, ALIGNED = 0.5, 4.0
MEANT, ALIKE = 1.0, 4.0
# So many topics compete for the lead, and so many of them are told.
_KEPT, _TOLD = 6, 4
# Sums that lie closer are equal: what the order of additions inside numpy leaves between like topics is some 1e-6.
_TIED = 1e-5
_OURS = ("ours", "ours_meant")
# Characters of a message that the sentence model reads whole, to tell what a part of it is about.
_READ_WHOLE = 200


@dataclass(frozen=True, slots=True)
class Match:
    """A ranked topic. ``parts`` are the figures behind the confidence; ``nearest`` the phrase that is most alike."""

    topic: str
    entry: bool
    confidence: float
    share: float
    parts: Mapping[str, float]
    nearest: str
    guards: tuple[str, ...] = ()
    claims: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class About:
    """A message that questions are asked in, read once for all of them. ``ours``: the log odds that it is on our subject."""

    text: str
    ours: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """Topics in order, and the ``calibration`` that their confidence, and what is decided on it, go by."""

    words: Words
    matches: tuple[Match, ...]
    calibration: Calibration

    @property
    def top(self) -> Match:
        return self.matches[0]

    @property
    def lead(self) -> float:
        """How much more of the belief the first has than the next that tells something else, 0..1."""
        rivals = [match.share for match in self.matches[1:] if not _twins(match.claims, self.top.claims)]
        return max(0.0, self.top.share - max(rivals, default=0.0))


@dataclass(frozen=True, slots=True)
class Candidate:
    """What competes in a ranking: an entry or a boundary topic, by its id and its phrases."""

    id: str
    phrases: tuple[str, ...]
    entry: bool
    claims: frozenset[str] = frozenset()
    outside: bool = False  # about anything but the subject of the folder


@dataclass(frozen=True, slots=True)
class _Scores:
    """One figure a topic (``agreed``: a phrase) from each scorer, their sum, and the share of the belief; ``of_all``: figures of
    the question, whatever the topic.
    """

    by_topic: Mapping[str, Floats]
    agreed: Floats
    total: Floats
    share: Floats
    of_all: Mapping[str, float]


class Matcher:
    """Ranks topics for an utterance. Made once; ``rank`` keeps nothing of what it is asked.

    ``foreign`` are words that no entry answers for unless its own phrases use
    them. ``learn`` fits the classifier. ``acts`` tells questions of ours from other messages.
    """

    def __init__(
        self,
        topics: Sequence[Candidate],
        lexicon: Lexicon,
        calibration: Calibration,
        foreign: frozenset[str] = frozenset(),
        learn: Learn = fit,
        acts: ActReader | None = None,
    ) -> None:
        self._topics = topics
        self.acts = acts
        self.outside_topics = frozenset(topic.id for topic in topics if topic.outside)
        self.frequencies = lexicon.frequencies
        self._calibration = calibration
        self._meaning: SentenceScorer | None = None
        self._calibration_with_meaning = calibration
        phrases = [(number, phrase) for number, topic in enumerate(topics) for phrase in topic.phrases]
        self.phrases = [phrase for _, phrase in phrases]
        self.topic_numbers = [number for number, _ in phrases]
        self.is_outside = np.asarray([topics[number].outside for number in self.topic_numbers])  # of each phrase
        self._starts = np.searchsorted(self.topic_numbers, np.arange(len(topics)))
        self._phrases_of = [
            slice(start, start + len(topic.phrases)) for start, topic in zip(self._starts.tolist(), topics, strict=True)
        ]
        # Topics with equal numbers here are twins, which tell the same claims; who tells none has no twin.
        twins: dict[object, int] = {}
        self._tells = [twins.setdefault(topic.claims or topic.id, number) for number, topic in enumerate(topics)]
        self.language = Language(lexicon, self.phrases)
        words = [self.language.parse(phrase) for phrase in self.phrases]
        self._aligner = Aligner([one.stems for one in words], self.topic_numbers, len(topics))
        # Stems and words of each phrase: a fit is taken on from here.
        self.parsed = [(one.stems, one.standard) for one in words]
        self.linear = learn(self.parsed, self.topic_numbers, len(topics))
        self._guards = Guards([one.standard for one in words], lexicon.grammar)
        self._foreign = frozenset(self.language.stem(word) for word in foreign)
        own: list[set[str]] = [set() for _ in topics]
        for one, number in zip(words, self.topic_numbers, strict=True):
            own[number].update(one.stems)
        self._own = own

    @staticmethod
    def from_knowledge(knowledge: Knowledge, learn: Learn = fit, acts: ActReader | None = None) -> Matcher:
        """The matcher of a knowledge folder: entries and boundary topics; a topic's question is a phrase of it."""
        entries = [Candidate(e.id, (e.question, *e.phrases), True, frozenset(e.claims)) for e in knowledge.entries.values()]
        boundaries = [Candidate(b.id, (b.question, *b.phrases), False, outside=b.outside) for b in knowledge.boundaries.values()]
        lexicon, calibration = knowledge.lexicon, knowledge.calibration
        return Matcher([*entries, *boundaries], lexicon, calibration, knowledge.foreign, learn, acts)

    def calibrated(self, calibration: Calibration, with_meaning: Calibration | None = None) -> Matcher:
        """The same matcher with other calibrations; what was fitted is shared."""
        other = copy.copy(self)
        other._calibration = calibration
        other._calibration_with_meaning = with_meaning or self._calibration_with_meaning
        return other

    def understanding(self, meaning: SentenceScorer, calibration: Calibration) -> Matcher:
        """The same matcher with a sentence model in the sum, for what the words alone are not sure of."""
        other = copy.copy(self)
        other._meaning = meaning
        other._calibration_with_meaning = calibration
        return other

    def knowing_strangers(self, acts: ActReader, ours: Floats) -> Matcher:
        """The same matcher with others that tell questions of ours (see ``ActReader``, ``semantic.learn_ours``)."""
        other = copy.copy(self)
        other.acts = acts
        other._meaning = self._meaning.with_ours(ours) if self._meaning is not None else None
        return other

    @property
    def learned(self) -> bool:
        return bool(self.linear.index)

    @property
    def meaning(self) -> SentenceScorer | None:
        return self._meaning

    @property
    def understands(self) -> bool:
        """Whether there is a sentence model, which takes some 20 ms a question."""
        return self._meaning is not None

    def by_words(self) -> Matcher:
        """The same matcher without the sentence model."""
        other = copy.copy(self)
        other._meaning = None
        return other

    def always_understanding(self) -> Matcher | None:
        """The same matcher, asking the sentence model however sure the words are; None where there is no model."""
        return self.calibrated(replace(self._calibration, sure=1.0)) if self._meaning is not None else None

    def warm(self) -> None:
        """Do ahead what the first questions would otherwise wait for."""
        self._aligner.warm()
        self.linear.warm(self.language.vocabulary)

    def scores(self, utterance: str) -> Mapping[str, Floats]:
        """Every scorer's figure for each topic, in file order, and the sums: ``words``, and ``all`` with a sentence model.

        Empty where ``utterance`` has no word.
        """
        words = self.language.parse(utterance)
        if not words.stems:
            return {}
        by_words = self._by_words(words)
        if self._meaning is None:
            return {**by_words.by_topic, "words": by_words.total}
        both = self._with_meaning(utterance, by_words, self._meaning)
        return {**both.by_topic, "words": by_words.total, "all": both.total}

    def embed(self, texts: Sequence[str]) -> Floats | None:
        """The vectors (rows of unit length) of one or more ``texts``; None where there is no sentence model."""
        meaning = self._meaning
        return None if meaning is None else meaning.vectors([self.language.respelt(one, meaning.knows) for one in texts])

    def read_ahead(self, utterances: Sequence[str]) -> None:
        """Let the sentence model read many utterances at once (some hundreds): half the time of one after the other."""
        if self._meaning is not None:
            self._meaning.read_ahead([self.language.respelt(one, self._meaning.knows) for one in utterances])

    def about(self, text: str) -> About:
        """What is known of a message whatever is asked in it."""
        # Courtesies and slips would weigh in a few words.
        read = self.language.told(self.language.parse(text)) if len(text) <= _READ_WHOLE else text
        return About(text, self._ours(read))

    def rank(self, utterance: str, about: About | None = None) -> Ranking | None:
        """The topics for ``utterance``, best first, ties in file order; None where it has no word.

        ``about``: the message that it is a part of; that tells whether it is on our subject.
        """
        words = self.language.parse(utterance)
        if not words.stems:
            return None
        scores = self._by_words(words, about)
        ranking = self._ranking(words, scores, self._calibration)
        if self._meaning is None or ranking.top.confidence >= self._calibration.sure:
            return ranking
        with_meaning = self._with_meaning(utterance, scores, self._meaning, about)
        return self._ranking(words, with_meaning, self._calibration_with_meaning)

    def _ours(self, text: str) -> float:
        return self.acts.read(text).ours if self.acts is not None else 0.0

    def _by_words(self, words: Words, about: About | None = None) -> _Scores:
        linear = self.linear.score(words.stems, words.standard)
        alignment = self._aligner.align(words.stems)
        agreed = alignment.f1 * self._guards.agreement(words.standard)
        aligned = np.maximum.reduceat(agreed, self._starts)
        covered = np.maximum.reduceat(alignment.forward, self._starts)
        total = np.asarray(LINEAR * linear + ALIGNED * aligned, np.float32)
        by_topic = {"linear": linear, "aligned": aligned, "cover": covered}
        ours = about.ours if about is not None else self._ours(self.language.told(words))
        of_all = {"known": self._known(words), "ours": ours}
        return _Scores(by_topic, agreed, total, softmax(total), of_all)

    def _with_meaning(self, utterance: str, scores: _Scores, meaning: SentenceScorer, about: About | None = None) -> _Scores:
        meant = meaning.score(self.language.respelt(utterance, meaning.knows))
        # A few words say little of what they are about; a letter says more than the model reads.
        whole = about.text if about is not None and len(about.text) <= _READ_WHOLE else utterance
        ours = meaning.ours(self.language.respelt(whole, meaning.knows)) if whole != utterance else meant.ours
        alike = np.maximum.reduceat(meant.alike, self._starts)
        total = np.asarray(scores.total + MEANT * meant.linear + ALIKE * alike, np.float32)
        # Nearest in meaning rather than in words is what explains this ranking.
        by_topic = {**scores.by_topic, "meant": meant.linear, "alike": alike}
        return _Scores(by_topic, meant.alike, total, softmax(total), {**scores.of_all, "ours_meant": ours})

    def _ranking(self, words: Words, scores: _Scores, calibration: Calibration) -> Ranking:
        order = _ordered(scores.total, _KEPT)
        shares = scores.share[order].tolist()
        foreign = self._foreign.intersection(words.stems)
        rare = [
            (stem, self.frequencies.rarity(word))
            for word, stem in zip(words.standard, words.stems, strict=True)
            if word.isalpha()
        ]
        matches = []
        for i, share in zip(order[:_TOLD], shares, strict=False):
            rivals = [other for j, other in zip(order, shares, strict=True) if self._tells[j] != self._tells[i]]
            strange = [rarity for stem, rarity in rare if rarity and stem not in self._own[i]]
            parts = {
                "sum": scores.total.item(i),
                **{name: figures.item(i) for name, figures in scores.by_topic.items()},
                "share": share,
                **scores.of_all,
                # Of rare words that no phrase of the topic has: less is more.
                "explained": -sum(strange),
                "plain": -max(strange, default=0.0),
                "lead": share - max(rivals, default=0.0),
            }
            if self._topics[i].outside:  # what speaks for our subject speaks against it, and no word is too strange for it
                parts |= {"explained": 0.0, "plain": 0.0, **{name: -parts[name] for name in _OURS if name in parts}}
            matches.append(self._match(i, parts, scores.agreed, foreign, calibration))
        return Ranking(words, tuple(matches), calibration)

    def _match(
        self, i: int, parts: Mapping[str, float], agreed: Floats, foreign: frozenset[str], calibration: Calibration
    ) -> Match:
        topic, phrases = self._topics[i], self._phrases_of[i]
        strangers = sorted(foreign - self._own[i]) if topic.entry and foreign else ()
        guards = tuple(f"another substance or procedure: {word}" for word in strangers)
        nearest = self.phrases[phrases.start + int(agreed[phrases].argmax())]
        confidence = 0.0 if guards else confidence_of(parts, calibration, entry=topic.entry)
        return Match(topic.id, topic.entry, confidence, parts["share"], parts, nearest, guards, topic.claims)

    def _known(self, words: Words) -> float:
        """The share of the question, by weight, that is made of words the folder uses. Numbers do not count."""
        weighed = [(self._aligner.weight(s), self._aligner.knows(s)) for s in words.stems if not s[0].isdigit()]
        total = sum(weight for weight, _ in weighed)
        return sum(weight for weight, known in weighed if known) / total if total else 0.0


def _twins(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two entries tell the same claims: between them it makes no difference which comes first."""
    return bool(one) and one == other


def _ordered(total: Floats, count: int) -> list[int]:
    """The numbers of the first ``count`` topics, the highest sum first, ties in file order."""
    falling = (-total).argsort(kind="stable")
    sums = total[falling].tolist()
    order: list[int] = []
    start = 0
    while start < len(sums) and len(order) < count:
        end = start + 1
        while end < len(sums) and sums[end - 1] - sums[end] <= _TIED:
            end += 1
        order += sorted(falling[start:end].tolist())
        start = end
    return order[:count]


def confidence_of(parts: Mapping[str, float], calibration: Calibration, *, entry: bool = True) -> float:
    """The figures of a match as one confidence, 0..1: a logistic sum with the weights for entries, or for boundary topics."""
    weights = calibration.weights if entry or not calibration.boundary_weights else calibration.boundary_weights
    logit = weights.get("bias", 0.0) + sum(weights.get(name, 0.0) * value for name, value in parts.items())
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))
