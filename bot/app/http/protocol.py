"""One connection of the web server: uvicorn's protocol, with limits on all that a client may send or let wait.

uvicorn limits no header, and waits for ever for a request that does not come. What is added here stands on hooks that are no part
of its documented interface: `tests/app/http/test_protocol.py` holds each over real sockets, and the lock holds the release.
"""

from __future__ import annotations

import asyncio
import enum
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import cast

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from bot.app.http.connections import ConnectionLimits, Connections, Refusals

# Seconds, bytes. Who is refused is heard a little longer, as closing at once would take the answer away from who still sends.
_LINGER, _LINGER_BYTES = 1.0, 1 << 20
_MOST_LINGERING = 100
_FLUSH = 5.0  # seconds for who does not read the last of an answer
AGAIN = {"http_crowded": 2, "http_closing": 5}  # seconds to wait before another try
_REASONS = {400: "http_malformed", 408: "http_slow", 413: "http_large_body", 431: "http_large_header", 503: "http_closing"}


class _Phase(enum.Enum):
    """What the client is to send."""

    HEADER = enum.auto()
    BODY = enum.auto()
    NOTHING = enum.auto()


@dataclass(slots=True)
class ServerContext:
    """What all connections of a server have in common. ``closing``: nothing new is begun. ``empty``: none is open any more."""

    limits: ConnectionLimits
    connections: Connections
    refusals: Refusals
    closing: bool = False
    lingering: int = 0
    empty: asyncio.Event = field(default_factory=asyncio.Event)


class _Refused(Exception):
    """Ends the parser where it is."""


class LimitedProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, config: uvicorn.Config, state: ServerState, shared: ServerContext) -> None:
        super().__init__(config, state, {})
        self._shared = shared
        self._limits = shared.limits
        self._phase = _Phase.HEADER
        self._timed: _Phase | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._flushing: asyncio.TimerHandle | None = None
        self._read = 0  # bytes of this phase
        self._lines = 0
        self._length = 0
        self._status = 400  # why the parser was ended
        self._deaf = False
        self._lingers = False

    # -- the connection -----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast(asyncio.Transport, transport))
        if self.client is not None:
            # IPv4 on a socket for both: those who are trusted are named as IPv4.
            self.client = (self.client[0].removeprefix("::ffff:"), self.client[1])
        if self._shared.connections.enter(self, self.client[0] if self.client is not None else ""):
            self._watch()
        else:
            self._answer(503, "http_crowded")

    def connection_lost(self, exc: Exception | None) -> None:
        self._shared.connections.leave(self)
        self._shared.lingering -= self._lingers
        self._lingers = False
        for timer in (self._timer, self._flushing):
            if timer is not None:
                timer.cancel()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)
        if not self.connections:
            self._shared.empty.set()

    def give_way(self) -> None:
        """As ``connections.Connection`` says."""
        self._shared.refusals.note("http_displaced")
        self._close()

    def timeout_keep_alive_handler(self) -> None:
        self._close()

    def pause_writing(self) -> None:
        """The client does not read."""
        super().pause_writing()
        self._flush_within(self._limits.body_seconds)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        if self.transport.is_closing():
            self._flush_within(_FLUSH)

    def cut_off(self) -> bool:
        """Ends an answer for which there is no more time; whether there was one."""
        if self._unanswered is None:
            return False
        self._phase = _Phase.BODY  # what is told now is about this request
        self._refuse(503)
        return True

    @property
    def _unanswered(self) -> RequestResponseCycle | None:
        """The request that is being answered."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return None if cycle is None or cycle.response_complete or cycle.disconnected else cycle

    def _close(self) -> None:
        self.transport.close()
        self._flush_within(_FLUSH)

    def _flush_within(self, seconds: float) -> None:
        if self._flushing is None:
            self._flushing = self.loop.call_later(seconds, self.transport.abort)

    # -- what comes ---------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self._phase is _Phase.NOTHING and not data.strip(b"\r\n"):
            return  # some send an empty line behind a body: that begins nothing
        self._unset_keepalive_if_required()
        if self._phase is _Phase.NOTHING:
            self._phase, self._read = _Phase.HEADER, 0
        while data and not self._deaf:
            # No header is parsed further than it may be long, nor is more of anything else copied at once.
            room = self._limits.header_bytes - (self._read if self._phase is _Phase.HEADER else 0)
            piece, data = data[:room], data[room:]
            self._feed(piece)
        if self._deaf:
            self._ignore(len(data))
        else:
            self._watch()

    def _feed(self, piece: bytes) -> None:
        before = self._phase
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            # That is not spoken here. It is answered as if it had not asked; what follows would be in another language.
            self._deaf = True
            self.cycle.keep_alive = False
        except httptools.HttpParserError:
            self._refuse(self._status)
        else:
            if self._phase is not before:
                return
            self._read += len(piece)
            if self._phase is _Phase.HEADER and self._read >= self._limits.header_bytes:
                self._refuse(431)
            elif self._phase is _Phase.BODY and self._read > 2 * self._limits.body_bytes + self._limits.header_bytes:
                self._refuse(413)  # all that frames the pieces counts as well, but nobody needs as much again for it

    def _ignore(self, size: int) -> None:
        if self._lingers:
            self._read += size
            if self._read > _LINGER_BYTES:
                self.transport.abort()
        elif not self.transport.is_closing():
            self.flow.pause_reading()  # an answer is on its way, and closes the connection

    def _stop(self, status: int) -> _Refused:
        self._status = status
        return _Refused()

    def on_message_begin(self) -> None:
        if self._unanswered is not None:
            raise self._stop(400)  # one at a time; who sent more may send it again when the connection is closed
        super().on_message_begin()
        self._lines = self._length = 0
        if self._phase is not _Phase.HEADER:
            self._phase, self._read = _Phase.HEADER, 0

    def on_header(self, name: bytes, value: bytes) -> None:
        self._lines += 1
        if self._lines > self._limits.headers:
            raise self._stop(431)
        if name.lower() == b"content-length":
            # The parser has seen that they are digits; of noughts it lets any number pass.
            if len(value) > 19:
                raise self._stop(400)
            self._length = int(value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._shared.closing:
            raise self._stop(503)
        if self._length > self._limits.body_bytes:
            raise self._stop(413)
        super().on_headers_complete()
        self._phase, self._read, self._length = _Phase.BODY, 0, 0

    def on_body(self, body: bytes) -> None:
        self._length += len(body)
        if self._length > self._limits.body_bytes:
            raise self._stop(413)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._phase, self._read = _Phase.NOTHING, 0
        super().on_message_complete()
        # Until all of it is there it only waits, as one without a word does, and makes room where there are too many.
        if self._unanswered is not None:
            self._shared.connections.works(self)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._shared.connections.waits(self)
        if self.transport.is_closing():
            self._flush_within(_FLUSH)

    # -- time ---------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        """There is time for the whole of a header or a body, however many pieces it comes in."""
        if self._timed is self._phase:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._timed = self._phase
        if self._phase is not _Phase.NOTHING:
            header = self._phase is _Phase.HEADER
            seconds = self._limits.header_seconds if header else self._limits.body_seconds
            self._timer = self.loop.call_later(seconds, self._late)

    def _late(self) -> None:
        self._timer = None
        if self._phase is _Phase.HEADER and not self._read:
            self._shared.refusals.note("http_silent")
            self._close()  # nothing was asked; browsers connect ahead
        else:
            self._refuse(408)

    # -- refusing -----------------------------------------------------------------------------------------------

    def _refuse(self, status: int) -> None:
        self._deaf = True
        cycle, reading = self._unanswered, self._phase is _Phase.BODY
        if self.transport.is_closing():
            return
        if cycle is not None:
            if cycle.response_started or not reading:
                cycle.keep_alive = False  # what was asked before is answered, and that closes the connection
                return
            cycle.disconnected = True
            cycle.message_event.set()
        elif reading:
            self._close()  # it was answered before it was read
            return
        self._answer(status, _REASONS[status])

    def _answer(self, status: int, reason: str) -> None:
        self._deaf = True
        self._shared.refusals.note(reason)
        self.transport.write(refusal(status, AGAIN.get(reason)))
        if self._timer is not None:
            self._timer.cancel()
        if self._shared.lingering >= _MOST_LINGERING or not self.transport.can_write_eof():
            self._close()
            return
        self._shared.lingering += 1
        self._lingers, self._read = True, 0
        self.transport.write_eof()
        self._timer = self.loop.call_later(_LINGER, self.transport.abort)


def refusal(status: int, again: int | None = None) -> bytes:
    """A whole answer, with which the connection ends. ``again``: seconds after which another try is worth it."""
    body = b'{"type":"about:blank","title":"%s","status":%d}' % (HTTPStatus(status).phrase.encode(), status)
    lines = [b"content-type: application/problem+json", b"content-length: %d" % len(body), b"connection: close"]
    if again is not None:
        lines.append(b"retry-after: %d" % again)
    return STATUS_LINE[status] + b"\r\n".join([*lines, b"", body])
