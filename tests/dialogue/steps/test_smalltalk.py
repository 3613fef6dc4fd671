"""Small talk is heard when it is all that was said, and never hides a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.dialogue.steps.smalltalk import SmallTalks

if TYPE_CHECKING:
    from bot.knowledge.model import Knowledge
    from bot.matching.matcher import Matcher


@pytest.fixture(scope="module")
def smalltalks(knowledge: Knowledge, matcher: Matcher) -> SmallTalks:
    return SmallTalks(knowledge, matcher.language, matcher.acts)


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("hi", "hello"),
        ("Hello there!!", "hello"),
        ("thx", "thanks"),
        ("thank you so much, you have been very kind", "thanks"),
        ("thnak you", "thanks"),
        ("ok bye", "goodbye"),
        ("thanks, bye", "goodbye"),
        ("hi, can I please talk to a real person", "person"),
        ("could I just speak with a nurse then, thanks", "person"),
        ("who can i ask then", "person"),
        ("I don't want a robot", "person"),
        ("call me back please", "person"),
        ("that is NOT what I asked!", "wrong"),
        ("you don't understand me", "wrong"),
        ("no", "wrong"),
        ("why?", "why"),
        ("ok but why is that", "why"),
        ("why so many?", "why"),
        ("tell me more please", "more"),
        ("are you a real doctor", "who_are_you"),
        ("what can you do", "abilities"),
        ("never mind", "apology"),
    ],
)
def test_small_talk_is_heard(said: str, heard: str, smalltalks: SmallTalks) -> None:
    talk = smalltalks.detect(said) or smalltalks.learned(said, choices=False)
    assert talk is not None
    assert talk.id == heard


@pytest.mark.parametrize(
    "said",
    [
        "",
        "?!",
        "hi how long does an infusion take",
        "thanks and can i drive",
        "can i talk to a nurse during the infusion",
        "why does it not last longer",
        "ketamine",
        "k",
        "just the infusion then",
        "to with a the",
        "thanks " * 40,
    ],
)
def test_what_says_more_is_no_small_talk(said: str, smalltalks: SmallTalks) -> None:
    assert smalltalks.detect(said) is None


def test_no_phrase_of_an_entry_is_taken_for_small_talk(knowledge: Knowledge, smalltalks: SmallTalks) -> None:
    taken = [
        phrase for entry in knowledge.entries.values() for phrase in (entry.question, *entry.phrases) if smalltalks.detect(phrase)
    ]
    assert not taken


def test_each_phrase_of_small_talk_does_what_it_says(knowledge: Knowledge, smalltalks: SmallTalks) -> None:
    wrong = []
    for talk in knowledge.smalltalk:
        for phrase in talk.phrases:
            heard = smalltalks.detect(phrase)
            if heard is None or heard.act != talk.act:
                wrong.append((talk.id, phrase, heard and heard.id))
    assert not wrong
