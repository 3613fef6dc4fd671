"""Whatever stands in a question, in the clinic's name or on a button is text, and nothing else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import pytest_asyncio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from bot.channels.web.page import Pages, routes, site_of
from bot.dialogue.replies import Composer
from bot.knowledge.model import Knowledge
from tests.browser.chrome import REPLY, Seen, ask, chat, page, press_widget
from tests.browser.host import Host
from tests.browser.payloads import PAYLOADS
from tests.running import Bot

if TYPE_CHECKING:
    from playwright.async_api import Browser, Frame, Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

# A violation of the policy that the console does not tell of.
VIOLATIONS = """document.addEventListener("securitypolicyviolation", (event) =>
    console.error("violation", event.violatedDirective, event.blockedURI));"""
# What our own scripts never make: how many of it there are. Their own are one script, one sheet, one icon and no handlers.
FOREIGN = """() => {
    const strange = ["script:not([src*='web/chat.js'])", "style", "link:not([href^='web/'])", "iframe", "object", "embed", "base",
        "meta[http-equiv]", "img:not([src^='web/']):not([src^='api/'])", "video", "audio", "math", "marquee", "input", "template",
        "form:not(#form)", "details", "body body", ".asked :not(span, small)"];
    const addresses = ["href", "src", "action", "formaction"];
    const ours = /^(web\\/|api\\/|tel:|sms:|mailto:[\\w.%+-]+@[\\w.-]+$|https?:\\/\\/(?!elsewhere))/;
    const bad = (it) => it.name.startsWith("on") || (addresses.includes(it.name) && !ours.test(it.value));
    const all = [...document.querySelectorAll("*")];
    return document.querySelectorAll(strange.join(", ")).length + all.filter((one) => [...one.attributes].some(bad)).length;
}"""


async def clean(where: Page | Frame, seen: Seen) -> None:
    assert await where.evaluate(FOREIGN) == 0
    assert seen.dialogs == []
    assert seen.complaints == []


async def test_as_a_question(chromium: Browser, bot: Bot) -> None:
    assert len(set(PAYLOADS)) == 60
    async with page(chromium) as (one, seen):
        await one.add_init_script(VIOLATIONS)
        await one.goto(bot.url)
        for payload in PAYLOADS:
            await ask(one, payload)
        bubbles = await one.get_by_role("article", name="You").locator("span").all_text_contents()
        assert [_plain(text) for text in bubbles] == [_plain(payload) for payload in PAYLOADS]
        assert await one.locator(REPLY).count() == 1 + len(PAYLOADS)
        await clean(one, seen)
        assert seen.hosts == {bot.url.removeprefix("http://")}


def _plain(text: str) -> str:
    return text.strip().replace("\r\n", "\n")


# -- a server whose every word is hostile ---------------------------------------------------------------------------


def _reply(payload: str) -> dict[str, Any]:
    choices = [{"id": payload, "label": payload, "claims": []}]
    cited = [{"place": payload, "link": payload}] * 2
    shown = {
        "blocks": [
            {"type": "text", "text": payload},
            {"type": "list", "items": [payload]},
            {"type": "source", "lead": payload, "title": payload, "places": payload, "link": payload, "cited": cited},
        ],
        "calls": [{"label": payload, "href": payload}, {"label": payload, "href": f"tel:{payload}"}],
        "ended": None,
        "picture": True,
        "feedback": True,
        "handoff": True,
    }
    return {
        "kind": "urgent" if len(payload) % 2 else "answer",
        "text": payload,
        "parts": [{"entry": payload}],
        "choices": choices,
        "related": choices,
        "stamp": {"knowledge": payload},
        "shown": shown,
    }


def _hostile(payload: str, knowledge: Knowledge) -> list[Any]:
    """The page of a clinic that is called ``payload``, and an API that says nothing else."""
    clinic = replace(knowledge.clinic, name=payload, contact=payload, emergency=payload, crisis=payload)
    say = Composer(replace(knowledge, clinic=clinic)).say

    async def start(request: Request) -> Response:
        return JSONResponse({"conversation": "A" * 22}, 201)

    async def said(request: Request) -> Response:
        return JSONResponse(_reply(payload))

    async def topics(request: Request) -> Response:
        return JSONResponse({"topics": [{"id": payload, "question": payload, "kind": "entry", "group": payload}]})

    async def timeline(request: Request) -> Response:
        return JSONResponse({"text": f"{payload}\n{payload}"})

    async def picture(request: Request) -> Response:
        return Response("<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>", media_type="image/svg+xml")

    offered, origins = frozenset({"timeline", "aftercare"}), ("http://*.127.0.0.1",)
    pages = Pages(say, "example", clinic, 24, {"a": payload, payload: payload}, ("a", payload), origins, offered)
    site = site_of(pages)
    api = [
        Route("/conversations", start, methods=["POST"]),
        Route("/topics", topics),
        Route("/timeline", timeline),
        Route("/timeline.svg", picture),
        Route("/{any}", said, methods=["POST"]),
    ]
    return [Mount("/api/v1", routes=api), *routes(lambda: site, pages.origins)]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hostile(knowledge: Knowledge) -> AsyncIterator[str]:
    """The address of a server with one clinic for each payload, at /0/, /1/ and so on."""
    listener = socket.create_server(("127.0.0.1", 0))
    mounts = [Mount(f"/{number}", routes=_hostile(payload, knowledge)) for number, payload in enumerate(PAYLOADS)]
    config = uvicorn.Config(
        Starlette(routes=mounts), log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve([listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()


@pytest.mark.parametrize("step", [pytest.param(3, id="short"), pytest.param(1, id="long", marks=pytest.mark.scenario)])
async def test_as_the_name_of_a_clinic_and_as_all_that_a_server_says(chromium: Browser, hostile: str, step: int) -> None:
    async with page(chromium) as (one, seen):
        await one.add_init_script(VIOLATIONS)
        for number, payload in list(enumerate(PAYLOADS))[::step]:
            await one.goto(f"{hostile}/{number}/?topic={quote(payload)}")
            await one.locator(REPLY).nth(1).wait_for()
            assert await one.locator("h1").text_content() == payload.replace("\0", "")  # a parser of HTML passes over NUL
            await one.get_by_role("navigation").get_by_role("button").click()
            await one.locator("#menu button").first.click()
            chips = one.locator("#log .chip")
            await one.locator("#log section .chip").wait_for()
            assert payload in await chips.all_text_contents()
            await chips.first.click()
            await one.locator(REPLY).nth(3).wait_for()
            await clean(one, seen)
            await one.reload()
            await one.locator(REPLY).nth(3).wait_for()
            await clean(one, seen)  # as the tab has kept it
            await one.evaluate("sessionStorage.clear()")
        assert seen.hosts == {hostile.removeprefix("http://")}


async def test_as_the_time_line(chromium: Browser, hostile: str) -> None:
    async with page(chromium) as (one, seen):
        await one.add_init_script(VIOLATIONS)
        for number in range(0, len(PAYLOADS), 6):
            await one.goto(f"{hostile}/{number}/")
            await one.get_by_role("navigation").get_by_role("button").click()
            await one.locator("#menu button").nth(1).click()
            await one.locator("figure img").wait_for()
            assert await one.evaluate(FOREIGN) == 1  # the details of the words
            await one.evaluate("document.querySelector('details').remove()")
            await clean(one, seen)
            await one.evaluate("sessionStorage.clear()")


async def test_as_the_label_of_the_widget_and_in_what_is_said_to_it(chromium: Browser, host: Host) -> None:
    async with page(chromium, f"{host.url}/none", bypass_csp=True) as (one, seen):
        await one.add_init_script(VIOLATIONS)
        for number, payload in enumerate(PAYLOADS):
            await one.goto(f"{host.url}/none")
            await one.evaluate(
                """([src, text]) => { const one = document.createElement("script"); one.src = src;
                for (const name of ["label", "clinic", "topic", "language", "colour", "position", "theme", "launcher",
                    "offsetX", "zIndex"]) one.dataset[name] = text;
                document.head.append(one) }""",
                [f"{host.bot}/widget.js", payload],
            )
            await one.locator("infusion-bot").wait_for(state="attached")
            if number % 6 == 0:
                await press_widget(one)
            assert await one.evaluate("document.querySelectorAll('script').length") == 1
        assert seen.dialogs == []
        # The clinic of that name is not served here; that is all that goes wrong.
        assert [text for text in seen.complaints if "404" not in text and not text.startswith("infusion-bot: ")] == []


async def test_as_what_the_host_page_asks(chromium: Browser, host: Host) -> None:
    async with page(chromium) as (one, seen):
        await one.add_init_script(VIOLATIONS)
        await one.goto(f"{host.url}/head?with=defer")
        frame = await chat(one)
        for number, payload in enumerate(PAYLOADS[::6]):
            await one.evaluate("text => infusionBot.ask(text)", payload)
            await frame.locator(REPLY).nth(number + 1).wait_for()
        await clean(frame, seen)
