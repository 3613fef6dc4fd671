"""Ranking topics: order, guards, confidence, and that nothing of a question stays behind."""

from __future__ import annotations

import gc
import types
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.model import Calibration, Knowledge
from bot.language import text, vocabulary
from bot.language.english import ENGLISH
from bot.language.learning.encoder import Encoder
from bot.language.lexicon import Lexicon
from bot.matching import guards
from bot.matching import matcher as match_module
from bot.matching.matcher import Candidate, Matcher, Ranking, _ordered, confidence_of
from bot.matching.semantic import SentenceScorer, learn

CALIBRATION = Calibration(
    weights={"bias": -4.0, "sum": 0.6, "share": 3.0, "cover": 1.0, "known": 1.0}, answer=0.6, boundary=0.5, clarify=0.15, lead=0.2
)
LEXICON = Lexicon(
    ENGLISH,
    synonyms={("tx",): ("infusion",), ("dont",): ("not",), ("cant",): ("not",)},
    ordinary=frozenset({"banana"}),
    opening=(("hi",),),
    closing=(("thanks",),),
)
DRIVE = Candidate("drive", ("Can I drive after the infusion?", "When may I drive home", "is driving safe"), entry=True)
LENGTH = Candidate("length", ("How long does an infusion take?", "how many minutes is a session"), entry=True)
COST = Candidate("cost", ("What does an infusion cost?", "price of a session", "is it expensive"), entry=False)
TOPICS = (DRIVE, LENGTH, COST)


def matcher_of(*topics: Candidate, foreign: frozenset[str] = frozenset(), calibration: Calibration = CALIBRATION) -> Matcher:
    return Matcher(topics, LEXICON, calibration, foreign)


@pytest.fixture(scope="module")
def small() -> Matcher:
    return matcher_of(*TOPICS)


def rank(matcher: Matcher, text: str) -> Ranking:
    ranking = matcher.rank(text)
    assert ranking is not None
    return ranking


def aligned(matcher: Matcher, text: str) -> Mapping[str, float]:
    return {match.topic: match.parts["aligned"] for match in rank(matcher, text).matches}


# -- order -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        pytest.param("can i drive after the infusion", "drive", id="a-phrase"),
        pytest.param("DRIVNG home when?!", "drive", id="misspelt"),
        pytest.param("hi how long is a tx thanks", "length", id="courtesies-and-synonyms"),
        pytest.param("infusion the after drive i can", "drive", id="another-order-of-words"),
        pytest.param("what would it cost me", "cost", id="boundary-topics-compete"),
    ],
)
def test_the_topic_that_fits_comes_first(small: Matcher, text: str, topic: str) -> None:
    assert rank(small, text).top.topic == topic


@pytest.mark.parametrize("names", [("one", "other"), ("other", "one"), ("z", "a")])
def test_ties_keep_file_order(names: tuple[str, str]) -> None:
    twins = [Candidate(name, ("how long does it last", "how many hours"), entry=True) for name in names]
    ranking = rank(matcher_of(*twins, COST), "how long does it last")
    assert [match.topic for match in ranking.matches] == [*names, "cost"]
    assert ranking.matches[0].parts["sum"] == pytest.approx(ranking.matches[1].parts["sum"], abs=1e-5)
    assert ranking.lead == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("others", [(), (COST,), (COST, DRIVE)], ids=len)
def test_many_ties_keep_file_order(others: tuple[Candidate, ...]) -> None:
    # Twelve: numpy adds up the columns of a wide row in another order than those of a narrow one.
    twins = [Candidate(f"t{i}", ("how long does it last", "how many hours"), entry=True) for i in range(12)]
    ranking = rank(matcher_of(*twins, *others), "how long")
    assert [match.topic for match in ranking.matches] == [f"t{i}" for i in range(4)]
    assert ranking.lead == pytest.approx(0, abs=1e-5)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_sums_that_differ_by_rounding_alone_are_ties(sums: list[int], random: Random) -> None:
    noisy = np.asarray([one + random.uniform(-1e-6, 1e-6) for one in sums], np.float32)
    assert _ordered(noisy, len(sums)) == sorted(range(len(sums)), key=lambda i: (-sums[i], i))


def test_the_same_question_has_the_same_ranking(small: Matcher) -> None:
    assert rank(small, "drive home after how long") == rank(matcher_of(*TOPICS), "drive home after how long")


@pytest.mark.parametrize("text", ["", "   ", "?!...", "\u200b\u200d", "😀🎉", "\ud800", "你好"])
def test_what_has_no_word_has_no_ranking(small: Matcher, text: str) -> None:
    assert small.rank(text) is None


@given(st.text(st.characters(), max_size=80))
def test_any_string_is_ranked_or_has_no_word(text: str) -> None:
    ranking = _SMALL.rank(text)
    if ranking is not None:
        assert {match.topic for match in ranking.matches} == {"drive", "length", "cost"}
        assert all(0 <= match.confidence <= 1 for match in ranking.matches)
        assert sum(match.share for match in ranking.matches) == pytest.approx(1, abs=1e-4)
        assert 0 <= ranking.lead <= 1
        sums = [match.parts["sum"] for match in ranking.matches]
        assert all(high >= low - 1e-5 for high, low in pairwise(sums))


_SMALL = matcher_of(*TOPICS)


@pytest.mark.parametrize(
    "noise",
    [
        "CAN I DRIVE HOME?",
        "can\u200b i  drive\thome",
        "саn і drіve hоme",
        "ｃａｎ ｉ ｄｒｉｖｅ ｈｏｍｅ",
        "hi, can i drive home, thanks!",
    ],
)
def test_noise_changes_nothing(small: Matcher, noise: str) -> None:
    assert rank(small, noise) == rank(small, "can i drive home")


def test_a_single_topic_needs_no_rival() -> None:
    ranking = rank(matcher_of(DRIVE), "can i drive")
    assert ranking.top.topic == "drive"
    assert ranking.lead == ranking.top.share == ranking.top.parts["lead"] == 1


# -- guards ----------------------------------------------------------------------------------------------------------


def test_a_tie_by_rounding_has_no_lead(small: Matcher) -> None:
    first, second, *_ = rank(small, "drive").matches
    tied = Ranking(rank(small, "drive").words, (replace(first, share=0.4), replace(second, share=0.4000001)), CALIBRATION)
    assert tied.lead == 0


def test_guards_decide_between_two_entries() -> None:
    matcher = matcher_of(
        Candidate("before", ("what may i eat before the infusion",), entry=True),
        Candidate("after", ("what may i eat after the infusion",), entry=True),
    )
    assert rank(matcher, "may i eat before it").top.topic == "before"
    assert rank(matcher, "may i eat after it").top.topic == "after"


def test_a_foreign_word_holds_entries_back_and_no_boundary_topic() -> None:
    matcher = matcher_of(*TOPICS, foreign=frozenset({"botox"}))
    ranking = rank(matcher, "can i drive after botox")
    held = {match.topic: match for match in ranking.matches}
    assert held["drive"].confidence == held["length"].confidence == 0
    assert held["drive"].guards == ("another substance or procedure: botox",)
    assert held["cost"].guards == ()
    assert held["cost"].confidence > 0
    assert rank(matcher, "can i drive").top.guards == ()


def test_an_entry_whose_own_phrases_use_a_foreign_word_answers_for_it() -> None:
    own = Candidate("botox", ("botox beside an infusion",), entry=True)
    ranking = rank(matcher_of(own, *TOPICS, foreign=frozenset({"botox"})), "is botox fine beside an infusion")
    assert (ranking.top.topic, ranking.top.guards) == ("botox", ())
    assert all(match.guards for match in ranking.matches if match.topic in {"drive", "length"})


# -- confidence and its parts ----------------------------------------------------------------------------------------


def test_a_match_shows_the_parts_of_its_confidence(small: Matcher) -> None:
    ranking = rank(small, "can i drive home in my spaceship")
    for match in ranking.matches:
        assert set(match.parts) == {
            *("sum", "linear", "aligned", "share", "cover", "known", "lead", "ours", "explained", "plain")
        }
        assert match.confidence == confidence_of(match.parts, CALIBRATION)
        assert match.parts["sum"] == pytest.approx(0.5 * match.parts["linear"] + 4 * match.parts["aligned"], abs=1e-4)
    first, second, *rest = ranking.matches
    assert first.parts["lead"] == pytest.approx(ranking.lead) == pytest.approx(first.share - second.share)
    assert all(match.parts["lead"] < 0 for match in (second, *rest))


def test_the_nearest_phrase_is_one_of_the_topic_and_the_most_alike(small: Matcher) -> None:
    nearest = {match.topic: match.nearest for match in rank(small, "is driving safe").matches}
    assert nearest["drive"] == "is driving safe"
    assert all(nearest[topic.id] in topic.phrases for topic in TOPICS)
    assert {m.topic: m.nearest for m in rank(small, "is it expensive").matches}["cost"] == "is it expensive", (
        "the last of the last topic"
    )


@pytest.mark.parametrize(
    ("text", "known"),
    [
        pytest.param("can i drive", 1.0, id="all"),
        pytest.param("zzzzzz qqqqqq", 0.0, id="none"),
        pytest.param("drive 77", 1.0, id="numbers-do-not-count"),
        pytest.param("77", 0.0, id="numbers-alone"),
    ],
)
def test_known_is_the_share_of_words_that_the_folder_uses(small: Matcher, text: str, known: float) -> None:
    assert rank(small, text).top.parts["known"] == pytest.approx(known)


def test_strange_words_lower_what_is_known_and_covered(small: Matcher) -> None:
    clean, dirty = (rank(small, text).top.parts for text in ("can i drive", "can i drive zzzzzz"))
    assert 0 < dirty["known"] < clean["known"]
    assert 0 < dirty["cover"] < clean["cover"]


PARTS = ("sum", "linear", "aligned", "share", "cover", "known", "lead")


@given(
    st.fixed_dictionaries({name: st.floats(-5, 5) for name in PARTS}),
    st.fixed_dictionaries({name: st.floats(0, 5) for name in PARTS}),
    st.sampled_from(PARTS),
    st.floats(0, 5),
)
def test_more_evidence_is_never_less_sure(parts: dict[str, float], weights: dict[str, float], name: str, more: float) -> None:
    calibration = replace(CALIBRATION, weights={"bias": -2.0, **weights})
    low, high = confidence_of(parts, calibration), confidence_of({**parts, name: parts[name] + more}, calibration)
    assert 0 <= low <= high + 1e-12 <= 1 + 1e-12


def test_confidence_is_the_logistic_sum() -> None:
    calibration = replace(CALIBRATION, weights={"bias": -1.0, "share": 2.0, "strange": 7.0})
    assert confidence_of({"share": 0.5, "sum": 3.0}, calibration) == 0.5
    assert confidence_of({"share": 1e9}, calibration) == pytest.approx(1)
    assert confidence_of({"share": -1e9}, calibration) == pytest.approx(0)


def test_another_calibration_changes_the_confidence_alone(small: Matcher) -> None:
    sure = small.calibrated(replace(CALIBRATION, weights={"bias": 3.0}))
    one, other = rank(small, "can i drive"), rank(sure, "can i drive")
    assert [replace(match, confidence=0.0) for match in one.matches] == [
        replace(match, confidence=0.0) for match in other.matches
    ]
    assert one.top.confidence != other.top.confidence == pytest.approx(0.9526, abs=1e-4)
    assert sure.linear is small.linear


# -- reading ---------------------------------------------------------------------------------------------------------


def test_a_question_is_read_into_standard_words_and_stems(small: Matcher) -> None:
    words = small.language.parse("Hi! Drivng after six tx, thanks")
    assert words.typed == ("drivng", "after", "six", "tx")
    assert words.standard == ("driving", "after", "6", "infusion")
    assert words.stems == ("drive", "after", "6", "infus")
    assert words.corrected == (("drivng", "driving"),)


def test_ordinary_words_are_not_corrected(small: Matcher) -> None:
    assert small.language.parse("banana").typed == small.language.parse("banana").standard == ("banana",)


# -- nothing stays behind --------------------------------------------------------------------------------------------


def _reached(root: object) -> int:
    """How many values, and how many characters of text, hang from ``root``."""
    seen: set[int] = set()
    waiting: list[object] = [root]
    size = 0
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type | types.ModuleType | types.FunctionType | types.BuiltinFunctionType):
            continue
        seen.add(id(one))
        size += 1 + (len(one) if isinstance(one, str) else 0)
        waiting.extend(gc.get_referents(one))
    return size


def test_nothing_of_a_question_stays_behind() -> None:
    matcher = matcher_of(*TOPICS, foreign=frozenset({"botox"}))
    matcher.warm()
    rank(matcher, "strange first word")
    before = _reached(matcher)
    for i in range(200):
        word = "".join(chr(97 + (i * k) % 26) for k in range(1, 9))
        rank(matcher, f"can i {word} my {word}ing drivng infusoin {i}")
    assert _reached(matcher) == before


def test_functions_of_words_keep_no_cache() -> None:
    kept = [
        name
        for module in (guards, vocabulary, match_module, text)
        for name, value in vars(module).items()
        if hasattr(value, "cache_info")
    ]
    assert kept == []


# -- the shipped folder ----------------------------------------------------------------------------------------------

LONG = "i had my third infusion this morning and felt strange for a while but " * 8


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{LONG}when can i drive"[-500:], id="words"),
        pytest.param("drive " * 83, id="one-word-again-and-again"),
        pytest.param("x" * 500, id="one-long-word"),
        pytest.param("9" * 500, id="one-long-number"),
        pytest.param(" ".join(f"zq{chr(97 + i % 26)}xw" for i in range(83)), id="strange-words"),
        pytest.param("'" * 250 + "1." * 125, id="marks"),
    ],
)
def test_a_question_of_five_hundred_characters_is_ranked(matcher: Matcher, text: str) -> None:
    assert len(rank(matcher, text).matches) == 4


def test_entries_and_boundary_topics_stand_in_one_ranking(matcher: Matcher, knowledge: Knowledge) -> None:
    ids = [topic.id for topic in knowledge.topics]
    found: Sequence[str] = [topic.id for topic in matcher._topics]
    assert found == ids
    for topic in (knowledge.topics[0], knowledge.topics[-1]):
        top = rank(matcher, topic.question).top
        assert (top.topic, top.entry) == (topic.id, topic.id in knowledge.entries)


# -- the figures of every topic ----------------------------------------------------------------------------------------


class _Spelling:
    """An encoder that needs no weights: a text is the counts of its letters. ``read`` counts how often it is asked."""

    dimensions = 26
    vocabulary: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.read = 0

    def embed(self, texts: Sequence[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        self.read += 1
        rows = np.asarray([[text.count(chr(97 + n)) + 0.01 for n in range(26)] for text in texts], np.float32).reshape(-1, 26)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def understanding(matcher: Matcher) -> tuple[Matcher, _Spelling]:
    encoder = _Spelling()
    vectors = encoder.embed([phrase.lower() for phrase in matcher.phrases])
    model = learn(vectors, matcher.topic_numbers, len(TOPICS))
    encoder.read = 0
    return matcher.understanding(SentenceScorer(cast("Encoder", encoder), model), CALIBRATION), encoder


@pytest.mark.parametrize("text", ["can i drive home", "price please", "zebra"])
@pytest.mark.parametrize("model", [False, True], ids=["by-words", "with-a-sentence-model"])
def test_the_scores_are_those_that_the_ranking_goes_by(small: Matcher, text: str, model: bool) -> None:
    matcher = understanding(small)[0].always_understanding() if model else small
    assert matcher is not None
    scores = matcher.scores(text)
    names = ["drive", "length", "cost"]
    assert set(scores) == {"linear", "aligned", "cover", "words"} | ({"meant", "alike", "all"} if model else set())
    for match in rank(matcher, text).matches:
        at = names.index(match.topic)
        assert float(scores["all" if model else "words"][at]) == match.parts["sum"]
        for part in scores.keys() - {"words", "all"}:
            assert float(scores[part][at]) == match.parts[part]


def test_what_has_no_word_has_no_scores(small: Matcher) -> None:
    assert small.scores("?!") == {}


def test_what_was_read_ahead_is_not_read_again_and_scores_the_same(small: Matcher) -> None:
    texts = ["can i drive home", "price please", "how long"]
    fresh, _ = understanding(small)
    ahead, encoder = understanding(small)
    ahead.read_ahead(texts)
    assert encoder.read == 1
    for one in texts:
        wanted, found = fresh.scores(one), ahead.scores(one)
        assert all(np.allclose(wanted[name], found[name], atol=1e-5) for name in wanted)
    assert encoder.read == 1


def test_reading_ahead_without_a_sentence_model_does_nothing(small: Matcher) -> None:
    small.read_ahead(["can i drive home"])
