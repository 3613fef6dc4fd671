"""A fit taken on from the one before it: near to a fit anew, and the same where nothing changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bot.knowledge.model import Knowledge
from bot.matching import linear
from bot.matching.matcher import Matcher
from bot.matching.refit import FittedPhrases, NotKept, changes, columns, moved, refit

SPREAD = 1.0  # of the decision values of a fit, by which all below is measured


def _phrases(knowledge: Knowledge) -> FittedPhrases:
    matcher = Matcher.from_knowledge(knowledge, lambda _, __, count: linear.fit([(["x"], ["x"])], [0], count))
    topics = [topic.id for topic in knowledge.topics]
    return FittedPhrases(matcher.parsed, [topics[number] for number in matcher.topic_numbers], topics)


def _some(knowledge: Knowledge, entries: int = 12, phrases: int = 12) -> Knowledge:
    """A part of the shipped one: the whole takes eight seconds to fit."""
    some = {id: replace(one, phrases=one.phrases[:phrases]) for id, one in list(knowledge.entries.items())[:entries]}
    return replace(knowledge, entries=some, boundaries={})


def _fit(of: FittedPhrases) -> linear.LinearFit:
    numbers = {topic: number for number, topic in enumerate(of.topics)}
    return linear.fit_whole(of.phrases, [numbers[topic] for topic in of.of], len(of.topics))


def _values(model: linear.LinearModel, of: FittedPhrases) -> np.ndarray:
    return np.stack([model.score(*phrase) for phrase in of.phrases])


def _edited(knowledge: Knowledge, *new: str, gone: int = 0) -> Knowledge:
    id, entry = next(iter(knowledge.entries.items()))
    return replace(knowledge, entries={**knowledge.entries, id: replace(entry, phrases=(*entry.phrases[gone:], *new))})


def test_where_nothing_changed_nothing_moves(knowledge: Knowledge) -> None:
    of = _phrases(_some(knowledge))
    fit = _fit(of)
    assert np.abs(_values(refit(fit, of, of), of) - _values(fit.model, of)).max() < 1e-3


@pytest.mark.parametrize(
    ("new", "gone"),
    [
        pytest.param(("will the zebra machine buzz",), 0, id="a-phrase-of-new-words"),
        pytest.param(("how long does the infusion take at the clinic",), 0, id="a-phrase-of-known-words"),
        pytest.param((), 1, id="a-phrase-less"),
        pytest.param(("is it a long drip", "what of the zebra"), 2, id="some-of-both"),
    ],
)
def test_it_is_nearer_to_a_fit_anew_than_the_fit_before_is(knowledge: Knowledge, new: tuple[str, ...], gone: int) -> None:
    before = _some(knowledge)
    was, now = _phrases(before), _phrases(_edited(before, *new, gone=gone))
    fit, anew = _fit(was), _fit(now).model
    far = np.abs(_values(refit(fit, was, now), now) - _values(anew, now))
    stale = np.abs(_values(fit.model, now) - _values(anew, now))
    assert np.sqrt((far**2).mean()) < 0.05 * SPREAD
    if new:
        assert np.sqrt((far**2).mean()) < np.sqrt((stale**2).mean())
    assert (_values(refit(fit, was, now), now).argmax(axis=1) == _values(anew, now).argmax(axis=1)).mean() > 0.99


def test_a_new_topic_is_found_by_its_phrases_and_takes_none_of_the_others(knowledge: Knowledge) -> None:
    before = _some(knowledge)
    entry = replace(
        next(iter(before.entries.values())), id="parking", question="Where can I park?", phrases=("is there parking", "car park")
    )
    was, now = _phrases(before), _phrases(replace(before, entries={"parking": entry, **before.entries}))
    model = refit(_fit(was), was, now)
    found = [now.topics[number] for number in _values(model, now).argmax(axis=1)]
    anew = [now.topics[number] for number in _values(_fit(now).model, now).argmax(axis=1)]
    assert found[: len(entry.phrases) + 1] == ["parking"] * 3
    assert "parking" not in found[3:]
    assert np.mean([one == other for one, other in zip(found, anew, strict=True)]) > 0.97


def test_a_topic_that_is_gone_is_found_no_more(knowledge: Knowledge) -> None:
    before = _some(knowledge)
    after = replace(before, entries=dict(list(before.entries.items())[1:]))
    was, now = _phrases(before), _phrases(after)
    model = refit(_fit(was), was, now)
    assert model.weights.shape[1] == len(now.topics)
    assert (_values(model, now).argmax(axis=1) == _values(_fit(now).model, now).argmax(axis=1)).mean() > 0.97


def test_too_much_that_changed_is_left_to_a_fit_anew(knowledge: Knowledge) -> None:
    before = _some(knowledge)
    was = _phrases(before)
    now = _phrases(_edited(before, *(f"question number {number}" for number in range(201))))
    with pytest.raises(NotKept):
        refit(_fit(was), was, now)


def test_a_fit_of_very_many_phrases_leaves_nothing_to_go_on_from(knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    # The limit is lowered: more than 6,000 phrases would take this test half a minute.
    monkeypatch.setattr(linear, "_KERNEL_PHRASES", 3)
    of = _phrases(_some(knowledge, entries=2, phrases=3))
    with pytest.raises(NotKept):
        refit(_fit(of), of, of)


def test_what_stands_twice_is_kept_as_often_as_it_stands() -> None:
    assert changes(["a", "b", "a"], ["a", "c", "a", "a"]) == ([0, 2], [0, 2], [1, 3])


def test_columns_follow_their_topics() -> None:
    to = columns(["a", "b"], ["c", "b", "a"])
    assert moved(np.asarray([[1, 2]], np.float32), to).tolist() == [[0, 2, 1]]
    assert moved(np.asarray([[1, 2]], np.float32), columns(["a", "b"], ["a", "b"])).tolist() == [[1, 2]]
