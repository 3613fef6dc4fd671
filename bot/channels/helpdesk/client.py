"""Posts to a help desk, and decides what a failure means: later, never, or nobody knows.

Better read twice than never: what was posted with an unknown outcome is repeated once. The journal holds what is known of each
part, over a death of the process, too. What does no harm when it is done twice is in no journal, and repeated as often as needed.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import SimpleNamespace

import aiohttp
import msgspec

from bot.channels.helpdesk.health import DeskHealth
from bot.delivery.handler import Hopeless, Later
from bot.delivery.journal import NO_JOURNAL, Journal
from bot.delivery.tracing import span

_log = logging.getLogger(__name__)
_IDLE = 15.0  # below what servers keep an idle connection, so that it is us who hang up
_LARGEST = 1 << 20  # bytes of an answer
_MENDING = 30.0  # seconds until a token that did not hold is tried again
_LONGEST_WAIT = 300.0  # seconds of a Retry-After that are believed
_SOON = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a desk says when it refuses: ``words`` for a log. ``of_token``: it will refuse whatever we ask."""

    words: str = ""
    of_token: bool = False


class UncertainDelivery(Exception):
    """The request went out, and no answer came: nobody knows whether it was carried out."""


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """One call. ``headers`` are made anew for each try. ``part`` names it in the journal; "" : it can be done again freely."""

    url: str
    body: bytes
    headers: Callable[[], Mapping[str, str]]
    part: str = ""
    journal: Journal = NO_JOURNAL


@dataclass(slots=True)
class _Stage:
    """``out`` is set before the first byte is written, so False is sure and True is not."""

    out: bool = False


class HelpdeskClient:
    """All calls to one help desk. ``count`` hears of events; ``probe`` is an address that answers anybody while the desk is up.

    ``refusal`` reads what the desk says when it refuses. No address is logged: that of a generic desk may hold a secret.
    """

    def __init__(
        self,
        desk: str,
        count: Callable[[str], None],
        probe: str | None = None,
        speed: float = 1.0,
        timeout: float = 10.0,
        refusal: Callable[[int, bytes], Refusal] = lambda _, __: Refusal(),
        health: DeskHealth | None = None,
    ) -> None:
        self.health = health or DeskHealth(desk)
        self._refusal = refusal
        self._desk = desk
        self._count = count
        self._probe = probe
        self._speed = speed
        self._limits = aiohttp.ClientTimeout(total=timeout, connect=5.0)
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(_mark_out)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=64, keepalive_timeout=_IDLE),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,  # settings come from one place
            trace_configs=[trace],
        )

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def post(self, letter: OutgoingRequest) -> bytes | None:
        """The body of a good answer; None where it was sent before, or given up. Raises Later, Hopeless, StorageError."""
        part, journal = letter.part, letter.journal
        known = journal.sent(part) if part else None
        if known in {"sent", "twice"}:
            self._count("send_skipped" if known == "sent" else "send_given_up")
            return None
        if known == "unknown":
            await self._up()
            self._count("send_repeated")
        try:
            with span("send", self._desk):
                status, answer, wait = await self._exchange("POST", letter.url, letter.headers(), letter.body)
        except UncertainDelivery:
            self._count("send_unknown")
            if not part:
                raise self._later() from None
            if known != "unknown":
                await journal.note(part, "unknown")
                raise self._later() from None
            _log.warning("outcome unknown twice", extra={"channel": self._desk})
            self._count("send_given_up")
            await journal.note(part, "twice")
            return None
        self._judge(status, answer, wait)
        self.health.went_well()
        self._count("send_sent")
        if part:
            await journal.note(part, "sent")
        return answer

    async def get(self, url: str, headers: Mapping[str, str]) -> bytes | None:
        """The body of a good answer; None for any other, or none."""
        try:
            status, answer, _ = await self._exchange("GET", url, headers, None)
        except (UncertainDelivery, Later):
            return None
        return answer if status == HTTPStatus.OK else None

    async def ask(self, url: str, headers: Mapping[str, str]) -> tuple[int, Refusal] | None:
        """The status of any answer, and what the desk says with it; None where none comes."""
        try:
            status, answer, _ = await self._exchange("GET", url, headers, None)
        except (UncertainDelivery, Later):
            return None
        return status, self._refusal(status, answer)

    def _judge(self, status: int, answer: bytes, wait: float | None) -> None:
        if 200 <= status < 300:
            return
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            self._count("send_flood")
            raise Later(wait / self._speed) if wait is not None else self._later()
        if status >= 500 or status in _SOON:
            self.health.was_away()
            self._count("send_later")
            raise self._later()
        refusal = self._refusal(status, answer)
        self.health.was_refused(status, refusal.words, refusal.of_token)
        self._count("send_refused")
        if refusal.of_token:
            raise Later(_MENDING / self._speed)  # for the clinic to mend; its patients' questions wait
        reason = {401: "forbidden", 403: "forbidden", 404: "not_found", 410: "not_found"}.get(status, "refused")
        if 300 <= status < 400:
            reason = "redirected"  # never followed: the secret would go wherever it leads
        raise Hopeless(reason)

    async def _up(self) -> None:
        """Raises Later while the desk does not answer: the one repeat is not spent on a desk that is down."""
        if self._probe is None:
            return
        try:
            status, _, _ = await self._exchange("GET", self._probe, {}, None)
        except UncertainDelivery:
            raise self._later() from None
        if status >= 500:
            raise self._later()

    def _later(self) -> Later:
        return Later((1.0 + 2.0 * random.random()) / self._speed)  # noqa: S311  # not all at the same moment

    async def _exchange(
        self, verb: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, bytes, float | None]:
        """Status, body and Retry-After. Raises Later where it surely did not go out, Doubt where no answer came."""
        if self._session is None:
            raise self._later()
        stage = _Stage()
        try:
            async with self._session.request(
                verb,
                url,
                data=body,
                headers={"Content-Type": "application/json", **headers},
                timeout=self._limits,
                allow_redirects=False,
                trace_request_ctx=stage,
            ) as answer:
                return answer.status, await _read(answer), _seconds(answer.headers.get("Retry-After"))
        except (aiohttp.ClientError, OSError, ValueError):
            # No cause goes along: its text has the address.
            failed: Exception = UncertainDelivery() if stage.out else self._later()
        self.health.was_away()
        if isinstance(failed, Later):
            self._count("send_unsent")
        raise failed


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    pieces, size = [], 0
    while piece := await answer.content.readany():
        pieces.append(piece)
        size += len(piece)
        if size > _LARGEST:
            answer.close()
            raise ValueError("the answer is too large")
    return b"".join(pieces)


async def _mark_out(_: aiohttp.ClientSession, context: SimpleNamespace, __: aiohttp.TraceRequestHeadersSentParams) -> None:
    context.trace_request_ctx.out = True


def _seconds(given: str | None) -> float | None:
    return min(float(given), _LONGEST_WAIT) if given is not None and given.isascii() and given.isdigit() else None


def number_in(answer: bytes | None, name: str) -> int | None:
    """The number ``name`` of a JSON object; None where there is none."""
    found = field_of(answer, name)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def field_of(answer: bytes | None, name: str) -> object:
    """What a JSON object holds under ``name``; None where it is none."""
    try:
        found = msgspec.json.decode(answer or b"{}")
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return found.get(name) if isinstance(found, dict) else None
