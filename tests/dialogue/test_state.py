"""What is remembered of a conversation, as text and back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.service import Service
from bot.dialogue.conversation import Choice, Conversation, ConversationKey, Floor, Part, Reply, Watch
from bot.dialogue.events import Said
from bot.dialogue.ratings import REASONS, Rating
from bot.dialogue.state import ChatState, Participant, dump_state, load_state
from bot.dialogue.trace import RankedTopic, StepName, Trace, TraceStep, trace_lines
from bot.knowledge.model import Place
from tests.fakes.editions import editions_of, metrics_of

if TYPE_CHECKING:
    from bot.dialogue.policy import Dialogue

WORDS = st.text(max_size=3)
MANY = st.lists(WORDS, max_size=2).map(tuple)
CHOICES = st.builds(Choice, WORDS, WORDS, MANY)
COUNTS = st.integers(0, 99)
WATCHES = st.builds(
    Watch,
    kinds=MANY,
    stage=st.sampled_from(["asked", "alarm", "safe", "low"]),
    followed=COUNTS,
    answered=MANY,
    since=st.integers(0, 999_999),
    language=st.sampled_from(["en", "es", "uk"]),
    asked=COUNTS,
    lows=COUNTS,
    symptoms=COUNTS,
    eased=COUNTS,
    denied=COUNTS,
    disclaimed=COUNTS,
    question=st.sampled_from(("", "suicide", "safe")),
)
CONVERSATIONS = st.builds(
    Conversation,
    greeted=st.booleans(),
    topics=MANY,
    choices=st.lists(CHOICES, max_size=2).map(tuple),
    others=MANY,
    misses=st.integers(0, 9),
    asked_end=st.booleans(),
    timezone=st.none() | st.sampled_from(["UTC", "America/Chicago"]),
    unhelped=st.integers(0, 9),
    floor=st.builds(Floor, st.sampled_from(["bot", "staff"]), st.integers(0)),
    watch=st.none() | WATCHES,
    told_end=st.booleans(),
)
SURE = st.floats(0, 1).map(lambda value: round(value, 4))
STEPS = st.lists(st.builds(TraceStep, st.sampled_from(get_args(StepName)), WORDS, SURE), max_size=2).map(tuple)
TOPICS = st.lists(st.builds(RankedTopic, WORDS, SURE), max_size=2).map(tuple)
TRACES = st.builds(Trace, STEPS, st.lists(TOPICS, max_size=2).map(tuple), STEPS)
REPLIES = st.builds(
    Reply,
    kind=st.sampled_from(["answer", "urgent", "support"]),
    text=st.just(""),
    parts=st.lists(st.builds(Part, st.none() | WORDS, st.none() | WORDS, st.just(()), SURE), max_size=2).map(tuple),
    confidence=SURE,
    claims=MANY,
    safety=MANY,
    sources=st.lists(st.builds(Place, WORDS, WORDS, st.integers(1, 99)), max_size=2).map(tuple),
    trace=TRACES,
    boundary=st.none(),
    choices=st.just(()),
    related=st.just(()),
    urgent=st.none(),
    helpline=st.just(False),
    ended=st.none(),
)
RATINGS = st.lists(st.builds(Rating, MANY, st.booleans(), st.none() | st.sampled_from(REASONS)), max_size=2).map(tuple)
PEOPLE = st.dictionaries(WORDS, st.builds(Participant, CONVERSATIONS, st.none() | REPLIES), max_size=2)
MEMORIES = st.builds(ChatState, PEOPLE, RATINGS)


@given(MEMORIES)
def test_what_is_kept_comes_back(memory: ChatState) -> None:
    found = load_state(dump_state(memory))
    assert {who: one.conversation for who, one in found.people.items()} == {
        who: one.conversation for who, one in memory.people.items()
    }
    lasts = {who: one.last and replace(one.last, stamp={}) for who, one in found.people.items()}
    assert lasts == {who: one.last and replace(one.last, stamp={}) for who, one in memory.people.items()}
    assert "\n" not in dump_state(memory)
    assert list(found.people) == list(memory.people)
    assert found.ratings == memory.ratings


@given(
    st.one_of(
        st.text(),
        st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)).map(
            json.dumps
        ),
    )
)
def test_whatever_is_stored_can_be_read(state: str) -> None:
    assert isinstance(load_state(state), ChatState)


@pytest.mark.parametrize(
    "state",
    [
        None,
        *("", "x", "null", "[]", "{}", '{"v":0,"people":{}}', '{"v":2,"people":{}}', '{"v":1}', '{"v":1,"people":[]}'),
        '{"v":1,"people":{"":{"c":{"new_field":1},"last":null}}}',
        '{"v":1,"people":{"":{"c":{},"last":{}}}}',
        '{"v":1,"people":{"":{"c":{},"last":null,"unhelped":"x"}}}',
        '{"v":1,"people":{"":{"c":{},"last":null,"floor":["staff"]}}}',
        '{"v":1,"people":{"":{"c":{},"last":null,"floor":["staff",Infinity]}}}',
        '{"v":1,"people":{"":{"c":{},"last":null,"watch":3}}}',
        '{"v":1,"people":{"":null}}',
        '{"v":1,"people":{},"ratings":[["driving",true]]}',
    ],
)
def test_what_another_release_wrote_is_no_memory(state: str | None) -> None:
    assert load_state(state) == ChatState()


# As they were stored before it was counted and kept how often the bot could not help, and who has the floor.
ALONE = (
    '{"v":1,"people":{"":{"c":{"greeted":true,"topics":["cost"],"misses":1},"last":{"kind":"fallback","confidence":0.2047,'
    '"parts":[],"claims":[],"safety":[],"sources":[],"why":[]}}}}'
)
GROUP = (
    '{"v":1,"people":{"7":{"c":{"greeted":true,"topics":["infusion_length"],"choices":[["onset","How soon?",["onset"]]],'
    '"others":["other_medicine"],"asked_end":true,"timezone":"UTC"},"last":null},"8":{"c":{},"last":null}}}'
)


@pytest.mark.parametrize(
    ("state", "conversations"),
    [
        (ALONE, {"": Conversation(greeted=True, topics=("cost",), misses=1)}),
        (
            GROUP,
            {
                "7": Conversation(
                    greeted=True,
                    topics=("infusion_length",),
                    choices=(Choice("onset", "How soon?", ("onset",)),),
                    others=("other_medicine",),
                    asked_end=True,
                    timezone="UTC",
                ),
                "8": Conversation(),
            },
        ),
    ],
)
def test_what_was_kept_before_there_was_a_floor_is_remembered(state: str, conversations: dict[str, Conversation]) -> None:
    memory = load_state(state)
    assert {who: one.conversation for who, one in memory.people.items()} == conversations
    before, after = (json.loads(one)["people"] for one in (state, dump_state(memory)))
    assert {who: one["c"] for who, one in after.items()} == {who: one["c"] for who, one in before.items()}


def test_processes_from_before_there_was_a_floor_read_the_rest() -> None:
    floor = Conversation(greeted=True, unhelped=2, floor=Floor("staff", 12))
    (kept,) = json.loads(dump_state(ChatState({"": Participant(floor)})))["people"].values()
    assert kept == {"c": {"greeted": True}, "last": None, "unhelped": 2, "floor": ["staff", 12]}


# -- danger ---------------------------------------------------------------------------------------------------------

WATCHED = Conversation(
    greeted=True, topics=("driving",), watch=Watch(("self_harm", "overdose"), followed=3, answered=("cost",), since=490_000)
)


def test_every_field_of_a_watch_is_tried() -> None:
    """A field more is one more that has to come back."""
    assert {one.name for one in fields(Watch)} == set(
        "kinds stage followed answered since language asked lows symptoms eased denied disclaimed question".split()
    )


def test_what_was_kept_before_there_was_a_watch_is_remembered() -> None:
    (before,) = json.loads(dump_state(ChatState({"": Participant(replace(WATCHED, watch=None))})))["people"].values()
    assert "watch" not in before
    assert load_state(ALONE).participant("").conversation.watch is None
    assert load_state(GROUP).participant("7").conversation.watch is None


def test_processes_from_before_there_was_a_watch_read_the_rest() -> None:
    """They make a conversation of all that stands in "c", and do not look beside it."""
    (kept,) = json.loads(dump_state(ChatState({"": Participant(WATCHED)})))["people"].values()
    assert kept["c"] == {"greeted": True, "topics": ["driving"]}
    assert kept["watch"] == {"kinds": ["self_harm", "overdose"], "followed": 3, "answered": ["cost"], "since": 490_000}


def test_fields_of_a_newer_release_are_left_out() -> None:
    state = json.loads(dump_state(ChatState({"": Participant(WATCHED)})))
    state["people"][""]["watch"] |= {"invented": 7, "another": ["x"]}
    assert load_state(json.dumps(state)).participant("").conversation == WATCHED


def test_each_person_of_a_group_is_watched_over_alone() -> None:
    memory = ChatState().with_person("7", Participant(WATCHED)).with_person("8", Participant(Conversation()))
    found = load_state(dump_state(memory))
    assert found.participant("7").conversation.watch == WATCHED.watch
    assert found.participant("8").conversation.watch is None


OF_AN_OLDER_RELEASE = (
    '{"v":1,"people":{"":{"c":{"greeted":true,"topics":["driving"]},"last":{"kind":"answer","confidence":0.9,'
    '"parts":[["driving",null,0.9]],"claims":["driving"],"safety":[],"sources":[["article","acute",2]],'
    '"why":["driving: confidence 0.90 (sum 6.85); nearest phrase: can i drive","danger by meaning: 0.40 (medical)"]}}}}'
)


def test_a_reply_that_an_older_release_kept_keeps_its_lines() -> None:
    kept = load_state(OF_AN_OLDER_RELEASE).participant("")
    assert kept.conversation.topics == ("driving",)
    assert kept.last is not None
    assert (kept.last.kind, kept.last.claims, kept.last.trace.topics) == ("answer", ("driving",), ())
    lines = trace_lines(kept.last.trace)
    assert lines == tuple(json.loads(OF_AN_OLDER_RELEASE)["people"][""]["last"]["why"])
    again = load_state(dump_state(ChatState({"": kept})))
    assert again.participant("") == kept


def test_an_older_release_can_read_what_is_kept_now() -> None:
    """It reads these keys, and loses the conversation where one is missing."""
    state = ChatState().with_person("", Participant(last=Reply("answer", "", trace=Trace((TraceStep("chosen"),)))))
    last = json.loads(dump_state(state))["people"][""]["last"]
    assert {"kind", "confidence", "parts", "claims", "safety", "sources", "why"} <= set(last)
    assert last["why"] == []


def test_of_a_group_those_are_remembered_who_wrote_last() -> None:
    memory = ChatState()
    for number in range(25):
        memory = memory.with_person(str(number), Participant(Conversation(misses=number)))
    memory = memory.with_person("7", Participant(Conversation(misses=77)))
    assert list(memory.people) == ["5", "6", *map(str, range(8, 25)), "7"]
    assert memory.participant("7").conversation.misses == 77
    assert memory.participant("0") == Participant()
    assert "7" not in memory.without("7").people
    assert memory.without("nobody") == memory


CANARY = "zanzibarcanary"
HERE = ConversationKey("default", "telegram", "7")


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    found = Service(metrics_of())
    yield found
    found.close()


@pytest.mark.parametrize(
    "words",
    [
        f"my name is {CANARY}, how long does an infusion take?",
        f"how long does the {CANARY} infusion take?",
        f"{CANARY}",
        f"my infusion ended an hour ago, {CANARY}",
        f"and for {CANARY}?",
        f"can {CANARY} refill my prescription",
        f"I want to kill myself, {CANARY}",
        f"I feel so hopeless, {CANARY}",
        f"сколько стоит {CANARY}",
        f"¿cuánto dura {CANARY}?",
        f"hello {CANARY}",
    ],
)
def test_no_word_of_a_person_is_remembered(service: Service, dialogue: Dialogue, words: str) -> None:
    edition = editions_of(dialogue).current("default")
    _, memory = asyncio.run(service.turn(edition, HERE, Said(words), ChatState(), "", 1_764_000_000.0))
    _, memory = asyncio.run(service.turn(edition, HERE, Said(f"no, {CANARY}"), memory, "", 1_764_000_000.0))
    kept = dump_state(memory)
    assert len(memory.people) == 1
    assert CANARY not in kept.lower()
    assert CANARY[:9] not in kept.lower()
