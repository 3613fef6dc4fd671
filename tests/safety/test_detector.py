"""The detector: levels by thresholds, and plain words over all that was learned. The shipped one: test_shipped_detector.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.learning.classifier import WordModel
from bot.language.learning.ngrams import PLACES, ngrams
from bot.safety import detector as module
from bot.safety.detector import DangerDetector, DangerModel, fits
from bot.safety.heard import CALM, DANGERS, DESPAIR, KINDS, TODAY, Examples, Heard, Thresholds
from bot.safety.plain import PlainWords

PLAIN = PlainWords({"en": {"medical": ("fire",), "calm": ("no fire",)}, "de": {"medical": ("feuer",)}}, DANGERS)
LEAST = Thresholds(alarm=0.6, check=0.4, despair=0.5, care=0.25, today=0.3)
# Long enough that few words are no reason to doubt, and short enough to be one window.
MESSAGE = " ".join(["word"] * 20)


def always(shares: Sequence[float]) -> WordModel:
    """A model that believes the same of every text."""
    bias = np.log(np.maximum(shares, 1e-9)).astype(np.float32)
    return WordModel(np.ones(PLACES, np.float32), np.zeros((PLACES, len(bias)), np.float32), bias)


def hearing(danger: float = 0.0, despair: float = 0.0, today: float = 0.0, kind: str = "overdose") -> DangerDetector:
    calm = 1 - danger - despair - today
    kinds = always([0.9 if one == kind else 0.01 for one in DANGERS])
    return DangerDetector(PLAIN, LEAST, DangerModel(always([danger, despair, today, calm]), kinds))


@pytest.mark.parametrize(
    ("danger", "despair", "today", "level"),
    [
        (0.61, 0.0, 0.0, "alarm"),
        (0.59, 0.0, 0.0, "check"),
        (0.41, 0.0, 0.0, "check"),
        (0.39, 0.0, 0.0, "care"),
        (0.26, 0.0, 0.0, "care"),
        (0.24, 0.0, 0.0, "calm"),
        (0.13, 0.13, 0.0, "care"),
        (0.39, 0.51, 0.0, "despair"),
        (0.0, 0.51, 0.0, "despair"),
        (0.0, 0.49, 0.0, "care"),
        (0.26, 0.0, 0.31, "care"),
        (0.0, 0.0, 0.31, "today"),
        (0.0, 0.0, 0.29, "calm"),
        (0.61, 0.0, 0.39, "alarm"),
        (0.0, 0.51, 0.49, "despair"),
        (0.0, 0.0, 0.0, "calm"),
    ],
)
def test_the_level_is_the_first_whose_threshold_is_reached(danger: float, despair: float, today: float, level: str) -> None:
    heard = hearing(danger, despair, today).detect(MESSAGE)
    assert (heard.level, heard.plain, heard.language) == (level, False, "en")
    assert heard.share == pytest.approx(danger, abs=1e-4)


@pytest.mark.parametrize("kind", DANGERS)
def test_the_kind_is_the_likeliest_of_danger(kind: str) -> None:
    assert hearing(0.9, kind=kind).detect(MESSAGE).kind == kind


@pytest.mark.parametrize(
    ("shares", "kind", "also"),
    [
        ({"overdose": 0.6, "medical": 0.35}, "overdose", "medical"),
        ({"overdose": 0.35, "medical": 0.6}, "medical", "overdose"),
        ({"overdose": 0.9, "medical": 0.05}, "overdose", ""),
        ({"overdose": 0.5, "medical": 0.3, "child": 0.2}, "overdose", "medical"),
    ],
)
def test_a_second_kind_that_is_likely_is_told_beside_the_first(shares: dict[str, float], kind: str, also: str) -> None:
    detector = DangerDetector(
        PLAIN, LEAST, DangerModel(always([0.9, 0, 0, 0.1]), always([shares.get(one, 0.0) for one in DANGERS]))
    )
    heard = detector.detect(MESSAGE)
    assert (heard.kind, heard.also) == (kind, also)
    said = detector.detect("fire")
    assert (said.kind, said.also) == ("medical", next(one for one in (kind, also, "") if one != "medical"))


@pytest.mark.parametrize(
    ("words", "windows", "level"),
    [
        pytest.param(13, 1, "care", id="few-words"),
        pytest.param(14, 1, "alarm", id="enough-words"),
        pytest.param(48, 1, "alarm", id="one-window"),
        pytest.param(49, 3, "calm", id="a-long-text"),
    ],
)
def test_few_words_and_long_texts_have_to_be_surer(words: int, windows: int, level: str) -> None:
    detector = hearing(0.61)
    text = " ".join(["word"] * words)
    assert detector._model is not None
    assert len(detector._model.danger.scores(text).windows) == windows
    assert detector.detect(text).level == level
    assert hearing(0.95).detect(text).level == "alarm", "sure enough"


def test_a_window_of_a_long_text_has_to_be_surer_than_the_whole() -> None:
    scores = always([0.5, 0.1, 0.1, 0.3]).scores(" ".join(["word"] * 120))
    weighed = module.weighed(scores)[:, 0]
    assert len(weighed) > 3
    assert (weighed[1:] < weighed[0]).all()
    assert weighed[0] < scores.shares[0, 0]


def test_danger_in_one_place_of_a_long_text_is_heard_there() -> None:
    calm = always([0.0, 0.0, 0.0, 1.0])
    weights = calm.weights.copy()
    weights[ngrams("fog").places[-1], 0] = 4.0  # the word itself
    bias = np.log(np.asarray([0.02, 1e-9, 1e-9, 0.98], np.float32))
    detector = DangerDetector(PLAIN, LEAST, DangerModel(replace(calm, weights=weights, bias=bias), always([1 / 9] * 9)))
    text = " ".join([*["word"] * 60, "fog", *["word"] * 60])
    assert detector.detect(text).share > 3 * detector.detect(text.replace("fog", "word")).share


def test_plain_words_are_never_overruled() -> None:
    calm = hearing(0.0, kind="medical")
    assert calm.detect("fire") == Heard("alarm", "medical", 1.0, "en", plain=True)
    assert calm.detect(f"{MESSAGE}. {MESSAGE}. feuer! {MESSAGE}") == Heard("alarm", "medical", 1.0, "de", plain=True)
    assert hearing(1.0, kind="self_harm").detect("fire").kind == "medical"


@pytest.mark.parametrize(
    ("said", "danger", "level"),
    [
        pytest.param("no fire", 0.0, "calm", id="nothing-else-is-heard"),
        pytest.param(f"no fire {MESSAGE}", 0.9, "check", id="asked-about-and-no-alarm"),
        pytest.param(f"no fire {MESSAGE} {MESSAGE}", 0.9, "alarm", id="a-text-has-more-than-its-denial"),
        pytest.param(f"no fire {MESSAGE}", 0.5, "check", id="no-less-than-without"),
        pytest.param(f"no fire {MESSAGE}", 0.3, "care", id="never-more-than-without"),
        pytest.param("no fire but a fire", 0.0, "alarm", id="denied-and-said"),
    ],
)
def test_a_denial_caps_what_was_learned_and_nothing_else(said: str, danger: float, level: str) -> None:
    assert hearing(danger).detect(said).level == level


@pytest.mark.parametrize(("said", "level"), [("fire", "alarm"), ("no fire", "calm"), ("flames everywhere", "calm"), ("", "calm")])
def test_without_a_model_plain_words_are_heard_alone(said: str, level: str) -> None:
    heard = DangerDetector(PLAIN, Thresholds(0, 0, 0, 0, 0), None).detect(said)
    assert (heard.level, heard.plain) == (level, level == "alarm")


def test_until_thresholds_are_chosen_nothing_but_plain_words_is_an_alarm() -> None:
    detector = DangerDetector(PLAIN, Thresholds(), DangerModel(always([0.97, 0.01, 0.01, 0.01]), always([1 / 9] * 9)))
    assert detector.detect(MESSAGE).level == "calm"
    assert detector.detect("fire").level == "alarm"


@given(st.text())
def test_no_text_makes_it_raise_and_it_hears_the_same_again(text: str) -> None:
    detector = hearing(0.45)
    assert detector.detect(text) == detector.detect(text)


@pytest.mark.parametrize(
    ("danger", "kinds", "right"),
    [(4, 9, True), (3, 9, False), (4, 8, False), (9, 4, False), (5, 9, False)],
)
def test_a_model_fits_where_both_have_their_classes(danger: int, kinds: int, right: bool) -> None:
    assert fits(DangerModel(always([1 / danger] * danger), always([1 / kinds] * kinds))) is right


# -- learning -----------------------------------------------------------------------------------------------------------------

TAUGHT = {
    "medical": ("flames on my arm and the skin comes off", "he choked on a crust and turns blue"),
    "overdose": ("i ate the whole jar of yeast pills", "she swallowed a box of baking tablets"),
    DESPAIR: ("nothing rises and nothing ever will", "all my loaves fail and so do i"),
    TODAY: ("my wrist is swollen since i kneaded", "a rash came up where the flour was"),
    CALM: ("how do i keep a starter alive", "my loaf is flat, what went wrong", "is rye flour better than wheat"),
}


@pytest.fixture(scope="module")
def taught() -> DangerModel:
    examples = Examples({kind: TAUGHT.get(kind, ()) for kind in KINDS})
    return module.learn(examples, (), ["how long do i bake it", "what does flour cost", "can i freeze the dough"])


def test_what_is_learned_has_the_classes_that_the_detector_asks_for(taught: DangerModel) -> None:
    assert fits(taught)


@pytest.mark.parametrize(
    ("said", "level", "kind"),
    [
        ("flames on my arm, the skin comes off", "alarm", "medical"),
        ("he swallowed the whole jar of tablets", "alarm", "overdose"),
        ("nothing ever rises", "despair", None),
        ("my wrist is swollen", "today", None),
        ("is wheat flour better", "calm", None),
        ("how long do i bake the dough", "calm", None),
    ],
)
def test_messages_like_the_examples_are_heard_as_theirs(taught: DangerModel, said: str, level: str, kind: str | None) -> None:
    heard = DangerDetector(PLAIN, Thresholds(0.5, 0.45, 0.4, 0.4, 0.4), taught).detect(said)
    assert heard.level == level
    assert kind is None or heard.kind == kind


def test_further_calm_messages_are_learned_as_calm() -> None:
    examples = Examples({kind: TAUGHT.get(kind, ()) for kind in KINDS})
    said = "the jar of yeast, is it the whole box"
    with_, without = (module.learn(examples, calm, ()).danger.scores(said).shares[0] for calm in ([said], []))
    assert with_[3] > without[3]
