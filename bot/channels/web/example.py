"""An example of a clinic's site: three pages with the chat on them, to try it on. Served where ``WEB_EXAMPLE`` is on."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

_FOLDER = Path(__file__).with_name("static") / "example"
_TYPES = {".css": "text/css", ".html": "text/html", ".js": "text/javascript"}
_FILES = {"": "home.html", "visit": "visit.html", "contact": "contact.html", "site.css": "site.css", "site.js": "site.js"}
# What docs/web.md asks of a site, with the bot's address as the site's own.
_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; frame-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


def routes() -> list[BaseRoute]:
    """The site below ``/example/``."""
    files = {name: ((_FOLDER / file).read_bytes(), _TYPES[Path(file).suffix]) for name, file in _FILES.items()}

    async def file(request: Request) -> Response:
        found = files.get(request.path_params.get("name", ""))
        if found is None:
            return Response("Not Found", 404, media_type="text/plain")
        return Response(found[0], headers=_HEADERS, media_type=found[1])

    async def begin(_: Request) -> Response:
        return RedirectResponse("example/", 308)

    return [Route("/example", begin), Route("/example/", file), Route("/example/{name}", file)]
