"""Points 1 to 5 and 16: getUpdates."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Any

import pytest
from telegram import Bot
from telegram.error import Conflict

from tests.fakes.botapi import FakeBotApi, updates
from tests.fakes.botapi.conftest import Raw, until


def _polled(api: FakeBotApi, times: int) -> bool:
    return len(api.calls("getUpdates")) == times


def _ids(answer: dict[str, Any]) -> list[int]:
    return [update["update_id"] for update in answer["result"]]


async def test_an_update_is_confirmed_by_a_higher_offset_only(api: FakeBotApi, raw: Raw) -> None:
    first, second = api.inject(updates.crowd(2))
    assert _ids(await raw("getUpdates")) == [first.id, second.id]
    assert _ids(await raw("getUpdates", offset=first.id)) == [first.id, second.id]
    assert api.info()["pending"] == 2
    assert _ids(await raw("getUpdates", offset=second.id)) == [second.id]
    assert [first.how, second.how] == ["offset", ""]
    assert [attempt.how for attempt in second.attempts] == ["poll"] * 3


async def test_a_negative_offset_keeps_the_last(api: FakeBotApi, raw: Raw) -> None:
    entries = api.inject(updates.crowd(5))
    assert _ids(await raw("getUpdates", offset=-2)) == [entry.id for entry in entries[3:]]
    assert _ids(await raw("getUpdates", offset=0)) == [entry.id for entry in entries[3:]]


async def test_an_offset_far_in_the_future_confirms_nothing(api: FakeBotApi, raw: Raw) -> None:
    (entry,) = api.inject(updates.text("hello"))
    assert _ids(await raw("getUpdates", offset=entry.id + 1000)) == [entry.id]


@pytest.mark.parametrize(("asked", "given"), [(0, 1), (-5, 1), (3, 3), (100, 100), (5000, 100)])
async def test_the_limit_is_clamped(api: FakeBotApi, raw: Raw, asked: int, given: int) -> None:
    api.inject(updates.crowd(120))
    assert len((await raw("getUpdates", limit=asked))["result"]) == given


async def test_the_timeout_is_clamped_to_50_seconds(raw: Raw) -> None:
    began = time.monotonic()
    assert (await raw("getUpdates", timeout=5000))["result"] == []
    assert 2.4 <= time.monotonic() - began < 4  # 50 s, twenty times as quick


async def test_a_long_poll_wakes_up_at_once(api: FakeBotApi, raw: Raw) -> None:
    poll = asyncio.create_task(raw("getUpdates", timeout=50))
    await until(lambda: api.calls("getUpdates"))
    (entry,) = api.inject(updates.text("hello"))
    assert _ids(await poll) == [entry.id]
    assert entry.attempts[0].at - entry.injected < 0.05


async def test_an_answer_holds_at_most_4_mib(api: FakeBotApi, raw: Raw) -> None:
    api.inject([updates.text("x" * 100_000, updates.user(index)) for index in range(1, 60)])
    response = await raw.post("getUpdates")
    assert 40 <= len(response.json()["result"]) < 45
    assert len(response.content) < 1 << 22


async def test_the_same_offset_again_waits_and_gets_one(api: FakeBotApi, raw: Raw) -> None:
    api.settings(time_scale=4)
    began = time.monotonic()
    assert (await raw("getUpdates", offset=7))["result"] == []
    assert time.monotonic() - began < 0.5
    assert (await raw("getUpdates", offset=7))["result"] == []
    assert time.monotonic() - began >= 0.7  # three seconds, four times as quick
    api.inject(updates.crowd(5))
    assert len((await raw("getUpdates", offset=8))["result"]) == 5
    assert len((await raw("getUpdates", offset=8))["result"]) == 1


async def test_a_second_poll_ends_the_first_and_conflicts_are_slowed_down(api: FakeBotApi, raw: Raw) -> None:
    api.settings(time_scale=10)
    polls = []
    for number in range(1, 4):
        polls.append(asyncio.create_task(raw("getUpdates", timeout=40)))
        await until(partial(_polled, api, number))
    began = time.monotonic()
    first, second = await asyncio.gather(*polls[:2])
    text = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    assert first == second == {"ok": False, "error_code": 409, "description": text}
    assert time.monotonic() - began >= 0.25  # the second was held back for three seconds, ten times as quick
    api.inject(updates.text("hello"))
    assert len((await polls[2])["result"]) == 1


async def test_a_webhook_ends_a_poll_and_forbids_others(api: FakeBotApi, raw: Raw) -> None:
    poll = asyncio.create_task(raw("getUpdates", timeout=50))
    await until(lambda: api.calls("getUpdates"))
    await raw("setWebhook", url="http://127.0.0.1:9/")
    assert (await poll)["description"] == "Conflict: terminated by setWebhook request"
    refused = await raw.post("getUpdates")
    assert refused.status_code == 409
    assert "can't use getUpdates method while webhook is active" in refused.json()["description"]


async def test_the_real_client_sees_a_conflict(bot: Bot, api: FakeBotApi, raw: Raw) -> None:
    poll = asyncio.create_task(raw("getUpdates", timeout=50))
    await until(lambda: api.calls("getUpdates"))
    await raw("setWebhook", url="http://127.0.0.1:9/")
    await poll
    with pytest.raises(Conflict):
        await bot.get_updates()


async def test_ids_rise_and_gaps_can_be_made(api: FakeBotApi, bot: Bot) -> None:
    (first,) = api.inject(updates.text("one"))
    api.settings(next_update_id=first.id + 50)
    api.inject(updates.text("two"))
    found = await bot.get_updates()
    assert [update.update_id - first.id for update in found] == [0, 50]
    assert all(update.message for update in found)


async def test_what_is_not_asked_for_does_not_come(api: FakeBotApi, raw: Raw) -> None:
    both = [updates.reaction(1), updates.text("hello")]
    assert [entry.kind for entry in api.inject(both)] == ["message"]
    await raw("getUpdates", allowed_updates=["message_reaction"])
    await raw("getUpdates")  # the list stays
    assert [entry.kind for entry in api.inject(both)] == ["message_reaction"]
    assert (await raw("getWebhookInfo"))["result"]["allowed_updates"] == ["message_reaction"]
    await raw("getUpdates", allowed_updates=[])
    assert [entry.kind for entry in api.inject(both)] == ["message"]


async def test_copies_and_redelivery_come_again(api: FakeBotApi, raw: Raw) -> None:
    (entry,) = api.inject(updates.text("hello"), copies=3)
    assert _ids(await raw("getUpdates")) == [entry.id] * 3
    assert _ids(await raw("getUpdates", offset=entry.id + 1, timeout=1)) == []
    api.redeliver([entry.id])
    assert set(_ids(await raw("getUpdates", offset=0))) == {entry.id}


async def test_expired_updates_are_not_given(api: FakeBotApi, raw: Raw) -> None:
    api.settings(time_scale=1000)
    callback, message = api.inject([updates.callback("x"), updates.text("hello")])
    await until(lambda: time.monotonic() > callback.expires)
    assert _ids(await raw("getUpdates")) == [message.id]
    assert callback.how == "expired"
