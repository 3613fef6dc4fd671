"""The HTTP API under ``/api/v1``: the one way that a request takes to its answer."""

from __future__ import annotations

import asyncio
import functools
import logging
import re
from typing import Any

from msgspec import UNSET
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router

from bot.channels.edition import Edition
from bot.channels.requests.bodies import TooLarge, body
from bot.channels.web.api import responses, schema
from bot.channels.web.api.access import Access, sites
from bot.channels.web.api.bodies import BodyReader
from bot.channels.web.api.context import ApiContext
from bot.channels.web.api.endpoints import ENDPOINTS, Endpoints, event_of, shown
from bot.channels.web.api.fields import LARGEST, LONGEST
from bot.channels.web.api.openapi import Endpoint
from bot.channels.web.api.responses import ApiRequest, Problem
from bot.channels.web.settings import NAME
from bot.delivery.logs import trace
from bot.dialogue.conversation import ConversationKey, Reply
from bot.dialogue.events import Said

_log = logging.getLogger(__name__)
ROOT = "/api/v1"
_SOON = 0.5  # seconds that danger waits for whether it may be asked
# Bytes from which an answer is packed, and how hard: 3,000 become 540 in 63 us, and 538 in 74 us at the hardest; a shorter one
# is one packet of the network either way.
_WORTH_PACKING, _PACKING = 1000, 6


def routes(context: ApiContext) -> list[BaseRoute]:
    """What serves the API. Every answer that is no reply is a problem, in one form."""
    allowed = sites(context.origins)
    api = ApiApp(context, allowed)
    cors = Middleware(
        CORSMiddleware,
        allow_origin_regex=allowed.pattern,
        allow_methods=("GET", "HEAD", "POST"),
        allow_headers=("Authorization", "If-None-Match"),
        expose_headers=("ETag", "Retry-After"),
        # Else a site out in the world could not ask a bot in the clinic's own network.
        allow_private_network=True,
    )
    # An attack on what is packed needs a secret and a stranger's words in one answer: the one answer with a secret, a
    # conversation's token, has nothing in it that came from outside, and no other repeats what was sent.
    packed = Middleware(GZipMiddleware, minimum_size=_WORTH_PACKING, compresslevel=_PACKING)
    problems = Middleware(ExceptionMiddleware, handlers={HTTPException: api.refuse, Exception: api.refuse})
    # With a slash too many a path is unknown: a redirect would be an answer that the document does not have.
    router = Router([api.route(one) for one in ENDPOINTS], redirect_slashes=False, middleware=[packed, cors, problems])
    below = Mount(ROOT, router)
    below.path_regex = re.compile(below.path_regex.pattern, re.DOTALL)  # else a path of two lines would be nobody's
    return [below, Route(ROOT, router)]


class ApiApp:
    def __init__(self, context: ApiContext, allowed: re.Pattern[str]) -> None:
        self._context = context
        self._access = Access(context, allowed)
        self._endpoints = Endpoints(context)
        self._readers = {one.id: BodyReader(one.body) for one in ENDPOINTS if one.body is not None}

    def route(self, endpoint: Endpoint) -> Route:
        does = self._ask if endpoint.body is schema.Ask else self._serve
        return Route(endpoint.path, functools.partial(does, endpoint), methods=[endpoint.method], name=endpoint.id)

    async def refuse(self, request: Request, error: Exception) -> Response:
        problem = _problem(error)
        if request.method == "OPTIONS" and problem.slug == "method-not-allowed":
            return Response(status_code=204, headers=problem.headers)  # who asks what may be asked, and is no browser
        if problem.slug == "rate-limited":
            self._context.metrics.count("rate_limited")
            await asyncio.sleep(self._context.refusal_seconds)
        return responses.problem_response(problem)

    async def _serve(self, endpoint: Endpoint, request: Request) -> Response:
        if not endpoint.free:
            await self._access.admit(request, endpoint.often)
        given = await self._read(endpoint, request) if endpoint.body is not None else None
        found = await endpoint.does(self._endpoints, ApiRequest(self._context.edition, given, request.path_params.get("id", "")))
        return responses.unless_cached(found, request) if endpoint.kept else found

    async def _ask(self, endpoint: Endpoint, request: Request) -> Response:
        """What is asked is read before anybody is sent away: it may be urgent."""
        given: schema.Ask = await self._read(endpoint, request)
        edition = self._context.edition
        admitted = asyncio.ensure_future(self._access.admit(request))
        admitted.add_done_callback(lambda task: task.cancelled() or task.exception())  # where nobody asks any more what it says
        try:
            # A key is looked up in a store that may hang; danger does not wait for it.
            if not (await asyncio.wait({admitted}, timeout=_SOON))[0] and (reply := await self._heard(edition, request, given)):
                return shown(edition, reply, given.debug is True)
            await admitted
            if given.question is not UNSET and len(given.question) > LONGEST:
                raise Problem("too-long", f"question: At most {LONGEST} characters are read, and it has {len(given.question)}.")
        except Problem:
            if (reply := await self._heard(edition, request, given)) is None:
                raise
            return shown(edition, reply, given.debug is True)
        finally:
            admitted.cancel()
        return await endpoint.does(self._endpoints, ApiRequest(edition, given))

    async def _heard(self, edition: Edition, request: Request, given: schema.Ask) -> Reply | None:
        """The reply to what is urgent in a question that is not admitted, or not yet."""
        event = event_of(edition, given)
        if isinstance(event, Said):
            event = Said(self._access.audible(request, event.text))
        nowhere = ConversationKey(edition.clinic, NAME, "")
        return await self._context.service.urgent(edition, nowhere, event, self._context.clock())

    async def _read(self, endpoint: Endpoint, request: Request) -> Any:
        """The body as the type of the endpoint. Raises Problem."""
        try:
            raw = await body(request, LARGEST)
        except TooLarge:
            raise Problem("too-large", f"At most {LARGEST} bytes are read.") from None
        if not raw and endpoint.optional:
            raw = b"{}"
        elif not _is_json(request.headers.get("content-type", "")):
            raise Problem("wrong-type", "Send JSON in UTF-8, and say so: Content-Type: application/json")
        return self._readers[endpoint.id].read(raw)


def _is_json(media: str) -> bool:
    if media == "application/json":
        return True
    kind, _, rest = media.lower().partition(";")
    charset = rest.replace(" ", "").replace('"', "")
    return kind.strip() == "application/json" and charset in {"", "charset=utf-8", "charset=utf8"}


def _problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException) and error.status_code == 404:
        return Problem("not-found", f"What there is, is listed in {ROOT}/openapi.json.")
    if isinstance(error, HTTPException) and error.status_code == 405:
        allow = ", ".join(sorted((error.headers or {})["Allow"].split(", ")))  # it comes from a set, in any order
        return Problem("method-not-allowed", f"Possible here: {allow}.", {"Allow": allow})
    _log.error("a request failed", extra={"reason": trace(error)})
    return Problem("failed", "It was noted. Ask again, or ask the clinic.")
