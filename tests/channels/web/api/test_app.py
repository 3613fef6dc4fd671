"""The API over a real socket: conversations, what is refused and how, what is answered all the same."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from jsonschema import Draft202012Validator

from bot.channels.web.api import keys
from bot.channels.web.api.conversations import conversation_key
from bot.channels.web.api.responses import KINDS
from bot.delivery.storage import Storage, StorageError
from bot.delivery.storage.open import open_storage
from bot.dialogue.conversation import ConversationKey, as_json
from bot.dialogue.events import Said
from bot.dialogue.policy import Dialogue
from bot.dialogue.trace import trace_lines
from bot.knowledge.model import Knowledge
from bot.matching.matcher import Matcher
from bot.timeline import picture
from tests.channels.web.conftest import PNG, SVG, Answer, Line, Making, line_to
from tests.fakes.detector import DARK, HOPELESS
from tests.fakes.editions import editions_of

URGENT = "I want to kill myself"
LONG = "The nurse was kind and all was well. " * 1650  # 60 KB
STRANGER = "a" * 22


class Away:
    """A store that fails, or that does not answer, once it is told so."""

    def __init__(self, store: Storage) -> None:
        self._store = store
        self.fails: frozenset[str] = frozenset()
        self.hangs: frozenset[str] = frozenset()

    def __getattr__(self, name: str) -> Any:
        async def call(*given: object, **more: object) -> object:
            if name in self.fails:
                raise StorageError("away")
            if name in self.hangs:
                await asyncio.Event().wait()
            return await getattr(self._store, name)(*given, **more)

        return call


@pytest.fixture
async def away(storage: Storage) -> Away:
    return Away(storage)


def problem(answer: Answer, slug: str) -> str:
    """The detail of a problem that has the one form of all."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.status == KINDS[slug].status
    detail = answer.json["detail"]
    assert answer.json == {"type": f"/problems/{slug}", "title": KINDS[slug].title, "status": answer.status, "detail": detail}
    return str(detail)


# -- conversations --------------------------------------------------------------------------------------------------


async def test_one_question_is_answered_as_the_terminal_does(line: Line, context: Making) -> None:
    answer = await line.ask("How long does an infusion take?")
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    edition = context().edition
    reply = edition.dialogue.turn(Said("How long does an infusion take?"), _greeted(), edition.moment(time.time()))[0]
    shown = answer.json.pop("shown")
    assert answer.json == json.loads(json.dumps(as_json(reply)))
    assert shown["feedback"]
    assert shown["picture"]


def _greeted() -> Any:
    from bot.dialogue.conversation import Conversation  # noqa: PLC0415  # for this one only

    return Conversation(greeted=True)


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"question": "How long does an infusion take?"}, id="ranked"),
        pytest.param({"question": "How long does it last and can I drive home?"}, id="several"),
        pytest.param({"choice": "driving"}, id="chosen"),
        pytest.param({"question": URGENT}, id="urgent"),
        pytest.param({"question": "hello"}, id="smalltalk"),
        pytest.param({"ended": "2026-03-01T14:10:00-06:00"}, id="ended"),
    ],
)
async def test_how_a_reply_came_about_is_told_to_who_asks_for_it_alone(line: Line, asked: dict[str, str]) -> None:
    before = (await line("POST", "/ask", asked)).json
    told = (await line("POST", "/ask", {**asked, "debug": True})).json
    after = (await line("POST", "/ask", {**asked, "debug": False})).json
    assert before == after
    assert "debug" not in before
    debug = told.pop("debug")
    assert told == before
    assert set(debug) == {"lines", "topics", "notes"}
    assert len(debug["lines"]) == len(debug["topics"]) + len(debug["notes"])
    described = (await line("GET", "/openapi.json")).json
    Draft202012Validator({**described["components"]["schemas"]["Debug"], "components": described["components"]}).validate(debug)


async def test_figures_are_those_of_the_terminal(line: Line, context: Making) -> None:
    edition = context().edition
    reply = edition.dialogue.turn(Said("How long does an infusion take?"), _greeted(), edition.moment(time.time()))[0]
    body = {"question": "How long does an infusion take?", "debug": True}
    debug = (await line("POST", "/ask", body)).json["debug"]
    assert debug["lines"] == list(trace_lines(reply.trace))
    assert debug["topics"][0] == {"topic": "infusion_length", "confidence": round(reply.confidence, 4)}
    chosen = (await line("POST", "/ask", {"choice": "infusion_length", "debug": True})).json["debug"]
    assert chosen == {"lines": ["chosen"], "topics": [], "notes": [{"name": "chosen", "subject": "", "share": 0.0}]}


async def test_a_conversation_goes_on_and_is_forgotten(line: Line) -> None:
    token = await line.start()
    first = await line.ask("How long does pain relief last?", token)
    assert first.json["text"].startswith("I give general information"), "the disclaimer opens a conversation"
    assert [part["entry"] for part in first.json["parts"]] == ["pain_relief"]
    second = await line.ask("and for depression?", token)
    assert [part["entry"] for part in second.json["parts"]] == ["series_relief_depression"]
    chosen = await line("POST", "/ask", {"choice": "driving", "conversation": token})
    assert [part["entry"] for part in chosen.json["parts"]] == ["driving"]
    asked = await line("POST", "/aftercare", {"conversation": token})
    assert asked.json["kind"] == "timeline"
    ended = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    hours = await line("POST", "/ask", {"ended": ended, "conversation": token})
    assert datetime.fromisoformat(hours.json["shown"]["ended"]) == datetime.fromisoformat(ended)
    assert (await line("POST", "/feedback", {"conversation": token, "helped": True})).status == 204
    sorry = await line("POST", "/feedback", {"conversation": token, "helped": False})
    assert sorry.json["text"].startswith("I am sorry")
    assert (await line("POST", "/handoff", {"conversation": token})).json["kind"] == "handoff"
    assert (await line("POST", "/conversations/end", {"conversation": token})).status == 204
    problem(await line.ask("How long does it last?", token), "unknown-conversation")
    again = await line("POST", "/conversations/end", {"conversation": token})
    assert again.status == 204, "to forget what is forgotten is no mistake"


HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)


@pytest.mark.parametrize(
    ("offset", "timezone_", "shown", "named"),
    [
        pytest.param(timedelta(hours=-6), None, timezone(timedelta(hours=-6)), "UTC-06:00", id="the-offset-that-was-sent"),
        pytest.param(timedelta(hours=-6), "Asia/Tokyo", ZoneInfo("Asia/Tokyo"), "Tokyo time", id="the-zone-that-was-named"),
        pytest.param(timedelta(0), "America/St_Johns", ZoneInfo("America/St_Johns"), "St Johns time", id="a-zone-of-two-words"),
        pytest.param(timedelta(0), None, ZoneInfo("America/Chicago"), "Chicago time", id="the-clinics-where-none-is-told"),
        pytest.param(timedelta(hours=9), "Mars/Olympus", timezone(timedelta(hours=9)), "UTC+09:00", id="no-such-zone"),
        pytest.param(timedelta(0), "../../etc/passwd", ZoneInfo("America/Chicago"), "Chicago time", id="no-zone-at-all"),
    ],
)
async def test_clock_times_are_told_on_the_clock_of_who_asks(
    line: Line, offset: timedelta, timezone_: str | None, shown: tzinfo, named: str
) -> None:
    body: dict[str, Any] = {"timezone": timezone_} if timezone_ else {}
    sent = HOUR_AGO.astimezone(timezone(offset))
    told = (await line("POST", "/ask", {"ended": sent.isoformat(), **body})).json
    local = HOUR_AGO.astimezone(shown)
    assert told["text"].startswith(f"Your infusion ended at {local:%-I:%M} {'ap'[local.hour // 12]}m")
    assert f"({named})." in told["text"]
    assert datetime.fromisoformat(told["shown"]["ended"]).utcoffset() == local.utcoffset()


async def test_a_time_that_is_typed_is_read_on_the_clock_of_who_types(line: Line) -> None:
    tokyo = HOUR_AGO.astimezone(ZoneInfo("Asia/Tokyo"))
    said = {"question": f"my infusion ended at {tokyo:%H:%M}", "timezone": "Asia/Tokyo"}
    told = (await line("POST", "/ask", said)).json
    assert datetime.fromisoformat(told["shown"]["ended"]) == HOUR_AGO.replace(second=0, microsecond=0)


async def test_moments_that_read_alike_are_told_apart(line: Line) -> None:
    minute = (datetime.now(UTC) - timedelta(hours=1)).replace(second=0, microsecond=0)
    for second in (5, 45):
        ended = minute.replace(second=second)
        answer = await line("POST", "/ask", {"ended": ended.isoformat()})
        assert datetime.fromisoformat(answer.json["shown"]["ended"]) == ended


async def test_a_conversation_begins_with_all_that_a_page_needs(context: Making, knowledge: Knowledge) -> None:
    async with line_to(context(conversation_minutes=30)) as line:
        started = (await line("POST", "/conversations")).json
        problem(await line("POST", "/conversations", {"clinic": 1}), "invalid")
    assert started["expires_in"] == 1800
    assert started["question_limit"] == 5000
    assert [one["label"] for one in started["examples"]] == [knowledge.entries[one["id"]].question for one in started["examples"]]
    assert len(started["examples"]) == 4
    assert started["clinic"]["emergency"] == knowledge.clinic.emergency


@pytest.mark.parametrize(
    ("served", "named", "status"),
    [
        pytest.param("aurora", "aurora", 201, id="its-own"),
        pytest.param("aurora", "", 201, id="none"),
        pytest.param("aurora", "borealis", 404, id="another"),
        pytest.param("default", "default", 201, id="no-clinic-is-set"),
        pytest.param("default", "borealis", 404, id="another-than-the-only-one"),
    ],
)
async def test_a_page_of_another_clinic_is_told(context: Making, served: str, named: str, status: int) -> None:
    async with line_to(context(clinic=served)) as line:
        answer = await line("POST", "/conversations", {"clinic": named})
    if status == 404:
        assert served in problem(answer, "unknown-clinic"), "which one is served is no secret, and is what to do"
    else:
        assert answer.status == status


@pytest.mark.parametrize("held", [True, False], ids=["in-a-conversation", "alone"])
@pytest.mark.parametrize(
    ("choice", "known"),
    [
        pytest.param("driving", True, id="an-entry"),
        pytest.param("cost", True, id="a-boundary"),
        pytest.param("ended:29400000", True, id="a-reading-of-a-time"),
        pytest.param("care:safe", True, id="safe"),
        pytest.param("care:unsafe", True, id="not-safe"),
        pytest.param("", False, id="empty"),
        pytest.param("canary", False, id="made-up"),
        pytest.param("care:", False, id="half-of-a-name"),
        pytest.param("ended:x", False, id="no-moment"),
        pytest.param("Driving", False, id="another-case"),
    ],
)
async def test_a_choice_that_does_not_exist_is_not_found(line: Line, choice: str, known: bool, held: bool) -> None:
    body = {"choice": choice, **({"conversation": await line.start()} if held else {})}
    answer = await line("POST", "/ask", body)
    if known:
        assert answer.status == 200
        return
    assert "GET /topics" in problem(answer, "unknown-choice")
    assert b"canary" not in answer.body


@pytest.mark.parametrize("path", ["/ask", "/feedback", "/handoff", "/aftercare"])
@pytest.mark.parametrize("token", [STRANGER, "", "x", "\0", "ä", "../" * 9])
async def test_unknown_tokens_are_never_adopted(line: Line, storage: Storage, path: str, token: str) -> None:
    bodies: dict[str, dict[str, object]] = {"/ask": {"question": "hello"}, "/feedback": {"helped": True}}
    more = bodies.get(path, {})
    for _ in range(2):
        problem(await line("POST", path, {"conversation": token, **more}), "unknown-conversation")
    assert await storage.load(conversation_key("default", token)) is None


async def test_silence_ends_a_conversation_and_turns_prolong_it(context: Making) -> None:
    now = [1_700_000_000.0]
    store = open_storage("memory:", owner="one", clock=lambda: now[0], conversation_seconds=60)
    await store.start()
    async with line_to(context(storage=store)) as line:
        token = await line.start()
        for _ in range(3):
            now[0] += 45
            assert (await line.ask("hello", token)).status == 200
        now[0] += 61
        problem(await line.ask("hello", token), "unknown-conversation")
    await store.close()


async def test_tokens_and_words_are_not_in_the_database(context: Making, tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    store = open_storage(f"sqlite:///{path}", owner="one")
    await store.start()
    async with line_to(context(storage=store, clinic="aurora")) as line:
        token = await line.start()
        await line.ask("canary and driving home", token)
        secret = await keys.make(store, "aurora", "desk", time.time())
        kept = _all_of(tmp_path)
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute("SELECT conversation FROM conversations").fetchall()
    await store.close()
    assert rows == [(f"aurora/web/{conversation_key('aurora', token).id}",)]
    for word in (token, "canary", secret, secret[3:]):
        assert word.encode() not in kept


def _all_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def test_turns_of_one_conversation_never_overlap(context: Making, storage: Storage) -> None:
    inside, most = [0], [0]

    class Slow(Away):
        async def load(self, key: ConversationKey) -> str | None:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            for _ in range(5):
                await asyncio.sleep(0)
            return await storage.load(key)

        async def save(self, key: ConversationKey, state: str) -> None:
            await storage.save(key, state)
            inside[0] -= key.id in ids

    ids: set[str] = set()
    async with line_to(context(storage=Slow(storage))) as line:
        token = await line.start()
        ids.add(conversation_key("default", token).id)
        answers = await asyncio.gather(*(line.ask("xyzzy plugh", token) for _ in range(12)))
    assert [answer.status for answer in answers] == [200] * 12
    assert most == [1]
    assert sum(answer.json["text"].startswith("I give general information") for answer in answers) == 1


# -- what is urgent -------------------------------------------------------------------------------------------------


def urgent(answer: Answer) -> None:
    assert (answer.status, answer.json["kind"]) == (200, "urgent")
    assert {"label": "911", "href": "tel:911"} in answer.json["shown"]["calls"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"question": URGENT}, id="plain"),
        pytest.param({"question": f"{LONG} {URGENT}."}, id="60-kilobytes"),
        pytest.param({"question": URGENT, "conversation": STRANGER}, id="unknown-conversation"),
        pytest.param({"question": f"{URGENT} \ud83d"}, id="half-an-emoji"),
        pytest.param({"choice": "care:unsafe"}, id="not-safe"),
        pytest.param({"choice": "care:unsure", "conversation": STRANGER}, id="not-sure-in-an-unknown-conversation"),
    ],
)
@pytest.mark.parametrize(
    "settings", [{}, {"address_rate": 1.0}, {"api_access": "keys"}], ids=["open", "over-the-limit", "no-key"]
)
async def test_what_is_urgent_is_answered(context: Making, body: dict[str, str], settings: dict[str, Any]) -> None:
    async with line_to(context(**settings)) as line:
        await line.ask("hello")
        for _ in range(3):
            urgent(await line("POST", "/ask", json.dumps(body).encode()))


@pytest.mark.parametrize("settings", [{"address_rate": 1.0}, {"api_access": "keys"}], ids=["over-the-limit", "no-key"])
async def test_who_is_refused_is_listened_to_for_so_long_and_then_for_what_is_short(
    context: Making, settings: dict[str, Any]
) -> None:
    made, heard = context(**settings), []
    listen = made.service.urgent

    async def listening(edition: Any, key: Any, event: Any, at: float) -> Any:
        heard.append(len(event.text))
        return await listen(edition, key, event, at)

    made.service.urgent = listening  # type: ignore[method-assign]  # counts what is listened to
    async with line_to(made) as line:
        await line.ask("hello")
        for _ in range(20):
            assert (await line.ask(LONG[:60_000])).status in {401, 429}
        assert sum(heard) < 65_536 + 21 * 602, "more than a minute's worth"
        for said in (URGENT, f"{URGENT}. {LONG}", f"{LONG} {URGENT}."):
            urgent(await line.ask(said))
        middle = f"{LONG[:30_000]} {URGENT}. {LONG[:30_000]}"
        assert (await line.ask(middle)).status in {401, 429}


@pytest.mark.parametrize("asked", [{"question": URGENT}, {"choice": "care:unsafe"}], ids=["said", "chosen"])
@pytest.mark.parametrize("how", ["fails", "hangs"])
@pytest.mark.parametrize("call", ["load", "save"])
async def test_what_is_urgent_is_answered_while_the_store_is_away(
    context: Making, away: Away, how: str, call: str, asked: dict[str, str]
) -> None:
    made = context(storage=away)
    async with line_to(made) as line:
        token = await line.start()
        setattr(away, how, frozenset({call}))
        began = time.monotonic()
        urgent(await line("POST", "/ask", {**asked, "conversation": token}))
        assert time.monotonic() - began < 2
        assert made.metrics.value("urgent_unsaved") == 1
        refused = await line.ask("How long does it last?", token)
        problem(refused, "store-away")
        assert refused.headers["retry-after"] == "2"
        setattr(away, how, frozenset())
        assert (await line.ask("How long does it last?", token)).status == 200, "nobody holds the conversation"
        assert (await line.ask("How long does it last?")).status == 200


@pytest.mark.parametrize("how", ["fails", "hangs"])
@pytest.mark.parametrize(
    ("call", "path", "body"),
    [
        pytest.param("save", "/conversations", {}, id="start"),
        pytest.param("load", "/feedback", {"helped": True}, id="helped"),
        pytest.param("save", "/feedback", {"helped": False}, id="not-helped"),
        pytest.param("load", "/handoff", {}, id="hand-off"),
        pytest.param("save", "/aftercare", {}, id="after-care"),
        pytest.param("save", "/ask", {"choice": "driving"}, id="choice"),
        pytest.param("save", "/ask", {"choice": "care:safe"}, id="safe"),
        pytest.param("forget", "/conversations/end", {}, id="end"),
    ],
)
async def test_nothing_is_said_to_be_done_while_the_store_is_away(
    context: Making, away: Away, how: str, call: str, path: str, body: dict[str, object]
) -> None:
    made = context(storage=away)
    async with line_to(made) as line:
        token = await line.start()
        setattr(away, how, frozenset({call}))
        given = body if path == "/conversations" else {**body, "conversation": token}
        for _ in range(2):
            problem(await line("POST", path, given), "store-away")
        assert made.metrics.value("store_error") == 2
        setattr(away, how, frozenset())
        await line.start()


async def test_who_waits_for_the_turn_before_has_no_news_of_the_store(context: Making, away: Away) -> None:
    made = context(storage=away)
    turn, go_on = made.service.turn, asyncio.Event()

    async def slow(*given: Any) -> Any:
        await go_on.wait()
        return await turn(*given)

    made.service.turn = slow  # type: ignore[method-assign,assignment]  # a model that takes its time
    async with line_to(made) as line:
        token = await line.start()
        first, second = (asyncio.create_task(line.ask("hello", token)) for _ in range(2))
        done, _ = await asyncio.wait({first, second}, return_when=asyncio.FIRST_COMPLETED)
        problem(done.pop().result(), "store-away")
        go_on.set()
        assert sorted([(await first).status, (await second).status]) == [200, 503]
    assert made.metrics.value("store_error") == 0


async def test_keys_that_cannot_be_read_are_counted(context: Making, away: Away) -> None:
    made = context(storage=away)
    away.fails = frozenset({"keys"})
    async with line_to(made, Authorization="Bearer ib_" + "a" * 43) as line:
        problem(await line.ask("hello"), "store-away")
    assert made.metrics.value("store_error") == 1


async def test_danger_does_not_wait_for_a_store_that_does_not_say_whose_key_it_is(context: Making, away: Away) -> None:
    made = context(storage=away)
    made.store.patience = 30.0
    away.hangs = frozenset({"keys"})
    async with line_to(made, Authorization="Bearer ib_" + "a" * 43) as line:
        answer = await asyncio.wait_for(line.ask("i want to kill myself"), 10)
    assert (answer.status, answer.json["kind"]) == (200, "urgent")


async def test_a_check_in_asks_with_choices_and_goes_on_from_them(context: Making, listening: Dialogue) -> None:
    async with line_to(context(editions=editions_of(listening))) as line:
        token = await line.start()
        asked = (await line.ask(DARK, token)).json
        assert (asked["kind"], asked["urgent"], asked["helpline"], asked["language"]) == ("support", None, True, "en")
        assert [one["id"] for one in asked["choices"]] == ["care:safe", "care:unsure", "care:unsafe"]
        texts = " ".join(block["text"] for block in asked["shown"]["blocks"])
        assert not any(one["label"] in texts for one in asked["choices"]), "what is on buttons is told twice"
        assert [one["href"] for one in asked["shown"]["calls"]] == ["tel:988", "sms:988", "tel:911"]
        alarm = await line("POST", "/ask", {"choice": "care:unsure", "conversation": token})
        urgent(alarm)
        assert alarm.json["urgent"] == "not_safe"
        after = (await line.ask("ok", token)).json
        assert (after["kind"], after["helpline"]) == ("support", True)
        again = (await line.ask(URGENT, token)).json
        assert (again["kind"], again["urgent"]) == ("urgent", "plain_self_harm")
        safe = (await line("POST", "/ask", {"choice": "care:safe", "conversation": token})).json
        assert (safe["kind"], safe["choices"]) == ("support", [])
        other = (await line.ask("How long does an infusion take?", token)).json
        assert (other["kind"], other["helpline"]) == ("answer", True), "the numbers stay in reach"
        assert {"label": "911", "href": "tel:911"} in other["shown"]["calls"]


async def test_despair_is_no_alarm_and_names_the_line(context: Making, listening: Dialogue) -> None:
    async with line_to(context(editions=editions_of(listening))) as line:
        told = (await line.ask(HOPELESS)).json
    assert (told["kind"], told["urgent"], told["choices"]) == ("support", None, [])
    assert {"label": "Text 988", "href": "sms:988"} in told["shown"]["calls"]


@pytest.mark.parametrize(
    ("question", "kind", "language"),
    [
        pytest.param("أريد أن أموت", "urgent", "ar", id="danger"),
        pytest.param("quiero morir", "urgent", "es", id="danger-in-spanish"),
        pytest.param("сколько длится инфузия?", "fallback", "ru", id="a-question"),
        pytest.param("How long does an infusion take?", "answer", "en", id="ours"),
    ],
)
async def test_a_reply_says_which_language_it_is_in(line: Line, question: str, kind: str, language: str) -> None:
    told = (await line.ask(question)).json
    assert (told["kind"], told["language"]) == (kind, language)
    assert language == "en" or {"label": "911", "href": "tel:911"} in told["shown"]["calls"]


@pytest.mark.parametrize("words", ["help", "/help", "/Help", "help me please"])
async def test_help_has_the_numbers_to_call(line: Line, words: str) -> None:
    told = (await line.ask(words)).json
    assert (told["kind"], told["urgent"]) == ("smalltalk", None)
    assert [one["href"] for one in told["shown"]["calls"]] == ["tel:911", "tel:988", "sms:988"]


async def test_start_over_forgets_danger_as_all_else(line: Line) -> None:
    """The button of the page says that what was remembered is deleted."""
    token = await line.start()
    await line.ask(URGENT, token)
    assert (await line.ask("start over", token)).json["helpline"], "words alone do not make it forgotten"
    await line("POST", "/conversations/end", {"conversation": token})
    assert not (await line.ask("ok", await line.start())).json["helpline"]


@pytest.mark.parametrize(
    ("said", "forgets"), [("delete my data", True), ("start over", False), ("thanks", False), ("How long does it last?", False)]
)
async def test_a_reply_tells_whether_it_forgets(line: Line, said: str, forgets: bool) -> None:
    assert (await line.ask(said)).json["forgets"] is forgets


# -- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "slug", "detail"),
    [
        pytest.param("GET", "", None, {}, "not-found", "openapi.json", id="root"),
        pytest.param("GET", "/", None, {}, "not-found", "openapi.json", id="slash"),
        pytest.param("GET", "/nothing", None, {}, "not-found", "openapi.json", id="unknown-path"),
        pytest.param("GET", "/topics/", None, {}, "not-found", "openapi.json", id="a-slash-too-many"),
        pytest.param("GET", "/entries/", None, {}, "not-found", "openapi.json", id="no-id"),
        pytest.param("GET", "/entries/{id}", None, {}, "unknown-entry", "GET /topics", id="a-template"),
        pytest.param("GET", "/entries/a/b", None, {}, "not-found", "openapi.json", id="too-deep"),
        pytest.param("GET", "/entries/canary", None, {}, "unknown-entry", "GET /topics", id="unknown-entry"),
        pytest.param("GET", "/entries/a%0Ab", None, {}, "unknown-entry", "GET /topics", id="a-line-more"),
        pytest.param("GET", "/a%0Ab", None, {}, "not-found", "openapi.json", id="a-path-of-two-lines"),
        pytest.param("GET", "/entries/booking", None, {}, "unknown-entry", "GET /topics", id="a-boundary"),
        pytest.param("GET", "/ask", None, {}, "method-not-allowed", "POST", id="wrong-method"),
        pytest.param("DELETE", "/topics", None, {}, "method-not-allowed", "GET, HEAD", id="delete"),
        pytest.param("POST", "/ask", b"question=canary", {"Content-Type": "text/plain"}, "wrong-type", "JSON", id="text"),
        pytest.param("POST", "/ask", b"{}", {"Content-Type": "application/jsonp"}, "wrong-type", "JSON", id="not-quite-json"),
        pytest.param(
            "POST", "/ask", b"{}", {"Content-Type": "application/json; charset=latin-1"}, "wrong-type", "UTF-8", id="charset"
        ),
        pytest.param("POST", "/ask", b"{" + b" " * 65_536, {}, "too-large", "65536", id="too-large"),
        pytest.param("POST", "/ask", {"question": LONG[:20_000]}, {}, "too-long", "5000", id="long"),
        pytest.param("POST", "/ask", b'{"question": canary}', {}, "malformed", "JSON", id="no-json"),
        pytest.param("POST", "/ask", {"canary": "canary"}, {}, "invalid", "known are", id="unknown-field"),
        pytest.param("POST", "/ask", {"question": "hi"}, {"Authorization": "Bearer canary"}, "no-key", "wrong", id="wrong-key"),
        pytest.param("GET", "/topics", None, {"Authorization": "Bearer ib_" + "a" * 43}, "no-key", "wrong", id="made-up-key"),
    ],
)
async def test_a_refusal_says_why_and_repeats_nothing(
    line: Line, method: str, path: str, body: object, headers: dict[str, str], slug: str, detail: str
) -> None:
    answer = await line(method, path, body, headers=headers)
    assert detail in problem(answer, slug)
    assert b"canary" not in answer.body
    if slug == "method-not-allowed":
        assert detail in answer.headers["allow"]
    if slug == "no-key":
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_question_may_be_as_long_as_is_said(line: Line) -> None:
    limit = (await line("POST", "/conversations")).json["question_limit"]
    asked = "How long does it take? " * 300
    assert (await line.ask(asked[:limit])).status == 200
    assert str(limit) in problem(await line.ask(asked[: limit + 1]), "too-long")


async def test_who_asks_what_may_be_asked_is_told(line: Line) -> None:
    answer = await line("OPTIONS", "/topics")
    assert (answer.status, answer.headers["allow"], answer.body) == (204, "GET, HEAD", b"")


async def test_a_body_that_never_ends_is_cut_off(line: Line) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1000

    answer = await line("POST", "/ask", headers={"Content-Type": "application/json"}, data=endless())
    problem(answer, "too-large")


@pytest.mark.parametrize("media", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"'])
async def test_json_may_name_its_charset(line: Line, media: str) -> None:
    assert (await line("POST", "/ask", b'{"question": "hi"}', headers={"Content-Type": media})).status == 200


async def test_a_failure_of_ours_has_the_same_form_and_its_words_are_not_logged(
    context: Making, caplog: pytest.LogCaptureFixture
) -> None:
    made = context()

    async def fail(*_: object) -> None:
        raise RuntimeError("canary")

    made.service.turn = fail  # type: ignore[method-assign,assignment]  # a bug that is not there
    with caplog.at_level(logging.DEBUG):
        async with line_to(made) as line:
            problem(await line.ask("canary"), "failed")
    assert any(record.getMessage() == "a request failed" for record in caplog.records)
    assert "canary" not in "".join(
        f"{record.getMessage()} {record.__dict__}" for record in caplog.records if record.name[:3] == "bot"
    )


# -- limits and keys ------------------------------------------------------------------------------------------------


async def test_an_address_is_limited_and_told_when_to_come_again(context: Making) -> None:
    made = context(address_rate=20.0)
    async with line_to(made) as line:
        statuses = [(await line.ask("hello")).status for _ in range(20)]
        refused = [await line.ask("hello"), await line("GET", "/topics"), await line("POST", "/conversations")]
        assert (await line("GET", "/health")).status == 200
        assert (await line("GET", "/openapi.json")).status == 200
    assert statuses == [200] * 20
    for answer in refused:
        problem(answer, "rate-limited")
        assert 1 <= int(answer.headers["retry-after"]) <= 3
    assert made.metrics.value("rate_limited") == 3


async def test_who_is_over_the_limit_waits_for_the_refusal_and_nobody_else_does(context: Making) -> None:
    async with line_to(context(address_rate=1.0, refusal_seconds=60.0)) as line:
        await line.ask("hello")
        refused = [asyncio.create_task(line.ask("hello")) for _ in range(20)]
        urgent(await line.ask(URGENT))
        assert (await line("GET", "/health")).status == 200
        assert not any(one.done() for one in refused)
        for one in refused:
            one.cancel()
        await asyncio.gather(*refused, return_exceptions=True)


async def test_a_key_has_a_limit_of_its_own(context: Making, storage: Storage) -> None:
    secret = await keys.make(storage, "default", "desk", 0.0)
    async with line_to(context(address_rate=1.0, key_rate=5.0), Authorization=f"Bearer {secret}") as line:
        assert [(await line.ask("hello")).status for _ in range(6)] == [200] * 5 + [429]
        line.headers.clear()
        assert [(await line.ask("hello")).status for _ in range(2)] == [200, 429]
        guess = {"Authorization": "Bearer ib_" + "a" * 43}
        assert (await line.ask("hello", headers=guess)).status == 429, "guesses are counted by address"


async def test_a_revoked_key_is_refused(context: Making, storage: Storage) -> None:
    secret = await keys.make(storage, "default", "desk", 0.0)
    await keys.revoke(storage, "default", "desk", 1.0)
    async with line_to(context(), Authorization=f"Bearer {secret}") as line:
        problem(await line.ask("hello"), "no-key")
        line.headers["Authorization"] = "Basic abc"
        assert (await line.ask("hello")).status == 200, "somebody else's password is none of ours"


async def test_a_key_opens_its_own_clinic_alone(context: Making, storage: Storage) -> None:
    secret = await keys.make(storage, "aurora", "desk", 0.0)
    authorization = f"Bearer {secret}"
    async with line_to(context(clinic="aurora"), Authorization=authorization) as line:
        assert (await line.ask("hello")).status == 200
    async with line_to(context(clinic="borealis"), Authorization=authorization) as line:
        problem(await line.ask("hello"), "no-key")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 401, id="program"),
        pytest.param({"Origin": "{own}"}, 200, id="own-page"),
        pytest.param({"Sec-Fetch-Site": "same-origin"}, 200, id="own-page-without-an-origin"),
        pytest.param({"Referer": "{own}/?embedded=1"}, 200, id="own-page-without-tls"),
        pytest.param({"Origin": "https://clinic.example"}, 200, id="allowed-site"),
        pytest.param({"Origin": "https://a.wide.example"}, 200, id="allowed-by-wildcard"),
        pytest.param({"Origin": "https://evil.example"}, 401, id="another-site"),
        pytest.param({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 401, id="nowhere"),
        pytest.param({"Origin": "https://evil.example", "Referer": "{own}/"}, 401, id="the-origin-counts"),
        pytest.param({"Authorization": "Bearer {key}"}, 200, id="key"),
    ],
)
async def test_where_a_key_is_needed(context: Making, storage: Storage, headers: dict[str, str], status: int) -> None:
    secret = await keys.make(storage, "default", "desk", 0.0)
    origins = ("https://clinic.example", "https://*.wide.example")
    async with line_to(context(api_access="keys", origins=origins)) as line:
        line.headers = {name: value.format(own=line.url, key=secret) for name, value in headers.items()}
        assert (await line.ask("hello")).status == status
        assert (await line("GET", "/topics")).status == status
        assert (await line("GET", "/health")).status == 200


# -- pages on other sites -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        pytest.param("https://clinic.example", True, id="exact"),
        pytest.param("https://clinic.example:8443", False, id="another-port"),
        pytest.param("http://clinic.example", False, id="without-tls"),
        pytest.param("https://clinic.example.evil.test", False, id="begins-alike"),
        pytest.param("https://evilclinic.example", False, id="ends-alike"),
        pytest.param("https://a.wide.example", True, id="wildcard"),
        pytest.param("https://wide.example", False, id="wildcard-needs-a-label"),
        pytest.param("https://a.b.wide.example", False, id="one-label"),
        pytest.param("https://a.wideXexample", False, id="the-dot-is-a-dot"),
        pytest.param("https://port.example", True, id="usual-port"),
        pytest.param("null", False, id="null"),
    ],
)
async def test_allowed_sites_may_read_answers(context: Making, origin: str, allowed: bool) -> None:
    origins = ("https://clinic.example", "https://*.wide.example", "https://port.example:443")
    asks = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    async with line_to(context(origins=origins, address_rate=1.0)) as line:
        preflight = await line("OPTIONS", "/ask", headers=asks)
        answers = [preflight, await line.ask("hello", headers={"Origin": origin}), await line("GET", "/x", headers=asks)]
    for answer in answers:
        assert answer.headers.get("access-control-allow-origin") == (origin if allowed else None)
        assert answer.headers["vary"].startswith("Origin")
        assert "access-control-allow-credentials" not in answer.headers
    assert preflight.status == (200 if allowed else 400)
    assert preflight.headers["access-control-max-age"] == "600"
    assert answers[1].headers["access-control-expose-headers"] == "ETag, Retry-After"


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        pytest.param("GET", {}, 200, id="plain"),
        pytest.param("POST", {"Headers": "authorization,content-type"}, 200, id="body-and-key"),
        pytest.param("GET", {"Headers": "if-none-match"}, 200, id="what-is-kept"),
        pytest.param("POST", {"Private-Network": "true"}, 200, id="in-the-clinics-own-network"),
        pytest.param("DELETE", {}, 400, id="no-such-method"),
        pytest.param("POST", {"Headers": "cookie"}, 400, id="no-such-header"),
    ],
)
async def test_an_allowed_site_may_send_what_the_api_reads(
    context: Making, method: str, headers: dict[str, str], status: int
) -> None:
    asks = {f"Access-Control-Request-{name}": value for name, value in {"Method": method, **headers}.items()}
    async with line_to(context(origins=("https://clinic.example",))) as line:
        answer = await line("OPTIONS", "/ask", headers={"Origin": "https://clinic.example", **asks})
    assert answer.status == status


async def test_without_an_allow_list_no_site_may(line: Line) -> None:
    answer = await line.ask("hello", headers={"Origin": "https://clinic.example"})
    assert "access-control-allow-origin" not in answer.headers


# -- what anybody may read ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "media"),
    [
        ("/topics", "application/json"),
        ("/entries/driving", "application/json"),
        ("/timeline", "application/json"),
        ("/timeline.txt", "text/plain; charset=utf-8"),
        ("/timeline.svg", "image/svg+xml"),
        ("/timeline.png", "image/png"),
        ("/openapi.json", "application/json"),
    ],
)
async def test_what_does_not_change_is_kept_for_a_while(line: Line, path: str, media: str) -> None:
    plain = {"Accept-Encoding": "identity"}
    whole = await line("GET", path, headers=plain)
    assert (whole.status, whole.headers["content-type"], whole.headers["cache-control"]) == (200, media, "max-age=300")
    head = await line("HEAD", path, headers=plain)
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(whole.body)))
    tag = whole.headers["etag"]
    assert tag.startswith('W/"'), "packed or not, it is the same"
    for known in (tag, f'"x", {tag}', tag.removeprefix("W/"), "*"):
        again = await line("GET", path, headers={"If-None-Match": known})
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert (await line("GET", path, headers={"If-None-Match": '"x"'})).body == whole.body


@pytest.mark.parametrize(
    ("method", "path", "body", "smaller"),
    [
        pytest.param("POST", "/ask", {"choice": "driving"}, True, id="a-reply"),
        pytest.param("POST", "/conversations", {}, False, id="a-greeting"),
        pytest.param("GET", "/topics", None, True, id="what-is-kept"),
        pytest.param("GET", "/openapi.json", None, True, id="the-document"),
        pytest.param("GET", "/entries/none", None, False, id="too-short-to-be-worth-it"),
        pytest.param("GET", "/timeline.png", None, False, id="a-picture-that-is-packed-already"),
    ],
)
async def test_what_is_long_is_packed_for_who_takes_it(
    context: Making, dialogue: Dialogue, method: str, path: str, body: object, smaller: bool
) -> None:
    """Turn by turn: an answer that is kept must not stay as the one before had it."""
    sizes = []
    async with line_to(context(editions=editions_of(dialogue, png=PNG * 1000))) as line:
        for _ in range(2):
            packed = await line(method, path, body, headers={"Accept-Encoding": "gzip"}, auto_decompress=False)
            plain = await line(method, path, body, headers={"Accept-Encoding": "identity"})
            assert packed.headers.get("content-encoding") == ("gzip" if smaller else None)
            assert "content-encoding" not in plain.headers
            assert [int(one.headers["content-length"]) for one in (packed, plain)] == [len(packed.body), len(plain.body)]
            if path != "/conversations":  # a token is another each time
                assert (gzip.decompress(packed.body) if smaller else packed.body) == plain.body
            if smaller:
                assert {packed.headers["vary"], plain.headers["vary"]} == {"Origin, Accept-Encoding"}
            sizes.append(len(packed.body) / len(plain.body))
    assert max(sizes) < 0.6 if smaller else set(sizes) == {1.0}


async def test_topics_entries_and_pictures(line: Line, knowledge: Knowledge) -> None:
    topics = (await line("GET", "/topics")).json["topics"]
    assert [topic["id"] for topic in topics] == [*knowledge.entries, *knowledge.boundaries]
    assert {topic["group"] for topic in topics if topic["kind"] == "boundary"} == {""}
    assert {topic["id"]: topic["group"] for topic in topics}["driving"] == "The Acute Experience and Immediate Duration"
    for topic in topics:
        answer = await line("GET", f"/entries/{topic['id']}")
        assert answer.status == (200 if topic["kind"] == "entry" else 404)
        assert b"{" not in answer.body.replace(b'{"', b"").replace(b"{}", b""), "figures are filled in"
    entry = (await line("GET", "/entries/driving")).json
    assert entry["sources"][0]["link"].endswith("#:~:text=The%20Acute%20Experience%20and%20Immediate%20Duration")
    assert (await line("GET", "/timeline.png")).body == PNG
    assert (await line("GET", "/timeline.svg")).body == SVG
    assert (await line("GET", "/timeline")).json["text"].encode() == (await line("GET", "/timeline.txt")).body


async def test_a_picture_is_drawn_once(context: Making, dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []

    def draw(*_: object) -> bytes:
        drawn.append(1)
        time.sleep(0.05)  # on a thread
        return PNG

    monkeypatch.setattr(picture, "png", draw)
    async with line_to(context(editions=editions_of(dialogue))) as line:
        answers = await asyncio.gather(*(line("GET", "/timeline.png") for _ in range(5)))
    assert [answer.body for answer in answers] == [PNG] * 5
    assert drawn == [1]


async def test_knowledge_without_a_timeline_says_so(context: Making, knowledge: Knowledge, matcher: Matcher) -> None:
    claims = {id: claim for id, claim in knowledge.claims.items() if id != "onset"}
    bare = Dialogue(replace(knowledge, claims=claims, entries={}), matcher)
    async with line_to(context(editions=editions_of(bare))) as line:
        for path in ("/timeline", "/timeline.txt", "/timeline.svg", "/timeline.png"):
            problem(await line("GET", path), "no-timeline")


async def test_health_says_whether_the_store_works(context: Making, knowledge: Knowledge) -> None:
    well = [True]
    async with line_to(context(ready=lambda: well[0])) as line:
        answer = await line("GET", "/health")
        assert answer.json["status"] == "ready"
        assert answer.json["knowledge"] == knowledge.version
        well[0] = False
        problem(await line("GET", "/health"), "store-away")


# -- the document ---------------------------------------------------------------------------------------------------


async def test_answers_are_what_the_document_says(line: Line) -> None:
    described = (await line("GET", "/openapi.json")).json
    token = await line.start()
    asked = [
        ("POST", "/conversations", {}),
        *(("POST", "/ask", {"question": text, "conversation": token}) for text in ("how long", URGENT, "xyzzy", "cost?", "hi")),
        ("POST", "/ask", {"ended": datetime.now(UTC).isoformat()}),
        ("POST", "/ask", {"ended": "0001-01-01T00:00:00Z"}),
        ("POST", "/ask", {"ended": "9999-12-31T23:59:59-14:00"}),
        ("POST", "/ask", {"choice": "nothing"}),
        ("POST", "/conversations", {"clinic": "nothing"}),
        ("POST", "/ask", {}),
        ("POST", "/feedback", {"conversation": token, "helped": False}),
        ("GET", "/topics", None),
        ("GET", "/timeline", None),
        ("GET", "/health", None),
    ]
    for method, path, body in asked:
        answer = await line(method, path, body)
        response = described["paths"][path][method.lower()]["responses"][str(answer.status)]
        schema = response["content"][answer.headers["content-type"]]["schema"]
        Draft202012Validator({**schema, "components": described["components"]}).validate(answer.json)


async def test_the_document_shows_an_answer_danger_and_what_follows_it(line: Line) -> None:
    described = (await line("GET", "/openapi.json")).json
    schema = described["components"]["schemas"]["Reply"]
    assert "support" in json.dumps(schema["properties"]["kind"])
    content = described["paths"]["/ask"]["post"]["responses"]["200"]["content"]["application/json"]
    shown = [one["value"] for one in content["examples"].values()]
    assert [one["kind"] for one in shown] == ["answer", "urgent", "support"]
    for one in shown:
        Draft202012Validator({**schema, "components": described["components"]}).validate(one)
        assert set(one) == set(schema["properties"]) - {"debug", "handoff"}, "a field that the document does not have, or lacks"


async def test_a_client_that_hangs_up_leaves_nothing_held(context: Making, away: Away) -> None:
    async with line_to(context(storage=away)) as line:
        token = await line.start()
        away.hangs = frozenset({"load"})
        with pytest.raises(TimeoutError):
            await line.ask("hello", token, timeout=aiohttp.ClientTimeout(total=0.1))
        away.hangs = frozenset()
        assert (await line.ask("hello", token)).status == 200


async def test_every_endpoint_answers_where_there_is_no_timeline(context: Making, sourdough: Dialogue) -> None:
    async with line_to(context(editions=editions_of(sourdough))) as line:
        token = await line.start()
        lacks = "Words for timeline none."
        asked = await line("POST", "/aftercare", {"conversation": token})
        assert (asked.status, asked.json["kind"], asked.json["text"]) == (200, "fallback", lacks)
        for hour in ("2026-03-01T14:10:00-06:00", "2999-03-01T14:10:00-06:00"):
            ended = await line("POST", "/ask", {"ended": hour, "conversation": token})
            assert (ended.status, ended.json["kind"]) == (200, "fallback")
            assert ended.json["text"].endswith(lacks)
        for path in ("/timeline", "/timeline.txt", "/timeline.svg", "/timeline.png"):
            assert ((await line("GET", path)).status, path) == (404, path)
        for path, body in (
            ("/ask", {"question": "my infusion ended an hour ago"}),
            ("/ask", {"choice": "starter"}),
            ("/handoff", {}),
        ):
            assert (await line("POST", path, {**body, "conversation": token})).status == 200
        for path in ("/topics", "/entries/starter", "/health", "/openapi.json"):
            assert (await line("GET", path)).status == 200
