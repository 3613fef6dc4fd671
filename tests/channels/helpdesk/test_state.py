"""What is kept of a conversation comes back, and what another release kept is nothing."""

from __future__ import annotations

import json

import pytest

from bot.channels.helpdesk.state import WHO, ConversationRecord, dump_record, read_record
from bot.dialogue.conversation import Conversation, Floor
from bot.dialogue.state import dump_state

# As they were stored when ``unhelped`` and ``taken`` stood beside the conversation.
TAKEN = (
    r'{"v":1,"m":"{\"v\":1,\"people\":{\"\":{\"c\":{\"greeted\":true,\"misses\":1},\"last\":{\"kind\":\"fallback\",'
    r'\"confidence\":0.0,\"parts\":[],\"claims\":[],\"safety\":[],\"sources\":[],\"why\":[]}}}}",'
    r'"unhelped":1,"taken":3,"said":[]}'
)
HANDED_OVER = (
    r'{"v":1,"m":"{\"v\":1,\"people\":{\"\":{\"c\":{\"greeted\":true,\"topics\":[\"booking\"]},\"last\":{\"kind\":\"handoff\",'
    r'\"confidence\":0.0,\"parts\":[],\"claims\":[],\"safety\":[],\"sources\":[],\"why\":[]}}}}",'
    r'"unhelped":0,"taken":13,"said":[]}'
)
LOST = (
    r'{"v":1,"m":"{\"v\":1,\"people\":{\"\":{\"c\":{\"greeted\":true},\"last\":{\"kind\":\"smalltalk\",'
    r'\"confidence\":0.0,\"parts\":[],\"claims\":[],\"safety\":[],\"sources\":[],\"why\":[]}}}}",'
    r'"unhelped":2,"taken":0,"said":[["5994471abb01112afcc18159f6cc74b4f511b998","{\"kind\":\"smalltalk\"}"]]}'
)
TAKEN_AT_ONCE = r'{"v":1,"m":"{\"v\":1,\"people\":{}}","unhelped":0,"taken":4,"said":[]}'


@pytest.mark.parametrize("state", [None, "", "{", "[]", '{"v":2,"m":""}', '{"v":1}', '{"v":1,"m":5}'])
def test_what_another_release_kept_is_nothing(state: str | None) -> None:
    assert read_record(state) == ConversationRecord()


def test_a_record_comes_back_as_it_was() -> None:
    record = ConversationRecord().with_conversation(Conversation(greeted=True, unhelped=1, floor=Floor("staff", 77)))
    for number in range(6):
        record = record.having_said(str(number), "{}", 1000.0 + number)
    assert read_record(dump_record(record)) == record
    assert [id for id, _ in record.said] == ["2", "3", "4", "5"]
    assert [record.has_seen(id) for id in ("0", "5", "6")] == [True, True, False]
    later = record.having_said("7", "{}", 1603.5)
    assert [later.has_seen(id) for id in ("2", "3", "5", "7")] == [False, True, True, True], "while a signature may hold"
    for number in range(2000):
        later = later.having_said(f"{number:040x}", "{}", 1604.0)
    assert len(later.seen) == 1000


@pytest.mark.parametrize(
    ("state", "conversation", "last", "said"),
    [
        pytest.param(
            TAKEN, Conversation(greeted=True, misses=1, unhelped=1, floor=Floor("staff", 3)), "fallback", [], id="taken"
        ),
        pytest.param(
            HANDED_OVER,
            Conversation(greeted=True, topics=("booking",), floor=Floor("staff", 13)),
            "handoff",
            [],
            id="handed-over",
        ),
        pytest.param(
            LOST,
            Conversation(greeted=True, unhelped=2),
            "smalltalk",
            [("5994471abb01112afcc18159f6cc74b4f511b998", '{"kind":"smalltalk"}')],
            id="lost",
        ),
        pytest.param(TAKEN_AT_ONCE, Conversation(floor=Floor("staff", 4)), None, [], id="taken-before-a-word"),
    ],
)
def test_what_stood_beside_the_conversation_goes_into_it(
    state: str, conversation: Conversation, last: str | None, said: list[tuple[str, str]]
) -> None:
    record = read_record(state)
    person = record.memory.participant(WHO)
    assert (person.conversation, person.last and person.last.kind, list(record.said)) == (conversation, last, said)
    assert read_record(dump_record(record)) == record


@pytest.mark.parametrize("floor", [Floor(), Floor("staff", 7), Floor("bot", 7)])
@pytest.mark.parametrize("unhelped", [0, 1])
def test_old_processes_read_what_new_ones_keep_and_the_other_way_round(floor: Floor, unhelped: int) -> None:
    new = ConversationRecord().with_conversation(Conversation(greeted=True, unhelped=unhelped, floor=floor))
    kept = json.loads(dump_record(new))
    assert (kept["v"], kept["unhelped"], kept["taken"]) == (1, unhelped, floor.since)
    # An old one writes what it knows: nothing of the two within the conversation.
    kept["m"] = dump_state(ConversationRecord().with_conversation(Conversation(greeted=True)).memory)
    kept.update(unhelped=2, taken=9)
    found = read_record(json.dumps(kept)).conversation
    assert found == Conversation(greeted=True, unhelped=2, floor=Floor("staff", 9))
