"""The matcher alone, on any labelled phrases: for measuring it, and for calibrating a folder without labelled questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.authoring.calibrate import FOLDS, Case, Rates, calibrate, folds, sure_from
from bot.authoring.score import NEEDS, LabelledQuestion, Scored, outcome
from bot.dialogue.conversation import Conversation, Reply
from bot.dialogue.events import Said
from bot.dialogue.policy import Dialogue
from bot.knowledge.model import Calibration, Entry, Knowledge
from bot.language.lexicon import Lexicon
from bot.matching.matcher import Candidate, Matcher, Ranking
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
            topics.append(Candidate(topic.id, (topic.question, *kept), isinstance(topic, Entry)))
            label = topic.claims[0] if isinstance(topic, Entry) else f"out:{topic.id}"
            also = topic.claims[1:] if isinstance(topic, Entry) else ()
            asked += [LabelledQuestion(phrase, label, also) for i, phrase in enumerate(topic.phrases) if i % FOLDS == fold]
        matcher = Matcher(topics, knowledge.lexicon, knowledge.calibration, knowledge.foreign)
        cases += [Case(question, ranking) for question in asked if (ranking := matcher.rank(question.q)) is not None]
    return cases


# The calibration of the words alone, and that with the sentence model, if there is one.
Chosen = tuple[Calibration, Calibration | None]
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


# A question as the words alone rank it, and as the sum with the sentence model does.
CalibrationPair = tuple[Case | None, Case | None]


def choose(pairs: Sequence[CalibrationPair], knowledge: Knowledge, rates: Rates) -> Chosen:
    """The calibration of the words alone, and that of the sum with the sentence model where it ranked the questions, too."""
    by_words = [case for case, _ in pairs if case is not None]
    words = calibrate(by_words, knowledge, rates)
    words = replace(words, sure=sure_from(by_words, knowledge, words))
    by_meaning = [case for _, case in pairs if case is not None]
    return words, calibrate(by_meaning, knowledge, rates) if by_meaning else None


def cases(questions: Sequence[LabelledQuestion], matcher: Matcher) -> list[CalibrationPair]:
    """How the matcher ranks each question, by words alone and with the sentence model.

    None for wordless ones, and for those whose label says nothing of topics.
    """
    by_words, by_meaning = matcher.by_words(), matcher.always_understanding()
    return [(_case(question, by_words), _case(question, by_meaning) if by_meaning else None) for question in questions]


def _case(question: LabelledQuestion, matcher: Matcher) -> Case | None:
    ranking = matcher.rank(question.q) if question.kind not in NEEDS else None
    return Case(question, ranking) if ranking is not None else None
