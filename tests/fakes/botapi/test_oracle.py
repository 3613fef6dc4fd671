"""Point 18: which call answers which update."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.botapi import FakeBotApi, updates
from tests.fakes.botapi.conftest import Raw
from tests.fakes.botapi.oracle import percentiles


async def _say(raw: Raw, chat: int, text: str, **more: Any) -> None:
    assert (await raw("sendMessage", chat_id=chat, text=text, **more))["ok"]


async def test_by_a_chat_of_its_own(api: FakeBotApi, raw: Raw) -> None:
    first, second, third = api.inject(updates.crowd(3))
    await _say(raw, 10_001, "a")
    await _say(raw, 10_000, "a")
    await _say(raw, 10_001, "a")
    stats = api.stats()
    assert (stats.updates, stats.answered, stats.lost) == (3, 2, [third.id])
    assert stats.twice == stats.repeated == [second.id]
    assert stats.inversions == 0
    assert [call.chat for call in api.attribute()[first.id]] == [10_000]


async def test_parts_of_an_answer_are_not_repeats(api: FakeBotApi, raw: Raw) -> None:
    (entry,) = api.inject(updates.text("hello"))
    await _say(raw, 1001, "one")
    await _say(raw, 1001, "two")
    assert (api.stats().twice, api.stats().repeated) == ([entry.id], [])


async def test_by_the_message_replied_to(api: FakeBotApi, raw: Raw) -> None:
    first, second = api.inject([updates.text("1"), updates.text("2")])
    await _say(raw, 1001, "b", reply_parameters={"message_id": second.message})
    await _say(raw, 1001, "a", reply_to_message_id=first.message)
    stats = api.stats()
    assert (stats.lost, stats.twice, stats.inversions) == ([], [], 1)


async def test_by_the_word_of_a_correlation(api: FakeBotApi, raw: Raw) -> None:
    entries = api.inject([updates.text(f"say c{number:04}") for number in range(3)], correlations=["c0000", "c0001", "c0002"])
    for number in (0, 2, 1, 1):
        await _say(raw, 1001, f"You said c{number:04}.")
    stats = api.stats()
    assert (stats.lost, stats.twice, stats.inversions) == ([], [entries[1].id], 1)
    assert len(api.answers("c0001")) == 2
    assert api.answers("c0009") == []


async def test_by_order_within_a_chat(api: FakeBotApi, raw: Raw) -> None:
    entries = api.inject([updates.text(str(number)) for number in range(3)])
    await _say(raw, 1001, "a")
    await _say(raw, 1001, "b")
    stats = api.stats()
    assert (stats.answered, stats.lost, stats.inversions) == (2, [entries[2].id], 0)


async def test_only_what_was_delivered_counts(api: FakeBotApi, raw: Raw) -> None:
    api.inject(updates.text("hello"))
    await raw("sendMessage", chat_id=1001, text="<b>", parse_mode="HTML")
    assert api.stats().answered == 0
    api.fault("error_after", times=1)
    await raw.post("sendMessage", chat_id=1001, text="x")
    assert api.stats().answered == 1


async def test_latencies_are_in_milliseconds(api: FakeBotApi, raw: Raw) -> None:
    (entry,) = api.inject(updates.text("hello"))
    await raw("getUpdates")
    await _say(raw, 1001, "x")
    stats, (call,) = api.stats(), api.calls("sendMessage")
    assert stats.latency["p50"] == pytest.approx((call.at - entry.injected) * 1000)
    assert 0 < stats.reaction["p99"] < stats.latency["p99"]


async def test_updates_that_ask_for_nothing_are_left_out(api: FakeBotApi) -> None:
    api.inject([updates.membership("kicked"), updates.inline("x"), updates.channel_post("x")])
    assert api.stats().updates == 0


def test_percentiles() -> None:
    assert percentiles([]) == {}
    assert percentiles(list(range(1, 101))) == {"n": 100, "p50": 51, "p90": 91, "p99": 100, "max": 100}
