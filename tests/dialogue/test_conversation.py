"""The object that channels and tools exchange: keys, types, and that it is JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from bot.dialogue.conversation import Choice, Conversation, Part, Reply, as_json
from bot.dialogue.events import Said
from bot.dialogue.trace import trace_of
from bot.knowledge.model import Place

if TYPE_CHECKING:
    from bot.dialogue.policy import Dialogue

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
KEYS = set(
    "kind text parts confidence claims safety boundary choices related sources urgent helpline language forgets stamp".split()
)

REPLY = Reply(
    kind="answer",
    text="said",
    parts=(Part("an_entry", None, ("a_claim",), 0.123456), Part(None, "a_boundary", (), 0.5)),
    confidence=0.987654,
    claims=("a_claim",),
    safety=("another",),
    boundary="a_boundary",
    choices=(Choice("an_entry", "An entry?", ("a_claim",)),),
    sources=(Place("document", "section", 2),),
    stamp={"knowledge": "hash", "version": "1"},
    trace=trace_of("line", "because"),
)


def test_all_fields_are_told_as_the_contract_has_them() -> None:
    assert as_json(REPLY) == {
        "kind": "answer",
        "text": "said",
        "parts": [
            {"entry": "an_entry", "claims": ["a_claim"], "confidence": 0.1235},
            {"boundary": "a_boundary", "confidence": 0.5},
        ],
        "confidence": 0.9877,
        "claims": ["a_claim"],
        "safety": ["another"],
        "boundary": "a_boundary",
        "choices": [{"id": "an_entry", "label": "An entry?", "claims": ["a_claim"]}],
        "related": [],
        "sources": [{"document": "document", "section": "section", "paragraph": 2}],
        "urgent": None,
        "helpline": False,
        "forgets": False,
        "language": "en",
        "stamp": {"knowledge": "hash", "version": "1"},
    }


@pytest.mark.parametrize(
    "say",
    [
        "how long does one infusion take",
        "what does it cost",
        "",
        "hello",
        "can i talk to a person",
        "i want to kill myself",
        "i feel so hopeless about everything",
        "сколько стоит одна капельница",
        "qwzx plorf",
    ],
)
def test_every_kind_of_reply_is_json_with_the_same_keys(say: str, dialogue: Dialogue) -> None:
    reply, _ = dialogue.turn(Said(say), Conversation(), NOW)
    told: dict[str, Any] = json.loads(json.dumps(as_json(reply)))
    assert set(told) == KEYS
    assert told == as_json(reply)
    assert set(told["stamp"]) == {"clinic", "knowledge", "version"}
