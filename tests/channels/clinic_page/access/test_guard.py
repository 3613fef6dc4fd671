"""The headers of every page, and what a cookie's token is made of. The rest is seen through the page: test_app.py."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from bot.channels.clinic_page.access.guard import COOKIE, Guard, guarded
from bot.channels.clinic_page.access.sessions import Sessions
from bot.delivery.storage import Storage


def _request(token: str) -> Request:
    return Request({"type": "http", "headers": [(b"cookie", f"{COOKIE}={token}".encode())]})


def test_the_token_of_a_form_is_the_sessions_own_and_does_not_tell_it(store: Storage) -> None:
    guard = Guard(Sessions(store, "lake"), "/clinic")
    tokens = {guard.csrf(_request(secret)) for secret in ("a" * 43, "b" * 43, "a" * 43)}
    assert len(tokens) == 2
    assert not any("aaa" in token for token in tokens)


def test_a_page_that_says_how_long_it_is_kept_says_so_still() -> None:
    assert guarded(Response("", headers={"Cache-Control": "no-cache"})).headers["cache-control"] == "no-cache"
    assert guarded(Response("")).headers["cache-control"] == "no-store"
