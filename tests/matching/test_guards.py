"""What a negation, a number, before or after takes from an alignment, and what it leaves alone."""

from __future__ import annotations

import pytest

from bot.matching.matcher import Candidate
from tests.matching.test_matcher import COST, aligned, matcher_of


@pytest.mark.parametrize(
    ("phrases", "agrees", "disagrees"),
    [
        pytest.param(
            ("it did not help me at all",), "it not help me at all", "it did help me at all", id="negation-of-the-phrase"
        ),
        pytest.param(
            ("it did help me at all",), "it did help me at all", "it did help me never at all", id="negation-of-the-question"
        ),
        pytest.param(("it did help me",), "it did help me", "it dont help me", id="negation-by-a-synonym"),
        pytest.param(("what after 6 sessions",), "what after six sessions", "what after 3 sessions", id="another-number"),
        pytest.param(("can i eat before it",), "can i eat before it", "can i eat after it", id="before-and-after"),
        pytest.param(("can i eat after it",), "can i eat after it", "can i eat before it", id="after-and-before"),
    ],
)
def test_a_phrase_that_disagrees_aligns_less(phrases: tuple[str, ...], agrees: str, disagrees: str) -> None:
    matcher = matcher_of(Candidate("it", phrases, entry=True), COST)
    free = float(matcher._aligner.align(matcher.language.parse(disagrees).stems).f1.max())
    assert aligned(matcher, agrees)["it"] == pytest.approx(
        float(matcher._aligner.align(matcher.language.parse(agrees).stems).f1.max())
    )
    assert aligned(matcher, disagrees)["it"] == pytest.approx(0.85 * free)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        pytest.param("what after sessions", "what after 3 sessions", id="number-against-none"),
        pytest.param("what after 3 sessions", "what after sessions", id="none-against-a-number"),
        pytest.param("does 2 or 3 hurt", "does 3 hurt", id="one-number-in-common"),
        pytest.param("can i eat", "can i eat before", id="before-against-none"),
        pytest.param("eat before or after", "eat before", id="both-against-one"),
        pytest.param("eat before", "eat before or after", id="one-against-both"),
        pytest.param("it is not no good", "not good", id="two-negations-are-one-sign"),
    ],
)
def test_what_does_not_conflict_keeps_its_alignment(phrase: str, text: str) -> None:
    matcher = matcher_of(Candidate("it", (phrase,), entry=True), COST)
    free = float(matcher._aligner.align(matcher.language.parse(text).stems).f1.max())
    assert aligned(matcher, text)["it"] == pytest.approx(free)
