"""HTTP/1.1 by hand: a server connection, and how parameters travel (query, form, multipart, JSON).

By hand because the load of a bench goes through it: a request costs some tens of microseconds here.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import parse_qsl, unquote

LIMIT = 60 * 1024 * 1024  # bytes of a request; above it 413


@dataclass(slots=True)
class Request:
    verb: str
    target: str
    headers: dict[str, str]  # names in lower case
    connection: int
    arrived: float  # loop time at which the head was complete
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is written back. ``trickle``: seconds that the body takes; ``drop``: no answer, the connection is reset."""

    status: int
    body: bytes
    retry_after: int = 0
    content_type: str = "application/json"
    trickle: float = 0.0
    drop: bool = False


DROP = Answer(0, b"", drop=True)


@dataclass(frozen=True, slots=True)
class Upload:
    field: str
    name: str
    size: int
    magic: str  # the first 8 bytes, in hex
    content: bytes = dataclasses.field(repr=False)


Serve = Callable[[Request], Answer | Awaitable[Answer]]


def parse_head(head: bytes) -> tuple[str, dict[str, str]]:
    """First line, and headers with names in lower case."""
    lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return lines[0], headers


def join_chunks(data: bytes) -> bytes | None:
    """The body of a chunked message, None as long as it is not complete."""
    parts: list[bytes] = []
    at = 0
    while True:
        end = data.find(b"\r\n", at)
        if end < 0:
            return None
        size = int(data[at:end].split(b";")[0], 16)
        at = end + 2
        if len(data) < at + size + 2:
            return None
        if size == 0:
            return b"".join(parts)
        parts.append(data[at : at + size])
        at += size + 2


def reset(transport: asyncio.BaseTransport) -> None:
    """Close so that the other side sees a reset, not an end."""
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    cast("asyncio.Transport", transport).abort()


class Connection(asyncio.Protocol):
    """One connection of a client; requests are answered in order.

    ``refuse`` is asked when the head is there and the body is not yet read: True resets the connection.
    """

    def __init__(self, number: int, serve: Serve, refuse: Callable[[Request], bool], live: set[Connection]) -> None:
        self._number, self._serve, self._refuse, self._live = number, serve, refuse, live
        self._buffer = bytearray()
        self._request: Request | None = None
        self._task: asyncio.Task[None] | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._live.add(self)

    def connection_lost(self, _: Exception | None) -> None:
        self.transport = None
        self._live.discard(self)  # a call that is under way goes on: Telegram does not notice either

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._advance()

    async def close(self) -> None:
        if self.transport is not None:
            self.transport.abort()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _advance(self) -> None:
        while self._task is None and self.transport is not None:
            request = self._take()
            if request is None:
                return
            answer = self._serve(request)
            if isinstance(answer, Answer):
                self._write(answer, request)
            else:
                self._task = asyncio.get_running_loop().create_task(self._wait(answer, request))

    async def _wait(self, answer: Awaitable[Answer], request: Request) -> None:
        try:
            done = await answer
            if done.trickle:
                await self._trickle(done)
            else:
                self._write(done, request)
        finally:
            self._task = None
        self._advance()

    def _take(self) -> Request | None:
        """The next complete request of the buffer."""
        if self._request is None:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return None
            first, headers = parse_head(bytes(self._buffer[:end]))
            del self._buffer[: end + 4]
            verb, target = first.split(" ")[:2]
            self._request = Request(verb, target, headers, self._number, asyncio.get_running_loop().time())
            if self._refuse(self._request):
                self._reset()
                return None
            if headers.get("expect", "").lower() == "100-continue" and self.transport is not None:
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return self._complete(self._request)

    def _complete(self, request: Request) -> Request | None:
        if request.headers.get("transfer-encoding", "").lower() == "chunked":
            body = join_chunks(bytes(self._buffer)) if self._buffer.endswith(b"0\r\n\r\n") else None
            if body is None:
                return None
            request.body = body
            self._buffer.clear()
        else:
            size = int(request.headers.get("content-length") or 0)
            if size > LIMIT:
                self._too_large(request)
                return None
            if len(self._buffer) < size:
                return None
            request.body = bytes(self._buffer[:size])
            del self._buffer[:size]
        self._request = None
        return request

    def _too_large(self, request: Request) -> None:
        body = b'{"ok":false,"error_code":413,"description":"Request Entity Too Large"}'
        self._write(Answer(413, body), request)
        if self.transport is not None:
            self.transport.close()

    def _reset(self) -> None:
        if self.transport is not None:
            reset(self.transport)
            self.transport = None

    def _write(self, answer: Answer, request: Request) -> None:
        if answer.drop:
            self._reset()
        elif self.transport is not None:
            self.transport.write(_head(answer) + answer.body)
            if request.headers.get("connection", "").lower() == "close":
                self.transport.close()

    async def _trickle(self, answer: Answer) -> None:
        pieces = 20
        data, step = _head(answer) + answer.body, max(1, len(_head(answer) + answer.body) // pieces)
        for start in range(0, len(data), step):
            if self.transport is None:
                return
            self.transport.write(data[start : start + step])
            await asyncio.sleep(answer.trickle / pieces)


def _head(answer: Answer) -> bytes:
    retry = f"Retry-After: {answer.retry_after}\r\n" if answer.retry_after else ""
    return (
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\nContent-Type: {answer.content_type}\r\n{retry}"
        f"Content-Length: {len(answer.body)}\r\nConnection: keep-alive\r\n\r\n"
    ).encode("ascii")


def parameters(query: str, content_type: str, body: bytes) -> tuple[dict[str, str], list[Upload]]:
    """All parameters as text (what is no text in a JSON body is written as JSON), and the files. Raises ValueError."""
    found = dict(parse_qsl(query, keep_blank_values=True)) if query else {}
    if not body:
        return found, []
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        content = json.loads(body)
        if not isinstance(content, dict):
            raise ValueError("not an object")
        found.update({name: _text(value) for name, value in content.items()})
        return found, []
    if kind == "multipart/form-data":
        return _multipart(content_type, body, found)
    found.update(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return found, []


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int else json.dumps(value, ensure_ascii=False)


def _multipart(content_type: str, body: bytes, found: dict[str, str]) -> tuple[dict[str, str], list[Upload]]:
    boundary = content_type.partition("boundary=")[2].split(";")[0].strip('" ').encode()
    files = []
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        content = content.removesuffix(b"\r\n")
        _, headers = parse_head(b"\r\n" + head)
        items = (item.partition("=") for item in headers.get("content-disposition", "").split(";"))
        marks = {name.strip(): value.strip().strip('"') for name, _, value in items}
        name = marks.get("name", "")
        if "filename" in marks or "filename*" in marks:
            shown = marks.get("filename") or unquote(marks.get("filename*", "").rpartition("'")[2])
            shown = shown.encode("latin-1").decode("utf-8", "replace")
            files.append(Upload(name, shown, len(content), content[:8].hex(), content))
        else:
            found[name] = content.decode("utf-8", "replace")
    return found, files
