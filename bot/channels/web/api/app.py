"""The HTTP API under ``/api/v1``: the one way that a request takes to its answer."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from msgspec import UNSET
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from bot.channels.http import TooLarge, body
from bot.channels.web.api import responses, schema
from bot.channels.web.api.access import Door, sites
from bot.channels.web.api.context import Office
from bot.channels.web.api.endpoints import ENDPOINTS, Clerk
from bot.channels.web.api.openapi import Endpoint
from bot.channels.web.api.responses import Answer, Call, Problem
from bot.channels.web.api.schema import LARGEST, LONGEST, Reader
from bot.channels.web.settings import NAME
from bot.delivery.logs import trace

_log = logging.getLogger(__name__)
ROOT = "/api/v1"


def routes(office: Office) -> list[BaseRoute]:
    """What serves the API."""
    allowed = sites(office.origins)
    app = CORSMiddleware(
        Api(office, allowed),
        allow_origin_regex=allowed.pattern,
        allow_methods=("GET", "HEAD", "POST"),
        allow_headers=("Authorization", "If-None-Match"),
        expose_headers=("ETag", "Retry-After"),
        # Else a site out in the world could not ask a bot in the clinic's own network.
        allow_private_network=True,
    )
    return [Mount(ROOT, app), Route(ROOT, app)]


class Api:
    """An ASGI application. Every answer that is no reply is a problem, in one form."""

    def __init__(self, office: Office, allowed: re.Pattern[str]) -> None:
        self._office = office
        self._door = Door(office, allowed)
        self._clerk = Clerk(office)
        self._readers = {one.id: Reader(one.body) for one in ENDPOINTS if one.body is not None}
        self._paths: dict[str, dict[str, Endpoint]] = {}
        for one in ENDPOINTS:
            self._paths.setdefault(one.path, {})[one.method] = one

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        try:
            found = await self._answer(scope, receive, headers)
        except Problem as problem:
            if problem.slug == "rate-limited":
                self._office.metrics.count("rate_limited")
            found = responses.failed(problem)
        except Exception as error:  # noqa: BLE001  # whatever it is, the caller hears of it in the same form
            _log.error("a request failed", extra={"reason": trace(error)})
            found = responses.failed(Problem("failed", "It was noted. Ask again, or ask the clinic."))
        await found.send(send, scope["method"] == "HEAD")

    async def _answer(self, scope: Scope, receive: Receive, headers: Mapping[bytes, bytes]) -> Answer:
        methods, id = self._find(scope["path"].removeprefix(scope.get("root_path", "")))
        method = scope["method"]
        endpoint = methods.get("GET" if method == "HEAD" else method)
        if endpoint is None:
            allow = (b"allow", ", ".join(_methods(methods)).encode())
            if method == "OPTIONS":
                return Answer(204, media=None, headers=(allow,))
            raise Problem("method-not-allowed", f"Possible here: {allow[1].decode()}.", allow)
        if endpoint.body is schema.Ask:
            return await self._asked(endpoint, scope, receive, headers)
        if not endpoint.free:
            await self._door.admit(scope, headers)
        given = await self._read(endpoint, scope, receive, headers) if endpoint.body is not None else None
        found = await endpoint.does(self._clerk, Call(headers, given, id))
        return responses.unless_known(found, headers) if endpoint.kept else found

    def _find(self, path: str) -> tuple[Mapping[str, Endpoint], str]:
        """What is at ``path``, by method, and the id at its end. Raises Problem."""
        found = self._paths.get(path)
        if found is not None and "{" not in path:
            return found, ""
        folder, _, id = path.rpartition("/")
        found = self._paths.get(f"{folder}/{{id}}")
        if found is None or not id:
            raise Problem("not-found", f"What there is, is listed in {ROOT}/openapi.json.")
        return found, id

    async def _asked(self, endpoint: Endpoint, scope: Scope, receive: Receive, headers: Mapping[bytes, bytes]) -> Answer:
        """What is written is read before anybody is sent away: it may be urgent."""
        given: schema.Ask = await self._read(endpoint, scope, receive, headers)
        try:
            await self._door.admit(scope, headers)
            if given.question is not UNSET and len(given.question) > LONGEST:
                raise Problem("invalid", f"question: Expected `str` of length <= {LONGEST}.")
        except Problem:
            reply = await self._office.service.urgent(NAME, given.question) if given.question is not UNSET else None
            if reply is None:
                raise
            return self._clerk.shown(reply)
        return await endpoint.does(self._clerk, Call(headers, given))

    async def _read(self, endpoint: Endpoint, scope: Scope, receive: Receive, headers: Mapping[bytes, bytes]) -> Any:
        """The body as the type of the endpoint. Raises Problem."""
        try:
            raw = await body(Request(scope, receive), LARGEST)
        except TooLarge:
            raise Problem("too-large", f"At most {LARGEST} bytes are read.") from None
        if not raw and endpoint.optional:
            raw = b"{}"
        elif not _is_json(headers.get(b"content-type", b"")):
            raise Problem("wrong-type", "Send JSON in UTF-8, and say so: Content-Type: application/json")
        return self._readers[endpoint.id].read(raw)


def _methods(methods: Mapping[str, Endpoint]) -> list[str]:
    return sorted({*methods, "OPTIONS", *(("HEAD",) if "GET" in methods else ())})


def _is_json(media: bytes) -> bool:
    if media == b"application/json":
        return True
    kind, _, rest = media.lower().partition(b";")
    charset = rest.replace(b" ", b"").replace(b'"', b"")
    return kind.strip() == b"application/json" and charset in {b"", b"charset=utf-8", b"charset=utf8"}
