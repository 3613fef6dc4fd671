"""The example site as somebody tries it: the chat goes along from page to page, and each page does what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.chrome import ask, chat, chat_in, page, until
from tests.running import Bot

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_conversation_goes_along_from_page_to_page(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, f"{bot.url}/example/", viewport={"width": 1500, "height": 800}) as (one, seen):
        await ask(await chat(one), "How long does an infusion take?")
        assert '"type":"answer"' in await one.locator("#heard").inner_text()
        await one.get_by_role("link", name="Your visit").click()
        frame = await chat_in(one)
        await frame.get_by_role("article", name="Answer").wait_for()
        assert await frame.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 23, 25)", (
            "dark, as the page says"
        )
        box = await (await frame.frame_element()).bounding_box()
        assert box is not None
        assert box["x"] == 24 + 1
        await one.get_by_role("link", name="Contact").click()
        frame = await chat_in(one)
        await frame.get_by_role("article", name="Answer").wait_for()
        await one.get_by_role("button", name="Abrir el chat").click()
        await until(one, "!infusionBot.isOpen()")
        await one.get_by_role("button", name="Abrir el chat").click()
        await ask(frame, "When can I drive again?")
        assert seen.complaints == []


async def test_its_buttons_do_what_stands_on_them(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, f"{bot.url}/example/") as (one, seen):
        for name in ("open()", "close()", "toggle()", "hide()", "show()"):
            await one.get_by_role("button", name=name).click()
        await one.get_by_role("button", name="ask(").click()
        await (await chat_in(one)).get_by_role("article", name="Answer").wait_for()
        heard = (await one.locator("#heard").inner_text()).split("\n")
        kinds = [line.partition('"type":"')[2].partition('"')[0] for line in heard]
        told = [kind for kind in kinds if kind in {"open", "close", "hide", "show"}]
        assert told == ["open", "close", "open", "close", "hide", "show", "open"]
        assert seen.complaints == []
