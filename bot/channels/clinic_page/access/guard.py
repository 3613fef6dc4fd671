"""What every request to the page goes through: its cookie, where it came from, the token of its form, how often it is tried."""

from __future__ import annotations

import hashlib
import hmac
import logging
import math
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from bot.channels.clinic_page.access import StaffSession
from bot.channels.clinic_page.access.sessions import Sessions
from bot.channels.requests.limits import RateLimit, caller_of
from bot.delivery.storage import StorageError

_log = logging.getLogger(__name__)
COOKIE = "clinic_session"
CSRF_FIELD, CSRF_HEADER = "csrf", "x-csrf"
_HERE = {"127.0.0.1", "localhost", "::1"}
# A minute from one address: nobody needs more, and of 2**256 secrets that is none.
_TRIES = 10.0
# A minute from all addresses together that are written down: so much of the log a flood may take.
_NOTED = 30.0
# Nothing but our own files, no code in the page, and no string becomes code. Without a referrer a browser would name no origin
# with a form, either: so it names it to this site, and to no other.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), clipboard-read=()",
    "X-Robots-Tag": "noindex",
}


class RequestRefused(Exception):
    """The request is not answered; ``status`` says how that is told, the message why."""

    def __init__(self, status: int, why: str, seconds: int = 0) -> None:
        super().__init__(why)
        self.status = status
        self.seconds = seconds


class Guard:
    """``path``: below it the cookie is sent; ``origin``: the page's own as browsers see it, "" where only its host is known."""

    def __init__(self, sessions: Sessions, path: str, origin: str = "") -> None:
        self._sessions = sessions
        self._path = path
        self._origin = origin
        self._tries = RateLimit(_TRIES)
        self._noted = RateLimit(_NOTED)

    async def session(self, request: Request, *, alive: bool = True) -> StaffSession | None:
        """Who asks; None for whoever is not signed in to this clinic. Raises StorageError."""
        token = request.cookies.get(COOKIE, "")
        return await self._sessions.find(token, alive=alive) if token else None

    async def end(self, request: Request) -> None:
        """The session is over, wherever its cookie is. Raises StorageError."""
        await self._sessions.leave(request.cookies.get(COOKIE, ""))

    def csrf(self, request: Request) -> str:
        """What forms of this session bring. Made of the cookie's secret, which no other site can read: so it is kept nowhere."""
        key = request.cookies.get(COOKIE, "").encode()
        return hmac.new(key, b"csrf", hashlib.sha256).hexdigest()

    def check_origin(self, request: Request) -> None:
        """Raises RequestRefused where the request came from another site, or does not say."""
        origin = request.headers.get("origin")
        if origin is None:
            fine = request.headers.get("sec-fetch-site") == "same-origin"
        else:
            host = request.headers.get("host", "").lower()
            fine = origin.lower() in {f"https://{host}", f"http://{host}", self._origin} - {""} and bool(host)
        if not fine:
            raise RequestRefused(403, "This was sent from another site.")

    def check_csrf(self, request: Request, given: str) -> None:
        """Raises RequestRefused where the token is not that of the session."""
        if not hmac.compare_digest(self.csrf(request).encode(), given.encode("utf-8", "replace")):
            raise RequestRefused(403, "The page was open for too long. Open it anew, and try again.")

    def count_try(self, request: Request) -> None:
        """Raises RequestRefused for an address that tried often of late."""
        if wait := self._tries.wait(caller_of(request)):
            raise RequestRefused(429, "That was tried too often.", math.ceil(wait))

    async def note_refused(self, what: str, who: str = "", detail: str = "") -> None:
        """Writes down that somebody was refused, but for a flood of it."""
        if self._noted.wait("") == 0:
            _log.warning("refused on the clinic's page", extra={"clinic": self._sessions.clinic, "reason": what})
            try:
                await self._sessions.note(who, what, detail)
            except StorageError as error:
                _log.warning("what was done is not written down: %s", error)

    def keep(self, answer: Response, request: Request, token: str, seconds: float) -> None:
        """Gives the browser the session. Strict: the sign-in is a form of our own, so that what follows comes from this site;
        who comes by a link from elsewhere is shown one that leads on.
        """
        answer.set_cookie(
            COOKIE,
            token,
            max_age=int(seconds),
            path=self._path,
            secure=not _at_home(request),
            httponly=True,
            samesite="strict",
        )

    def drop(self, answer: Response, request: Request) -> None:
        answer.delete_cookie(COOKIE, path=self._path, secure=not _at_home(request), httponly=True, samesite="strict")


def guarded(answer: Response) -> Response:
    """With the headers of every page."""
    answer.headers.update(HEADERS)
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def _at_home(request: Request) -> bool:
    """Whether the browser is on this machine and asks without TLS: then it would not keep a cookie that is for TLS alone."""
    try:
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname
    except ValueError:
        return False
    return request.url.scheme == "http" and host in _HERE
