"""The fake as a process of its own, steered over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from telegram import Bot
from telegram.error import NetworkError

from tests.fakes.botapi import ControlError, FakeBotApi, RemoteBotApi, updates
from tests.fakes.botapi.control import OPEN, Control


@pytest.fixture
async def remote() -> AsyncIterator[RemoteBotApi]:
    async with RemoteBotApi("--time-scale", "20") as api:
        yield api


async def test_a_walk_through(remote: RemoteBotApi) -> None:
    injected = await remote.steer("inject", updates=updates.crowd(3), correlations=["c1", "c2", "c3"])
    await remote.steer("fault", kind="error_after", methods="sendMessage", times=1)
    async with Bot(remote.token, base_url=remote.base_url) as bot:
        assert [update.update_id for update in await bot.get_updates()] == [entry.id for entry in injected]
        await bot.send_photo(10_000, b"\x89PNG1234", caption="that is c1")
        with pytest.raises(NetworkError):
            await bot.send_message(10_001, "c2")
    (call,) = await remote.steer("answers", correlation="c1")
    assert (call.method, call.files[0].size, call.delivered) == ("sendphoto", 8, True)
    stats = await remote.steer("stats")
    assert (stats.answered, stats.lost) == (2, [injected[2].id])
    await remote.steer("clear")
    assert await remote.steer("calls") == []
    assert len(await remote.steer("updates")) == 3


async def test_the_api_goes_down_and_the_control_stays(remote: RemoteBotApi) -> None:
    await remote.steer("down")
    async with httpx.AsyncClient() as http:
        with pytest.raises(httpx.ConnectError):
            await http.get(f"{remote.base_url}{remote.token}/getMe")
        assert (await remote.steer("info"))["calls"] == 0
        await remote.steer("up")
        assert (await http.get(f"{remote.base_url}{remote.token}/getMe")).status_code == 200


@pytest.mark.parametrize(
    ("name", "given"),
    [("explode", {}), ("inject", {}), ("settings", {"gravity": 1}), ("calls", {"what": 1}), ("inject", {"updates": [{}]})],
)
async def test_what_makes_no_sense_is_refused(remote: RemoteBotApi, name: str, given: dict[str, object]) -> None:
    with pytest.raises(ControlError):
        await remote.steer(name, **given)
    assert await remote.steer("updates") == []


async def test_get_is_enough_for_simple_calls(api: FakeBotApi) -> None:
    api.inject(updates.text("hello"))
    async with httpx.AsyncClient() as http:
        await http.get(f"{api.base_url}{api.token}/sendMessage", params={"chat_id": 1001, "text": "x"})
        answer = await http.get(f"{api.control_url}/calls", params={"method": "sendMessage", "chat": 1001})
    assert [call["text"] for call in answer.json()] == ["x"]


def test_all_that_is_open_is_there() -> None:
    assert all(callable(getattr(Control, name)) for name in OPEN)


async def test_listeners_hear_of_what_was_delivered(api: FakeBotApi) -> None:
    heard = asyncio.Queue[str]()
    api.listeners.append(lambda call: heard.put_nowait(call.text))
    api.inject(updates.text("hello"))
    async with Bot(api.token, base_url=api.base_url) as bot:
        await bot.send_message(1001, "x")
    assert heard.get_nowait() == "x"
