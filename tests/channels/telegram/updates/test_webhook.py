"""Telegram's webhook: who may write there, what is answered to what, and telling Telegram where it is."""

from __future__ import annotations

import asyncio
import json
import random
import string
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from bot.app.http.health import app as web_app
from bot.channels.telegram.updates.intake import UPDATES
from bot.channels.telegram.updates.webhook import PATH, Hook, Registration
from bot.delivery.storage import Incoming, StorageError
from bot.delivery.storage.open import open_storage
from tests.asgi import Answer, ask
from tests.channels.telegram.conftest import open_bot, until
from tests.fakes.botapi import FakeBotApi, updates
from tests.fakes.botapi.conftest import Receiver
from tests.fakes.botapi.wire import Answer as Response
from tests.fakes.editions import metrics_of

SECRET = "a-secret_of-Letters-and-7"  # noqa: S105  # opens nothing
HEADER = b"x-telegram-bot-api-secret-token"
RIGHT = [(HEADER, SECRET.encode())]
UPDATE = json.dumps({"update_id": 7, **updates.text("hello")}).encode()


class Inbox:
    def __init__(self, failing: bool = False) -> None:
        self.taken: list[Incoming] = []
        self.failing = failing

    async def take(self, found: Sequence[Incoming]) -> int:
        if self.failing:
            raise StorageError("away")
        self.taken += found
        return len(found)


def serving(inbox: Inbox) -> Starlette:
    return web_app(metrics_of(), dict, [Route(PATH, Hook(SECRET, inbox.take, "aurora").receive, methods=["POST"])])


async def post(
    inbox: Inbox, body: bytes = UPDATE, headers: Sequence[tuple[bytes, bytes]] = RIGHT, piece: int = 1 << 16
) -> Answer:
    pieces = [body[at : at + piece] for at in range(0, len(body), piece)] or [b""]
    return await ask(serving(inbox), "POST", PATH, headers, pieces)


async def test_an_update_is_taken_and_then_acknowledged() -> None:
    inbox = Inbox()
    answer = await post(inbox, piece=10)
    assert (answer.status, answer.body) == (200, b"")
    (update,) = inbox.taken
    assert (update.id, update.key.clinic, update.payload) == ("7", "aurora", UPDATE)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(HEADER, b"")],
        [(HEADER, b"wrong")],
        [(HEADER, SECRET[:-1].encode())],
        [(HEADER, SECRET.encode() + b"x")],
        [(HEADER, SECRET.upper().encode())],
        [(HEADER, f" {SECRET}".encode())],
        [(HEADER, SECRET.replace("e", "é").encode("latin-1"))],
        [(HEADER, SECRET.encode() + b"\xff\x00")],
        [(HEADER, b"\xff" * 10_000)],
        [*RIGHT, (HEADER, b"wrong")],
        [(HEADER, b"wrong"), *RIGHT],
        [*RIGHT, *RIGHT],
        [(b"authorization", SECRET.encode())],
        [(b"x-telegram-bot-api-secret", SECRET.encode())],
    ],
    ids="none empty wrong prefix longer case blank non-ASCII bytes long right-wrong wrong-right twice other similar".split(),
)
async def test_who_does_not_show_the_secret_is_refused_unread(headers: Sequence[tuple[bytes, bytes]]) -> None:
    inbox = Inbox()
    answer = await post(inbox, headers=headers)
    assert (answer.status, answer.body, answer.read, inbox.taken) == (403, b"", 0, [])


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "DELETE"])
async def test_only_posts_are_heard(method: str) -> None:
    inbox = Inbox()
    assert (await ask(serving(inbox), method, PATH, RIGHT, [UPDATE])).status == 405
    assert inbox.taken == []


async def test_the_largest_body_is_taken() -> None:
    inbox = Inbox()
    body = UPDATE.ljust(1 << 20)
    assert (await post(inbox, body)).status == 200
    assert (await post(inbox, body, [*RIGHT, (b"content-length", b"%d" % (1 << 20))])).status == 200
    assert len(inbox.taken) == 2


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (UPDATE, [*RIGHT, (b"content-length", b"1048577")]),
        (UPDATE.ljust((1 << 20) + 1), [*RIGHT, (b"transfer-encoding", b"chunked")]),
        (UPDATE, [*RIGHT, (b"content-length", b"-5")]),
    ],
    ids=["too long", "too long in chunks", "no length"],
)
async def test_a_body_that_is_too_large_is_refused(body: bytes, headers: Sequence[tuple[bytes, bytes]]) -> None:
    inbox = Inbox()
    assert (await post(inbox, body, headers)).status == 413
    assert inbox.taken == []


async def test_a_store_that_fails_is_told_so_that_it_comes_again() -> None:
    answer = await post(Inbox(failing=True))
    assert (answer.status, answer.headers["retry-after"], answer.body) == (503, "2", b"")


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{", b'{"message":{}}', b"\xff", b"[" * 99_999], ids=lambda body: repr(body[:9])
)
async def test_what_is_no_update_is_refused(body: bytes) -> None:
    inbox = Inbox()
    assert (await post(inbox, body)).status == 400
    assert inbox.taken == []


# -- whatever comes -----------------------------------------------------------------------------------------------

SOURCES = [
    {"update_id": 7, **updates.text("hello \N{WAVING HAND SIGN} \ud800")},
    {"update_id": 7, **updates.callback("r:driving")},
    {"update_id": 7, **updates.inline("how long")},
    {"update_id": 7, **updates.business_text("hello")},
    {"update_id": 7, **updates.membership("kicked")},
]
ODD: list[Any] = [
    None,
    True,
    -1,
    10**19,
    10**400,
    1.5,
    "",
    "\ud800",
    "\0",
    [],
    {},
    [[]],
    {"id": None},
    {"id": {"id": 1}},
    "x" * 300,
]


def _spoiled(chance: random.Random) -> bytes:
    """An update with something wrong in it: a byte, a cut, a value, or all of it."""
    source = chance.choice(SOURCES)
    kind = chance.randrange(5)
    if kind == 0:
        return bytes(chance.randrange(256) for _ in range(chance.randrange(60)))
    if kind == 1:
        return "".join(
            chance.choices('{}[]",:0123456789.eE+-nultrfas\\ud8 ' + string.ascii_letters, k=chance.randrange(80))
        ).encode()
    if kind == 2:
        text = json.dumps(source)
        return text[: chance.randrange(len(text))].encode()
    if kind == 3:
        raw = bytearray(json.dumps(source).encode())
        for _ in range(chance.randrange(1, 4)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        return bytes(raw)
    changed = json.loads(json.dumps(source))
    place = changed
    while True:
        name = chance.choice(list(place))
        if isinstance(place[name], dict) and place[name] and chance.random() < 0.7:
            place = place[name]
            continue
        place[name] = chance.choice(ODD)
        return json.dumps(changed).encode()


async def test_ten_thousand_bodies_never_make_it_fail() -> None:
    inbox, chance = Inbox(), random.Random(20)
    app = serving(inbox)
    found: dict[int, int] = {}
    for _ in range(10_000):
        body = _spoiled(chance)
        status = (await ask(app, "POST", PATH, RIGHT, [body])).status
        found[status] = found.get(status, 0) + 1
    assert set(found) == {200, 400}
    assert min(found.values()) > 1000
    for update in inbox.taken:  # and what was taken can be stored
        assert update.key.id.isascii()
        assert update.key.id.isprintable()
        assert len(update.key.id) + len(update.id) < 300


async def test_what_was_taken_a_store_takes() -> None:
    inbox, chance = Inbox(), random.Random(21)
    app = serving(inbox)
    for _ in range(1000):
        await ask(app, "POST", PATH, RIGHT, [_spoiled(chance)])
    store = open_storage("memory:", owner="one")
    await store.start()
    try:
        await store.take(inbox.taken)
        assert (await store.counts()).waiting == len({update.id for update in inbox.taken}) > 0
    finally:
        await store.close()


# -- telling Telegram where it is ---------------------------------------------------------------------------------

HERE = "https://bot.test/base/hooks/telegram"
# A minute of looking passes in 60 ms.
SPEED = 1000.0


@dataclass
class Kept:
    registration: Registration
    counts: Counter[str]

    @property
    def shown(self) -> tuple[bool, str]:
        return self.registration.shown


@asynccontextmanager
async def registered(api: FakeBotApi, speed: float = SPEED) -> AsyncIterator[Kept]:
    """A webhook that is looked after, as long as this lasts."""
    api.settings(time_scale=speed)
    counts = Counter[str]()
    async with open_bot(api) as bot:
        kept = Registration(bot, "https://bot.test/base", SECRET, lambda event: counts.update([event]), speed)
        task = asyncio.create_task(kept.run())
        try:
            yield Kept(kept, counts)
        finally:
            task.cancel()
            (ended,) = await asyncio.gather(task, return_exceptions=True)
            assert isinstance(ended, asyncio.CancelledError)


async def test_telegram_is_told_where_it_is_and_nothing_is_dropped(api: FakeBotApi) -> None:
    api.inject(updates.text("a"))
    async with registered(api) as here:
        await until(lambda: here.shown == (True, "set"))
        (call,) = api.calls("setWebhook")
    assert (call.params["url"], call.params["secret_token"]) == (HERE, SECRET)
    assert json.loads(call.params["allowed_updates"]) == list(UPDATES)
    assert call.params.get("drop_pending_updates", "false").lower() == "false"
    assert api.info()["pending"] == 1


async def test_an_api_that_is_away_is_waited_for(api: FakeBotApi) -> None:
    await api.down()
    async with registered(api, 100) as here:
        await until(lambda: here.shown[1] == "unreachable")
        assert here.shown[0], "nobody can do anything about it here"
        api.fault("error", methods="setWebhook", times=2)
        await api.up()
        await until(lambda: here.shown == (True, "set"))
    assert api.info()["webhook"]["url"] == HERE


async def test_a_flood_is_waited_out_however_quick_the_clock_is(api: FakeBotApi) -> None:
    fault = api.fault("flood", methods="setWebhook", times=1, seconds=1)
    async with registered(api) as here:
        await until(lambda: fault.hits and here.shown == (True, "set"))
        first, second = api.calls("setWebhook")[:2]
    assert second.at - first.at >= 1


@pytest.mark.parametrize(
    ("method", "more", "reason"),
    [
        ("deleteWebhook", {}, "deleted"),
        ("setWebhook", {"url": "https://elsewhere.test/hook"}, "another address"),
        ("setWebhook", {"url": HERE, "secret_token": SECRET, "allowed_updates": ["message"]}, "other kinds of updates"),
    ],
    ids=["deleted", "another address", "other kinds"],
)
async def test_a_webhook_that_somebody_changes_is_set_again(
    api: FakeBotApi, caplog: pytest.LogCaptureFixture, method: str, more: dict[str, Any], reason: str
) -> None:
    async with registered(api) as here, open_bot(api) as other:
        await until(lambda: here.shown == (True, "set"))
        await other.do_api_request(method, api_kwargs=more)
        await until(lambda: here.counts["webhook_changed"])
        await until(lambda: api.info()["webhook"]["url"] == HERE and here.shown == (True, "set"))
        await until(lambda: set(api.info()["webhook"].get("allowed_updates", ())) == set(UPDATES))
    (told,) = [record for record in caplog.records if record.message == "webhook changed by somebody else"]
    assert getattr(told, "reason", "") == reason


async def test_somebody_who_changes_it_again_and_again_is_told_of(api: FakeBotApi) -> None:
    async with registered(api) as here, open_bot(api) as other:
        await until(lambda: here.shown == (True, "set"))

        async def meddle() -> None:
            while True:
                await other.delete_webhook()

        meddling = asyncio.create_task(meddle())
        await until(lambda: here.shown == (False, "conflict"))
        meddling.cancel()
        await asyncio.gather(meddling, return_exceptions=True)
        await until(lambda: here.shown == (True, "set") and api.info()["webhook"]["url"] == HERE)


@pytest.mark.parametrize(
    ("status", "text", "reason"),
    [
        (400, "Bad Request: bad webhook: HTTPS url must be provided", "Bad webhook: https url must be provided"),
        (400, "Logged out", "Logged out"),
        (401, "Unauthorized", "Unauthorized"),
        (404, "Not Found", "Not Found"),
    ],
)  # fmt: skip
async def test_a_webhook_that_is_refused_makes_it_unready_with_the_reason(
    api: FakeBotApi, caplog: pytest.LogCaptureFixture, status: int, text: str, reason: str
) -> None:
    fault = api.fault("refusal", methods="setWebhook", status=status, text=f"{text} {api.token} {SECRET}")
    async with registered(api) as here:
        await until(lambda: here.counts["webhook_refused"] >= 2)
        assert here.shown == (False, f"refused: {reason} … …")
        api.clear_faults()
        await until(lambda: here.shown == (True, "set"))
    assert fault.hits >= 2
    logged = repr([vars(record) for record in caplog.records])
    assert reason in logged
    assert not {api.token.lower(), SECRET.lower()} & set(logged.lower().split())


async def test_that_telegram_cannot_deliver_is_said_and_nobody_is_turned_away_for_it(api: FakeBotApi) -> None:
    api.route("https://bot.test", ["http://127.0.0.1:1"])
    async with registered(api) as here:
        await until(lambda: here.shown == (True, "set"))
        api.inject(updates.text("a"))
        await until(lambda: here.shown == (True, "failing: Connection refused"))
        assert here.counts["webhook_failing"]


async def test_another_secret_that_somebody_set_is_set_right(api: FakeBotApi) -> None:
    place = Receiver()

    def heard(_: dict[str, Any]) -> Response:
        shown = place.got[-1][2].headers.get(HEADER.decode())
        return Response(200 if shown == SECRET else 403, b"")

    place.answer = heard
    async with place, registered(api) as here, open_bot(api) as other:
        api.route("https://bot.test", [f"http://127.0.0.1:{place.port}"])
        await until(lambda: here.shown == (True, "set"))
        await other.set_webhook(HERE, secret_token="not-the-one-that-we-set", allowed_updates=list(UPDATES))  # noqa: S106
        (entry,) = api.inject(updates.text("a"))
        await until(lambda: entry.how == "webhook")
        await until(lambda: here.shown == (True, "set"))
    assert entry.attempts[0].outcome == "403"
