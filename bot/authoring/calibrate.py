"""Choosing how sure is sure: weights and thresholds from labelled questions, to a stated rate of wrong answers.

Pure. A logistic regression turns the figures of a match into a confidence; then the thresholds that answer most, and
keep the wrong answers below the stated rate, are searched on a grid.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bot.authoring.score import LabelledQuestion
from bot.knowledge.model import Calibration, Knowledge
from bot.matching.matcher import Ranking, confidence_of

PARTS = (
    "sum",
    "linear",
    "aligned",
    "meant",
    "alike",
    "share",
    "cover",
    "known",
    "lead",
    "ours",
    "ours_meant",
    "explained",
    "plain",
)
# The words alone decide from the confidence on at which at most this share of what they put first was not good.
_SURE_WRONG = 0.01
# Chosen by cross-validation on the development questions: from 0.3 to 3 the log loss differs by less than 1 %.
_RIDGE = 1.0
# Of Newton's method; 5 to 20 are enough. 10,000 of accelerated descent gave weights that are equal to the fourth digit, the last
# that is kept, on 3,000 rows of correlated columns.
_ROUNDS = 100
_FLAT = 1e-9
_ANSWER = np.round(np.arange(0.3, 0.99, 0.04), 2)
_BOUNDARY = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
_CLARIFY = (0.04, 0.08, 0.13, 0.16, 0.2, 0.25, 0.3, 0.4)
# What an outcome is worth. Asking back costs the patient a message, a refusal the answer; a wrong one is bounded.
_WORTH_OFFERED, _WORTH_ASKED_OUT = 0.6, 0.3
# To name the right topic of what is not covered is worth a little more than a plain refusal, the wrong one a little less.
_WORTH_REFUSED, _WORTH_NAMED, _COST_MISNAMED = 0.5, 0.2, 0.3
# Rates before all gains, and wrong answers before asking back: at 6 a case, several more right answers, or fewer questions
# asked back, bought an answer that was over the stated rate.
_OVER_WRONG, _OVER_ASKED = 1e6, 1e3
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled question and how the matcher ranked it. ``stranger``: it is about another subject altogether."""

    question: LabelledQuestion
    ranking: Ranking
    stranger: bool = False


@dataclass(frozen=True, slots=True)
class Rates:
    """The stated rates: wrong answers among the answerable and among the out-of-source, asked back among both; answered and asked
    back among strangers.

    ``price``: how many right answers a wrong one costs, within the rates.
    """

    wrong: float = 0.03
    out_wrong: float = 0.042
    asked: float = 0.14
    price: float = 1.0
    strangers_answered: float = 0.016
    strangers_asked: float = 0.05


# What a clinic's caution stands for. High costs patients more questions back, low a wrong answer now and then. Rates alone
# tell them not apart: on the development questions the thresholds of normal caution keep those of high caution, too, and what
# low caution allows is no gain at the normal price.
CAUTIONS: Mapping[str, Rates] = MappingProxyType(
    {
        "low": Rates(wrong=0.05, out_wrong=0.06, price=0.3, strangers_answered=0.02),
        "normal": Rates(),
        "high": Rates(wrong=0.01, out_wrong=0.01, asked=0.20, price=8.0, strangers_answered=0.005),
    }
)


def rates_for(caution: str, wrong: float | None = None) -> Rates:
    """The rates of a caution. With another rate ``wrong`` of the normal one, low stays above it and high below it."""
    rates = CAUTIONS[caution]
    if wrong is None:
        return rates
    bounded = {"low": max(rates.wrong, wrong), "normal": wrong, "high": min(rates.wrong, wrong)}
    return replace(rates, wrong=bounded[caution])


def good(question: LabelledQuestion, topic: str, knowledge: Knowledge) -> bool:
    """Whether telling ``topic`` answers the question, or names rightly what is not covered."""
    entry = knowledge.entries.get(topic)
    if entry is not None:
        return bool(question.labels.intersection(entry.claims))
    boundary = knowledge.boundaries.get(topic)
    is_outside = boundary is not None and boundary.outside
    return f"out:{topic}" in question.labels or (is_outside and question.label == "out")


def calibrate(cases: Sequence[Case], knowledge: Knowledge, rates: Rates) -> Calibration:
    """The calibration chosen on ``cases``; that of the folder where there is none."""
    if not cases:
        return knowledge.calibration
    weights = _weights(cases, knowledge, entry=True) or knowledge.calibration.weights
    draft = replace(knowledge.calibration, weights=weights, boundary_weights=_weights(cases, knowledge, entry=False))
    return _thresholds(cases, knowledge, draft, rates)


def sure_from(cases: Sequence[Case], knowledge: Knowledge, calibration: Calibration) -> float:
    """The least confidence from which on the words alone put hardly ever a wrong topic first; 1 where there is none."""
    told = sorted(
        (
            (confidence_of(top.parts, calibration, entry=top.entry), good(c.question, top.topic, knowledge))
            for c in cases
            for top in (c.ranking.top,)
        ),
        reverse=True,
    )
    least, wrong = 1.0, 0
    for count, (confidence, is_good) in enumerate(told, start=1):
        wrong += not is_good
        if wrong <= _SURE_WRONG * count:
            least = confidence
    return round(min(1.0, least + 0.005), 3)


def _weights(cases: Sequence[Case], knowledge: Knowledge, *, entry: bool) -> Mapping[str, float]:
    """The weights for entries, or for boundary topics, from the cases in which one stands first; none without such a case."""
    first = [(case, case.ranking.top) for case in cases if case.ranking.top.entry is entry]
    if not first:
        return MappingProxyType({})
    parts = [name for name in PARTS if name in first[0][1].parts]
    x = np.asarray([[top.parts[name] for name in parts] for _, top in first])
    y = np.asarray([good(case.question, top.topic, knowledge) for case, top in first], np.float64)
    # More evidence must never make less sure: a part that would is left out, and the rest is fitted again.
    used = list(range(len(parts)))
    while True:
        slopes, bias = _standardised(x[:, used], y)
        against = [part for part, slope in zip(used, slopes, strict=True) if slope < 0]
        if not against:
            break
        used.remove(min(against, key=lambda part: slopes[used.index(part)]))
    weights = {"bias": bias, **{parts[part]: slope for part, slope in zip(used, slopes, strict=True)}}
    return MappingProxyType({name: round(value, 4) for name, value in weights.items()})


def _standardised(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[list[float], float]:
    """Slopes and bias of a logistic regression, fitted on standardised columns so that the ridge treats them alike."""
    centre, spread = x.mean(axis=0), x.std(axis=0) + 1e-9
    beta = _logistic(np.column_stack([np.ones(len(x)), (x - centre) / spread]), y)
    slopes = beta[1:] / spread
    return [float(slope) for slope in slopes], float(beta[0] - (slopes * centre).sum())


def _logistic(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """One weight a column, the first of which is the bias and has no ridge. By Newton's method: a few columns, a smooth loss."""
    ridge = np.full(x.shape[1], _RIDGE)
    ridge[0] = 0.0
    beta = np.zeros(x.shape[1])

    def loss(at: NDArray[np.float64]) -> float:
        scores = x @ at
        return float(np.logaddexp(0.0, scores).sum() - y @ scores + 0.5 * (ridge * at) @ at)

    for _ in range(_ROUNDS):
        believed = 1.0 / (1.0 + np.exp(-np.clip(x @ beta, -30, 30)))
        slope = x.T @ (believed - y) + ridge * beta
        # Where all cases are right, or all wrong, there is no least loss, only a bias that grows: that is enough of it then.
        if np.abs(slope).max() < _FLAT:
            break
        bend = x.T @ (x * (believed * (1.0 - believed))[:, None]) + np.diag(ridge + _FLAT)
        step = np.linalg.solve(bend, slope)
        while loss(beta - step) > loss(beta) and np.abs(step).max() > _FLAT:
            step *= 0.5
        beta -= step
    return beta


def _thresholds(cases: Sequence[Case], knowledge: Knowledge, draft: Calibration, rates: Rates) -> Calibration:
    table = _Table.from_cases(cases, knowledge, draft)
    best: tuple[float, Calibration] | None = None
    for answer, boundary, clarify in itertools.product(_ANSWER, _BOUNDARY, _CLARIFY):
        # The lead is one of the weighed parts; a threshold on it beside them turned away more right answers than wrong ones.
        chosen = replace(draft, answer=float(answer), boundary=boundary, clarify=clarify, lead=0.0)
        worth = table.worth(chosen, rates)
        if best is None or worth > best[0] + 1e-12:
            best = (worth, chosen)
    return best[1] if best else draft


@dataclass(frozen=True, slots=True)
class _Table:
    """What the decision looks at, one row a case: the policy of ``Dialogue`` on whole questions, as arrays."""

    confidence: NDArray[np.float64]
    highest: NDArray[np.float64]
    entry: NDArray[np.bool_]
    lead: NDArray[np.float64]
    first_good: NDArray[np.bool_]
    offers: NDArray[np.bool_]
    askable: NDArray[np.bool_]
    answerable: NDArray[np.bool_]
    out_fine: NDArray[np.bool_]
    stranger: NDArray[np.bool_]

    @staticmethod
    def from_cases(cases: Sequence[Case], knowledge: Knowledge, draft: Calibration) -> _Table:
        confidence, highest, first_good, offers, askable = [], [], [], [], []
        for case in cases:
            matches = case.ranking.matches[:3]
            # Without a word in common with any phrase the dialogue tells nothing.
            common = any(match.parts["cover"] for match in case.ranking.matches)
            sure = [
                confidence_of(match.parts, draft, entry=match.entry) if common and not match.guards else 0.0 for match in matches
            ]
            free = [match for match in matches if not match.guards]
            confidence.append(sure[0])
            highest.append(max((one for one, match in zip(sure, matches, strict=True) if match.entry), default=0.0))
            first_good.append(good(case.question, matches[0].topic, knowledge))
            offers.append(any(match.entry and good(case.question, match.topic, knowledge) for match in free))
            askable.append(common and len(free) > 1 and any(match.entry for match in free))
        return _Table(
            np.asarray(confidence),
            np.asarray(highest),
            np.asarray([case.ranking.top.entry for case in cases]),
            np.asarray([case.ranking.lead for case in cases]),
            np.asarray(first_good),
            np.asarray(offers),
            np.asarray(askable),
            np.asarray([case.question.kind == "answerable" for case in cases]),
            np.asarray([case.question.out_is_fine for case in cases]),
            np.asarray([case.stranger for case in cases]),
        )

    def worth(self, chosen: Calibration, rates: Rates) -> float:
        told_entry = self.entry & (self.confidence >= chosen.answer) & (self.lead >= chosen.lead)
        told_boundary = ~self.entry & (self.confidence >= chosen.boundary)
        asked = ~told_entry & ~told_boundary & (self.highest >= chosen.clarify) & self.askable
        silent = ~told_entry & ~asked
        inside, strange = self.answerable, self.stranger
        outside = ~inside & ~strange
        right = inside & ((told_entry & self.first_good) | (silent & self.out_fine))
        offered = inside & asked & self.offers
        wrong = (told_entry & ~self.first_good) & ~strange
        out_right = outside & silent
        named, misnamed = outside & told_boundary & self.first_good, outside & told_boundary & ~self.first_good
        worth = (
            right.sum()
            + _WORTH_OFFERED * offered.sum()
            + _WORTH_REFUSED * out_right.sum()
            + _WORTH_NAMED * named.sum()
            - _COST_MISNAMED * misnamed.sum()
            + _WORTH_REFUSED * _WORTH_ASKED_OUT * (outside & asked).sum()
        )
        worth -= rates.price * wrong.sum()
        # What is over a stated rate costs more than any gain: the rates bind wherever they can be kept.
        over_wrong = (
            _over(wrong, inside, rates.wrong)
            + _over(wrong, outside, rates.out_wrong)
            + _over(told_entry, strange, rates.strangers_answered)
        )
        over_asked = _over(asked, ~strange, rates.asked) + _over(asked, strange, rates.strangers_asked)
        return float(worth - _OVER_WRONG * over_wrong - _OVER_ASKED * over_asked)


def _over(which: NDArray[np.bool_], among: NDArray[np.bool_], rate: float) -> float:
    """By how many ``which`` are more than ``rate`` of those ``among`` whom they are counted."""
    return max(0.0, float((which & among).sum() - rate * among.sum()))


def folds(count: int) -> list[int]:
    """The fold of each of ``count`` questions: the same every time, mixed so that neighbours in a file are apart."""
    return [(i * 7 + i // FOLDS) % FOLDS for i in range(count)]
