"""Telegram's webhook: who may write there, what is answered to what, and telling Telegram where it is."""

from __future__ import annotations

import asyncio
import json
import random
import string
from collections.abc import Sequence
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from bot.app.health import app as web_app
from bot.channels.telegram.updates.intake import UPDATES
from bot.channels.telegram.updates.webhook import PATH, Hook, register
from bot.delivery.storage import Incoming, StorageError
from bot.delivery.storage.open import open_storage
from tests.asgi import Answer, ask
from tests.channels.telegram.conftest import open_bot, until
from tests.fakes.botapi import FakeBotApi, updates
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


async def test_telegram_is_told_where_it_is_and_nothing_is_dropped(api: FakeBotApi) -> None:
    api.inject(updates.text("a"))
    async with open_bot(api) as bot:
        await register(bot, "https://bot.test/base", SECRET, 100)
    (call,) = api.calls("setWebhook")
    assert (call.params["url"], call.params["secret_token"]) == ("https://bot.test/base/hooks/telegram", SECRET)
    assert json.loads(call.params["allowed_updates"]) == list(UPDATES)
    assert call.params.get("drop_pending_updates", "false").lower() == "false"
    assert api.info()["pending"] == 1


async def test_an_api_that_is_away_is_waited_for(api: FakeBotApi, caplog: pytest.LogCaptureFixture) -> None:
    await api.down()
    async with open_bot(api) as bot:
        task = asyncio.create_task(register(bot, "https://bot.test", SECRET, 100))
        await until(lambda: "webhook not set" in caplog.messages)
        assert not task.done()
        api.fault("error", methods="setWebhook", times=2)
        await api.up()
        await until(task.done)
    assert api.info()["webhook"]["url"] == "https://bot.test/hooks/telegram"


async def test_a_flood_is_waited_out_however_quick_the_clock_is(api: FakeBotApi) -> None:
    api.fault("flood", methods="setWebhook", times=1, seconds=1)
    async with open_bot(api) as bot:
        await register(bot, "https://bot.test", SECRET, 100)
    first, second = api.calls("setWebhook")
    assert second.at - first.at >= 1
