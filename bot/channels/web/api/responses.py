"""What comes from a caller and what goes back. Plain ASGI: nothing stands between that and the socket."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.types import Send

from bot.channels.web.api import problems
from bot.channels.web.api.problems import Problem

Header = tuple[bytes, bytes]
_JSON = b"application/json"
_UNSEEN: tuple[Header, ...] = ((b"cache-control", b"no-store"),)
encoded = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Call:
    """A request: its body as its type reads it, the last part of its path."""

    headers: Mapping[bytes, bytes]
    body: Any = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """``media`` None: without a body."""

    status: int
    body: bytes = b""
    media: bytes | None = _JSON
    headers: tuple[Header, ...] = _UNSEEN

    async def send(self, send: Send, more: tuple[Header, ...] = (), head: bool = False) -> None:
        """With the headers ``more``; ``head``: the same but for the body."""
        headers = [*self.headers, *more, (b"x-content-type-options", b"nosniff")]
        if self.media is not None:
            headers += [(b"content-type", self.media), (b"content-length", b"%d" % len(self.body))]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if head else self.body})


def of(value: object, status: int = 200) -> Answer:
    """``value`` as JSON, not to be kept by anybody."""
    return Answer(status, encoded(value))


def nothing() -> Answer:
    return Answer(204, media=None)


def failed(problem: Problem) -> Answer:
    return Answer(problem.status, problem.body(), problems.MEDIA_TYPE, (*_UNSEEN, *problem.headers))


def kept(body: bytes, media: bytes = _JSON) -> Answer:
    """What is the same for everybody, and may be kept for a while."""
    tag = b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"'
    return Answer(200, body, media, ((b"cache-control", b"max-age=300"), (b"etag", tag)))


def unless_known(answer: Answer, headers: Mapping[bytes, bytes]) -> Answer:
    """304 where the caller has ``answer`` already."""
    asked = headers.get(b"if-none-match")
    if asked is None:
        return answer
    tag = dict(answer.headers).get(b"etag", b"")
    known = {one.strip().removeprefix(b"W/") for one in asked.split(b",")}
    return Answer(304, media=None, headers=answer.headers) if tag in known or asked.strip() == b"*" else answer
