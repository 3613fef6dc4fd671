"""The widget on a clinic's site: another origin, a strict policy, styles that mean no good."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest

from bot.channels.web.colours import accents
from tests.browser.chrome import WAIT, ask, chat, chat_in, page, press_widget, until
from tests.browser.host import HOSTILE, Host
from tests.places import ROOT

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, ViewportSize

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEPT = """async () => JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}, await indexedDB.databases()])"""
NOTHING = '["",{},{},[]]'
LISTEN = """() => { window.heard = []; for (const name of ["ready", "open", "close", "show", "hide", "answer", "urgent"])
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
        assert json.loads(await one.evaluate(KEPT)) == ["", {}, {"infusion-bot:example:open": "1"}, []]
        assert await one.context.cookies() == []
        assert list(json.loads(await frame.evaluate(KEPT))[2]) == ["infusion-bot:example:conversation"]
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
        # Of what the questions are, and whose bot it is.
        told = {(node["role"], node["name"].partition(" · ")[0]) for node in await seen_by_readers(one)}
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
    async with page(chromium, f"{other}/head?with=defer") as (one, seen):
        await one.locator("infusion-bot").wait_for(state="attached")
        await press_widget(one)
        async with asyncio.timeout(WAIT / 1000):
            while not any("Please ask the clinic" in node["name"] for node in await seen_by_readers(one)):
                await asyncio.sleep(0.05)
        assert (await the(one, "link", "Call 911"))["url"] == "tel:911"
        assert seen.complaints[0] == f"infusion-bot: {other} is not in WEB_ORIGINS of {host.bot}"


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
        assert [text.partition(" takes")[0] for text in seen.complaints] == [
            "infusion-bot: data-colour: #ffd54f has a contrast of 1.2, and text needs 4.5: #7c6726"
        ]


COLOURS = ["red;} * {display:none", "url(https://elsewhere.example/a.png)", "var(--x)", "rebeccablue"]


@pytest.mark.parametrize("colour", [f'defer data-colour="{colour}"' for colour in COLOURS], ids=COLOURS)
async def test_a_colour_is_a_colour_or_nothing(chromium: Browser, host: Host, colour: str) -> None:
    async with page(chromium, f"{host.url}/head?with={quote(colour)}") as (one, seen):
        await chat(one)
        assert [text.partition("=")[0] for text in seen.complaints] == ["infusion-bot: data-colour"]
        assert seen.hosts == {urlsplit(host.url).netloc, urlsplit(host.bot).netloc}


async def test_two_scripts_make_one_button(chromium: Browser, host: Host) -> None:
    async with page(chromium, f"{host.url}/twice?with=defer") as (one, seen):
        await chat(one)
        assert await one.locator("infusion-bot").count() == 1
        assert seen.complaints == ["infusion-bot: the chat is on this page already"]


async def test_another_clinic_is_not_served_as_this_one(chromium: Browser, host: Host) -> None:
    async with page(chromium, f"{host.url}/head?with={quote(ELSEWHERE)}") as (one, seen):
        await one.locator("infusion-bot").wait_for(state="attached")
        told = f'infusion-bot: data-clinic="elsewhere" is not served by {host.bot}, "example" is'
        assert seen.complaints == [told], "before anybody presses"
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


LOCKED = """() => [document.body.inert, document.documentElement.style.overflow, scrollY]"""


async def test_what_fills_the_screen_keeps_tab_and_wheel(chromium: Browser, host: Host) -> None:
    size: ViewportSize = {"width": 360, "height": 640}
    async with page(chromium, f"{host.url}/long?with=defer", viewport=size) as (one, _):
        await one.evaluate("scrollTo(0, 300); document.documentElement.style.overflow = 'auto'")
        before = await one.evaluate(LOCKED)
        await one.locator("#own").focus()
        await one.evaluate("infusionBot.open()")
        frame = await chat_in(one)
        assert await one.evaluate(LOCKED) == [True, "hidden", before[2]]
        await until(frame, "document.hasFocus()")
        for _ in range(12):
            await one.keyboard.press("Tab")
            assert await one.evaluate("document.activeElement.localName") in {"infusion-bot", "body"}, (
                "the site's own are out of reach"
            )
        assert not await one.evaluate("document.getElementById('own').matches(':focus')")
        await one.mouse.move(180, 300)
        await one.mouse.wheel(0, 400)
        await one.set_viewport_size({"width": 900, "height": 700})
        await until(one, "!document.body.inert")
        await one.set_viewport_size(size)
        await until(one, "document.body.inert")
        await frame.get_by_role("button", name="Close the chat").click()
        await until(one, "!document.body.inert")
        assert await one.evaluate(LOCKED) == before
        assert await one.evaluate("document.activeElement.id") == "own", "focus goes back to where it was"


async def test_the_chat_goes_on_over_the_pages_of_a_site(chromium: Browser, host: Host) -> None:
    async with page(chromium, f"{host.url}/head?with=defer") as (one, seen):
        frame = await chat(one)
        await ask(frame, "How long does an infusion take?")
        await one.goto(f"{host.url}/body?with=defer")
        frame = await chat_in(one)
        await panel_is_open(one, True)
        await frame.get_by_role("article", name="Answer").wait_for()
        assert await one.evaluate("document.activeElement.localName") == "body", "focus is the page's"
        await frame.get_by_role("button", name="Close the chat").click()
        await panel_is_open(one, False)
        assert await one.evaluate(KEPT) == NOTHING
        await one.goto(f"{host.url}/head?with=defer")
        await one.wait_for_load_state("networkidle")
        await panel_is_open(one, False)
        assert len(one.frames) == 1, "closed as it was, and nothing is fetched"
        frame = await chat(one)
        await frame.get_by_role("article", name="Answer").wait_for()
        await ask(frame, "and until when must I not drive?")
        assert seen.complaints == []


async def test_start_over_leaves_nothing_on_either_side(chromium: Browser, host: Host) -> None:
    async with page(chromium, f"{host.url}/head?with=defer") as (one, _):
        frame = await chat(one)
        await ask(frame, "How long does an infusion take?")
        await frame.get_by_role("button", name="Menu").click()
        await frame.get_by_role("navigation").get_by_role("button", name="Start over").click()
        await frame.get_by_text("A fresh start").wait_for()
        assert await frame.evaluate(KEPT) == NOTHING
        await until(one, "sessionStorage.length === 0")


async def test_a_page_that_opens_it_by_itself_stores_nothing(chromium: Browser, host: Host) -> None:
    async with page(chromium) as (one, _):
        await one.add_init_script("addEventListener('load', () => infusionBot.open())")
        await one.goto(f"{host.url}/head?with=defer")
        frame = await chat_in(one)
        assert await one.evaluate(KEPT) == await frame.evaluate(KEPT) == NOTHING


async def test_a_topic_is_answered_once_and_not_on_each_page(chromium: Browser, host: Host) -> None:
    where = f"{host.url}/head?with={quote('defer data-topic=driving')}"
    async with page(chromium, where) as (one, _):
        frame = await chat(one)
        await frame.get_by_role("article", name="Answer").wait_for()
        await one.goto(where)
        frame = await chat_in(one)
        await frame.get_by_role("article", name="Answer").wait_for()
        await ask(frame, "How long does an infusion take?")
        assert await frame.get_by_role("article", name="You").count() == 2


async def test_a_button_of_the_sites_own_takes_the_place_of_ours(chromium: Browser, host: Host) -> None:
    async with page(chromium, f"{host.url}/head?with={quote('defer data-launcher=#own')}") as (one, seen):
        await one.locator("infusion-bot").wait_for(state="attached")
        assert not await the(one, "button", "Ask a question")
        await one.locator("#own").click()
        frame = await chat_in(one)
        assert await one.locator("#own").get_attribute("aria-expanded") == "true"
        box = await (await frame.frame_element()).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] == 760 - 16 - 1, "it stands where the button would"
        await until(frame, "document.hasFocus()")
        await one.keyboard.press("Escape")
        await until(one, "!infusionBot.isOpen()")
        assert await one.evaluate("document.activeElement.id") == "own"
        assert await one.locator("#own").get_attribute("aria-expanded") == "false"
        assert seen.complaints == []


MISTAKES = {
    "data-launcher=###": 'data-launcher="###" has to be none or a selector of what is on the page',
    "data-launcher=#nope": 'data-launcher="#nope" has to be none or a selector of what is on the page',
    "data-theme=drak": 'data-theme="drak" has to be light|dark|auto',
    "data-position=top": 'data-position="top" has to be left|right',
    "data-offset-x=1em": 'data-offset-x="1em" has to be a whole number',
    "data-offset-y=far": 'data-offset-y="far" has to be a whole number',
    "data-z-index=auto": 'data-z-index="auto" has to be a whole number',
}


@pytest.mark.parametrize("given", MISTAKES)
async def test_what_a_site_cannot_mean_is_said_and_the_chat_opens_as_by_default(
    chromium: Browser, host: Host, given: str
) -> None:
    async with page(chromium, f"{host.url}/head?with={quote(f'defer {given}')}") as (one, seen):
        await one.locator("infusion-bot").wait_for(state="attached")
        box = await one.locator("infusion-bot").bounding_box()
        assert box is not None
        assert (1000 - box["x"] - box["width"], 760 - box["y"] - box["height"]) == (16, 16)
        await chat(one)
        assert seen.complaints == [f"infusion-bot: {MISTAKES[given]}"]


@pytest.mark.parametrize(
    "given", ["data-theme=auto", "data-position=right", "data-offset-x=0px", "data-z-index=-1", "data-theme"]
)
async def test_what_a_site_may_choose_is_not_complained_of(chromium: Browser, host: Host, given: str) -> None:
    async with page(chromium, f"{host.url}/head?with={quote(f'defer {given}')}") as (one, seen):
        await one.locator("infusion-bot").wait_for(state="attached")
        await one.evaluate("infusionBot.open()")
        await chat_in(one)
        assert seen.complaints == []


async def test_it_can_be_hidden_shown_and_toggled(chromium: Browser, host: Host) -> None:
    async with page(chromium, f"{host.url}/head?with={quote('defer data-launcher=none')}") as (one, seen):
        await one.locator("infusion-bot").wait_for(state="attached")
        assert not await the(one, "button", "Ask a question")
        await one.evaluate(LISTEN)
        await one.evaluate("infusionBot.show()")
        assert await the(one, "button", "Ask a question")
        assert await one.evaluate("(infusionBot.toggle(), infusionBot.isOpen())") is True
        await chat_in(one)
        assert await one.evaluate("(infusionBot.hide(), infusionBot.isOpen())") is False
        assert not await the(one, "button", "Ask a question")
        assert [event["type"] for event in await one.evaluate("heard")][:2] == ["show", "open"]
        assert [event["type"] for event in await one.evaluate("heard")][-2:] == ["close", "hide"]
        assert seen.complaints == []


STAND_IN = (ROOT / "bot/channels/web/static/example/site.js").read_text("utf-8").partition("// The example's own")[0]


async def test_what_a_page_wants_before_the_chat_has_loaded_is_done_then(chromium: Browser, host: Host) -> None:
    async with page(chromium) as (one, seen):
        await one.add_init_script(STAND_IN)
        await one.add_init_script(
            """window.heard = []; window.early = infusionBot.ask; infusionBot.on("open", ({ type }) => heard.push(type));
            infusionBot.ask("How long does an infusion take?"); window.was = infusionBot.isOpen()"""
        )
        await one.goto(f"{host.url}/head?with=async")
        frame = await chat_in(one)
        await frame.get_by_role("article", name="Answer").wait_for()
        assert await one.evaluate("[was, infusionBot.isOpen(), heard]") == [False, True, ["open"]]
        await one.evaluate("early('When can I drive again?')")
        await frame.get_by_role("article", name="You").nth(1).wait_for()
        assert await frame.get_by_role("article", name="You").all_inner_texts() == [
            "How long does an infusion take?",
            "When can I drive again?",
        ]
        assert seen.complaints == []


async def test_a_page_whose_chat_never_comes_goes_on(chromium: Browser, host: Host) -> None:
    async with page(chromium) as (one, seen):
        await one.add_init_script(STAND_IN)
        await one.route("**/widget.js", lambda route: route.abort("connectionrefused"))
        await one.goto(f"{host.url}/head?with=defer")
        for call in ("open()", "ask('x')", "hide()", "on('open', () => {})", "close()"):
            await one.evaluate(f"infusionBot.{call}")
        assert await one.evaluate("infusionBot.isOpen()") is False
        assert [text for text in seen.complaints if "ERR_CONNECTION_REFUSED" not in text] == []


async def test_where_it_stands_and_how_it_looks_is_the_sites_choice(chromium: Browser, host: Host) -> None:
    given = "defer data-offset-x=40 data-offset-y=90px data-z-index=7 data-theme=dark data-colour=#7a3e9d"
    async with page(chromium, f"{host.url}/head?with={quote(given)}", color_scheme="light") as (one, seen):
        button = one.locator("infusion-bot")
        await button.wait_for(state="attached")
        box = await button.bounding_box()
        assert box is not None
        assert (1000 - box["x"] - box["width"], 760 - box["y"] - box["height"]) == (40, 90)
        assert await button.evaluate("one => getComputedStyle(one).zIndex") == "7"
        frame = await chat(one)
        box = await (await frame.frame_element()).bounding_box()
        assert box is not None
        assert box["x"] + box["width"] == 1000 - 40 - 1
        assert box["y"] >= 0
        ground = await frame.evaluate("() => getComputedStyle(document.body).backgroundColor")
        send = await frame.evaluate("() => getComputedStyle(document.getElementById('send')).backgroundColor")
        assert ground == "rgb(15, 23, 25)"
        assert send == worn("#7a3e9d", "accent-dark")
        assert seen.complaints == []


def worn(colour: str, look: str) -> str:
    shade = (accents(colour) or {})[look]
    return f"rgb({', '.join(str(int(shade[at : at + 2], 16)) for at in (1, 3, 5))})"


@pytest.mark.parametrize(("where", "given"), [("head", "data-language=es"), ("spanish", "")], ids=["option", "the-pages-own"])
async def test_a_page_in_another_language_is_told_so_in_it(chromium: Browser, host: Host, where: str, given: str) -> None:
    async with page(chromium, f"{host.url}/{where}?with={quote(f'defer {given}')}") as (one, seen):
        frame = await chat(one)
        told = frame.locator("#log > [lang=es]")
        assert "inglés" in await told.inner_text()
        assert await frame.locator("html").get_attribute("lang") == "en"
        assert seen.complaints == []


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
