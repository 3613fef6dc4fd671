"""Who may come in: keys, the own page and allowed sites, and how often."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request

from bot.channels.requests.limits import RateLimit, caller_of
from bot.channels.web.api.context import ApiContext
from bot.channels.web.api.keys import Keyring
from bot.channels.web.api.responses import Problem, store_away
from bot.delivery.storage import StorageError

_USUAL = {"https": ":443", "http": ":80"}
_CHALLENGE = {"WWW-Authenticate": "Bearer"}
# Characters a minute that are listened to for danger of an address that is refused: one body as large as it may be, which takes
# some 50 ms of a core. So many at the beginning and the end always are: 0.5 ms for both, as much as to refuse a request.
# Whoever shares the address with somebody that floods, and is in danger, is heard in a message of that length.
_LISTENING, _ALWAYS = 65_536.0, 300
_WAITING = 10.0  # so many times as often


def sites(origins: Iterable[str]) -> re.Pattern[str]:
    """What an origin, as browsers write it, matches in full where it is one of ``origins``.

    ``https://*.clinic.example`` allows each site with one label more, and not clinic.example itself.
    """
    patterns = []
    for origin in origins:
        scheme, _, host = origin.lower().partition("://")
        host = host.removesuffix(_USUAL.get(scheme, "\0"))
        label = "[a-z0-9_-]+" if host.startswith("*.") else ""
        patterns.append(f"{re.escape(scheme)}://{label}{re.escape(host.removeprefix('*'))}")
    return re.compile("|".join(patterns) or "(?!)")  # without any: what nothing matches


class Access:
    def __init__(self, context: ApiContext, allowed: re.Pattern[str]) -> None:
        self._context = context
        self._allowed = allowed
        self._keyring = Keyring(context.store, context.clinic)
        self._addresses = RateLimit(context.address_rate)
        # Of pages that wait for the staff, of which several share an address: each asks up to 30 times a minute by itself.
        self._waiting = RateLimit(_WAITING * context.address_rate if context.address_rate is not None else None)
        self._holders = RateLimit(context.key_rate)
        self._listening = RateLimit(_LISTENING)

    async def admit(self, request: Request, often: bool = False) -> None:
        """Raises Problem for whoever may not come in, or not now. ``often``: what pages ask by themselves, which counts apart."""
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            holder = await self._holder(secret.strip())
            if holder is not None:
                self._count(self._holders, holder)
                return
        # Whoever tries keys is counted as well.
        self._count(self._waiting if often else self._addresses, caller_of(request))
        if scheme.lower() == "bearer":
            raise Problem("no-key", "The key is wrong, or it was revoked.", _CHALLENGE)
        if self._context.api_access == "keys" and not self._at_home(request.headers):
            raise Problem("no-key", "Send it as: Authorization: Bearer ib_...", _CHALLENGE)

    def audible(self, request: Request, text: str) -> str:
        """What of ``text`` is listened to for danger where the caller is refused: all of it as long as the allowance of the
        address lasts, then its beginning and its end.
        """
        if len(text) <= 2 * _ALWAYS or not self._listening.wait(caller_of(request), len(text)):
            return text
        return f"{text[:_ALWAYS]}\n\n{text[-_ALWAYS:]}"

    async def _holder(self, secret: str) -> str | None:
        try:
            return await self._keyring.holder(secret)
        except StorageError as error:
            raise store_away() from error

    def _count(self, rate: RateLimit, name: str) -> None:
        seconds = rate.wait(name)
        if seconds:
            whole = math.ceil(seconds)
            raise Problem("rate-limited", f"Ask again in {whole} s.", {"Retry-After": str(whole)})

    def _at_home(self, headers: Headers) -> bool:
        """Whether a page of our own, or of an allowed site, asks. A browser cannot be made to lie about that; a program can."""
        if headers.get("sec-fetch-site") == "same-origin":
            return True
        # Browsers name the site with everything but a plain GET; and no Sec-Fetch-Site without TLS.
        page = (headers.get("origin") or headers.get("referer", "")).lower()
        try:
            parts = urlsplit(page)
        except ValueError:
            return False
        host = headers.get("host", "").lower()
        if not parts.netloc:
            return False
        return parts.netloc == host or self._allowed.fullmatch(f"{parts.scheme}://{parts.netloc}") is not None
