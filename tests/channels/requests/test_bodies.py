"""Bodies that are too large or never come."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.requests import bodies
from tests.asgi import Headers, ask

LARGEST = 1000


async def _echo(request: Request) -> Response:
    try:
        return Response(await bodies.body(request, LARGEST))
    except bodies.TooLarge:
        return Response(status_code=413)


@pytest.fixture
def app() -> Starlette:
    return Starlette(routes=[Route("/echo", _echo, methods=["POST"])])


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


@pytest.mark.parametrize("length", [b"1001", b"9" * 40, b"0" * 5000, b"-1", b"1e3", b"", b"x", b"\xb2", b" 1"])
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
