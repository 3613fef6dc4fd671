"""The clinic's staff in a conversation of the web, as a page that speaks HTTP sees it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from jsonschema import Draft202012Validator

from bot.channels.web.api.conversations import conversation_key
from bot.delivery.handoff import Handoff
from bot.delivery.handoff.handoffs import Handoffs
from bot.delivery.storage import Storage
from tests.channels.web.api.test_app import URGENT, Away, problem
from tests.channels.web.conftest import Answer, Json, Line, Making, line_to

ASKED = "May I bring my own blanket and pillow?"


@dataclass
class Talk:
    """A conversation of the web with the staff, and the way to both sides."""

    line: Line
    handoffs: Handoffs
    token: str

    async def say(self, text: str, message: str = "") -> Json:
        more = {"message": message} if message else {}
        answer = await self.line("POST", "/ask", {"question": text, "conversation": self.token, **more})
        assert answer.status == 200, answer
        told: Json = answer.json
        return told

    async def post(self, path: str, **more: object) -> Answer:
        return await self.line("POST", path, {"conversation": self.token, **more})

    async def agree(self, message: str = "m0", **more: str) -> Json:
        answer = await self.post("/handoff/agree", message=message, **more)
        assert answer.status == 200, answer
        told: Json = answer.json
        return told

    async def news(self, after: int = 0) -> Json:
        answer = await self.post("/conversations/messages", after=after)
        assert answer.status == 200, answer
        told: Json = answer.json
        return told

    async def open(self) -> Handoff:
        (one,) = await self.handoffs.listing()
        return one

    async def written(self) -> list[tuple[str, str]]:
        """All that the staff see, with who wrote it."""
        (one,) = await self.handoffs.listing(("open", "claimed", "closed"))
        return [(line.side, line.text) for line in await self.handoffs.messages(one.id)]


@pytest.fixture
async def talk(context: Making, storage: Storage) -> AsyncIterator[Talk]:
    handoffs = Handoffs(storage, "default")
    async with line_to(context(handoffs=handoffs)) as line:
        yield Talk(line, handoffs, await line.start())


async def test_a_whole_talk(talk: Talk) -> None:
    missed = await talk.say(ASKED)
    assert (missed["kind"], missed["handoff"]["state"], missed["shown"]["handoff"]) == ("boundary", "offered", True)
    way = await talk.say("I want to talk to a person")
    assert (way["kind"], way["handoff"]) == ("handoff", {"state": "offered", "passed": False, "note": ""})
    assert "cannot connect you" not in way["text"]
    assert await talk.handoffs.listing() == ()

    assert (await talk.agree(question=ASKED))["handoff"]["state"] == "open"
    passed = await talk.say("It is on Monday.", "m1")
    assert (passed["kind"], passed["handoff"]) == ("handoff", {"state": "open", "passed": True, "note": ""})
    assert await talk.written() == [("notice", "opened"), ("patient", ASKED), ("patient", "It is on Monday.")]
    assert (await talk.news())["messages"] == []

    one = await talk.open()
    await talk.handoffs.claim(one.id, "c1", "Ann")
    await talk.handoffs.from_staff(one.id, "s1", "Ann", "Yes, do.")
    told = await talk.news()
    assert [(line["kind"], line["text"]) for line in told["messages"]][1:] == [("message", "Yes, do.")]
    assert [line["kind"] for line in told["messages"]] == ["claimed", "message"]
    assert told["handoff"]["state"] == "claimed"
    assert (await talk.news(told["messages"][0]["seq"]))["messages"] == told["messages"][1:]
    assert "Ann" not in str(told), "the staff write under the clinic's name"

    await talk.handoffs.close(one.id, "x1", "Ann")
    over = await talk.news(told["messages"][1]["seq"])
    assert (over["handoff"]["state"], [line["kind"] for line in over["messages"]]) == ("closed", ["closed"])
    assert (await talk.say("How long does an infusion take?", "m2"))["kind"] == "answer"


async def test_what_is_said_goes_by_its_document(talk: Talk) -> None:
    schemas = (await talk.line("GET", "/openapi.json")).json["components"]

    def check(name: str, value: Json) -> None:
        Draft202012Validator({**schemas["schemas"][name], "components": schemas}).validate(value)

    check("Reply", await talk.say("I want to talk to a person"))
    check("HandoffTold", await talk.agree())
    check("Reply", await talk.say("hello", "m1"))
    await talk.handoffs.from_staff((await talk.open()).id, "s1", "Ann", "Hello")
    check("StaffMessages", await talk.news())
    check("HandoffTold", (await talk.post("/handoff/leave")).json)


async def test_what_comes_again_is_there_once(talk: Talk) -> None:
    for _ in range(3):
        await talk.agree(question=ASKED)
        await talk.say("One", "m1")
    await asyncio.gather(*(talk.say("Two", "m2") for _ in range(5)))
    for _ in range(2):
        await talk.say("No name")
    texts = [text for side, text in await talk.written() if side == "patient"]
    assert texts == [ASKED, "One", "Two", "No name", "No name"]


async def test_what_went_to_them_is_not_asked_of_the_bot_once_they_have_ended_it(talk: Talk) -> None:
    await talk.agree()
    await talk.say("How long does an infusion take?", "m1")
    await talk.handoffs.close((await talk.open()).id, "x1", "Ann")
    again = await talk.say("How long does an infusion take?", "m1")
    assert (again["kind"], again["handoff"]["state"], again["handoff"]["passed"]) == ("handoff", "closed", True)
    assert [text for side, text in await talk.written() if side == "patient"] == ["How long does an infusion take?"]
    assert (await talk.say("How long does an infusion take?", "m2"))["kind"] == "answer"
    assert (await talk.agree("m0"))["handoff"]["state"] == "closed", "the agreement that came again begins nothing"
    assert (await talk.agree("m9"))["handoff"]["state"] == "open"


async def test_danger_is_answered_at_once_and_marked(talk: Talk) -> None:
    await talk.agree()
    for _ in range(2):
        told = await talk.say(URGENT, "m1")
        assert (told["kind"], told["handoff"]["passed"]) == ("urgent", True)
    assert await talk.written() == [("notice", "opened"), ("patient", URGENT), ("notice", "alarm")]
    assert (await talk.open()).alarm == "self_harm"
    assert (await talk.say("thank you", "m2"))["handoff"]["passed"]


@pytest.mark.parametrize(("pressed", "kind"), [("care:unsafe", "urgent"), ("care:safe", "handoff")])
async def test_who_says_later_how_safe_they_are_is_heard_by_both(talk: Talk, pressed: str, kind: str) -> None:
    await talk.agree()
    told = await talk.line("POST", "/ask", {"choice": pressed, "conversation": talk.token, "message": "m1"})
    assert (told.json["kind"], told.json["handoff"]["passed"]) == (kind, True)
    assert ("notice", "alarm") in await talk.written() if kind == "urgent" else True
    assert [side for side, _ in await talk.written()][1] == "patient"


async def test_a_pressed_choice_goes_to_them_in_its_words_and_the_hours_stay_the_bots(talk: Talk) -> None:
    await talk.agree()
    chosen = await talk.line("POST", "/ask", {"choice": "driving", "conversation": talk.token, "message": "m1"})
    assert chosen.json["handoff"]["passed"]
    assert (await talk.written())[-1] == ("patient", "When can I drive again?")
    assert (await talk.post("/aftercare")).json["kind"] == "timeline"
    ended = await talk.line("POST", "/ask", {"ended": "2026-03-01T14:10:00-06:00", "conversation": talk.token})
    assert (ended.json["kind"], ended.json["handoff"]["state"]) == ("timeline", "open")
    assert (await talk.say("still here?", "m2"))["handoff"]["passed"]


async def test_the_person_can_leave_and_start_over(talk: Talk) -> None:
    await talk.agree()
    assert (await talk.post("/handoff/leave")).json["handoff"]["state"] == "closed"
    assert (await talk.say("How long does an infusion take?", "m1"))["kind"] == "answer"
    assert (await talk.written())[-1] == ("notice", "left")
    assert (await talk.post("/handoff/leave")).status == 200
    await talk.agree("m5")
    assert (await talk.post("/conversations/end")).status == 204
    assert problem(await talk.post("/conversations/messages"), "unknown-conversation")


async def test_it_waits_for_longer_than_the_bot_remembers(talk: Talk, storage: Storage) -> None:
    await talk.agree()
    key = conversation_key("default", talk.token)
    await storage.run(lambda: _gone(key.id))
    assert (await talk.say("still here?", "m1"))["handoff"]["passed"]
    await talk.handoffs.from_staff((await talk.open()).id, "s1", "Ann", "Yes")
    assert (await talk.news())["messages"][-1]["text"] == "Yes"


def _gone(id: str):  # type: ignore[no-untyped-def]  # a transaction, as the store runs them
    from bot.delivery.storage.operations.steps import Query  # noqa: PLC0415  # for this one only

    yield Query("DELETE FROM conversations WHERE conversation = $1", (f"default/web/{id}",))


async def test_nobody_else_sees_it(talk: Talk) -> None:
    await talk.agree(question=ASKED)
    other = Talk(talk.line, talk.handoffs, await talk.line.start())
    assert await other.news() == {"handoff": {"state": "closed", "passed": False, "note": ""}, "messages": [], "again": 0.0}
    assert (await other.say("How long does an infusion take?", "m0"))["kind"] == "answer"
    stranger = Talk(talk.line, talk.handoffs, "a" * 22)
    problem(await stranger.post("/conversations/messages"), "unknown-conversation")
    problem(await stranger.post("/handoff/agree", message="m0"), "unknown-conversation")
    assert len(await talk.written()) == 2


async def test_danger_is_answered_while_the_store_is_away(context: Making, storage: Storage) -> None:
    away = Away(storage)
    handoffs = Handoffs(away, "default")
    async with line_to(context(handoffs=handoffs, storage=away)) as line:
        talk = Talk(line, handoffs, await line.start())
        await talk.agree()
        for away.hangs, away.fails in ((frozenset({"run"}), frozenset()), (frozenset(), frozenset({"run", "load", "save"}))):
            assert (await talk.say(URGENT, "m1"))["kind"] == "urgent"
            answer = await talk.line("POST", "/ask", {"question": "hello", "conversation": talk.token, "message": "m2"})
            problem(answer, "store-away")
        away.hangs = away.fails = frozenset()
        assert (await talk.say("hello", "m2"))["handoff"]["passed"]


async def test_pages_that_wait_take_nothing_of_what_people_may_ask(context: Making, storage: Storage) -> None:
    handoffs = Handoffs(storage, "default")
    async with line_to(context(handoffs=handoffs, address_rate=10)) as line:
        talk = Talk(line, handoffs, await line.start())
        await talk.agree()
        answers = [await talk.post("/conversations/messages") for _ in range(101)]
        assert [answer.status for answer in answers] == [200] * 100 + [429]
        assert (await talk.say("still here?", "m1"))["handoff"]["passed"]


async def test_where_they_do_not_answer_nothing_is_said_of_them(line: Line) -> None:
    talk = Talk(line, None, await line.start())  # type: ignore[arg-type]
    assert "handoff" not in await talk.say("I want to talk to a person")
    problem(await talk.post("/handoff/agree", message="m"), "no-staff")
    problem(await talk.post("/handoff/leave"), "no-staff")
    assert (await talk.news())["handoff"]["state"] == "closed"


async def test_a_page_asks_less_often_the_longer_nobody_comes_and_the_more_pages_wait(context: Making, storage: Storage) -> None:
    now = 0.0
    handoffs = Handoffs(storage, "default", clock=lambda: now)
    async with line_to(context(handoffs=handoffs, clock=lambda: now)) as line:
        talk = Talk(line, handoffs, await line.start())
        await talk.agree()
        assert (await talk.news())["again"] == 5.0
        now = 1000.0
        assert (await talk.news())["again"] == 15.0
        await talk.handoffs.from_staff((await talk.open()).id, "s1", "Ann", "Yes")
        assert (await talk.news())["again"] == 2.0
        for _ in range(300):
            one = Talk(line, handoffs, await line.start())
            await one.agree()
            assert (await one.news())["again"] == 5.0
        assert (await talk.news())["again"] == pytest.approx(3.01, abs=0.1)
