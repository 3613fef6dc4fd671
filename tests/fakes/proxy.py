"""A small HTTP proxy on loopback: tunnels by CONNECT, plain requests by their whole address."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Self
from urllib.parse import urlsplit

_REFUSED = b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"


class Proxy:
    """``names``: where hosts are that no other name service knows. ``login``: what Proxy-Authorization has to say, if anything.

    ``asked``: the first line of each request, in order.
    """

    def __init__(self, names: Mapping[str, int], login: str = "") -> None:
        self.names, self.login = names, login
        self.asked: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                await self._relay(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
        self.asked.append(first)
        if self.login and f"proxy-authorization: {self.login}".lower() not in [line.lower() for line in lines]:
            writer.write(_REFUSED)
            await writer.drain()
            return
        method, target, version = first.split(" ")
        place = urlsplit(f"//{target}" if method == "CONNECT" else target)
        there = await asyncio.open_connection("127.0.0.1", self.names.get(place.hostname or "", place.port or 0))
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:  # this connection goes on to the same server; the whole address is taken by it as well
            path = target.partition(place.netloc)[2]
            there[1].write("\r\n".join([f"{method} {path} {version}", *lines, "", ""]).encode("latin-1"))
        async with asyncio.TaskGroup() as group:
            group.create_task(_pump(reader, there[1]))
            group.create_task(_pump(there[0], writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(1 << 16):
        writer.write(piece)
        await writer.drain()
    writer.close()
