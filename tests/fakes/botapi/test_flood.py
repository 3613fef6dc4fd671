"""Points 12 and 13: flood limits, and who does not keep to them."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.botapi import FakeBotApi, updates
from tests.fakes.botapi.conftest import Raw, until


async def _send(raw: Raw, count: int, chat: int) -> list[int]:
    return [(await raw.post("sendMessage", chat_id=chat, text="x")).status_code for _ in range(count)]


async def test_there_are_no_limits_at_first(api: FakeBotApi, raw: Raw) -> None:
    api.inject(updates.text("hello"))
    assert set(await _send(raw, 60, 1001)) == {200}


@pytest.mark.parametrize(
    ("limits", "chat", "passed"),
    [
        pytest.param({"chat": [0.01, 3]}, 1001, 3, id="chat"),
        pytest.param({"group": [0.01, 4]}, updates.GROUP, 4, id="group"),
        pytest.param({"group": [0.01, 4]}, 1001, 6, id="group-limits-are-for-groups"),
        pytest.param({"overall": [0.01, 5]}, 1001, 5, id="overall"),
    ],
)
async def test_buckets(api: FakeBotApi, raw: Raw, limits: dict[str, list[float]], chat: int, passed: int) -> None:
    api.inject([updates.text("hello"), updates.group_text("hello")])
    api.limit(limits)
    assert (await _send(raw, 6, chat)).count(200) == passed
    assert (await raw("sendChatAction", chat_id=chat, action="typing"))["ok"]


async def test_another_chat_is_free_unless_all_are_limited(api: FakeBotApi, raw: Raw) -> None:
    api.inject(updates.crowd(2))
    api.limit({"chat": [0.01, 1]})
    assert await _send(raw, 2, 10_000) == [200, 429]
    assert await _send(raw, 1, 10_001) == [200]
    api.limit({"overall": [0.01, 1]})
    assert await _send(raw, 2, 10_001) == [200, 429]


async def test_calls_before_the_wait_is_over_are_noted(api: FakeBotApi, raw: Raw) -> None:
    api.inject(updates.text("hello"))
    api.limit({"chat": [1, 1]})
    assert await _send(raw, 2, 1001) == [200, 429]
    assert api.violations() == []
    assert await _send(raw, 1, 1001) == [429]
    (violation,) = api.violations()
    assert (violation.scope, violation.method) == ("1001", "sendmessage")
    assert 0 < violation.after_ms < 900
    assert violation.after_ms + violation.remaining_ms == pytest.approx(1000, abs=50)
    assert api.violations(in_flight_ms=1000) == []


async def test_after_the_wait_it_goes_again(api: FakeBotApi, raw: Raw) -> None:
    api.inject(updates.text("hello"))
    api.limit({"chat": [1, 1]})
    await _send(raw, 1, 1001)
    refused = await raw.post("sendMessage", chat_id=1001, text="x")
    assert refused.headers["Retry-After"] == "1"
    await asyncio.sleep(1.01)  # the wait is what is tested
    assert await _send(raw, 1, 1001) == [200]
    assert api.violations() == []


async def test_too_many_unsent_messages_in_a_chat(api: FakeBotApi, raw: Raw) -> None:
    api.settings(time_scale=10)
    api.limit({}, unsent=3)
    api.inject(updates.crowd(2))
    api.fault("delay", methods="sendMessage", seconds=20, times=3)
    waiting = [asyncio.create_task(raw.post("sendMessage", chat_id=10_000, text="x")) for _ in range(3)]
    await until(lambda: api.flood.unsent.get(10_000) == 3)
    refused = await raw.post("sendMessage", chat_id=10_000, text="x")
    assert refused.json()["description"] == "Too Many Requests: retry after 6"  # a minute, ten times as quick
    call = api.calls("sendMessage")[3]
    assert (call.answered or 0) - call.at >= 0.29
    assert await _send(raw, 1, 10_001) == [200]
    assert {(await task).status_code for task in waiting} == {200}
    assert api.flood.unsent[10_000] == 0
