"""What comes from a caller and what goes back, every error in the one form of RFC 9457.

Nothing in an error repeats what was sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.edition import Edition

_JSON = "application/json"
_ALWAYS = {"X-Content-Type-Options": "nosniff"}
_UNSEEN = {"Cache-Control": "no-store", **_ALWAYS}
_OF_A_BODY = {"content-encoding", "content-length", "content-type"}
encoded = msgspec.json.Encoder().encode
MEDIA_TYPE = "application/problem+json"
_LEARNED = {"Retry-After": "5"}  # seconds: it takes up to some minutes, once
AGAIN = {"Retry-After": "2"}  # seconds; a store that was restarted is back by then


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request: the edition that answers it, its body as its type reads it, the last part of its path."""

    edition: Edition
    body: Any = None
    id: str = ""


def json_response(value: object, status: int = 200) -> Response:
    """``value`` as JSON, not to be kept by anybody."""
    return written(encoded(value), status)


def written(body: bytes, status: int = 200) -> Response:
    """The same of JSON that is written already."""
    return Response(body, status, _UNSEEN, _JSON)


def empty_response() -> Response:
    return Response(status_code=204, headers=_UNSEEN)


def problem_response(problem: Problem) -> Response:
    return Response(problem.body(), problem.status, {**_UNSEEN, **problem.headers}, MEDIA_TYPE)


def cacheable_response(body: bytes, media: str = _JSON) -> Response:
    """What is the same for everybody, and may be kept for a while."""
    # Weak: packed or not, it is the same.
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Response(body, 200, {**_ALWAYS, "Cache-Control": "max-age=300", "ETag": tag}, media)


def unless_cached(answer: Response, request: Request) -> Response:
    """304 where the caller has ``answer`` already."""
    asked = request.headers.get("if-none-match")
    if asked is None:
        return answer
    known = {one.strip().removeprefix("W/") for one in asked.split(",")}
    if answer.headers["etag"].removeprefix("W/") not in known and asked.strip() != "*":
        return answer
    return Response(status_code=304, headers={name: value for name, value in answer.headers.items() if name not in _OF_A_BODY})


@dataclass(frozen=True, slots=True)
class ProblemKind:
    status: int
    title: str


KINDS: Mapping[str, ProblemKind] = {
    "malformed": ProblemKind(400, "The body is no JSON"),
    "no-key": ProblemKind(401, "A key is needed, or this one is not valid"),
    "not-found": ProblemKind(404, "There is nothing here"),
    "unknown-conversation": ProblemKind(404, "No such conversation, or it has expired"),
    "unknown-clinic": ProblemKind(404, "Another clinic is served here"),
    "unknown-choice": ProblemKind(404, "No such choice, or it is offered no more"),
    "unknown-entry": ProblemKind(404, "No such entry"),
    "no-timeline": ProblemKind(404, "This knowledge has no timeline"),
    "method-not-allowed": ProblemKind(405, "Not with this method"),
    "no-staff": ProblemKind(409, "The clinic's staff do not answer here"),
    "too-large": ProblemKind(413, "The body is too large, or it did not come in time"),
    "wrong-type": ProblemKind(415, "The body has to be application/json"),
    "invalid": ProblemKind(422, "A field of the body is wrong"),
    "too-long": ProblemKind(422, "The question is too long"),
    "rate-limited": ProblemKind(429, "Too many requests"),
    "failed": ProblemKind(500, "Something went wrong here"),
    "store-away": ProblemKind(503, "The store cannot be reached"),
    "learning": ProblemKind(503, "What is needed for an answer is still being learned"),
}


class Problem(Exception):
    """What is told instead of a reply. ``slug`` is one of ``KINDS``; ``headers`` go with it."""

    def __init__(self, slug: str, detail: str, headers: Mapping[str, str] = MappingProxyType({})) -> None:
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


def still_learning() -> Problem:
    return Problem("learning", "Danger is answered already; ask again in a moment.", _LEARNED)


def store_away() -> Problem:
    return Problem("store-away", "Nothing was remembered; ask again in a moment.", AGAIN)
