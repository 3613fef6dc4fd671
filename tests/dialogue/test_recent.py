"""The outcomes that are kept: by hashes, not by text, and none that depends on the time."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta

import pytest

from bot.dialogue.conversation import Conversation
from bot.dialogue.events import Said
from bot.dialogue.policy import Dialogue

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


def test_nothing_of_the_text_is_in_it(dialogue: Dialogue) -> None:
    dialogue.turn(Said("may my aunt Zanzibara drive me home after it"), Conversation(), NOW)
    assert len(dialogue._recent)
    assert b"anzibara" not in pickle.dumps([(key, str(value)) for key, value in dialogue._recent.items()])


@pytest.mark.parametrize("utterance", ["how long does it last?", "what about pain", "", "1", "i want to die", "thanks"])
@pytest.mark.parametrize("before", [Conversation(), Conversation(greeted=True, topics=("relief_depression",))])
def test_a_second_time_all_is_the_same(dialogue: Dialogue, utterance: str, before: Conversation) -> None:
    first = dialogue.turn(Said(utterance), before, NOW)
    assert dialogue.turn(Said(utterance), before, NOW + timedelta(days=1, hours=5)) == first
    fresh = Dialogue(dialogue.knowledge, dialogue.matcher)
    assert fresh.turn(Said(utterance), before, NOW + timedelta(days=1, hours=5)) == first


def test_what_depends_on_the_time_is_reckoned_anew(dialogue: Dialogue) -> None:
    said = "my infusion ended an hour ago"
    first, _ = dialogue.turn(Said(said), Conversation(), NOW)
    second, _ = dialogue.turn(Said(said), Conversation(), NOW + timedelta(hours=1))
    assert first.ended is not None
    assert second.ended == first.ended + timedelta(hours=1)
    asked = Conversation(asked_end=True)
    assert dialogue.turn(Said("an hour ago"), asked, NOW)[0].ended == NOW - timedelta(hours=1)
    assert dialogue.turn(Said("an hour ago"), asked, NOW + timedelta(hours=2))[0].ended == NOW + timedelta(hours=1)
