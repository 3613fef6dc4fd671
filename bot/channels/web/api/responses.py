"""What comes from a caller and what goes back, every error in the one form of RFC 9457. Plain ASGI.

Nothing in an error repeats what was sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.types import Send

Header = tuple[bytes, bytes]
_JSON = b"application/json"
_UNSEEN: tuple[Header, ...] = ((b"cache-control", b"no-store"),)
encoded = msgspec.json.Encoder().encode
MEDIA_TYPE = b"application/problem+json"
AGAIN = (b"retry-after", b"2")  # seconds; a store that was restarted is back by then


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

    async def send(self, send: Send, head: bool = False) -> None:
        """``head``: all but the body."""
        headers = [*self.headers, (b"x-content-type-options", b"nosniff")]
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
    return Answer(problem.status, problem.body(), MEDIA_TYPE, (*_UNSEEN, *problem.headers))


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


@dataclass(frozen=True, slots=True)
class Kind:
    status: int
    title: str


KINDS: Mapping[str, Kind] = {
    "malformed": Kind(400, "The body is no JSON"),
    "no-key": Kind(401, "A key is needed, or this one is not valid"),
    "not-found": Kind(404, "There is nothing here"),
    "unknown-conversation": Kind(404, "No such conversation, or it has expired"),
    "unknown-clinic": Kind(404, "Another clinic is served here"),
    "unknown-entry": Kind(404, "No such entry"),
    "no-timeline": Kind(404, "This knowledge has no timeline"),
    "method-not-allowed": Kind(405, "Not with this method"),
    "too-large": Kind(413, "The body is too large, or it did not come in time"),
    "wrong-type": Kind(415, "The body has to be application/json"),
    "invalid": Kind(422, "A field of the body is wrong"),
    "rate-limited": Kind(429, "Too many requests"),
    "failed": Kind(500, "Something went wrong here"),
    "store-away": Kind(503, "The store cannot be reached"),
}


class Problem(Exception):
    """What is told instead of a reply. ``slug`` is one of ``KINDS``; ``headers`` go with it."""

    def __init__(self, slug: str, detail: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(slug)
        self.slug = slug
        self.status = KINDS[slug].status
        self.detail = detail
        self.headers = headers

    def body(self) -> bytes:
        kind = KINDS[self.slug]
        return msgspec.json.encode(
            {"type": f"/problems/{self.slug}", "title": kind.title, "status": kind.status, "detail": self.detail}
        )


def store_away() -> Problem:
    return Problem("store-away", "Nothing was remembered; ask again in a moment.", AGAIN)
