"""What a look at Telegram finds: the token, the webhook from both sides, the proxy, the clock; and that nothing is changed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from email.utils import formatdate
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from bot.channels.declaration import CheckResult
from bot.channels.telegram.check import check
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.telegram.updates.intake import UPDATES
from tests.channels.telegram.conftest import open_bot, until
from tests.fakes.botapi import TOKEN, FakeBotApi, updates

SECRET = "a-secret-of-the-webhook"  # noqa: S105  # opens nothing


def _settings(api: FakeBotApi, **other: Any) -> TelegramSettings:
    return replace(TelegramSettings(api.token, api.base_url, None, None, SECRET), **other)


def _of(part: str, found: Sequence[CheckResult]) -> list[tuple[str, str]]:
    return [(one.state, one.said) for one in found if one.part == part]


async def test_a_bot_that_polls_is_all_well(api: FakeBotApi) -> None:
    found = await check(_settings(api))
    assert _of("telegram", found) == [("ok", f"the token is that of @{updates.USERNAME}")]
    assert _of("webhook", found) == [("ok", "none; updates are polled")]
    assert {call.method for call in api.calls()} == {"getme", "getwebhookinfo"}, "nothing is changed"


async def test_a_clock_that_goes_otherwise_than_telegrams_is_told() -> None:
    me = {"id": 1, "is_bot": True, "first_name": "B", "username": "b", "can_join_groups": True}
    results = {"getMe": me, "getWebhookInfo": {"url": "", "has_custom_certificate": False, "pending_update_count": 0}}

    async def answer(request: web.BaseRequest) -> web.Response:
        told = {"ok": True, "result": results.get(request.path.rpartition("/")[2])}
        return web.json_response(told, headers={"Date": formatdate(time.time() - 600)})

    async with RawTestServer(answer) as server:
        found = await check(TelegramSettings(TOKEN, f"{server.make_url('/bot')}", None, None, None))
    assert _of("telegram", found) == [("ok", "the token is that of @b")]
    ((state, said),) = _of("clock", found)
    assert (state, said.partition(" s ")[2]) == ("wrong", "ahead of that of Telegram")


async def test_without_a_token_there_is_nothing_to_look_at(api: FakeBotApi) -> None:
    assert await check(_settings(api, bot_token=None)) == []


async def test_a_token_of_no_bot_is_told_and_not_repeated(api: FakeBotApi) -> None:
    found = await check(_settings(api, bot_token="987654321:canary_canary_canary_canary"))  # noqa: S106  # opens nothing
    assert _of("telegram", found) == [("wrong", "the token is not one of a bot there")]
    assert "canary" not in str(found)
    assert all(one.mend for one in found if one.state != "ok")


async def test_an_api_that_is_away_is_told(api: FakeBotApi) -> None:
    found = await check(_settings(api, base_url="http://127.0.0.1:1/bot"))
    (state, said), *_ = _of("telegram", found)
    assert (state, said.split(":")[0]) == ("wrong", "the Bot API does not answer as it should")
    assert TOKEN.split(":")[1] not in str(found)


async def test_a_webhook_that_somebody_set_is_told_where_we_would_poll(api: FakeBotApi) -> None:
    async with open_bot(api) as bot:
        await bot.set_webhook("https://other.test/x")
    assert _of("webhook", await check(_settings(api))) == [("warning", "Telegram has one, and WEBHOOK_URL is not set")]


async def test_what_telegram_cannot_deliver_is_told_in_its_words(api: FakeBotApi) -> None:
    api.route("https://bot.test", ["http://127.0.0.1:1"])
    async with open_bot(api) as bot:
        await bot.set_webhook("https://bot.test/hooks/telegram", secret_token=SECRET, allowed_updates=UPDATES)
    api.inject(updates.text("canary"))
    await until(lambda: api.info()["webhook"].get("last_error_date"))
    found = await check(_settings(api, webhook_url="https://bot.test"))
    wrong = [said for state, said in _of("webhook", found) if state == "wrong"]
    assert len(wrong) == 1
    assert wrong[0].startswith("Telegram could not deliver at 20")
    assert wrong[0].endswith(": Connection refused")
    assert "canary" not in str(found)
    assert SECRET not in str(found)


@pytest.mark.parametrize(
    ("status", "state", "says"),
    [
        (405, "ok", "WEBHOOK_URL leads to a bot"),
        (502, "warning", "the proxy is there, and no bot behind it"),
        (404, "wrong", "something else answers (404)"),
        (200, "wrong", "something else answers (200)"),
    ],
)
async def test_the_address_of_the_webhook_is_looked_at_from_here(api: FakeBotApi, status: int, state: str, says: str) -> None:
    asked = []

    async def answer(request: web.BaseRequest) -> web.Response:
        asked.append((request.method, request.path))
        return web.Response(status=status)

    async with RawTestServer(answer) as server:
        found = await check(_settings(api, webhook_url=str(server.make_url("/base"))))
    assert asked == [("GET", "/base/hooks/telegram")]
    assert [(one, says in said) for one, said in _of("webhook", found)][-1] == (state, True)
    assert ("warning", "not yet at Telegram as it is set here (deleted)") in _of("webhook", found)


async def test_an_address_that_does_not_answer_is_warned_of(api: FakeBotApi) -> None:
    found = await check(_settings(api, webhook_url="https://127.0.0.1:1"))
    assert ("warning", "WEBHOOK_URL does not answer from this machine: no connection (Connection refused)") in [
        (state, said.replace("Connect call failed ('127.0.0.1', 1)", "Connection refused"))
        for state, said in _of("webhook", found)
    ]


async def test_a_proxy_is_told_without_its_password(api: FakeBotApi, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await check(_settings(api, proxy="http://me:canary@127.0.0.1:1"))
    assert _of("proxy", found) == [("ok", "Telegram is reached through 127.0.0.1:1")]
    assert "canary" not in str(found)
    monkeypatch.setenv("https_proxy", "socks5://127.0.0.1:1")
    (found_of_kind,) = await check(_settings(api, base_url="https://api.test/bot"))
    assert (found_of_kind.part, found_of_kind.state) == ("proxy", "wrong")


async def test_the_staffs_group_is_looked_at(api: FakeBotApi) -> None:
    found = await check(_settings(api, staff_chat=updates.FORUM))
    assert [state for state, _ in _of("staff", found)] == ["wrong"]
    api.inject([updates.group_text("good morning", updates.group_chat(updates.FORUM))], force=True)
    api.inject([updates.group_text("good morning", updates.group_chat(updates.SUPERGROUP))], force=True)
    ((state, said),) = _of("staff", await check(_settings(api, staff_chat=updates.SUPERGROUP)))
    assert (state, "no topics" in said) == ("ok", True)
    ((state, said),) = _of("staff", await check(_settings(api, staff_chat=updates.FORUM)))
    assert (state, "no topics" in said) == ("warning", True)
