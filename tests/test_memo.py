"""What is kept of what was found out: by hashes, not by text, and no more than was asked."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta

import pytest

from bot.dialogue.cache import Memo, mark
from bot.dialogue.policy import Dialogue
from bot.knowledge.model import Conversation

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


def test_what_was_used_last_is_kept() -> None:
    memo: Memo[int] = Memo(2)
    memo.keep(mark("a", 1), 1)
    memo.keep(mark("b", 1), 2)
    assert memo.get(mark("a", 1)) == 1
    memo.keep(mark("c", 1), 3)
    assert [memo.get(mark(text, 1)) for text in "abc"] == [1, None, 3]
    assert memo.get(mark("a", 2)) is None
    assert len(memo) == 2


def test_nothing_of_the_text_is_in_it(dialogue: Dialogue) -> None:
    dialogue.respond("may my aunt Zanzibara drive me home after it", Conversation(), NOW)
    assert len(dialogue._memo)
    assert b"anzibara" not in pickle.dumps([(key, str(value)) for key, value in dialogue._memo._kept.items()])


@pytest.mark.parametrize("utterance", ["how long does it last?", "what about pain", "", "1", "i want to die", "thanks"])
@pytest.mark.parametrize("before", [Conversation(), Conversation(greeted=True, topics=("relief_depression",))])
def test_a_second_time_all_is_the_same(dialogue: Dialogue, utterance: str, before: Conversation) -> None:
    first = dialogue.respond(utterance, before, NOW)
    assert dialogue.respond(utterance, before, NOW + timedelta(days=1, hours=5)) == first
    fresh = Dialogue(dialogue.knowledge, dialogue.matcher)
    assert fresh.respond(utterance, before, NOW + timedelta(days=1, hours=5)) == first


def test_what_depends_on_the_time_is_reckoned_anew(dialogue: Dialogue) -> None:
    said = "my infusion ended an hour ago"
    first, _ = dialogue.respond(said, Conversation(), NOW)
    second, _ = dialogue.respond(said, Conversation(), NOW + timedelta(hours=1))
    assert first.ended is not None
    assert second.ended == first.ended + timedelta(hours=1)
    asked = Conversation(asked_end=True)
    assert dialogue.respond("an hour ago", asked, NOW)[0].ended == NOW - timedelta(hours=1)
    assert dialogue.respond("an hour ago", asked, NOW + timedelta(hours=2))[0].ended == NOW + timedelta(hours=1)
