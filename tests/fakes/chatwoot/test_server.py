"""The fake does what the real one does."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.fakes.chatwoot import SECRET, FakeChatwoot

UNDER = "/api/v1/accounts/1/conversations/"


@dataclass
class Receiver:
    """An agent bot. ``answers`` are the statuses that it gives, the last one for ever."""

    answers: list[int] = field(default_factory=lambda: [200])
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def receive(self, request: web.Request) -> web.Response:
        self.got.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        return web.Response(status=self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])

    def events(self) -> list[str]:
        return [json.loads(body)["event"] for _, body in self.got]


@asynccontextmanager
async def desk_with(answers: list[int], **how: Any) -> AsyncIterator[tuple[FakeChatwoot, Receiver]]:
    receiver = Receiver(answers)
    app = web.Application()
    app.router.add_post("/hook", receiver.receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with FakeChatwoot([f"http://127.0.0.1:{runner.addresses[0][1]}/hook"], scale=300, **how) as desk:
        yield desk, receiver
    await runner.cleanup()


async def test_what_is_told_is_signed_over_time_and_body() -> None:
    async with desk_with([200]) as (desk, receiver):
        desk.writes(desk.starts(), "hello")
        await desk.quiet()
    headers, body = receiver.got[0]
    signed = headers["x-chatwoot-timestamp"].encode() + b"." + body
    assert headers["x-chatwoot-signature"] == "sha256=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert json.loads(body)["conversation"]["status"] == "pending"


@pytest.mark.parametrize(
    ("answers", "tries", "status"),
    [
        pytest.param([200], 1, "pending", id="taken"),
        pytest.param([500, 429, 200], 3, "pending", id="tried-again"),
        pytest.param([500], 3, "open", id="given-up-after-three"),
        pytest.param([503], 1, "open", id="never-again-after-503"),
        pytest.param([401], 1, "open", id="never-again-after-401"),
    ],
)
async def test_what_fails_is_tried_again_or_opens_the_conversation(answers: list[int], tries: int, status: str) -> None:
    async with desk_with([*answers, answers[-1]] if len(answers) > 1 else answers) as (desk, receiver):
        talk = desk.starts()
        desk.writes(talk, "hello")
        await desk.quiet()
    assert talk.status == status
    told = [headers["x-chatwoot-delivery"] for headers, body in receiver.got if b'"message_created"' in body]
    assert len(told) == tries
    assert len(set(told)) == 1


@pytest.mark.parametrize(
    ("before", "after"), [("resolved", "pending"), ("snoozed", "open"), ("open", "open"), ("pending", "pending")]
)
async def test_who_writes_changes_the_status(before: str, after: str) -> None:
    async with desk_with([200]) as (desk, receiver):
        talk = desk.starts()
        talk.status = before
        desk.writes(talk, "hello")
        await desk.quiet()
    assert talk.status == after
    assert json.loads(receiver.got[-1][1])["conversation"]["status"] == after


@pytest.mark.parametrize(
    ("token", "path", "content", "status"),
    [
        pytest.param("wrong", "1/messages", {"content": "a"}, 401, id="token"),
        pytest.param(None, "99/messages", {"content": "a"}, 404, id="conversation"),
        pytest.param(None, "1/messages", {"content": ""}, 422, id="empty"),
        pytest.param(None, "1/messages", {"content": "a", "message_type": "incoming"}, 422, id="incoming"),
        pytest.param(None, "1/messages", {"content": "a", "content_type": "input_select"}, 422, id="no-items"),
        pytest.param(None, "1/toggle_status", {"status": "closed"}, 422, id="status"),
        pytest.param(None, "1/messages", {"content": "a"}, 200, id="fine"),
    ],
)
async def test_calls_are_refused_as_there(token: str | None, path: str, content: dict[str, str], status: int) -> None:
    async with desk_with([200]) as (desk, _), aiohttp.ClientSession() as http:
        desk.starts()
        headers = {"api_access_token": token or desk.token}
        async with http.post(f"{desk.base_url}{UNDER}{path}", json=content, headers=headers) as answer:
            assert answer.status == status


@pytest.mark.parametrize("readable", [True, False])
async def test_later_releases_let_a_bot_read(readable: bool) -> None:
    async with desk_with([200], readable=readable) as (desk, _), aiohttp.ClientSession() as http:
        desk.starts()
        async with http.get(f"{desk.base_url}{UNDER}1", headers={"api_access_token": desk.token}) as answer:
            assert answer.status == (200 if readable else 401)
