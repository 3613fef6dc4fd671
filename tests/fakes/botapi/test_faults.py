"""What can be made to go wrong, as the client sees it and as the record tells it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest
from telegram import Bot
from telegram.error import NetworkError, TimedOut

from tests.fakes.botapi import FakeBotApi, updates
from tests.fakes.botapi.conftest import Raw, until


@pytest.mark.parametrize(
    ("kind", "delivered"),
    [("reset_head", None), ("reset", False), ("drop", True), ("hang", True)],
)
async def test_no_answer(api: FakeBotApi, raw: Raw, kind: str, delivered: bool | None) -> None:
    api.inject(updates.text("hello"))
    fault = api.fault(kind, methods="sendMessage", times=1, seconds=2)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError)):
        await raw("sendMessage", chat_id=1001, text="x")
    assert fault.hits == 1
    assert [call.delivered for call in api.calls("sendMessage")] == ([] if delivered is None else [delivered])
    assert (await raw("sendMessage", chat_id=1001, text="y"))["ok"]
    assert len([call for call in api.calls() if call.delivered]) == 1 + bool(delivered)


@pytest.mark.parametrize(("kind", "delivered"), [("error", False), ("error_after", True)])
@pytest.mark.parametrize("status", [500, 502])
async def test_an_error_in_html(api: FakeBotApi, raw: Raw, bot: Bot, kind: str, delivered: bool, status: int) -> None:
    api.inject(updates.text("hello"))
    api.fault(kind, methods=["sendMessage"], times=2, status=status)
    response = await raw.post("sendMessage", chat_id=1001, text="x")
    assert (response.status_code, response.headers["Content-Type"]) == (status, "text/html")
    assert response.text.startswith("<html>")
    with pytest.raises(NetworkError):
        await bot.send_message(1001, "x")
    assert [call.delivered for call in api.calls("sendMessage")] == [delivered] * 2


@pytest.mark.parametrize("kind", ["trickle", "delay"])
async def test_slow_answers(api: FakeBotApi, raw: Raw, kind: str) -> None:
    api.inject(updates.text("hello"))
    api.fault(kind, methods="sendMessage", seconds=6)
    began = time.monotonic()
    assert (await raw("sendMessage", chat_id=1001, text="x"))["ok"]
    assert time.monotonic() - began >= 0.25


async def test_the_real_client_times_out_though_the_message_is_there(api: FakeBotApi, bot: Bot) -> None:
    api.inject(updates.text("hello"))
    api.fault("hang", methods="sendMessage", seconds=100, times=1)
    with pytest.raises(TimedOut):
        await bot.send_message(1001, "x", read_timeout=0.1)
    assert [call.delivered for call in api.calls("sendMessage")] == [True]


@pytest.mark.parametrize(
    ("how", "refused"),
    [
        pytest.param({}, [1, 2, 3, 4], id="all"),
        pytest.param({"methods": "getMe"}, [], id="another-method"),
        pytest.param({"chat": 10_001}, [2, 4], id="chat"),
        pytest.param({"skip": 2}, [3, 4], id="later"),
        pytest.param({"skip": 1, "times": 1}, [2], id="the-second"),
        pytest.param({"probability": 0.0}, [], id="never"),
    ],
)
async def test_which_calls_a_fault_meets(api: FakeBotApi, raw: Raw, how: dict[str, Any], refused: list[int]) -> None:
    api.inject(updates.crowd(2))
    api.fault("refusal", status=400, text="Bad Request: no", **how)
    answers = [await raw("sendMessage", chat_id=10_000 + (number % 2 == 0), text="x") for number in range(1, 5)]
    assert [number for number, answer in enumerate(answers, 1) if not answer["ok"]] == refused
    api.clear_faults()
    assert (await raw("sendMessage", chat_id=10_000, text="x"))["ok"]


async def test_the_api_goes_away_and_comes_back(api: FakeBotApi, raw: Raw) -> None:
    poll = asyncio.create_task(raw("getUpdates", timeout=50))
    await until(lambda: api.calls("getUpdates"))
    await api.down(6)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await poll
    with pytest.raises(httpx.ConnectError):
        await raw("getMe")
    async with httpx.AsyncClient() as http:
        assert (await http.get(f"{api.control_url}/info")).json()["calls"] == 1

    async def back() -> bool:
        try:
            return bool((await raw("getMe"))["ok"])
        except httpx.ConnectError:
            return False

    began = time.monotonic()
    while not await back():
        assert time.monotonic() - began < 3
        await asyncio.sleep(0.01)
