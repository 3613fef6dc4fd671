"""What a look at Chatwoot finds, and that nothing is changed there."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from bot.channels.helpdesk.chatwoot.check import check
from bot.channels.helpdesk.chatwoot.settings import ChatwootSettings
from tests.fakes.chatwoot import SECRET, TOKEN, FakeChatwoot


def _settings(url: str, token: str = TOKEN) -> ChatwootSettings:
    return ChatwootSettings(url, token, SECRET, None)


async def test_a_chatwoot_that_takes_the_token_is_all_well() -> None:
    async with FakeChatwoot() as desk:
        found = await check(_settings(desk.base_url))
        assert desk.calls == []
    assert {(one.part, one.state) for one in found} == {("chatwoot", "ok"), ("clock", "ok")}


async def test_another_token_is_told_and_not_repeated() -> None:
    async with FakeChatwoot() as desk:
        first, *_ = await check(_settings(desk.base_url, "canary-of-a-token"))
    assert (first.state, first.said) == ("wrong", "CHATWOOT_TOKEN is not one of an agent bot there")
    assert "canary" not in str(first)
    assert first.mend


async def test_who_does_not_answer_is_told() -> None:
    (found,) = await check(_settings("http://127.0.0.1:1"))
    assert (found.part, found.state) == ("chatwoot", "wrong")
    assert found.said.startswith("CHATWOOT_URL does not answer: no connection")


@pytest.mark.parametrize("status", [404, 302, 500])
async def test_another_program_at_its_address_is_told(status: int) -> None:
    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(status=status)

    async with RawTestServer(answer) as server:
        first, *_ = await check(_settings(str(server.make_url("")).rstrip("/")))
    assert (first.state, first.said) == ("wrong", f"what answers at CHATWOOT_URL is no Chatwoot ({status})")
