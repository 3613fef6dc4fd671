"""The widget on a clinic's site: another origin, a strict policy, styles that mean no good."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest

from tests.browser.chrome import WAIT, ask, chat, chat_in, page, press_widget, until
from tests.browser.host import HOSTILE, Host

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEPT = """async () => JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}, await indexedDB.databases()])"""
NOTHING = '["",{},{},[]]'
LISTEN = """() => { window.heard = []; for (const name of ["ready", "open", "close", "answer", "urgent"])
    infusionBot.on(name, (event) => window.heard.push(event)); }"""


async def seen_by_readers(page: Page) -> list[dict[str, Any]]:
    """What a screen reader is told of the page, shadow roots included."""
    session = await page.context.new_cdp_session(page)
    tree = await session.send("Accessibility.getFullAXTree")
    return [
        {
            "role": node.get("role", {}).get("value"),
            "name": node.get("name", {}).get("value", ""),
            **{one["name"]: one["value"].get("value") for one in node.get("properties", [])},
        }
        for node in tree["nodes"]
        if not node.get("ignored")
    ]


async def the(page: Page, role: str, name: str) -> dict[str, Any]:
    return next((one for one in await seen_by_readers(page) if (one["role"], one["name"]) == (role, name)), {})


async def panel_is_open(page: Page, wanted: bool) -> None:
    async with asyncio.timeout(WAIT / 1000):
        while (await the(page, "button", "Ask a question")).get("expanded") is not wanted:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("where", ["head", "body"])
@pytest.mark.parametrize("how", ["", "defer", "async"])
async def test_it_opens_and_answers_wherever_its_script_stands(chromium: Browser, host: Host, where: str, how: str) -> None:
    async with page(chromium, f"{host.url}/{where}?with={how}") as (one, seen):
        frame = await chat(one)
        await ask(frame, "How long does an infusion take?")
        assert "40 minutes to an hour" in await frame.get_by_role("article", name="Answer").inner_text()
        assert seen.complaints == []


async def test_it_can_be_put_on_the_page_by_a_script(chromium: Browser, host: Host) -> None:
    # The policy of docs/web.md lets only the bot's own scripts in; this page's is looser.
    async with page(chromium, bypass_csp=True) as (one, seen):
        await one.goto(f"{host.url}/none")
        await one.evaluate(
            "src => { const one = document.createElement('script'); one.src = src; document.body.append(one) }",
            f"{host.bot}/widget.js",
        )
        await chat(one)
        assert seen.complaints == []


async def test_before_the_first_press_nothing_is_stored_or_fetched_but_the_script(chromium: Browser, host: Host) -> None:
    async with page(chromium, f"{host.url}/head?with=defer") as (one, seen):
        await one.locator("infusion-bot").wait_for(state="attached")
        await one.wait_for_load_state("networkidle")
        assert [url for url in seen.requests if url.startswith(host.bot)] == [f"{host.bot}/widget.js"]
        assert await one.evaluate(KEPT) == NOTHING
        assert len(one.frames) == 1
        assert await one.context.cookies() == []
        frame = await chat(one)
        await ask(frame, "zebrafinch depression")
        assert await one.evaluate(KEPT) == NOTHING
        assert await one.context.cookies() == []
        kept = await frame.evaluate(KEPT)
        assert "zebrafinch" not in kept
        assert list(json.loads(kept)[2]) == ["infusion-bot:example:conversation"]
        assert seen.hosts == {urlsplit(host.url).netloc, urlsplit(host.bot).netloc}
        assert seen.complaints == []


async def test_a_hostile_style_does_not_reach_it(chromium: Browser, host: Host) -> None:
    async with page(chromium, f"{host.url}/head?with=defer") as (one, _):
        await one.locator("infusion-bot").wait_for(state="attached")
        calm = await one.locator("infusion-bot").bounding_box()
    host.sheet = HOSTILE
    async with page(chromium, f"{host.url}/head?with=defer") as (one, seen):
        await one.locator("infusion-bot").wait_for(state="visible")
        assert await one.locator("h1").is_hidden()
        assert await one.locator("infusion-bot").bounding_box() == calm
        frame = await chat(one)
        box = await (await frame.frame_element()).bounding_box()
        assert box is not None
        assert (box["width"], box["height"]) == (418, 650)
        await ask(frame, "How long does an infusion take?")
        assert seen.complaints == []


async def test_escape_closes_it_and_focus_goes_where_it_belongs(chromium: Browser, host: Host) -> None:
    async with page(chromium, f"{host.url}/head?with=defer") as (one, _):
        await one.locator("infusion-bot").wait_for(state="attached")
        await one.locator("#own").focus()
        await one.keyboard.press("Tab")
        assert (await the(one, "button", "Ask a question"))["focused"] is True
        await one.keyboard.press("Enter")
        frame = await chat_in(one)
        await panel_is_open(one, True)
        await until(frame, "document.activeElement.id === 'input' && document.hasFocus()")
        await one.keyboard.type("How long does an infusion take?")
        await one.keyboard.press("Enter")
        await frame.get_by_role("article", name="Answer").wait_for()
        await one.keyboard.press("Escape")
        await panel_is_open(one, False)
        assert (await the(one, "button", "Ask a question"))["focused"] is True
        await one.keyboard.press("Enter")
        await panel_is_open(one, True)
        await until(frame, "document.activeElement.id === 'input' && document.hasFocus()")
        assert await frame.get_by_role("article", name="Answer").count() == 1


async def test_escape_closes_the_menu_first(chromium: Browser, host: Host) -> None:
    async with page(chromium, f"{host.url}/head?with=defer") as (one, _):
        frame = await chat(one)
        await frame.get_by_role("button", name="Menu").click()
        await one.keyboard.press("Escape")
        assert await frame.locator("#menu").is_hidden()
        await panel_is_open(one, True)
        await frame.get_by_role("button", name="Close the chat").click()
        await panel_is_open(one, False)


async def test_a_screen_reader_hears_what_it_is(chromium: Browser, host: Host) -> None:
    async with page(chromium, f"{host.url}/head?with=defer") as (one, _):
        await one.locator("infusion-bot").wait_for(state="attached")
        button = await the(one, "button", "Ask a question")
        assert button["hasPopup"] == "dialog"
        assert button["expanded"] is False
        await chat(one)
        await panel_is_open(one, True)
        told = {(node["role"], node["name"]) for node in await seen_by_readers(one)}
        assert {("dialog", "Questions about ketamine infusions"), ("Iframe", "Questions about ketamine infusions")} <= told


async def test_the_host_page_can_open_ask_and_listen(chromium: Browser, host: Host) -> None:
    async with page(chromium, f"{host.url}/head?with=defer") as (one, seen):
        await one.evaluate(LISTEN)
        await one.evaluate("infusionBot.ask('How long does an infusion take?')")
        frame = await chat_in(one)
        await frame.get_by_role("article", name="Answer").wait_for()
        await one.evaluate("infusionBot.ask('I want to kill myself')")
        await frame.get_by_role("alert").wait_for()
        await until(one, "heard.some((event) => event.type === 'urgent')")
        await one.evaluate("infusionBot.close()")
        heard = await one.evaluate("heard")
        assert [event["type"] for event in heard] == ["open", "ready", "answer", "answer", "urgent", "close"]
        assert heard[2] == {"type": "answer", "kind": "answer", "entries": ["infusion_length"]}
        assert heard[3] == {"type": "answer", "kind": "urgent", "entries": []}
        assert heard[4] == {"type": "urgent"}
        assert seen.complaints == []


async def test_messages_of_others_are_not_heard(chromium: Browser, host: Host) -> None:
    async with page(chromium, f"{host.url}/head?with=defer") as (one, _):
        frame = await chat(one)
        await one.evaluate(LISTEN)
        forged = {"infusionBot": "example", "type": "close"}
        await one.evaluate("said => window.postMessage(said, '*')", forged)  # from the host page to itself
        await frame.evaluate("said => window.postMessage(said, '*')", {"infusionBot": "example", "type": "ask", "text": "hello"})
        await ask(frame, "How long does an infusion take?")
        await until(one, "heard.length > 0")
        assert [event["type"] for event in await one.evaluate("heard")] == ["answer"]
        assert await frame.get_by_role("article", name="You").count() == 1


async def test_a_site_that_is_not_on_the_list_shows_what_to_do_instead(chromium: Browser, host: Host) -> None:
    other = host.url.replace("127.0.0.1", "localhost")
    async with page(chromium, f"{other}/head?with=defer") as (one, _):
        await one.locator("infusion-bot").wait_for(state="attached")
        await press_widget(one)
        async with asyncio.timeout(WAIT / 1000):
            while not any("Please ask the clinic" in node["name"] for node in await seen_by_readers(one)):
                await asyncio.sleep(0.05)
        assert (await the(one, "link", "Call 911"))["url"] == "tel:911"


async def test_a_server_that_is_gone_shows_what_to_do_and_the_chat_comes_when_it_is_back(chromium: Browser, host: Host) -> None:
    async with page(chromium, f"{host.url}/head?with=defer") as (one, _):
        await one.locator("infusion-bot").wait_for(state="attached")
        await one.route("**/?embedded=1*", lambda route: route.abort("connectionrefused"))
        await press_widget(one)
        async with asyncio.timeout(WAIT / 1000):
            while not any(node["name"] == "Try again" for node in await seen_by_readers(one)):
                await asyncio.sleep(0.05)
        assert (await the(one, "button", "Try again"))["focused"] is True
        await one.unroute("**/?embedded=1*")
        await one.keyboard.press("Enter")
        await ask(await chat_in(one), "How long does an infusion take?")


ELSEWHERE, NONCE = 'defer data-clinic="elsewhere"', 'defer nonce="abc123"'
OPTIONS = 'defer data-clinic="example" data-position="left" data-colour="#ffd54f" data-label="Questions?" data-topic="driving"'


async def test_its_options(chromium: Browser, host: Host) -> None:
    async with page(chromium, f"{host.url}/head?with={quote(OPTIONS)}") as (one, seen):
        await one.locator("infusion-bot").wait_for(state="attached")
        box = await one.locator("infusion-bot").bounding_box()
        assert box is not None
        assert box["x"] == 16
        assert await the(one, "button", "Questions?")
        frame = await chat(one)
        await frame.get_by_role("article", name="Answer").wait_for()
        assert await frame.get_by_role("article", name="You").inner_text() == "When can I drive again?"
        assert seen.complaints == []


COLOURS = ["red;} * {display:none", "url(https://elsewhere.example/a.png)", "var(--x)", "rebeccablue"]


@pytest.mark.parametrize("colour", [f'defer data-colour="{colour}"' for colour in COLOURS], ids=COLOURS)
async def test_a_colour_is_a_colour_or_nothing(chromium: Browser, host: Host, colour: str) -> None:
    async with page(chromium, f"{host.url}/head?with={quote(colour)}") as (one, seen):
        await chat(one)
        assert seen.complaints == []
        assert seen.hosts == {urlsplit(host.url).netloc, urlsplit(host.bot).netloc}


async def test_two_scripts_make_one_button(chromium: Browser, host: Host) -> None:
    async with page(chromium, f"{host.url}/twice?with=defer") as (one, seen):
        await chat(one)
        assert await one.locator("infusion-bot").count() == 1
        assert seen.complaints == ["infusion-bot: the chat is on this page already; this script is ignored"]


async def test_another_clinic_is_not_served_as_this_one(chromium: Browser, host: Host) -> None:
    async with page(chromium, f"{host.url}/head?with={quote(ELSEWHERE)}") as (one, _):
        await one.locator("infusion-bot").wait_for(state="attached")
        await press_widget(one)
        async with asyncio.timeout(WAIT / 1000):
            while not any("Please ask the clinic" in node["name"] for node in await seen_by_readers(one)):
                await asyncio.sleep(0.05)


async def test_on_a_phone_it_fills_the_screen(chromium: Browser, host: Host) -> None:
    size = {"width": 360, "height": 640}
    async with page(chromium, f"{host.url}/head?with=defer", viewport=size, has_touch=True, is_mobile=True) as (one, _):
        frame = await chat(one)
        box = await (await frame.frame_element()).bounding_box()
        assert box == {"x": 0, "y": 0, **size}
        await ask(frame, "How long does an infusion take?")
        await frame.get_by_role("button", name="Close the chat").click()
        await panel_is_open(one, False)


async def test_an_old_browser_gets_a_style_element_with_the_nonce(chromium: Browser, host: Host) -> None:
    strict = "default-src 'none'; script-src 'nonce-abc123'; frame-src {0}; style-src 'nonce-abc123'; img-src 'self'"
    host.extra = {"Content-Security-Policy": strict.format(host.bot)}
    async with page(chromium) as (one, seen):
        await one.add_init_script("delete CSSStyleSheet.prototype.replaceSync")
        await one.goto(f"{host.url}/head?with={quote(NONCE)}")
        await one.locator("infusion-bot").wait_for(state="visible")
        assert await one.locator("infusion-bot").evaluate("one => getComputedStyle(one).position") == "fixed"
        await chat(one)
        # The site's own sheet is not let in by this policy.
        assert [text for text in seen.complaints if "site.css" not in text] == []


async def test_a_listener_that_fails_does_no_harm_and_one_that_left_hears_nothing(chromium: Browser, host: Host) -> None:
    async with page(chromium, f"{host.url}/head?with=defer") as (one, _):
        await one.evaluate(
            """() => { window.count = 0; const add = () => { window.count += 1 };
            infusionBot.on("open", () => { throw new Error("of the host page") }); infusionBot.on("open", add);
            infusionBot.open(); infusionBot.close(); infusionBot.off("open", add); infusionBot.open() }"""
        )
        await chat_in(one)
        assert await one.evaluate("count") == 1
