"""The matcher alone, on any labelled phrases: for measuring it, and for calibrating a folder without labelled questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from bot.authoring.calibrate import FOLDS, Case, Rates, calibrate, folds, sure_from
from bot.authoring.score import NEEDS, LabelledQuestion, Scored, outcome
from bot.dialogue.conversation import Conversation, Reply
from bot.dialogue.events import Said
from bot.dialogue.policy import Dialogue
from bot.knowledge.model import Boundary, Calibration, Entry, Knowledge
from bot.language.learning.regression import Floats
from bot.language.lexicon import Lexicon
from bot.matching import acts
from bot.matching.acts import ActReader
from bot.matching.matcher import Candidate, Matcher, Ranking
from bot.matching.semantic import learn_ours
from bot.safety.detector import DangerDetector

# Chosen on CLINC150's validation split: AUROC .928 for the sum alone, .931 with these.
_EVIDENCE = {"sum": 1.0, "share": 2.0, "cover": 3.0}
# And with a sentence model, there too: .972 for the sum alone, .975 with this; with a share or a cover, less or no more.
_EVIDENCE_WITH_MEANING = {"sum": 1.0, "alike": 8.0}


def matcher_of(phrases: Sequence[tuple[str, str]], lexicon: Lexicon, calibration: Calibration) -> Matcher:
    """A matcher of any labelled phrases, (text, label): the labels are its topics, in the order they come first."""
    by_label: dict[str, list[str]] = {}
    for text, label in phrases:
        by_label.setdefault(label, []).append(text)
    return Matcher([Candidate(label, tuple(texts), True) for label, texts in by_label.items()], lexicon, calibration)


def evidence(ranking: Ranking) -> float:
    """How much speaks for the first topic, on any phrases: the calibrated confidence was chosen on one folder."""
    parts = ranking.top.parts
    weights = _EVIDENCE_WITH_MEANING if "meant" in parts else _EVIDENCE
    return sum(weight * parts[part] for part, weight in weights.items())


def phrase_matcher(
    phrases: Sequence[tuple[str, str]],
    lexicon: Lexicon,
    calibration: Calibration,
    understand: Callable[[Matcher], Matcher] = lambda matcher: matcher,
) -> Callable[[str], tuple[tuple[str, ...], float]]:
    """A function that ranks labels for a text: (labels in order, confidence in the first).

    ``phrases`` are (text, label). ``understand`` may give the matcher a sentence model, which then reads every text.
    """
    made = understand(matcher_of(phrases, lexicon, calibration))
    matcher = made.always_understanding() or made

    def rank(text: str) -> tuple[tuple[str, ...], float]:
        ranking = matcher.rank(text)
        if ranking is None:
            return (), float("-inf")
        return tuple(match.topic for match in ranking.matches), evidence(ranking)

    return rank


def held_out_cases(knowledge: Knowledge) -> list[Case]:
    """The folder's own phrases as labelled questions, each ranked by a matcher that has not seen it."""
    cases = []
    for fold in range(FOLDS):
        topics, asked = [], []
        for topic in knowledge.topics:
            kept = tuple(phrase for i, phrase in enumerate(topic.phrases) if i % FOLDS != fold)
            is_entry = isinstance(topic, Entry)
            outside = isinstance(topic, Boundary) and topic.outside
            topics.append(Candidate(topic.id, (topic.question, *kept), is_entry, outside=outside))
            label = topic.claims[0] if isinstance(topic, Entry) else f"out:{topic.id}"
            also = topic.claims[1:] if isinstance(topic, Entry) else ()
            asked += [LabelledQuestion(phrase, label, also) for i, phrase in enumerate(topic.phrases) if i % FOLDS == fold]
        matcher = Matcher(topics, knowledge.lexicon, knowledge.calibration, knowledge.foreign)
        cases += [Case(question, ranking) for question in asked if (ranking := matcher.rank(question.q)) is not None]
    return cases


# The calibration of the words alone, and that with the sentence model, if there is one.
Chosen = tuple[Calibration, Calibration | None]
_AT_ONCE = 400
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)  # the clock of all scoring: replies must not change with the day


def choose_out_of_fold(
    questions: Sequence[LabelledQuestion], knowledge: Knowledge, matcher: Matcher, rates: Rates
) -> list[Chosen]:
    """For each fold, what is chosen on the questions of the others."""
    placed = list(zip(cases(questions, matcher), folds(len(questions)), strict=True))
    return [choose([pair for pair, place in placed if place != fold], knowledge, rates) for fold in range(FOLDS)]


def score_out_of_fold(
    questions: Sequence[LabelledQuestion],
    knowledge: Knowledge,
    matcher: Matcher,
    detector: DangerDetector,
    chosen: Sequence[Chosen],
) -> list[Scored]:
    """The questions with their replies, each with what was ``chosen`` for its fold."""
    ask = [asker(Dialogue(knowledge, matcher.calibrated(*one), detector)) for one in chosen]
    replies = [(question, ask[fold](question)) for question, fold in zip(questions, folds(len(questions)), strict=True)]
    return [Scored(question, reply, outcome(question, reply)) for question, reply in replies]


def asker(dialogue: Dialogue) -> Callable[[LabelledQuestion], Reply]:
    """Asks each question by itself, always at the same moment."""

    def ask(question: LabelledQuestion) -> Reply:
        return dialogue.turn(Said(question.q), Conversation(greeted=True), NOON)[0]

    return ask


WORDS = ""  # of what is chosen for each model: that for the words alone
# A question as the words alone rank it, and as the sum with the sentence model does.
CalibrationPair = tuple[Case | None, Case | None]


def choose(pairs: Sequence[CalibrationPair], knowledge: Knowledge, rates: Rates) -> Chosen:
    """The calibration of the words alone, and that of the sum with the sentence model where it ranked the questions, too."""
    by_words = [case for case, _ in pairs if case is not None]
    words = calibrate(by_words, knowledge, rates)
    words = replace(words, sure=sure_from(by_words, knowledge, words))
    by_meaning = [case for _, case in pairs if case is not None]
    return words, calibrate(by_meaning, knowledge, rates) if by_meaning else None


def choose_each(ranked: Mapping[str, Sequence[CalibrationPair]], knowledge: Knowledge, rates: Rates) -> dict[str, Calibration]:
    """What is chosen for the ``WORDS`` alone, and for the sum with each sentence model, by the names that ``ranked`` has."""
    chosen: dict[str, Calibration] = {}
    for model, pairs in ranked.items():
        words, meaning = choose(pairs, knowledge, rates)
        chosen.setdefault(WORDS, words)
        if meaning is not None:
            chosen[model] = meaning
    return chosen


def cases(questions: Sequence[LabelledQuestion], matcher: Matcher) -> list[CalibrationPair]:
    """How the matcher ranks each question, by words alone and with the sentence model.

    None for wordless ones, and for those whose label says nothing of topics.
    """
    by_words, by_meaning = matcher.by_words(), matcher.always_understanding()
    return [(_case(question, by_words), _case(question, by_meaning) if by_meaning else None) for question in questions]


def _case(question: LabelledQuestion, matcher: Matcher, *, stranger: bool = False) -> Case | None:
    ranking = matcher.rank(question.q) if question.kind not in NEEDS else None
    return Case(question, ranking, stranger) if ranking is not None else None


def stranger_cases(texts: Sequence[str], matcher: Matcher) -> list[CalibrationPair]:
    """Messages on other subjects, of which nothing was learned, as ``matcher`` ranks them."""
    by_words, by_meaning = matcher.by_words(), matcher.always_understanding()
    asked = [LabelledQuestion(text, "out") for text in texts]
    return [(_case(one, by_words, stranger=True), _case(one, by_meaning, stranger=True) if by_meaning else None) for one in asked]


def held_out_strangers(knowledge: Knowledge, matcher: Matcher) -> list[CalibrationPair]:
    """The folder's own messages on other subjects, each ranked by a matcher that has not seen it; none where it has none."""
    texts, examples = knowledge.strangers, acts.examples_of(knowledge)
    ids, count = [talk.id for talk in knowledge.smalltalk], len(knowledge.smalltalk) + 2
    known = examples[: len(examples) - len(texts)]
    places = folds(len(texts))
    vectors = _vectors([*matcher.phrases, *knowledge.ours, *texts], matcher)
    found: list[CalibrationPair] = []
    for fold in range(FOLDS) if texts else ():
        kept = [at for at, place in enumerate(places) if place != fold]
        reader = ActReader(ids, acts.learn([*known, *((texts[at], count - 1) for at in kept)], count))
        asking = matcher.knowing_strangers(reader, _ours(vectors, matcher, len(knowledge.ours), kept))
        found += stranger_cases([text for text, place in zip(texts, places, strict=True) if place == fold], asking)
    return found


def _vectors(texts: Sequence[str], matcher: Matcher) -> Floats | None:
    some = [matcher.embed(texts[start : start + _AT_ONCE]) for start in range(0, len(texts), _AT_ONCE)]
    read = [one for one in some if one is not None]
    return np.concatenate(read) if read else None


def _ours(vectors: Floats | None, matcher: Matcher, ours: int, kept: Sequence[int]) -> Floats:
    if vectors is None:
        return np.zeros(0, np.float32)
    phrases, letters, others = np.split(vectors, [len(matcher.phrases), len(matcher.phrases) + ours])
    return learn_ours(phrases, matcher.is_outside, letters, others[kept])
