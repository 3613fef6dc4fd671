"""Raw updates: whose conversation each belongs to, and that whatever comes can be taken."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.updates.intake import UPDATES, NoUpdate, chat_key, incoming_from, parse_update
from bot.delivery.storage.open import open_storage
from bot.dialogue.conversation import ConversationKey
from tests.fakes.botapi import updates
from tests.fakes.botapi.state import Json

ANN, BEN = updates.user(1001, "Ann"), updates.user(1002, "Ben")
ROOM = updates.group_chat(updates.FORUM)


@pytest.mark.parametrize(
    ("update", "conversation"),
    [
        (updates.text("hello", ANN), "1001"),
        (updates.edited(updates.text("hello", ANN), "hi"), "1001"),
        (updates.group_text("hello"), str(updates.GROUP)),
        (updates.group_text("hello", ROOM, topic=77), f"{updates.FORUM}:77"),
        (updates.group_text("hello", ROOM, message_thread_id=9), str(updates.FORUM)),
        (updates.business_text("hello", ANN), f"b{updates.CONNECTION}:1001"),
        (updates.edited(updates.business_text("hello", ANN), "hi"), f"b{updates.CONNECTION}:1001"),
        (updates.callback("r:x", ANN), "1001"),
        (updates.callback("r:x", BEN, of=updates.group_text("x", ROOM, topic=77)["message"]), f"{updates.FORUM}:77"),
        (updates.inline("x", ANN), "u1001"),
        (updates.membership("kicked", ANN), "1001"),
        (updates.business_connection(BEN), f"c{updates.CONNECTION}"),
        (updates.unknown(), "1001"),
        ({}, "x5"),
        ({"message": None}, "x5"),
        ({"message": {"chat": {"id": "1001"}}}, "x5"),
        ({"message": {"chat": [1001]}}, "x5"),
        ({"callback_query": {"id": "1"}}, "x5"),
        ({"callback_query": {"id": "1", "from": {"id": 1001}}}, "u1001"),
        ({"inline_query": {"from": {"id": "\ud800"}}}, "x5"),
        ({"inline_query": {"from": {"id": [1] * 5000}}}, "x5"),
        ({"business_message": {"chat": {"id": 1}, "business_connection_id": "\ud800"}}, "x5"),
        ({"business_message": {"chat": {"id": 1}, "business_connection_id": "a\0b"}}, "x5"),
        ({"business_connection": {"id": "a" * 5000}}, "x5"),
    ],
)
def test_whose_conversation_it_is(update: Json, conversation: str) -> None:
    found = incoming_from({"update_id": 5, **update}, "aurora", 7.0)
    assert (found.key, found.id, found.received) == (ConversationKey("aurora", "telegram", conversation), "5", 7.0)


def test_a_press_is_in_the_conversation_of_its_message() -> None:
    answer = updates.group_text("x", ROOM, topic=77)["message"]
    said = incoming_from({"update_id": 1, **updates.group_text("/ask x", ROOM, topic=77)}, "c", 0.0)
    assert incoming_from({"update_id": 2, **updates.callback("r:x", of=answer)}, "c", 0.0).key == said.key


def test_only_an_inline_query_expires() -> None:
    kinds = {kind: incoming_from({"update_id": 1, kind: {"from": {"id": 1}}}, "c", 100.0).expires for kind in UPDATES}
    assert kinds == {kind: 130.0 if kind == "inline_query" else None for kind in UPDATES}


def test_the_payload_is_what_came() -> None:
    body = b'{ "update_id":1,  "message":{"chat":{"id":3},"text":"\\ud800 \xc3\xa9"}}'
    assert parse_update(body, "c", 0.0).payload == body
    again = incoming_from(json.loads(body), "c", 0.0)
    assert json.loads(again.payload) == json.loads(body)
    assert again.key == parse_update(body, "c", 0.0).key == chat_key("c", 3)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"update_id"',
        b"{}",
        b'{"update_id":null}',
        b'{"update_id":"5"}',
        b'{"update_id":true}',
        b'{"update_id":1.5}',
        b'{"update_id":1',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"update_id":' + b"9" * 5000 + b"}",
        b'{"update_id":' + b"9" * 30 + b"}",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_no_update_is_refused(body: bytes) -> None:
    with pytest.raises(NoUpdate):
        parse_update(body, "c", 0.0)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
FIELDS = ("chat", "from", "id", "message", "message_thread_id", "is_topic_message", "business_connection_id")


@given(
    kind=st.sampled_from(UPDATES),
    body=JSON | st.dictionaries(st.sampled_from(FIELDS), JSON | st.just({"id": 1})),
    id=st.integers(),
)
def test_whatever_has_a_number_has_a_conversation_or_is_refused(kind: str, body: Any, id: int) -> None:
    try:
        found = incoming_from({"update_id": id, kind: body}, "c", 0.0)
    except NoUpdate:
        assert not 0 <= id < 1 << 63
        return
    assert found.key.id
    assert f"{found.key.id}{found.id}".encode("ascii").isascii()
    assert parse_update(found.payload, "c", 0.0).key == found.key


async def test_a_store_takes_the_strangest() -> None:
    store = open_storage("memory:", owner="one")
    await store.start()
    try:
        strange = [
            {"update_id": 1, "business_message": {"chat": {"id": 1}, "business_connection_id": "\ud800"}},
            {"update_id": 2, "inline_query": {"from": {"id": "\0"}}},
            {"update_id": (1 << 63) - 1, "message": {"chat": {"id": 10**300}}},
        ]
        assert (await store.take([incoming_from(raw, "c", 0.0) for raw in strange]))[0] == 3
    finally:
        await store.close()
