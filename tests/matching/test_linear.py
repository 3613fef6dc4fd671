"""The linear classifier: it learns, the same each time, on either path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bot.matching import linear
from bot.matching.linear import LinearModel, fit, ngrams

if TYPE_CHECKING:
    from bot.language.learning.regression import Floats, Sparse

DRIVE = ["can i drive home", "when may i drive", "is driving safe after", "drive my car tonight", "back behind the wheel"]
PAIN = ["does it help pain", "how long for pain relief", "chronic pain treatment", "will my pain stop", "pain in my legs"]
COST = ["what does it cost", "how much is a session", "price of treatment", "is it expensive", "cost per infusion"]
TOPICS = [DRIVE, PAIN, COST]

Phrases = list[tuple[Sequence[str], Sequence[str]]]


def _phrases() -> tuple[Phrases, list[int]]:
    texts = [(text.split(), topic) for topic, texts in enumerate(TOPICS) for text in texts]
    return [(words, words) for words, _ in texts], [topic for _, topic in texts]


@pytest.fixture(scope="module")
def model() -> LinearModel:
    return fit(*_phrases(), len(TOPICS))


def _encoded() -> tuple[list[Sparse], int]:
    phrases, _ = _phrases()
    model = fit(*_phrases(), len(TOPICS))
    kinds = (ngrams(*phrase) for phrase in phrases)
    rows = [(linear._rows(model.index, stems), linear._rows(model.index, characters)) for stems, characters in kinds]
    return [linear._weighed(*both, model.rarity) for both in rows], len(model.index)


def test_it_knows_the_phrases_that_it_learned_from(model: LinearModel) -> None:
    phrases, topics = _phrases()
    assert [int(np.argmax(model.score(*phrase))) for phrase in phrases] == topics


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        pytest.param("may i drive my car", 0, id="known-words"),
        pytest.param("drivng hme", 0, id="misspelt"),
        pytest.param("painfull legs", 1, id="parts-of-words"),
        pytest.param("the price please", 2, id="one-known-word"),
    ],
)
def test_it_finds_the_topic_of_other_words(model: LinearModel, text: str, topic: int) -> None:
    assert int(np.argmax(model.score(text.split(), text.split()))) == topic


def test_it_is_the_same_to_the_bit_each_time(model: LinearModel) -> None:
    again = fit(*_phrases(), len(TOPICS))
    assert list(again.index.items()) == list(model.index.items())
    assert again.weights.tobytes() == model.weights.tobytes()
    assert again.rarity.tobytes() == model.rarity.tobytes()


def test_scores_have_the_mean_zero_and_a_common_spread(model: LinearModel) -> None:
    phrases, _ = _phrases()
    scores = np.stack([model.score(*phrase) for phrase in phrases])
    np.testing.assert_allclose(scores.mean(axis=1), 0, atol=1e-5)
    assert float(scores.std()) == pytest.approx(1, abs=0.01)


def test_each_kind_of_feature_has_the_same_say_whatever_is_repeated(model: LinearModel) -> None:
    of_stems, of_characters = (linear._rows(model.index, keys) for keys in ngrams(["drive", "drive"], ["drive", "home", "home"]))
    rows, values = linear._weighed(of_stems, of_characters, model.rarity)
    assert rows.tolist() == list(dict.fromkeys([*of_stems, *of_characters]))
    border = len(set(of_stems))
    assert float(values[:border] @ values[:border]) == float(values[border:] @ values[border:]) == pytest.approx(1, abs=1e-6)
    once = linear._weighed(set(of_stems), [], model.rarity)[1]
    # Twice is more than once, and less than twice as much.
    drive = rows.tolist().index(model.index["wdrive"])
    assert 1 < values[drive] / values[:border].min() < 2 * once.max() / once.min()


def test_what_shares_nothing_with_the_phrases_says_nothing(model: LinearModel) -> None:
    assert model.score(["zzzz"], ["qqqq"]).tolist() == [0, 0, 0]
    assert model.score([], []).tolist() == [0, 0, 0]


def test_a_topic_with_forty_phrases_does_not_make_its_words_common() -> None:
    words = ["drive"]
    few = fit([(words, words), (["cost"], ["cost"])], [0, 1], 2)
    many = fit([*[(words, words)] * 40, (["cost"], ["cost"])], [*[0] * 40, 1], 2)
    assert many.rarity[many.index["wdrive"]] == few.rarity[few.index["wdrive"]] == many.rarity[many.index["wcost"]]


def test_the_kernel_is_the_similarity_feature_by_feature() -> None:
    encoded, features = _encoded()
    dense = np.zeros((len(encoded), features))
    for row, (columns, values) in enumerate(encoded):
        dense[row, columns] = values
    np.testing.assert_allclose(linear._kernel(encoded, features), dense @ dense.T, atol=1e-5)


def test_the_kernel_is_right_with_shared_rare_and_single_features() -> None:
    # Above 80 phrases a feature of one, of few and of many phrases take three different ways.
    rng = np.random.default_rng(1)
    size, features = 250, 90
    dense = np.zeros((size, features), np.float32)
    dense[:, :10] = rng.random((size, 10))
    for feature in range(10, 60):
        dense[rng.choice(size, 3, replace=False), feature] = rng.random(3) + 0.1
    for feature in range(60, 89):  # the last feature is in no phrase
        dense[feature, feature] = 0.5
    encoded = [(np.flatnonzero(row).astype(np.int32), row[np.flatnonzero(row)]) for row in dense]
    np.testing.assert_allclose(linear._kernel(encoded, features), dense @ dense.T, rtol=1e-4, atol=1e-4)


def _by_plain_descent(encoded: list[Sparse], topics: list[int], features: int) -> Floats:
    """The same loss on one coefficient for each feature, by plain gradient descent until nothing moves."""
    x = np.zeros((len(encoded), features))
    for row, (columns, values) in enumerate(encoded):
        x[row, columns] = values
    wanted = np.eye(len(TOPICS))[topics]
    weights = np.zeros((features, len(TOPICS)))
    step = 1 / (1 + 0.5 * linear.LOSS_WEIGHT * np.linalg.norm(x, 2) ** 2)
    for _ in range(3000):
        p = np.exp(x @ weights)
        p /= p.sum(axis=1, keepdims=True)
        weights -= step * (linear.LOSS_WEIGHT * x.T @ (p - wanted) + weights)
    return weights.astype(np.float32)


def test_learning_by_phrases_gives_the_model_of_learning_by_features() -> None:
    encoded, features = _encoded()
    _, topics = _phrases()
    coefficients, raw = linear._by_phrases(encoded, np.asarray(topics), len(TOPICS), features)
    learned = linear.weights_of(encoded, coefficients, features)
    np.testing.assert_allclose([values @ learned[rows] for rows, values in encoded], raw, atol=1e-4)
    np.testing.assert_allclose(learned, _by_plain_descent(encoded, topics, features), atol=2e-3)


def test_the_way_for_very_many_phrases_ranks_sensibly(monkeypatch: pytest.MonkeyPatch) -> None:
    # The limit is lowered: more than 6,000 phrases would take this test half a minute.
    monkeypatch.setattr(linear, "_KERNEL_PHRASES", 3)
    large = fit(*_phrases(), len(TOPICS))
    phrases, topics = _phrases()
    assert [int(np.argmax(large.score(*phrase))) for phrase in phrases] == topics
    assert int(np.argmax(large.score(["drive", "car"], ["drive", "car"]))) == 0
    again = fit(*_phrases(), len(TOPICS))
    assert again.weights.tobytes() == large.weights.tobytes()
    monkeypatch.undo()
    assert not np.array_equal(fit(*_phrases(), len(TOPICS)).weights, large.weights), "the other way was taken"


def test_one_topic_alone_is_no_obstacle() -> None:
    alone = fit([(["drive"], ["drive"])], [0], 1)
    assert alone.score(["drive"], ["drive"]).tolist() == [0]
