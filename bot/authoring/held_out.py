"""The matcher alone, on any labelled phrases: for measuring it, and for calibrating a folder without labelled questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.authoring.calibrate import FOLDS, Case
from bot.authoring.score import Question
from bot.knowledge.model import Calibration, Entry, Knowledge
from bot.language.lexicon import Lexicon
from bot.matching.matcher import Matcher, Ranking, Topic

# Chosen on CLINC150's validation split: AUROC .928 for the sum alone, .931 with these.
_EVIDENCE = {"sum": 1.0, "share": 2.0, "cover": 3.0}
# And with a sentence model, there too: .972 for the sum alone, .975 with this; with a share or a cover, less or no more.
_EVIDENCE_WITH_MEANING = {"sum": 1.0, "alike": 8.0}


def matcher_of(phrases: Sequence[tuple[str, str]], lexicon: Lexicon, calibration: Calibration) -> Matcher:
    """A matcher of any labelled phrases, (text, label): the labels are its topics, in the order they come first."""
    by_label: dict[str, list[str]] = {}
    for text, label in phrases:
        by_label.setdefault(label, []).append(text)
    return Matcher([Topic(label, tuple(texts), True) for label, texts in by_label.items()], lexicon, calibration)


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
            topics.append(Topic(topic.id, (topic.question, *kept), isinstance(topic, Entry)))
            label = topic.claims[0] if isinstance(topic, Entry) else f"out:{topic.id}"
            also = topic.claims[1:] if isinstance(topic, Entry) else ()
            asked += [Question(phrase, label, also) for i, phrase in enumerate(topic.phrases) if i % FOLDS == fold]
        matcher = Matcher(topics, knowledge.lexicon, knowledge.calibration, knowledge.foreign)
        cases += [Case(question, ranking) for question in asked if (ranking := matcher.rank(question.q)) is not None]
    return cases
