"""Points 6 to 11: delivery to a webhook."""

from __future__ import annotations

import asyncio
import json
import time
from itertools import pairwise
from typing import Any

import pytest
from telegram import Bot

from tests.fakes.botapi import FakeBotApi, updates, webhook
from tests.fakes.botapi.conftest import SCALE, Raw, Receiver, until
from tests.fakes.botapi.state import LIFETIMES
from tests.fakes.botapi.wire import DROP, Answer

OK = Answer(200, b"")


class Gate:
    """Holds answers back until it is opened; counts how many wait at once, over all and by chat."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self.now: list[int] = []
        self.most = 0

    async def __call__(self, update: dict[str, Any]) -> Answer:
        self.now.append(update["update_id"])
        self.most = max(self.most, len(self.now))
        await self.event.wait()
        self.now.remove(update["update_id"])
        return OK


async def _healthy(api: FakeBotApi, raw: Raw, receiver: Receiver, **more: Any) -> None:
    """Set the webhook and let one update through, from where on more than one connection is opened."""
    assert (await raw("setWebhook", url=receiver.url, **more))["ok"]
    api.inject(updates.text("first", updates.user(1)))
    await until(lambda: not api.info()["pending"])
    receiver.got.clear()


async def test_a_chat_has_one_update_in_flight_and_buttons_have_their_own_queue(
    api: FakeBotApi, raw: Raw, receiver: Receiver
) -> None:
    await _healthy(api, raw, receiver)
    receiver.answer = gate = Gate()
    one, _, pressed, inline, other = api.inject(
        [updates.text("1"), updates.text("2"), updates.callback("b"), updates.inline("q"), updates.text("3", updates.user(7))]
    )
    await until(lambda: len(gate.now) == 4)
    assert set(gate.now) == {one.id, pressed.id, inline.id, other.id}
    gate.event.set()
    await until(lambda: not api.info()["pending"])
    assert len(receiver.got) == 5


async def test_order_within_a_chat_survives_failures(api: FakeBotApi, raw: Raw, receiver: Receiver) -> None:
    await _healthy(api, raw, receiver)
    failed: set[int] = set()

    def fail_once(update: dict[str, Any]) -> Answer:
        new = update["update_id"] not in failed
        failed.add(update["update_id"])
        return Answer(500, b"") if new else OK

    receiver.answer = fail_once
    entries = api.inject([updates.text(str(number)) for number in range(10)])
    await until(lambda: not api.info()["pending"])
    assert receiver.ids == [entry.id for entry in entries for _ in range(2)]


async def test_as_many_connections_as_allowed_and_they_are_kept(api: FakeBotApi, raw: Raw, receiver: Receiver) -> None:
    await _healthy(api, raw, receiver, max_connections=7)
    receiver.answer = gate = Gate()
    api.inject(updates.crowd(40))
    await until(lambda: len(gate.now) == 7)
    gate.event.set()
    await until(lambda: not api.info()["pending"])
    assert gate.most == 7
    assert receiver.opened == 7
    assert api.info()["connections"]["most"] == 7


async def test_headers_and_body(api: FakeBotApi, raw: Raw, receiver: Receiver) -> None:
    secret = "s3cret_-A"  # noqa: S105 - opens nothing
    await _healthy(api, raw, receiver, secret_token=secret)
    (entry,) = api.inject(updates.text("hello"))
    await until(lambda: entry.how)
    ((_, update, request),) = receiver.got
    assert update == entry.update
    assert (request.verb, request.target) == ("POST", "/hooks/telegram")
    wanted = {
        "content-type": "application/json",
        "x-telegram-bot-api-secret-token": secret,
        "accept-encoding": "gzip, deflate",
    }
    assert wanted.items() <= request.headers.items()
    assert [(attempt.how, attempt.outcome) for attempt in entry.attempts] == [("webhook", "200")]


async def test_no_answer_within_60_seconds_is_sent_again(api: FakeBotApi, raw: Raw, receiver: Receiver) -> None:
    api.settings(time_scale=200)
    await _healthy(api, raw, receiver)
    receiver.answer = gate = Gate()
    (entry,) = api.inject(updates.text("hello"))
    await until(lambda: len(receiver.got) == 2)
    assert 0.25 < receiver.got[1][0] - receiver.got[0][0] < 1
    assert entry.attempts[0].outcome == "Read timeout expired"
    gate.event.set()
    await until(lambda: entry.how == "webhook")


async def test_retries_come_at_once_and_then_ever_later(api: FakeBotApi, raw: Raw, receiver: Receiver) -> None:
    await _healthy(api, raw, receiver)
    answers = iter([Answer(503, b""), Answer(500, b""), Answer(404, b""), Answer(302, b""), OK])
    receiver.answer = lambda _: next(answers)
    (entry,) = api.inject(updates.text("hello"))
    await until(lambda: entry.how)
    times = [at for at, _, _ in receiver.got]
    waits = [(later - earlier) * SCALE for earlier, later in pairwise(times)]
    assert waits[0] < 1
    assert waits[1:] == pytest.approx([2, 4, 8], abs=1)
    assert [attempt.outcome for attempt in entry.attempts] == ["503", "500", "404", "302", "200"]
    info = (await raw("getWebhookInfo"))["result"]
    assert info["last_error_message"] == "Wrong response from the webhook: 302 Found"
    assert info["last_error_date"] > time.time() - 60


async def test_a_hang_up_is_a_failure(api: FakeBotApi, raw: Raw, receiver: Receiver) -> None:
    await _healthy(api, raw, receiver)
    answers = iter([DROP, OK])
    receiver.answer = lambda _: next(answers)
    (entry,) = api.inject(updates.text("hello"))
    await until(lambda: entry.how)
    assert [attempt.outcome for attempt in entry.attempts] == ["Webhook connection closed", "200"]


async def test_retry_after_is_honoured(api: FakeBotApi, raw: Raw, receiver: Receiver) -> None:
    await _healthy(api, raw, receiver)
    answers = iter([Answer(503, b"", retry_after=6), OK])
    receiver.answer = lambda _: next(answers)
    (entry,) = api.inject(updates.text("hello"))
    await until(lambda: entry.how)
    assert (receiver.got[1][0] - receiver.got[0][0]) * SCALE == pytest.approx(6, abs=1)


async def test_while_failing_there_is_one_connection(api: FakeBotApi, raw: Raw) -> None:
    api.settings(time_scale=50)
    async with Receiver() as place:
        place.answer = gate = Gate()
        await raw("setWebhook", url=place.url)
        api.inject(updates.crowd(20))
        await until(lambda: gate.now)
        await asyncio.sleep(0.2)  # nothing is to happen: five times as long as it takes until another may be opened
        assert api.info()["connections"]["most"] == 1
        gate.event.set()
        await until(lambda: not api.info()["pending"])
    assert place.opened > 1


async def test_a_bot_that_is_away_gets_all_when_it_is_back(api: FakeBotApi, raw: Raw) -> None:
    place = Receiver()
    async with place:
        await raw("setWebhook", url=place.url)
        api.inject(updates.text("hello"))
        await until(lambda: not api.info()["pending"])
    entries = api.inject(updates.crowd(30))
    await until(lambda: api.info()["webhook"].get("last_error_message") == "Connection refused")
    assert api.info()["pending"] == 30
    async with place:
        await until(lambda: not api.info()["pending"])
    assert sorted(set(place.ids[1:])) == [entry.id for entry in entries]


async def test_410_for_long_deletes_the_webhook(
    api: FakeBotApi, raw: Raw, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "GONE_FOR", 10.0)  # 23 hours and the 60 seconds of an answer do not fit on one scale
    receiver.answer = lambda _: Answer(410, b"")
    await raw("setWebhook", url=receiver.url)
    (entry,) = api.inject(updates.text("hello"))
    await until(lambda: not api.info()["webhook"]["url"])
    assert len(receiver.got) == 5  # at 0, 0, 2, 6 and 14 seconds
    assert not entry.how


@pytest.mark.parametrize(
    ("update", "lifetime"),
    [
        pytest.param(updates.text("m"), 86400, id="message"),
        pytest.param(updates.callback("c"), 150, id="callback"),
        pytest.param(updates.inline("i"), 30, id="inline"),
        pytest.param({"chosen_inline_result": {"from": updates.user(), "result_id": "1", "query": ""}}, 600, id="chosen"),
        pytest.param({"pre_checkout_query": {"id": "1", "from": updates.user()}}, 150, id="pre-checkout"),
    ],
)
async def test_lifetimes(api: FakeBotApi, update: dict[str, Any], lifetime: float) -> None:
    (entry,) = api.inject(update)
    assert (entry.expires - entry.injected) * SCALE == pytest.approx(lifetime)
    assert LIFETIMES.get(entry.kind, 86400) == lifetime


async def test_a_retry_that_would_come_too_late_drops_the_update(api: FakeBotApi, raw: Raw, receiver: Receiver) -> None:
    await _healthy(api, raw, receiver)
    receiver.answer = lambda _: Answer(500, b"")
    (entry,) = api.inject(updates.inline("question"))
    await until(lambda: entry.how)
    assert entry.how == "expired"
    assert len(receiver.got) == 5  # at 0, 0, 2, 6 and 14 seconds; the next would be after 30


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(
            Answer(200, json.dumps({"method": "sendMessage", "chat_id": 1001, "text": "from the answer"}).encode()), id="json"
        ),
        pytest.param(
            Answer(
                200, b"method=sendMessage&chat_id=1001&text=from+the+answer", content_type="application/x-www-form-urlencoded"
            ),
            id="form",
        ),
    ],
)
async def test_a_method_in_the_answer_is_done(api: FakeBotApi, raw: Raw, receiver: Receiver, answer: Answer) -> None:
    await _healthy(api, raw, receiver)
    receiver.answer = lambda _: answer
    api.inject(updates.text("hello"))
    await until(lambda: api.calls("sendMessage"))
    (call,) = api.calls("sendMessage")
    assert (call.via, call.text, call.delivered) == ("webhook", "from the answer", True)


@pytest.mark.parametrize("method", ["deleteWebhook", "setWebhook", "close", "logOut", "getMe"])
async def test_some_methods_are_not_taken_from_an_answer(api: FakeBotApi, raw: Raw, receiver: Receiver, method: str) -> None:
    await _healthy(api, raw, receiver)
    receiver.answer = lambda _: Answer(200, json.dumps({"method": method, "url": ""}).encode())
    before = len(api.calls())
    (entry,) = api.inject(updates.text("hello"))
    await until(lambda: entry.how)
    assert len(api.calls()) == before


async def test_an_error_of_a_method_in_the_answer_is_lost(api: FakeBotApi, raw: Raw, receiver: Receiver) -> None:
    await _healthy(api, raw, receiver)
    receiver.answer = lambda _: Answer(200, json.dumps({"method": "sendMessage", "chat_id": 1001, "text": "<b>"}).encode())
    api.fault("flood", methods="sendMessage", times=1)
    (entry,) = api.inject(updates.text("hello"))
    await until(lambda: entry.how)
    assert len(entry.attempts) == 1
    assert (await raw("getWebhookInfo"))["result"].get("last_error_message") is None
    assert api.stats().lost == [] or api.calls("sendMessage")[0].delivered


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        pytest.param({"secret_token": "a b"}, "secret token contains unallowed characters", id="secret-space"),
        pytest.param({"secret_token": "\xe9"}, "secret token contains unallowed characters", id="secret-accent"),
        pytest.param({"secret_token": "x" * 257}, "secret token is too long", id="secret-long"),
        pytest.param({"url": "ftp://a"}, "invalid webhook URL specified", id="url"),
    ],
)
async def test_a_bad_webhook_is_refused(raw: Raw, given: dict[str, str], reason: str) -> None:
    answer = await raw("setWebhook", **{"url": "http://127.0.0.1:9/", **given})
    assert answer == {"ok": False, "error_code": 400, "description": f"Bad Request: {reason}"}
    assert (await raw("getWebhookInfo"))["result"]["url"] == ""


async def test_set_webhook_twice(api: FakeBotApi, raw: Raw, receiver: Receiver) -> None:
    api.settings(time_scale=4)
    assert (await raw("setWebhook", url=receiver.url))["description"] == "Webhook was set"
    refused = await raw.post("setWebhook", url=receiver.url)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    assert refused.json()["parameters"] == {"retry_after": 1}
    await asyncio.sleep(0.26)  # the rule is about time
    assert (await raw("setWebhook", url=receiver.url))["description"] == "Webhook is already set"
    assert (await raw("deleteWebhook"))["description"] == "Webhook was deleted"
    assert (await raw("deleteWebhook"))["description"] == "Webhook is already deleted"


async def test_pending_updates_can_be_dropped(api: FakeBotApi, raw: Raw) -> None:
    entries = api.inject(updates.crowd(3))
    assert (await raw("getWebhookInfo"))["result"]["pending_update_count"] == 3
    await raw("deleteWebhook", drop_pending_updates=True)
    assert {entry.how for entry in entries} == {"dropped"}
    assert (await raw("getWebhookInfo"))["result"]["pending_update_count"] == 0


async def test_what_waits_when_a_webhook_is_set_is_delivered(api: FakeBotApi, bot: Bot, receiver: Receiver) -> None:
    entries = api.inject(updates.crowd(5))
    assert await bot.set_webhook(receiver.url, max_connections=3, allowed_updates=["message"])
    await until(lambda: not api.info()["pending"])
    assert sorted(receiver.ids) == [entry.id for entry in entries]
    info = await bot.get_webhook_info()
    assert (info.url, info.max_connections, info.allowed_updates) == (receiver.url, 3, ("message",))


async def test_a_public_url_is_routed_and_connections_take_turns(api: FakeBotApi, raw: Raw) -> None:
    async with Receiver() as one, Receiver() as two:
        api.route("https://bot.test", [f"http://127.0.0.1:{one.port}", f"http://127.0.0.1:{two.port}"])
        await raw("setWebhook", url="https://bot.test/hooks/telegram", max_connections=4)
        api.inject(updates.text("hello"))
        await until(lambda: not api.info()["pending"])
        gates = one.answer, two.answer = Gate(), Gate()
        api.inject(updates.crowd(10))
        await until(lambda: sum(len(gate.now) for gate in gates) == 4)
        for gate in gates:
            gate.event.set()
        await until(lambda: not api.info()["pending"])
        assert gates[0].most == gates[1].most == 2
        assert one.got[0][2].headers["host"] == "bot.test"


async def test_redelivery_is_parallel(api: FakeBotApi, raw: Raw, receiver: Receiver) -> None:
    await _healthy(api, raw, receiver)
    (entry,) = api.inject(updates.text("hello"))
    await until(lambda: entry.how)
    receiver.answer = gate = Gate()
    api.redeliver([entry.id], times=3)
    await until(lambda: len(gate.now) == 3)
    gate.event.set()
    await until(lambda: len(entry.attempts) == 4)
    assert set(receiver.ids) == {entry.id}
