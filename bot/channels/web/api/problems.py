"""Every error of the API, in the one form of RFC 9457. Nothing in it repeats what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

MEDIA_TYPE = b"application/problem+json"
AGAIN = (b"retry-after", b"2")  # seconds; a store that was restarted is back by then


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
