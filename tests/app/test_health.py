"""The web server's own pages, and bodies that are too large or never come."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.app import health
from bot.channels import http
from bot.delivery.metrics import Metrics

LARGEST = 1000
Headers = Sequence[tuple[bytes, bytes]]


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    read: int  # bytes of the request's body that were asked for


async def ask(app: Starlette, method: str, path: str, headers: Headers = (), pieces: Iterable[bytes] = (b"",)) -> Answer:
    """One request, straight to ``app``: header lines and pieces of a body as no client would send them."""
    waiting = iter(pieces)
    following = next(waiting, None)
    found, read = Answer(0, {}, b"", 0), 0

    async def receive() -> dict[str, Any]:
        nonlocal following, read
        if following is None:
            return {"type": "http.disconnect"}
        piece, following = following, next(waiting, None)
        read += len(piece)
        await asyncio.sleep(0)
        return {"type": "http.request", "body": piece, "more_body": following is not None}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            found.status = message["status"]
            found.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in message["headers"]}
        else:
            found.body += message.get("body", b"")

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": list(headers),
        "scheme": "http",
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
    }
    await app(scope, receive, send)
    found.read = read
    return found


async def _echo(request: Request) -> Response:
    try:
        return Response(await http.body(request, LARGEST))
    except http.TooLarge:
        return Response(status_code=413)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def app(metrics: Metrics) -> Starlette:
    return health.app(metrics, dict, [Route("/echo", _echo, methods=["POST"])])


async def test_it_lives(app: Starlette) -> None:
    answer = await ask(app, "GET", "/livez")
    assert (answer.status, json.loads(answer.body)) == (200, {"status": "alive"})


@pytest.mark.parametrize(
    ("checks", "status", "body"),
    [
        ({}, 200, {"ready": True}),
        ({"store": (True, "fine"), "telegram": (True, "polling")}, 200, {"ready": True, "store": "fine", "telegram": "polling"}),
        (
            {"store": (False, "failing"), "telegram": (True, "polling")},
            503,
            {"ready": False, "store": "failing", "telegram": "polling"},
        ),
    ],
    ids=["nothing to check", "all fine", "one is not"],
)
async def test_it_is_ready_when_all_parts_are(metrics: Metrics, checks: Any, status: int, body: Any) -> None:
    answer = await ask(health.app(metrics, lambda: checks), "GET", "/readyz")
    assert (answer.status, json.loads(answer.body)) == (status, body)


async def test_readiness_is_asked_for_each_time(metrics: Metrics) -> None:
    found = {"store": (False, "failing")}
    app = health.app(metrics, lambda: found)
    assert (await ask(app, "GET", "/readyz")).status == 503
    found["store"] = (True, "fine")
    assert (await ask(app, "GET", "/readyz")).status == 200


async def test_metrics_are_shown_as_prometheus_reads_them(app: Starlette, metrics: Metrics) -> None:
    metrics.count("taken", 3)
    answer = await ask(app, "GET", "/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert b'infusion_bot_events_total{event="taken"} 3.0' in answer.body


@pytest.mark.parametrize(("method", "path"), [("POST", "/livez"), ("GET", "/echo"), ("GET", "/"), ("GET", "/docs")])
async def test_nothing_else_is_there(app: Starlette, method: str, path: str) -> None:
    assert (await ask(app, method, path)).status in {404, 405}


# -- bodies -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "pieces"),
    [
        ([], [b""]),
        ([], [b"abc", b"", b"def"]),
        ([(b"content-length", b"6")], [b"abcdef"]),
        ([(b"content-length", b"1000")], [b"x" * 1000]),
        ([], [b"x"] * 1000),
    ],
    ids=["empty", "in pieces", "with its length", "the largest", "the largest in pieces"],
)
async def test_a_body_is_read_whole(app: Starlette, headers: Headers, pieces: list[bytes]) -> None:
    answer = await ask(app, "POST", "/echo", headers, pieces)
    assert (answer.status, answer.body) == (200, b"".join(pieces))


@pytest.mark.parametrize("length", [b"1001", b"9" * 40, b"-1", b"1e3", b"", b"x", b"\xb2", b" 1"])
async def test_a_length_that_is_too_large_or_none_is_refused_before_a_byte_is_read(app: Starlette, length: bytes) -> None:
    answer = await ask(app, "POST", "/echo", [(b"content-length", length)], [b"abc"])
    assert (answer.status, answer.read) == (413, 0)


def _endless() -> Iterable[bytes]:
    while True:
        yield b"x" * 100


async def test_an_endless_body_is_read_no_further_than_it_may_be(app: Starlette) -> None:
    answer = await ask(app, "POST", "/echo", [(b"transfer-encoding", b"chunked")], _endless())
    assert answer.status == 413
    assert answer.read <= LARGEST + 200


async def test_more_than_its_length_is_refused(app: Starlette) -> None:
    assert (await ask(app, "POST", "/echo", [(b"content-length", b"3")], [b"x" * 1001])).status == 413


async def test_who_hangs_up_ends_it(app: Starlette) -> None:
    assert (await ask(app, "POST", "/echo", [], [])).status == 413


# -- over a socket ------------------------------------------------------------------------------------------------


@pytest.fixture
async def port(app: Starlette) -> AsyncIterator[int]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
    task = asyncio.create_task(server._serve())
    while not server.started:  # it has no event
        await asyncio.sleep(0.005)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await task


async def _raw(port: int, head: str, body: bytes = b"") -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{head}\r\n\r\n".encode() + body)
        async with asyncio.timeout(5):
            answer = await reader.read()
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
    return answer.partition(b"\r\n")[0]


@pytest.mark.parametrize(
    ("head", "body", "status"),
    [
        ("Content-Length: 3", b"abc", b"200"),
        ("Transfer-Encoding: chunked", b"3\r\nabc\r\n0\r\n\r\n", b"200"),
        ("Content-Length: 99999999", b"", b"413"),
        ("Transfer-Encoding: chunked", b"320\r\n" + b"x" * 800 + b"\r\n320\r\n" + b"x" * 800 + b"\r\n", b"413"),
    ],
    ids=["with its length", "in chunks", "too long", "chunks without an end"],
)
async def test_bodies_over_a_socket(port: int, head: str, body: bytes, status: bytes) -> None:
    assert status in await _raw(port, head, body)


@pytest.mark.parametrize(("head", "body"), [("Content-Length: 3", b"a"), ("Transfer-Encoding: chunked", b"3\r\na")])
async def test_a_body_that_does_not_come_is_given_up(port: int, monkeypatch: pytest.MonkeyPatch, head: str, body: bytes) -> None:
    monkeypatch.setattr(http, "_SLOWEST", 0.05)  # or the test would take as long
    assert b"413" in await _raw(port, head, body)
