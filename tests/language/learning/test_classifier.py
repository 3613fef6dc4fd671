"""Learning from examples: a toy problem is learned, the same way each time, and the worst window of a text is what counts."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.learning import classifier
from bot.language.learning.classifier import WINDOW, WordModel
from bot.language.learning.ngrams import PLACES, ngrams

DANGER, CALM = 0, 1
BAKING = "bread dough flour water oven crust salt yeast loaf tin butter seeds rye wheat bowl spoon towel shelf baker shop".split()
FIRE = "fire smoke flames burning alarm".split()


def baked(chance: random.Random, count: int) -> str:
    return " ".join(chance.choice(BAKING) for _ in range(count))


@pytest.fixture(scope="module")
def examples() -> tuple[list[str], list[int]]:
    chance = random.Random(3)
    calm = [baked(chance, chance.randint(3, 60)) for _ in range(600)]
    danger = [f"{baked(chance, 3)} {chance.choice(FIRE)} and {chance.choice(FIRE)} {baked(chance, 3)}" for _ in range(300)]
    return calm + danger, [CALM] * len(calm) + [DANGER] * len(danger)


@pytest.fixture(scope="module")
def model(examples: tuple[list[str], list[int]]) -> WordModel:
    return classifier.learn(*examples, 2, CALM)


def danger(model: WordModel, text: str) -> float:
    return float(model.scores(text).shares[:, DANGER].max())


def test_what_was_taught_is_known_in_other_words(model: WordModel) -> None:
    assert danger(model, "smoke and flames in the shop") > 0.8
    assert danger(model, "butter, seeds, a towel") < 0.2


def test_letters_tell_of_words_that_were_never_seen(model: WordModel) -> None:
    assert danger(model, "flaming burnings") > danger(model, "breading doughnuts") + 0.3


def test_learning_again_gives_the_same_to_the_bit(examples: tuple[list[str], list[int]], model: WordModel) -> None:
    again = classifier.learn(*examples, 2, CALM)
    assert again.rarity.tobytes() == model.rarity.tobytes()
    assert again.weights.tobytes() == model.weights.tobytes()
    assert again.bias.tobytes() == model.bias.tobytes()


@pytest.mark.parametrize("at", [0, 150, 299, 600])
def test_a_sentence_hidden_in_a_long_calm_text_is_found(model: WordModel, at: int) -> None:
    calm = baked(random.Random(11), 600).split()
    assert danger(model, " ".join(calm)) < 0.3
    hidden = " ".join([*calm[:at], "flames and smoke, the alarm is burning", *calm[at:]])
    scores = model.scores(hidden)
    worst = int(scores.shares[:, DANGER].argmax())
    assert scores.shares[worst, DANGER] > 0.7
    start, end = scores.windows[worst]
    assert worst > 0, "a window, and not the whole"
    assert start <= at + 6
    assert end > at


def test_each_window_has_its_shares_and_the_first_is_the_whole(model: WordModel) -> None:
    scores = model.scores(baked(random.Random(1), 100))
    assert scores.windows[0] == (0, 100)
    assert scores.shares.shape == (len(scores.windows), 2)
    assert len(scores.windows) > 100 / WINDOW
    assert np.allclose(scores.shares.sum(axis=1), 1, atol=1e-5)


def test_of_a_calm_example_the_windows_that_sound_worst_are_learned_too(model: WordModel) -> None:
    chance = random.Random(5)
    runs = ngrams(f"{baked(chance, 50)} smoke and flames {baked(chance, 150)}")
    windows = [runs.within(*window).tolist() for window in list(runs.windows(WINDOW, classifier._MOST))[1:]]
    learned = classifier._worst(runs, CALM, CALM, model)
    assert [(of, weight) for _, of, weight in learned] == [(CALM, 0.7)] * 3
    # Words 50 to 52 stand in the windows that begin at 20 and at 40.
    assert {windows.index(places.tolist()) for places, _, _ in learned[:2]} == {1, 2}


def test_of_a_dangerous_example_the_window_that_says_why_is_learned_too(model: WordModel) -> None:
    chance = random.Random(6)
    runs = ngrams(f"{baked(chance, 130)} smoke and flames, an alarm {baked(chance, 5)}")
    windows = [runs.within(*window).tolist() for window in list(runs.windows(WINDOW, classifier._MOST))[1:]]
    ((places, of, weight),) = classifier._worst(runs, DANGER, CALM, model)
    assert (of, weight) == (DANGER, 1.0)
    assert windows.index(places.tolist()) == len(windows) - 1
    assert classifier._worst(ngrams("a short one"), DANGER, CALM, model) == []


def test_rare_classes_count_more_where_no_class_is_the_usual_one() -> None:
    texts = ["fire in the house"] * 30 + ["fire in the shed"]
    classes = [0] * 30 + [1]
    alike, usual = (classifier.learn(texts, classes, 2, calm) for calm in (None, 0))
    asked = "fire in the shed"
    assert alike.scores(asked).shares[0, 1] > usual.scores(asked).shares[0, 1]


def test_of_a_window_the_kind_is_told_from_it_and_from_the_whole(model: WordModel) -> None:
    text = f"{baked(random.Random(2), 50)} flames and smoke"
    scores = model.scores(text)
    shares = model.window(scores.runs, scores.windows[-1])
    assert shares.shape == (2,)
    assert shares[DANGER] > model.window(scores.runs, (0, 20))[DANGER]


@pytest.mark.parametrize("text", ["", "?!", "\n\n", "\ud800", "\u200b"])
def test_a_text_without_words_is_known_by_the_bias_alone(model: WordModel, text: str) -> None:
    scores = model.scores(text)
    assert scores.windows == ((0, 0),)
    assert np.allclose(np.log(scores.shares[0]) - np.log(scores.shares[0]).mean(), model.bias - model.bias.mean(), atol=1e-4)


@given(st.text(max_size=400))
def test_every_text_has_shares(model: WordModel, text: str) -> None:
    scores = model.scores(text)
    assert np.isfinite(scores.shares).all()
    assert len(scores.windows) == len(scores.shares)
    assert np.isfinite(model.window(scores.runs, scores.windows[-1])).all()


@pytest.mark.parametrize(
    ("rarity", "weights", "bias", "fits"),
    [
        ((PLACES,), (PLACES, 3), (3,), True),
        ((PLACES,), (PLACES, 2), (3,), False),
        ((PLACES,), (PLACES, 3), (2,), False),
        ((PLACES - 1,), (PLACES, 3), (3,), False),
        ((PLACES,), (3, PLACES), (3,), False),
        ((PLACES,), (PLACES,), (3,), False),
        ((PLACES,), (PLACES, 4), (4,), False),
    ],
)
def test_a_model_of_other_shapes_is_told(
    rarity: tuple[int, ...], weights: tuple[int, ...], bias: tuple[int, ...], fits: bool
) -> None:
    arrays = (np.zeros(shape, np.float32) for shape in (rarity, weights, bias))
    assert WordModel(*arrays).is_of(3) is fits
