"""The web application of a process: the channels' routes, and its own pages: is it alive, is it ready, what did it count."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router

from bot.delivery.metrics import Metrics

# name of a part -> whether it can work, and how it is: one word, or more as JSON
Checks = Callable[[], Mapping[str, tuple[bool, object]]]


def below(prefix: str, routes: Sequence[BaseRoute]) -> list[BaseRoute]:
    """``routes`` below the path ``prefix``. Addresses within a page are relative, so its own needs a slash at its end."""

    async def enter(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{prefix.rpartition('/')[2]}/{query}", 308)

    # Else a path with a slash too many would lead to whatever host the request names.
    return [Route(prefix, enter), Mount(prefix, Router(routes, redirect_slashes=False))]


def app(metrics: Metrics, checks: Checks, routes: Sequence[BaseRoute] = ()) -> Starlette:
    """All that is served: ``routes`` besides what every process has."""

    async def live(request: Request) -> Response:  # noqa: ARG001  # one signature for all endpoints
        return JSONResponse({"status": "alive"})

    async def ready(request: Request) -> Response:  # noqa: ARG001  # as above
        found = checks()
        fine = all(well for well, _ in found.values())
        return JSONResponse({"ready": fine, **{name: how for name, (_, how) in found.items()}}, 200 if fine else 503)

    async def shown(request: Request) -> Response:  # noqa: ARG001  # as above
        return Response(metrics.rendered(), media_type="text/plain; version=0.0.4; charset=utf-8")

    whole = Starlette(routes=[*routes, Route("/livez", live), Route("/readyz", ready), Route("/metrics", shown)])
    # Else a path with a slash too many would lead to whatever host the request names.
    whole.router.redirect_slashes = False
    return whole
