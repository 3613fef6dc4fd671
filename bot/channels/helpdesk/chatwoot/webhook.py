"""Chatwoot's webhook: an event is in the inbox before Chatwoot hears 200."""

from __future__ import annotations

import asyncio
import functools
import hmac
import time
from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response

from bot.channels.helpdesk import signatures
from bot.channels.helpdesk.chatwoot import events
from bot.channels.helpdesk.health import DeskHealth
from bot.channels.requests.bodies import TooLarge, body
from bot.delivery.storage import Incoming, StorageError

PATH = "/hooks/chatwoot"

_LARGEST = 1 << 20  # bytes; an event has some kilobytes
_LONG = 1 << 15  # bytes; what is longer takes its time, and others do not wait for it
# Seconds. Chatwoot waits for 5, and then gives the conversation to a person without trying again.
_PATIENCE = 4.0
# Of all that says "not now", 500 and 429 alone make Chatwoot come again (twice, 3 s apart); after 503 it gives up at once.
_AGAIN = 500


class ChatwootHook:
    """The endpoints. Where a secret is None, that endpoint does not exist. ``count`` hears of events."""

    def __init__(
        self,
        secret: str | None,
        path_secret: str | None,
        take: Callable[[Sequence[Incoming]], Awaitable[int]],
        clinic: str,
        count: Callable[[str], None],
        health: DeskHealth,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._secret = secret.encode() if secret else None
        self._path_secret = path_secret.encode() if path_secret else None
        self._take = take
        self._clinic = clinic
        self._count = count
        self._health = health
        self._clock = clock

    async def receive(self, request: Request) -> Response:
        """What Chatwoot is told at ``/hooks/chatwoot``."""
        if self._secret is None:
            return Response(status_code=404)
        try:
            # Before the body: who shows nothing costs nothing.
            shown = signatures.chatwoot_headers(request.headers.raw, self._clock())
            told = await body(request, _LARGEST)
            signatures.check_chatwoot(shown, told, self._secret)
        except signatures.Forged:
            self._count("refused_signature")
            self._health.was_forged()
            return Response(status_code=401)
        except TooLarge:
            return Response(status_code=413)
        self._health.was_heard()
        return await self._keep(told)

    async def receive_unsigned(self, request: Request) -> Response:
        """What a Chatwoot is told that cannot sign yet, at ``/hooks/chatwoot/{secret}``."""
        shown = str(request.path_params.get("secret", "")).encode("utf-8", "replace")
        if self._path_secret is None or not hmac.compare_digest(shown, self._path_secret):
            if self._path_secret is not None:
                self._count("refused_signature")
            return Response(status_code=404)
        try:
            return await self._keep(await body(request, _LARGEST))
        except TooLarge:
            return Response(status_code=413)

    async def _keep(self, told: bytes) -> Response:
        try:
            read = functools.partial(events.parse_event, told, self._clinic, self._clock())
            event = await asyncio.to_thread(read) if len(told) > _LONG else read()
        except events.NoEvent:
            return Response(status_code=400)
        except events.TooLong:
            return Response(status_code=413)  # upon which Chatwoot gives the conversation to a person
        if event is None:
            self._count("ignored")
            return Response(status_code=200)
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._take([event])
        except (StorageError, TimeoutError):
            return Response(status_code=_AGAIN, headers={"Retry-After": "3"})
        return Response(status_code=200)
