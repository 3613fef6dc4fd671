"""python-telegram-bot's way to the network, over aiohttp, and what is known of a request that failed.

Two rules: whoever calls can tell a request that surely never went out (``Unsent``) from one whose outcome nobody knows (any other
NetworkError but BadRequest), and no URL gets into an error or a log, as it holds the token.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import aiohttp
import msgspec
import yarl
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

# Below what servers keep an idle connection (75 s is nginx's default). A connection that the far end closed while it was idle
# fails the next request in a way that looks like a death in the middle of the work: nobody can tell the two apart, so both are
# unknown, and all that helps is to be the one who hangs up first.
_IDLE = 15.0
_LARGEST = 8 << 20  # bytes; an answer to getUpdates has at most 4 MiB
_COPIED = 1 << 20  # larger files are written piece by piece


class Unsent(NetworkError):  # names what became of the request
    """The request surely never went out: no name, no connection, no room in the pool. It can be repeated freely."""

    __slots__ = ()


class Unclear(NetworkError):  # as above
    """The answer is not the Bot API's, or says that the server failed: whether the request was carried out is unknown.

    A 5xx belongs here: a proxy gives 502 or 504 also when the server behind it did the work and then hung up or was slow.
    """

    __slots__ = ()


class Flooded(RetryAfter):
    """Too many requests; ``seconds`` to wait. The library's own class warns of a deprecation each time it is made or read."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._retry_after = timedelta(seconds=seconds)
        TelegramError.__init__(self, f"Flood control exceeded. Retry in {seconds:g} seconds")

    def __reduce__(self) -> tuple[type, tuple[float]]:  # type: ignore[override]  # as the library's own
        return self.__class__, (self.seconds,)


@dataclass(slots=True)
class _Stage:
    """How far a request came. ``out`` is set before its first byte is written, so False is sure and True is not."""

    out: bool = False


class AiohttpRequest(BaseRequest):
    """A pool of ``connections`` that are kept open. Timeouts in seconds; ``read_timeout`` bounds the whole answer, too.

    ``proxy``: the address of an HTTP proxy that all goes through, with a name and a password if it wants them.

    Measured, 500 calls of sendMessage with 500 characters, on a busy machine: 3.3 ms of CPU a call over httpx, the
    library's default, 1.2 ms here.
    """

    __slots__ = ("_connect", "_connections", "_largest", "_media", "_pool", "_proxy", "_read", "_session", "_write")

    def __init__(
        self,
        *,
        connections: int = 64,
        read_timeout: float = 10.0,
        write_timeout: float = 5.0,
        connect_timeout: float = 5.0,
        pool_timeout: float = 5.0,
        media_write_timeout: float = 20.0,
        largest: int = _LARGEST,
        proxy: str | None = None,
    ) -> None:
        self._connections = connections
        self._read = read_timeout
        self._write = write_timeout
        self._connect = connect_timeout
        self._pool = pool_timeout
        self._media = media_write_timeout
        self._largest = largest
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return self._read

    async def initialize(self) -> None:
        if self._session is not None:
            return
        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(_mark_out)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=_IDLE),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self.USER_AGENT},
            trust_env=False,  # whoever opens it has looked there: ``client.proxy_for``
            trace_configs=[trace],
        )

    async def shutdown(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Status and body of an answer of the Bot API. Raises Unsent, TimedOut, Unclear, Flooded, BadRequest, NetworkError."""
        if self._session is None:
            raise Unsent("The transport is closed")
        uploads = request_data is not None and request_data.contains_files
        read = _seconds(read_timeout, self._read)
        write = _seconds(write_timeout, self._media if uploads else self._write)
        connect = _seconds(connect_timeout, self._connect)
        waits = (_seconds(pool_timeout, self._pool), connect, write, read)
        stage = _Stage()
        try:
            # One bound around all: the library's own ends a silence, but not an answer that trickles in byte by byte.
            async with asyncio.timeout(None if None in waits else sum(wait or 0.0 for wait in waits)):
                status, retry_after, body = await self._exchange(
                    self._session,
                    method,
                    url,
                    request_data,
                    aiohttp.ClientTimeout(
                        total=None,
                        connect=None if waits[0] is None or connect is None else waits[0] + connect,
                        sock_connect=connect,
                        sock_read=read,
                    ),
                    stage,
                )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            failure = _failure(error, stage)
        else:
            return _judge(status, retry_after, body)
        # Outside of the handler: a cause or context would bring the URL along.
        raise failure

    async def _exchange(
        self,
        session: aiohttp.ClientSession,
        method: str,
        url: str,
        data: RequestData | None,
        limits: aiohttp.ClientTimeout,
        stage: _Stage,
    ) -> tuple[int, str | None, bytes]:
        body, headers = _body(data)
        async with session.request(
            method,
            url,
            data=body,
            headers=headers,
            timeout=limits,
            allow_redirects=False,
            proxy=self._proxy,
            trace_request_ctx=stage,
        ) as answer:
            pieces, size = [], 0
            while piece := await answer.content.readany():
                pieces.append(piece)
                size += len(piece)
                if size > self._largest:
                    answer.close()
                    raise Unclear("The answer is too large")
            return answer.status, answer.headers.get("Retry-After"), b"".join(pieces)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer as a dict; Unclear where it is none. The library's own logs what it cannot read."""
        try:
            answer = decode(payload)
        except (ValueError, RecursionError):
            answer = None
        if isinstance(answer, dict) and ("result" in answer or answer.get("ok") is False):
            return answer
        raise Unclear("The answer is not the Bot API's")


async def _mark_out(_: aiohttp.ClientSession, context: SimpleNamespace, __: aiohttp.TraceRequestHeadersSentParams) -> None:
    context.trace_request_ctx.out = True


def _seconds(given: object, default: float) -> float | None:
    """A timeout as it was given, None for none at all; ``default`` where none was given."""
    return given if given is None or isinstance(given, int | float) else default


def _body(data: RequestData | None) -> tuple[bytes | aiohttp.FormData | None, Mapping[str, str]]:
    if data is None:
        return None, {}
    fields = data.json_parameters
    if not data.contains_files:
        # yarl encodes a form in C: 8 us where urllib needs 88, for a reply of 700 characters.
        encoded = yarl.URL.build(query=fields).raw_query_string
        return encoded.encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    form = aiohttp.FormData(default_to_multipart=True)
    for name, value in fields.items():
        # As yarl does: a lone surrogate is left out. The error that it would raise quotes all of the text.
        form.add_field(name, value.encode(errors="ignore").decode())
    for name, (filename, content, kind) in data.multipart_data.items():
        large = isinstance(content, bytes) and len(content) > _COPIED
        form.add_field(name, io.BytesIO(content) if large else content, filename=filename, content_type=kind)  # type: ignore[arg-type]
    return form, {}


def _failure(error: Exception, stage: _Stage) -> NetworkError:
    """What to raise; the kind of ``error`` is all that is taken over, as its text may hold the URL."""
    kind = type(error).__name__
    if not stage.out:
        return Unsent(f"The request did not go out: {kind}")
    if isinstance(error, TimeoutError):
        return TimedOut(f"No answer in time: {kind}")
    return NetworkError(f"The connection broke: {kind}")


def _judge(status: int, retry_after: str | None, body: bytes) -> tuple[int, bytes]:
    """Lets through what the library reads well: what the Bot API itself says. The rest is named here, without its text."""
    if 200 <= status <= 299 and body.startswith((b'{"ok":true', b'{"ok": true')):
        return status, body
    if status >= 500:
        raise Unclear(_phrase(status))
    try:
        answer = AiohttpRequest.parse_json_payload(body)
    except Unclear:
        answer = {}
    if status == HTTPStatus.TOO_MANY_REQUESTS or answer.get("error_code") == HTTPStatus.TOO_MANY_REQUESTS:
        raise Flooded(_wait(answer, retry_after))
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        raise BadRequest(_phrase(status))  # whoever says so has not carried it out
    if not answer:
        # A page of 403 or 404 is a proxy's: it must not read as "blocked by the user" or "wrong token".
        raise Unclear(f"{_phrase(status)}, and the answer is not the Bot API's")
    if 200 <= status <= 299 and answer.get("ok") is False:
        status = code if isinstance(code := answer.get("error_code"), int) and code >= 400 else HTTPStatus.BAD_REQUEST
    return status, body


def _wait(answer: Mapping[str, Any], header: str | None) -> float:
    """Seconds to wait, from the answer or else from its header; 1 where neither says it."""
    parameters = answer.get("parameters")
    told = parameters.get("retry_after") if isinstance(parameters, dict) else header
    try:
        return max(0.0, float(told or 1))
    except (TypeError, ValueError):
        return 1.0


def _phrase(status: int) -> str:
    try:
        return f"{HTTPStatus(status).phrase} ({status})"
    except ValueError:
        return f"Unknown status ({status})"


def decode(body: bytes) -> Any:
    """What ``body`` says in JSON. Raises ValueError, RecursionError."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return json.loads(body)  # half a character may stand in a text, and is no reason to leave it unanswered
