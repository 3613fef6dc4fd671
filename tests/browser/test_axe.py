"""axe-core finds nothing, in each state of the chat and of a clinic's site that has it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.chrome import ask, chat, chat_in, page
from tests.browser.host import Host
from tests.fakes.detector import DARK, HOPELESS
from tests.running import Bot

if TYPE_CHECKING:
    from playwright.async_api import Browser, Frame, Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

_PACKAGE = find_spec("axe_playwright_python")
AXE = (Path(_PACKAGE.origin or "").parent / "axe.min.js").read_text("utf-8") if _PACKAGE else ""
# axe cannot look into a closed shadow root.
OPEN_ROOTS = """const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (how) { return attach.call(this, {...how, mode: "open"}) };"""
PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}
ZOOM = {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4}  # 400 % of a window of 1280 x 1024


async def violations(where: Page | Frame) -> list[str]:
    await where.evaluate(AXE)
    found = await where.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert found["passes"], "axe did not run"
    return [
        f"{one['id']}: {one['help']}: {[(node['html'], node['failureSummary']) for node in one['nodes']]}"
        for one in found["violations"]
    ]


async def start(one: Page) -> None: ...


async def answer(one: Page) -> None:
    await ask(one, "How long does an infusion take?")


async def clarify(one: Page) -> None:
    await ask(one, "how often")


async def boundary(one: Page) -> None:
    await ask(one, "what does it cost")


async def urgent(one: Page) -> None:
    await ask(one, "I want to kill myself")


async def poison(one: Page) -> None:
    await ask(one, "i just took all my pills")


async def arabic(one: Page) -> None:
    await ask(one, "أريد أن أموت")
    await ask(one, "كم من الوقت يستغرق التسريب؟")


async def checkin(one: Page) -> None:
    await ask(one, DARK)


async def safe(one: Page) -> None:
    await checkin(one)
    await one.get_by_role("button", name="I am safe").click()
    await one.locator(".support").nth(1).wait_for()
    await ask(one, "How long does an infusion take?")


async def not_safe(one: Page) -> None:
    await checkin(one)
    await one.get_by_role("button", name="No, I am not safe").click()
    await one.get_by_role("alert").wait_for()


async def despair(one: Page) -> None:
    await ask(one, HOPELESS)


async def offline(one: Page) -> None:
    await answer(one)
    await one.context.set_offline(True)
    await one.get_by_role("textbox").fill("When can I drive again?")
    await one.keyboard.press("Enter")
    await one.get_by_text("Not sent yet").wait_for()


async def menu(one: Page) -> None:
    await one.get_by_role("button", name="Menu").click()


async def item(one: Page, name: str) -> None:
    await menu(one)
    await one.get_by_role("navigation").get_by_role("button", name=name).click()


async def timeline(one: Page) -> None:
    await item(one, "Time line of the treatment")
    await one.locator("figure img").wait_for()
    await one.get_by_text("The same in words").click()


async def aftercare(one: Page) -> None:
    await item(one, "After my infusion")
    await one.get_by_role("button", name="Just now").click()
    await one.get_by_text("Your infusion ended").wait_for()


async def topics(one: Page) -> None:
    await item(one, "All questions")
    await one.locator("section").first.wait_for()


async def started_over(one: Page) -> None:
    await answer(one)
    await one.get_by_role("button", name="This helped").click()
    await item(one, "Start over")


async def person(one: Page) -> None:
    await ask(one, "talk to a person")


async def cited(one: Page) -> None:
    await ask(one, "how long does relief from depression last, and when can I drive?")
    await one.get_by_role("button", name="This did not help").click()
    await one.get_by_text("I am sorry that I missed").wait_for()
    await one.get_by_role("group", name="Why did it not help?").wait_for()
    await one.get_by_role("button", name="Copy").click()
    await one.get_by_role("button", name="Copied").wait_for()


async def too_long(one: Page) -> None:
    await ask(one, "x" * 5_001)


async def restored(one: Page) -> None:
    await answer(one)
    await urgent(one)
    await topics(one)
    await one.reload()
    await one.locator(".urgent").wait_for()


async def slow(one: Page) -> None:
    await one.route("**/api/v1/ask", lambda _: None)
    await one.get_by_role("textbox").fill("How long?")
    await one.keyboard.press("Enter")
    await one.locator(".dots").wait_for()


STATES: dict[str, Callable[[Page], Awaitable[None]]] = {
    state.__name__: state
    for state in (
        start,
        answer,
        clarify,
        boundary,
        urgent,
        poison,
        arabic,
        checkin,
        safe,
        not_safe,
        despair,
        offline,
        menu,
        timeline,
        aftercare,
        topics,
        started_over,
        person,
        cited,
        too_long,
        restored,
        slow,
    )
}
# What the person's device asks for while the page is open: each state is come to once for all of them.
ASKED: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "contrast": {"color_scheme": "light", "contrast": "more"},
    "forced": {"contrast": "no-preference", "forced_colors": "active"},
}
DEVICES: dict[str, dict[str, Any]] = {"desktop": {}, "phone": PHONE, "zoom": ZOOM}
SOME = ("answer", "urgent", "checkin", "offline", "topics")
# A colour that cannot be read as it is.
BRAND = "/?colour=%23ffd54f"


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("state", STATES)
async def test_the_chat_is_free_of_violations(chromium: Browser, bot: Bot, state: str, device: str) -> None:
    async with page(chromium, bot.url, bypass_csp=True, **DEVICES[device]) as (one, _):
        await STATES[state](one)
        for look, asked in ASKED.items():
            if look == "light" or (device == "desktop" and (look == "dark" or state in SOME)):
                await one.emulate_media(**asked)
                assert await violations(one) == [], look


@pytest.mark.parametrize("state", SOME)
async def test_a_colour_of_the_sites_is_free_of_violations(chromium: Browser, bot: Bot, state: str) -> None:
    async with page(chromium, bot.url + BRAND, bypass_csp=True) as (one, _):
        await STATES[state](one)
        assert await violations(one) == []


@pytest.mark.parametrize("look", [{}, PHONE, {"color_scheme": "dark"}], ids=["light", "phone", "dark"])
async def test_a_site_with_the_chat_is_free_of_violations(chromium: Browser, host: Host, look: dict[str, Any]) -> None:
    async with page(chromium, bypass_csp=True, **look) as (one, _):
        await one.add_init_script(OPEN_ROOTS)
        await one.goto(f"{host.url}/head?with=defer")
        await one.locator("infusion-bot").wait_for(state="attached")
        assert await violations(one) == []
        frame = await chat(one)
        await ask(frame, "How long does an infusion take?")
        assert await violations(one) == []
        assert await violations(frame) == []


@pytest.mark.parametrize("path", ["", "visit", "contact"])
@pytest.mark.parametrize("look", [{}, PHONE], ids=["light", "phone"])
async def test_the_example_is_free_of_violations(chromium: Browser, bot: Bot, path: str, look: dict[str, Any]) -> None:
    async with page(chromium, bypass_csp=True, **look) as (one, _):
        await one.add_init_script(OPEN_ROOTS)
        await one.goto(f"{bot.url}/example/{path}")
        assert await violations(one) == []
        await one.evaluate("infusionBot.open()")
        await chat_in(one)
        assert await violations(one) == []


async def test_axe_would_find_something(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url, bypass_csp=True) as (one, _):
        await one.locator("#send").evaluate("one => one.removeAttribute('aria-label')")
        assert [text.partition(":")[0] for text in await violations(one)] == ["button-name"]
