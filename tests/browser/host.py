"""A clinic's site on an origin of its own, with the strict policy that the documentation asks for, on which the chat is put."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

HEAD = """<!doctype html><html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Lakeside Infusion Clinic</title><link rel="icon" href="/icon"><link rel="stylesheet" href="/site.css">{head}</head>"""
BODY = """<body><header><h1>Lakeside Infusion Clinic</h1></header><main><h2>Your first visit</h2>
<p>Please come fifteen minutes early. Bring your list of medicines, and somebody who takes you home.</p>
<p><button type="button" id="own">A button of the site</button></p><h2>Getting here</h2>
<p>You find us at the lake, next to the library.</p></main>{body}</body></html>"""
CALM = "body { font: 18px/1.6 sans-serif; margin: 0 auto; max-width: 44rem; padding: 2rem; color: #222; background: #fdfcf9 }"
HOSTILE = """* { all: initial !important; display: none !important; visibility: hidden !important; opacity: 0 !important;
transform: scale(9) !important; font-size: 90px !important; position: static !important; pointer-events: none !important }
infusion-bot, button, iframe, div { width: 0 !important; height: 0 !important; clip-path: inset(50%) !important }
html { display: block !important; visibility: visible !important; opacity: 1 !important; transform: none !important }"""


def policy(bot: str) -> str:
    """The lines of docs/web.md, with the address of the bot."""
    return (
        f"default-src 'none'; script-src {bot}; frame-src {bot}; style-src 'self'; img-src 'self'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


@dataclass
class Host:
    """``bot``: the address of the server whose widget is put on the pages; ``sheet``: the site's style."""

    url: str = ""
    bot: str = ""
    sheet: str = CALM
    extra: dict[str, str] = field(default_factory=dict)  # headers

    def script(self, attributes: str = "") -> str:
        return f'<script src="{self.bot}/widget.js" {attributes}></script>'

    async def page(self, request: web.Request) -> web.Response:
        """``/head?attributes``, ``/body?attributes``, ``/twice``, ``/none``: where the script stands; ``/long``, ``/spanish``."""
        where, attributes = request.match_info["where"], request.query.get("with", "")
        script = self.script(attributes)
        parts = {
            "head": (script, ""),
            "body": ("", script),
            "twice": (script, script),
            "none": ("", ""),
            "long": (script, "<p>And so on.</p>" * 60),
            "spanish": (script, ""),
        }[where]
        text = HEAD.format(head=parts[0], language="es" if where == "spanish" else "en") + BODY.format(body=parts[1])
        headers = {"Content-Security-Policy": policy(self.bot), **self.extra}
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def file(self, request: web.Request) -> web.Response:
        if request.path == "/site.css":
            return web.Response(text=self.sheet, content_type="text/css")
        return web.Response(status=204)


@asynccontextmanager
async def site() -> AsyncIterator[Host]:
    host = Host()
    app = web.Application()
    app.router.add_get("/site.css", host.file)
    app.router.add_get("/icon", host.file)
    app.router.add_get("/{where}", host.page)
    runner = web.AppRunner(app)
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0)
    await place.start()
    host.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield host
    finally:
        await runner.cleanup()
