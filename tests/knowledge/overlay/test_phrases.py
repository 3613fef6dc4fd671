"""Phrases that a clinic may add, and those that it may not."""

from __future__ import annotations

import pytest

from bot.knowledge.fields import Row
from bot.knowledge.overlay.phrases import OwnPhrase, PhraseFloor
from bot.language.text import stemmer
from bot.safety.heard import DANGERS
from bot.safety.plain import PlainWords

TOPICS = {
    "baking": Row("oven.yaml", 1, {"question": "How long do I bake it?", "phrases": ("oven time for a loaf",)}, {}),
    "price": Row("b.yaml", 1, {"question": "What does flour cost?", "phrases": ("flour price",)}, {}),
}
PLAIN = PlainWords({"en": {"medical": ("kitchen is on fire",), "calm": ("on fire in my dream",)}}, DANGERS)


def wrong(text: str, topic: str = "price", claim: str | None = None, shown: frozenset[str] = frozenset()) -> list[str]:
    floor = PhraseFloor(TOPICS, PLAIN, stemmer("english"))
    return [what for _, what in floor.faults([OwnPhrase(text, topic, "clinic.yaml", 1, shown)], lambda _: claim)]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        pytest.param("my kitchen is on fire", "is danger", id="danger"),
        pytest.param("how long is it", "says nothing of any topic", id="bare-words"),
        pytest.param("time of a loaf in the oven", "is one of baking in other words", id="of-another-topic"),
        pytest.param("how long do you bake", "is one of baking in other words", id="its-question"),
    ],
)
def test_what_takes_questions_away_is_told(text: str, what: str) -> None:
    (told,) = wrong(text)
    assert what in told


@pytest.mark.parametrize("text", ["is rye expensive", "the kitchen on fire in my dream", "price of flour", "spelt"])
def test_others_are_taken(text: str) -> None:
    assert wrong(text) == []


def test_what_a_claim_rules_stands_under_topics_that_show_it() -> None:
    assert "asks about what the claim cooling rules" in wrong("slice it warm", claim="cooling")[0]
    assert wrong("slice it warm", claim="cooling", shown=frozenset({"cooling"})) == []


def test_so_many_phrases_outweigh_all_others() -> None:
    floor = PhraseFloor(TOPICS, PLAIN, stemmer("english"))
    many = [OwnPhrase(f"rye number{n}", "price", "clinic.yaml", n, frozenset()) for n in range(200)]
    assert [phrase.line for phrase, _ in floor.faults(many, lambda _: None)] == [150]
