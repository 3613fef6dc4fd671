"""A web server with small limits in front of a small application, and a client that sends what no library would."""

from __future__ import annotations

import asyncio
import json
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.app.http.connections import ConnectionLimits, trusted
from bot.app.http.server import HttpServer

GET = b"GET /quick HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass
class Desk:
    """What the application was asked. ``held``: those who wait until ``release`` is set."""

    server: HttpServer
    port: int
    counted: Counter[str]
    asked: list[str] = field(default_factory=list)
    release: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        if request.url.path == "/held":
            await self.release.wait()
        if request.url.path == "/large":
            return PlainTextResponse("x" * 30_000_000)
        if request.url.path == "/early":
            return PlainTextResponse("no", 403)
        try:
            body = await request.body()
        except ClientDisconnect:
            self.asked.append("gone")
            return Response(status_code=400)
        return PlainTextResponse(f"{request.client.host if request.client else ''} {len(body)}")


@asynccontextmanager
async def served(proxies: str = "127.0.0.9", listener: socket.socket | None = None, **limits: float) -> AsyncIterator[Desk]:
    counted: Counter[str] = Counter()

    def count(event: str) -> None:
        counted[event] += 1

    async def answer(request: Request) -> Response:
        return await desk.answer(request)

    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
    server = HttpServer(app, ConnectionLimits(**limits), proxies, trusted(proxies), count)  # type: ignore[arg-type]
    listener = listener or socket.create_server(("127.0.0.1", 0))
    desk = Desk(server, listener.getsockname()[1], counted)
    await server.start(listener)
    try:
        yield desk
    finally:
        desk.release.set()
        server.refuse()
        await server.drain(5)
        await server.close()


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> object:
        return json.loads(self.body)


class Client:
    """One connection, from ``address``."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, port: int, address: str = "127.0.0.1") -> Client:
        return cls(*await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0)))

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)

    async def answer(self, seconds: float = 10) -> Answer:
        async with asyncio.timeout(seconds):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:-2])}
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return Answer(int(head[0].split()[1]), headers, body)

    async def ended(self, seconds: float = 10) -> bytes:
        """Whatever still comes until the server closes."""
        async with asyncio.timeout(seconds):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""

    def close(self) -> None:
        self.writer.close()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)
