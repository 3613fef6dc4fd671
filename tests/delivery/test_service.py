"""One turn: what goes in, what comes out, what is remembered, what is counted."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.channels.edition import Edition
from bot.delivery.handler import Later
from bot.delivery.metrics import Metrics
from bot.delivery.service import Rated, Service, Turned
from bot.dialogue.conversation import ConversationKey, Reply
from bot.dialogue.events import AsksEnd, Chosen, Ended, Event, NotHelped, Said, WantsPerson
from bot.dialogue.policy import Dialogue
from bot.dialogue.ratings import Rating
from bot.dialogue.state import ChatState, dump_state, load_state
from bot.matching.training import unlearned_matcher
from tests.fakes.editions import editions_of, metrics_of

if TYPE_CHECKING:
    from bot.dialogue.conversation import Conversation, Outcome
    from bot.knowledge.model import Knowledge

HERE = ConversationKey("default", "telegram", "7")
AT = 1_764_000_000.0  # 2025-11-24 16:00 UTC
LENGTH = "how long does an infusion take?"


@pytest.fixture
def metrics() -> Metrics:
    return metrics_of()


@pytest.fixture
def edition(dialogue: Dialogue) -> Edition:
    return editions_of(dialogue, zone=ZoneInfo("America/Chicago")).current("default")


@pytest.fixture
def service(metrics: Metrics) -> Iterator[Service]:
    found = Service(metrics)
    yield found
    found.close()


def _replies(metrics: Metrics, kind: str) -> bytes:
    start = f'infusion_bot_replies_total{{channel="telegram",clinic="default",kind="{kind}"}} '.encode()
    return next(line.removeprefix(start) for line in metrics.rendered().splitlines() if line.startswith(start))


async def test_a_turn_is_the_dialogues_own(service: Service, edition: Edition, dialogue: Dialogue) -> None:
    reply, memory = await service.turn(edition, HERE, Said(LENGTH), ChatState(), "", AT)
    before = ChatState().participant("").conversation
    expected, _ = dialogue.turn(Said(LENGTH), before, edition.moment(AT))
    assert reply == expected
    assert memory.participant("").conversation.topics[0] == "infusion_length"


async def test_the_next_turn_knows_the_one_before_through_the_store(service: Service, edition: Edition) -> None:
    _, memory = await service.turn(edition, HERE, Said("how long does relief from pain last?"), ChatState(), "", AT)
    reply, _ = await service.turn(edition, HERE, Said("and for depression?"), load_state(dump_state(memory)), "", AT)
    assert [part.entry for part in reply.parts] == ["series_relief_depression"]


async def test_people_do_not_hear_each_other(service: Service, edition: Edition) -> None:
    _, memory = await service.turn(edition, HERE, Said("how long does relief from pain last?"), ChatState(), "ann", AT)
    reply, memory = await service.turn(edition, HERE, Said("and then?"), memory, "ben", AT)
    assert reply.kind != "answer"
    assert list(memory.people) == ["ann", "ben"]


async def test_what_is_kept_of_a_reply_is_not_its_words(service: Service, edition: Edition) -> None:
    reply, memory = await service.turn(edition, HERE, Said(LENGTH), ChatState(), "", AT)
    assert "40 minutes" in reply.text
    assert "40 minutes" not in dump_state(memory)
    last = load_state(dump_state(memory)).participant("").last
    assert last is not None
    assert (last.text, last.choices, last.related) == ("", (), ())
    assert [one.topic for one in last.trace.topics] == [one.topic for one in reply.trace.topics]
    assert (last.kind, last.claims) == (reply.kind, reply.claims)


async def test_clock_times_are_those_of_the_clinic(service: Service, edition: Edition) -> None:
    reply, _ = await service.turn(edition, HERE, Said("my infusion ended at 09:30"), ChatState(), "", AT)  # it is 10:00 there
    assert "10:30 am" in reply.text
    assert edition.moment(AT) == datetime(2025, 11, 24, 10, 0, tzinfo=ZoneInfo("America/Chicago"))


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (lambda one, edition: one.turn(edition, HERE, Chosen("driving"), ChatState(), "", AT), "answer"),
        (lambda one, edition: one.turn(edition, HERE, Chosen("no such entry"), ChatState(), "", AT), None),
        (
            lambda one, edition: one.turn(edition, HERE, Ended(datetime.fromtimestamp(AT - 3600, UTC)), ChatState(), "", AT),
            "timeline",
        ),
        (lambda one, edition: one.turn(edition, HERE, AsksEnd(), ChatState(), "", AT), "timeline"),
        (lambda one, edition: one.turn(edition, HERE, WantsPerson(), ChatState(), "", AT), "handoff"),
        (lambda one, edition: one.turn(edition, HERE, NotHelped(), ChatState(), "", AT), None),
    ],
    ids=["press", "press of nothing", "end", "ask for the end", "hand-off", "complaint"],
)
async def test_all_that_can_be_pressed_is_a_turn(
    service: Service,
    edition: Edition,
    metrics: Metrics,
    act: Callable[[Service, Edition], Awaitable[tuple[Reply, ChatState]]],
    kind: str | None,
) -> None:
    reply, memory = await act(service, edition)
    assert kind is None or reply.kind == kind
    assert reply.text
    assert memory.participant("").last is not None
    assert _replies(metrics, reply.kind) == b"1.0"


async def test_danger_is_heard_without_a_conversation(service: Service, edition: Edition, metrics: Metrics) -> None:
    reply = await service.urgent(edition, HERE, Said("I just took all my pills, I want to die"), AT)
    assert reply is not None
    assert reply.kind == "urgent"
    assert await service.urgent(edition, HERE, Said(LENGTH), AT) is None
    assert _replies(metrics, "urgent") == b"1.0"


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (Chosen("care:unsafe"), "urgent"),
        (Chosen("care:unsure"), "urgent"),
        (Chosen("care:safe"), None),
        (Chosen("driving"), None),
        (Ended(datetime.fromtimestamp(AT, UTC)), None),
        (AsksEnd(), None),
        (NotHelped(), None),
        (WantsPerson(), None),
    ],
    ids=str,
)
async def test_a_choice_that_one_is_not_safe_is_heard_without_a_conversation(
    service: Service, edition: Edition, event: Event, kind: str | None
) -> None:
    reply = await service.alarm(edition, event)
    assert (reply and reply.kind) == kind


async def test_a_long_text_is_read_beside_the_loop(
    service: Service, edition: Edition, dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = []
    turn, urgent = dialogue.turn, dialogue.urgent

    def noted_turn(event: Event, before: Conversation, now: datetime) -> Outcome:
        where.append(threading.get_ident())
        return turn(event, before, now)

    def noted_urgent(utterance: str) -> Reply | None:
        where.append(threading.get_ident())
        return urgent(utterance)

    monkeypatch.setattr(dialogue, "turn", noted_turn)
    monkeypatch.setattr(dialogue, "urgent", noted_urgent)
    long = "my dog likes the garden. " * 50 + "i want to kill myself."
    assert (await service.turn(edition, HERE, Said(long), ChatState(), "", AT))[0].kind == "urgent"
    assert await service.urgent(edition, HERE, Said(long), AT) is not None
    await service.turn(edition, HERE, Said(LENGTH), ChatState(), "", AT)
    await service.urgent(edition, HERE, Said(LENGTH), AT)
    # Of the long one danger is looked for, before it is answered.
    assert [one == threading.get_ident() for one in where] == [False, False, False, True, True]


async def test_danger_does_not_wait_for_the_sentence_model(
    service: Service, edition: Edition, dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers that a model is asked for go to one thread, one after the other; what is heard of danger is no part of that."""
    monkeypatch.setattr(type(dialogue.matcher), "understands", True)
    began, held = threading.Event(), threading.Event()

    def slow(event: Event, before: Conversation, now: datetime) -> Outcome:
        began.set()
        held.wait(10)
        return Reply("answer", "late"), before

    monkeypatch.setattr(dialogue, "turn", slow)
    answer = asyncio.create_task(service.turn(edition, HERE, Said(LENGTH), ChatState(), "", AT))
    await asyncio.to_thread(began.wait, 10)
    try:
        for said in ("i want to kill myself", "my dog likes the garden. " * 50 + "i want to kill myself."):
            assert await asyncio.wait_for(service.urgent(edition, HERE, Said(said), AT), 5) is not None
    finally:
        held.set()
        await answer


async def test_danger_said_in_short_is_answered_though_answers_wait(
    service: Service, edition: Edition, dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(dialogue.matcher), "understands", True)
    began, held, turn = threading.Event(), threading.Event(), dialogue.turn

    def slow(event: Event, before: Conversation, now: datetime) -> Outcome:
        if event == Said(LENGTH):
            began.set()
            held.wait(10)
        return turn(event, before, now)

    monkeypatch.setattr(dialogue, "turn", slow)
    answers = [asyncio.create_task(service.turn(edition, HERE, Said(LENGTH), ChatState(), "", AT)) for _ in range(20)]
    await asyncio.to_thread(began.wait, 10)
    try:
        said = Said("i want to kill myself")
        reply, memory = await asyncio.wait_for(service.turn(edition, HERE, said, ChatState(), "", AT), 5)
        assert reply.kind == "urgent"
        assert memory.participant("").conversation.watch is not None
    finally:
        held.set()
        await asyncio.gather(*answers)


class _Listener:
    def __init__(self, fails: bool = False) -> None:
        self.heard: list[Turned] = []
        self._fails = fails

    def turned(self, turn: Turned) -> None:
        self.heard.append(turn)
        if self._fails:
            raise ValueError(LENGTH)


async def test_observers_hear_of_every_reply_and_hurt_none(
    metrics: Metrics, edition: Edition, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = _Listener(fails=True), _Listener()
    service = Service(metrics, [bad, good])
    try:
        reply, memory = await service.turn(edition, HERE, Said(LENGTH), ChatState(), "ann", AT)
        danger = await service.urgent(edition, HERE, Said("I want to die"), AT + 1)
        assert await service.urgent(edition, HERE, Said(LENGTH), AT) is None
    finally:
        service.close()
    assert reply.kind == "answer"
    after = memory.participant("ann").conversation
    asked, said = good.heard
    assert asked == Turned(HERE, "ann", Said(LENGTH), reply, ChatState().participant("ann").conversation, after, AT)
    assert (said.reply, said.at) == (danger, AT + 1)
    assert len(bad.heard) == 2
    assert "an observer failed" in caplog.text
    assert LENGTH not in caplog.text


class _Heard:
    def __init__(self, *, fails: bool = False) -> None:
        self.rated_: list[Rated] = []
        self._fails = fails

    def rated(self, rated: Rated) -> None:
        if self._fails:
            raise OSError(rated)
        self.rated_.append(rated)


def test_what_is_said_of_an_answer_is_heard(metrics: Metrics, caplog: pytest.LogCaptureFixture) -> None:
    heard = _Heard()
    service = Service(metrics, rating_observers=[_Heard(fails=True), heard])
    said = Rated(HERE, ("driving",), ("not_helped", "wrong"), AT)
    service.rated(said)
    assert heard.rated_ == [said]
    assert "driving" not in caplog.text
    service.close()


async def test_what_was_said_of_an_answer_outlives_the_turns_after_it(service: Service, edition: Edition) -> None:
    memory = ChatState().with_ratings((Rating(("driving",), helped=False),))
    _, memory = await service.turn(edition, HERE, NotHelped(), memory, "", AT)
    assert load_state(dump_state(memory)).ratings == (Rating(("driving",), helped=False),)
    assert memory.without("").ratings


async def test_a_draft_is_the_reply_and_nobody_hears_of_it(edition: Edition, metrics: Metrics) -> None:
    class Deaf:
        def turned(self, turn: Turned) -> None:
            pytest.fail(str(turn))

    service = Service(metrics, observers=[Deaf()])
    reply = await service.draft(edition, Said(LENGTH), ChatState(), AT)
    assert [part.entry for part in reply.parts] == ["infusion_length"]
    assert _replies(metrics, "answer") == b"0.0"
    service.close()


async def test_before_anything_is_learned_danger_is_answered_and_the_rest_later(knowledge: Knowledge, metrics: Metrics) -> None:
    service, edition = Service(metrics), editions_of(Dialogue(knowledge, unlearned_matcher(knowledge))).current("default")
    reply, _ = await service.turn(edition, HERE, Said("i want to kill myself"), ChatState(), "7", AT)
    assert reply.kind == "urgent"
    for text in (LENGTH, f"{LENGTH} {'and so on ' * 60}"):
        with pytest.raises(Later):
            await service.turn(edition, HERE, Said(text), ChatState(), "7", AT)
    service.close()
    assert _replies(metrics, "urgent") == b"1.0"
