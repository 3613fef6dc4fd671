"""One request straight to an application, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette

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
