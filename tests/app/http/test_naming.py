"""What a request is called: in what is done for it, and in its answer."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.app.http.naming import RequestNaming
from bot.delivery.tracing import request_id

GIVEN = "4bf92f3577b34da6a3ce929d0e0e4736"


async def named(request: Request) -> PlainTextResponse:  # one signature for all endpoints
    return PlainTextResponse(request_id())


@pytest.mark.parametrize(("headers", "kept"), [({}, False), ({"X-Request-ID": GIVEN}, True), ({"X-Request-ID": "Ann"}, False)])
async def test_a_request_is_called_the_same_within_and_in_its_answer(headers: dict[str, str], kept: bool) -> None:
    app = RequestNaming(Starlette(routes=[Route("/", named)]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot") as client:
        answer = await client.get("/", headers=headers)
    assert answer.text == answer.headers["x-request-id"]
    assert (answer.text == GIVEN) is kept
