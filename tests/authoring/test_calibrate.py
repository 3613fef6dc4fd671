"""Weights and thresholds from labelled questions: the stated rates hold, evidence counts for, never against."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.authoring import calibrate as calibration_module
from bot.authoring.calibrate import CAUTIONS, FOLDS, PARTS, Case, Rates, calibrate, folds, good, rates_for
from bot.authoring.score import LabelledQuestion
from bot.dialogue.conversation import Conversation
from bot.dialogue.events import Said
from bot.dialogue.policy import Dialogue
from bot.knowledge.build import DEFAULT_CALIBRATION
from bot.knowledge.load import load
from bot.knowledge.model import Calibration, Knowledge
from bot.language.vocabulary import Words
from bot.matching.matcher import Match, Matcher, Ranking, confidence_of
from bot.matching.training import open_matcher
from tests import folders

WORDS = Words(("w",), ("w",), ("w",))
# The labels of the small folder and the topic that answers each.
ANSWERS = {
    "what_is": "starter",
    "feeding_interval": "feeding",
    "baking_time": "baking",
    "out:price": "price",
    "out:storage": "storage",
}
ENTRIES = ("starter", "feeding", "baking")


@pytest.fixture(scope="module")
def bread(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return load(folders.write(tmp_path_factory.mktemp("bread")))


@pytest.fixture(scope="module")
def bread_matcher(bread: Knowledge, tmp_path_factory: pytest.TempPathFactory) -> Matcher:
    return open_matcher(bread, tmp_path_factory.mktemp("cache"), lambda _: None)


def case(label: str, order: Sequence[str], evidence: float, also: tuple[str, ...] = (), noise: Sequence[float] = ()) -> Case:
    """A question whose first match has so much evidence (0..1) and the others the rest."""
    shares = [evidence, *[(1 - evidence) / max(1, len(order) - 1)] * (len(order) - 1)]
    matches = []
    for i, (topic, share) in enumerate(zip(order, shares, strict=True)):
        more = noise[i] if i < len(noise) else 0.0
        lead = share - max((other for j, other in enumerate(shares) if j != i), default=0.0)
        parts = {
            **dict.fromkeys(("aligned", "share", "cover"), share),
            "sum": 6 * share + more,
            "linear": 3 * share - more,
            "known": 1.0 - more,
            "lead": lead,
            "entry": float(topic in ENTRIES),
        }
        matches.append(Match(topic, topic in ENTRIES, 0.0, share, parts, "phrase"))
    return Case(LabelledQuestion("q", label, also), Ranking(WORDS, tuple(matches), DEFAULT_CALIBRATION))


def cases(seed: int, count: int = 120, error: float = 0.3, surely_right: float = 1.0) -> list[Case]:
    """Questions as they are: the surer the match, the more often it is right; from ``surely_right`` evidence on, always."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        label = chance.choice(list(ANSWERS))
        order = [ANSWERS[label], *chance.sample([t for t in ANSWERS.values() if t != ANSWERS[label]], 3)]
        evidence = chance.betavariate(4, 2)
        if chance.random() < error * 2 * (1 - evidence) and evidence < surely_right:
            order[0], order[1] = order[1], order[0]
        made.append(case(label, order, 0.25 + 0.75 * evidence, noise=[chance.uniform(-0.5, 0.5) for _ in order]))
    return made


def decision(one: Case, chosen: Calibration) -> str:
    """What the policy does with a question, said plainly: the id that is told, ``ask`` or ``silent``."""
    if not any(match.parts["cover"] for match in one.ranking.matches):
        return "silent"
    sure = [0.0 if match.guards else confidence_of(match.parts, chosen, entry=match.entry) for match in one.ranking.matches[:3]]
    top = one.ranking.top
    if sure[0] >= (chosen.answer if top.entry else chosen.boundary) and (not top.entry or one.ranking.lead >= chosen.lead):
        return top.topic
    free = [match for match in one.ranking.matches[:3] if not match.guards]
    likeliest = max((share for share, match in zip(sure, one.ranking.matches, strict=False) if match.entry), default=0.0)
    return "ask" if likeliest >= chosen.clarify and len(free) > 1 and any(match.entry for match in free) else "silent"


def rates_of(made: Sequence[Case], chosen: Calibration, knowledge: Knowledge) -> Rates:
    told = [(one, decision(one, chosen)) for one in made]
    inside = [(one, what) for one, what in told if one.question.kind == "answerable"]
    outside = [(one, what) for one, what in told if one.question.kind == "out"]

    def wrong(rows: list[tuple[Case, str]]) -> float:
        bad = [what in knowledge.entries and not good(one.question, what, knowledge) for one, what in rows]
        return sum(bad) / max(1, len(bad))

    return Rates(wrong(inside), wrong(outside), sum(what == "ask" for _, what in told) / len(told))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "rates",
    [
        pytest.param(Rates(), id="as-stated"),
        pytest.param(Rates(wrong=0.015, out_wrong=0.02, asked=1.0), id="strict"),
        pytest.param(Rates(wrong=0.0, out_wrong=0.0, asked=1.0), id="none-wrong"),
        pytest.param(Rates(wrong=0.0, out_wrong=0.0, asked=0.0), id="none-wrong-and-none-asked"),
    ],
)
def test_the_stated_rates_of_wrong_answers_hold_on_the_cases_that_they_were_chosen_on(
    bread: Knowledge, seed: int, rates: Rates
) -> None:
    made = cases(seed, surely_right=0.5)
    chosen = calibrate(made, bread, rates)
    found = rates_of(made, chosen, bread)
    if seed:
        assert found.wrong <= rates.wrong
        assert found.out_wrong <= rates.out_wrong
    # One answer of the first seed is wrong however sure it is asked to be: then nothing is over but that one.
    strictest = rates_of(made, replace(chosen, answer=0.9, lead=0.1), bread)
    assert strictest.wrong == 0
    assert strictest.out_wrong == (0 if seed else 0.02)
    assert found.wrong <= max(rates.wrong, strictest.wrong)
    assert found.out_wrong <= max(rates.out_wrong, strictest.out_wrong)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("asked", [0.0, 0.1, 0.3])
def test_the_stated_rate_of_asking_back_holds_where_wrong_answers_leave_it_room(
    bread: Knowledge, seed: int, asked: float
) -> None:
    made = cases(seed)
    assert rates_of(made, calibrate(made, bread, Rates(wrong=1.0, out_wrong=1.0, asked=asked)), bread).asked <= asked


def test_a_looser_rate_answers_more(bread: Knowledge) -> None:
    made = cases(3, error=0.5)
    answered = [
        sum(decision(one, chosen) in ENTRIES for one in made)
        for rate in (0.0, 0.05, 0.5)
        for chosen in (calibrate(made, bread, Rates(wrong=rate, out_wrong=rate, asked=1.0)),)
    ]
    assert answered == sorted(answered)
    assert answered[0] < answered[-1]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("error", [0.1, 0.6, 1.5], ids=["good-evidence", "poor-evidence", "evidence-that-lies"])
def test_evidence_never_counts_against(bread: Knowledge, seed: int, error: float) -> None:
    chosen = calibrate(cases(seed, error=error), bread, Rates())
    assert set(chosen.weights) <= {"bias", *PARTS}
    assert [name for name, weight in chosen.weights.items() if weight < 0 and name != "bias"] == []


def test_evidence_that_lies_is_left_out(bread: Knowledge) -> None:
    # "known" is 1 - noise and "linear" falls with noise: make noise what is right, and both speak against.
    chance = random.Random(5)
    made = []
    for _ in range(100):
        right = chance.random() < 0.5
        made.append(
            case("baking_time" if right else "what_is", ["baking", "starter"], 0.6, noise=[0.8, -0.8] if right else [-0.8, 0.8])
        )
    chosen = calibrate(made, bread, Rates())
    assert chosen.weights.get("known", 0.0) == chosen.weights.get("linear", 0.0) == 0
    assert chosen.weights["sum"] > 0


def test_the_same_cases_give_the_same_calibration(bread: Knowledge) -> None:
    assert calibrate(cases(1), bread, Rates()) == calibrate(cases(1), bread, Rates())


def test_more_evidence_gives_more_confidence(bread: Knowledge) -> None:
    chosen = calibrate(cases(2), bread, Rates())
    sure = [
        confidence_of(case("baking_time", ["baking", "price"], share).ranking.top.parts, chosen) for share in (0.3, 0.5, 0.7, 0.9)
    ]
    assert all(low < high for low, high in pairwise(sure))


def test_thresholds_are_shares(bread: Knowledge) -> None:
    chosen = calibrate(cases(4), bread, Rates())
    assert all(0 <= value <= 1 for value in (chosen.answer, chosen.boundary, chosen.clarify, chosen.lead))


def test_without_cases_nothing_changes(bread: Knowledge) -> None:
    assert calibrate([], bread, Rates()) == bread.calibration


@pytest.mark.parametrize(
    "made",
    [
        pytest.param([case("baking_time", ["baking", "price"], 0.8)], id="one"),
        pytest.param([case("baking_time", ["baking", "price"], 0.8)] * 9, id="all-alike"),
        pytest.param([case("baking_time", ["baking"], 0.8)] * 3, id="all-right"),
        pytest.param([case("baking_time", ["price"], 0.8)] * 3, id="all-wrong"),
    ],
)
def test_few_or_like_cases_are_no_obstacle(bread: Knowledge, made: list[Case]) -> None:
    chosen = calibrate(made, bread, Rates())
    assert all(np.isfinite(value) for value in chosen.weights.values())


def test_a_match_that_is_held_back_counts_as_not_sure(bread: Knowledge) -> None:
    made = cases(0, count=20)
    chosen = replace(bread.calibration, weights={"bias": 5.0}, answer=0.5, lead=0.0)
    free = case("baking_time", ["baking"], 0.9)
    held = Case(free.question, replace(free.ranking, matches=(replace(free.ranking.top, guards=("another substance",)),)))
    for one, told in ((free, True), (held, False)):
        table = calibration_module._Table.from_cases([*made, one], bread, chosen)
        assert (table.confidence[-1] >= chosen.answer) is np.bool_(told)


def test_nothing_is_asked_back_where_one_choice_alone_is_free(bread: Knowledge) -> None:
    first, *others = case("out", ["baking", "starter", "feeding"], 0.5).ranking.matches
    held = tuple(replace(match, guards=("another substance",)) for match in others)
    chosen = replace(bread.calibration, weights={"bias": 0.0}, answer=0.9, clarify=0.1)
    for matches, worth in (((first, *others), 0.15), ((first, *held), 0.5)):
        one = Case(LabelledQuestion("q", "out"), Ranking(WORDS, matches, chosen))
        assert calibration_module._Table.from_cases([one], bread, chosen).worth(chosen, Rates(1, 1, 1)) == pytest.approx(worth)


# -- the parts ---------------------------------------------------------------------------------------------------------


@given(st.integers(0, 400))
def test_folds_are_balanced_and_part_neighbours(count: int) -> None:
    places = folds(count)
    assert len(places) == count
    assert set(places) <= set(range(FOLDS))
    sizes = [places.count(fold) for fold in range(FOLDS)]
    assert max(sizes) - min(sizes) <= 1
    assert all(one != other for one, other in pairwise(places))
    assert folds(count + 1)[:count] == places


@pytest.mark.parametrize(
    ("label", "also", "topic", "fits"),
    [
        pytest.param("baking_time", (), "baking", True, id="the-entry"),
        pytest.param("flour", (), "feeding", True, id="an-entry-with-several-claims"),
        pytest.param("what_is", ("baking_time",), "baking", True, id="also"),
        pytest.param("rising", (), "feeding", False, id="a-safety-claim-is-no-answer"),
        pytest.param("what_is", (), "baking", False, id="another-entry"),
        pytest.param("out:price", (), "price", True, id="the-boundary"),
        pytest.param("out:price", (), "storage", False, id="another-boundary"),
        pytest.param("what_is", ("out:price",), "price", True, id="also-a-boundary"),
        pytest.param("out", (), "storage", False, id="a-boundary-where-none-is-right"),
        pytest.param("out", (), "baking", False, id="out-and-an-entry"),
        pytest.param("what_is", (), "price", False, id="a-boundary-for-an-answerable"),
    ],
)
def test_good(bread: Knowledge, label: str, also: tuple[str, ...], topic: str, fits: bool) -> None:
    assert good(LabelledQuestion("q", label, also), topic, bread) is fits


def test_the_regression_stands_where_its_loss_is_least() -> None:
    rng = np.random.default_rng(2)
    x = np.column_stack([np.ones(200), rng.normal(size=(200, 3))])
    y = (x @ [0.3, 1.0, -2.0, 0.0] + rng.normal(size=200) > 0).astype(np.float64)
    beta = calibration_module._logistic(x, y)
    p = 1 / (1 + np.exp(-(x @ beta)))
    np.testing.assert_allclose(x.T @ (y - p) - np.asarray([0, 1, 1, 1]) * beta, 0, atol=1e-6)


def test_units_do_not_matter_to_the_regression() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(100, 2))
    y = (x[:, 0] + rng.normal(size=100) > 0).astype(np.float64)
    slopes, bias = calibration_module._standardised(x, y)
    in_thousands, same_bias = calibration_module._standardised(x * [1000, 1] + [500, 0], y)
    assert in_thousands == pytest.approx([slopes[0] / 1000, slopes[1]], rel=1e-5)
    assert same_bias == pytest.approx(bias - 500 * slopes[0] / 1000, rel=1e-5)


# What is chosen on a table is worth nothing where the dialogue decides otherwise. (Whole questions: the dialogue takes several in
# one apart, and asks back what "when?" is about.)
ASKED = [
    "how long do i bake it", "oven time", "flour", "does it need flour", "cost of rye bread", "freezer or oven", "starter",
    "what does a starter cost", "bread schedule", "deep frozen", "can you tell me a joke", "zebra crossing", "feeding", "rye",
    "cake in the oven", "loaf of cake with flour",
]  # fmt: skip


WORTH = {"ask": 0.15, "silent": 0.5}


@pytest.mark.parametrize(
    "thresholds",
    [(0.6, 0.5, 0.15, 0.2), (0.3, 0.2, 0.05, 0.0), (0.9, 0.9, 0.1, 0.0), (0.9, 0.3, 0.9, 0.1), (0.1, 0.1, 0.02, 0.5)],
    ids=str,
)
def test_the_table_decides_as_the_dialogue_does(
    bread: Knowledge, bread_matcher: Matcher, thresholds: tuple[float, float, float, float]
) -> None:
    answer, boundary, clarify, lead = thresholds
    chosen = replace(bread.calibration, answer=answer, boundary=boundary, clarify=clarify, lead=lead)
    matcher = bread_matcher.calibrated(chosen)
    dialogue = Dialogue(replace(bread, calibration=chosen), matcher)
    made = [Case(LabelledQuestion(text, "out"), ranking) for text in ASKED if (ranking := matcher.rank(text)) is not None]
    table = calibration_module._Table.from_cases(made, bread, chosen)
    sum_of_all = 0.0
    for at, one in enumerate(made):
        reply, _ = dialogue.turn(Said(one.question.q), Conversation(greeted=True), datetime(2026, 1, 15, 12, tzinfo=UTC))
        told_topic = next(
            (part.entry or part.boundary or "" for part in reply.parts), "ask" if reply.kind == "clarify" else "silent"
        )
        assert told_topic == decision(one, chosen), one.question.q
        single = calibration_module._Table.from_cases([one], bread, chosen)
        # An out-of-source question is worth .5 unanswered, .3 less under a wrong name, .15 asked back, -1 answered.
        worth = single.worth(chosen, Rates(1, 1, 1))
        sum_of_all += worth
        assert worth == pytest.approx(WORTH.get(told_topic, -1.0 if told_topic in bread.entries else 0.2))
        common = any(match.parts["cover"] for match in one.ranking.matches)
        assert table.confidence[at] == pytest.approx(one.ranking.top.confidence if common else 0)
    assert table.worth(chosen, Rates(1, 1, 1)) == pytest.approx(sum_of_all)


def test_the_shipped_calibration_gives_evidence_its_due(knowledge: Knowledge) -> None:
    weights = knowledge.calibration.weights
    assert [name for name, weight in weights.items() if weight < 0 and name != "bias"] == []
    assert set(weights) <= {"bias", *PARTS}


def test_a_folder_without_a_calibration_has_a_careful_one(bread: Knowledge, tmp_path: Path) -> None:
    assert not (tmp_path / "calibration.yaml").exists()
    assert bread.calibration.answer > bread.calibration.clarify > 0


# -- caution -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [None, 0.0, 0.01, 0.04, 0.2])
def test_more_caution_never_allows_more_wrong_answers(wrong: float | None) -> None:
    low, normal, high = (rates_for(caution, wrong) for caution in ("low", "normal", "high"))
    assert low.wrong >= normal.wrong >= high.wrong
    assert low.out_wrong > normal.out_wrong > high.out_wrong
    assert low.price < normal.price < high.price
    assert normal.wrong == (Rates().wrong if wrong is None else wrong)


def test_normal_caution_is_what_holds_where_nothing_is_said() -> None:
    assert list(CAUTIONS) == ["low", "normal", "high"]
    assert rates_for("normal") == CAUTIONS["normal"] == Rates()


def test_a_higher_price_of_wrong_answers_gives_fewer_of_them(bread: Knowledge) -> None:
    made = cases(3, error=0.5)
    wrong, right = [], []
    for price in (0.25, 2.0, 20.0):
        chosen = calibrate(made, bread, Rates(wrong=1.0, out_wrong=1.0, asked=1.0, price=price))
        told = [(one, decision(one, chosen)) for one in made]
        wrong.append(sum(what in ENTRIES and not good(one.question, what, bread) for one, what in told))
        right.append(sum(what in ENTRIES and good(one.question, what, bread) for one, what in told))
    assert wrong == sorted(wrong, reverse=True)
    assert wrong[0] > wrong[-1]
    assert right[0] > right[-1]
