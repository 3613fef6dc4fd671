"""The chat in Firefox: what a person does first, on a clinic's site of two pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import firefox
from tests.browser.chrome import must_be_there
from tests.browser.host import Host

pytestmark = pytest.mark.asyncio(loop_scope="session")

if firefox.path() is None and not must_be_there():
    pytest.skip("there is no Firefox; on Debian: apt-get install firefox-esr", allow_module_level=True)

MIDDLE = """(() => { const { x, y, width, height } = document.querySelector("infusion-bot").getBoundingClientRect();
    return `${x + width / 2} ${y + height / 2}` })()"""
KEPT = "JSON.stringify({...sessionStorage})"


async def test_the_chat_answers_hears_danger_and_goes_on_over_the_pages_of_a_site(host: Host, tmp_path: Path) -> None:
    async with firefox.tab(tmp_path) as (tab, driver):
        await tab.go(f"{host.url}/head?with=defer")
        assert await tab.evaluate(KEPT) == "{}"
        x, y = (await tab.evaluate(MIDDLE)).split()
        await tab.click(float(x), float(y))
        chat = await tab.frame("embedded=1")
        await chat.until("document.activeElement.id === 'input'")
        await chat.type("How long does an infusion take?\n")
        await chat.until("document.querySelectorAll('article.said').length === 2 && !document.querySelector('.dots')")
        assert "40 minutes to an hour" in await chat.evaluate("document.getElementById('log').textContent")
        await chat.type("I want to kill myself\n")
        await chat.until("document.querySelector('[role=alert] a[href=\"tel:988\"]') !== null")
        await tab.go(f"{host.url}/body?with=defer")
        chat = await tab.frame("embedded=1")
        await chat.until("document.querySelectorAll('.asked').length === 2 && document.querySelector('.urgent') !== null")
        assert await tab.evaluate("infusionBot.isOpen() && document.activeElement === document.body") is True
        await chat.evaluate("document.getElementById('close').click()")
        await tab.until("!infusionBot.isOpen()")
        assert await tab.evaluate(KEPT) == "{}"
        assert driver.complaints == []


async def test_on_a_phone_it_is_all_that_there_is(host: Host, tmp_path: Path) -> None:
    async with firefox.tab(tmp_path) as (tab, driver):
        await driver.send("browsingContext.setViewport", context=tab.id, viewport={"width": 390, "height": 700})
        await tab.go(f"{host.url}/long?with=defer")
        await tab.evaluate("infusionBot.open()")
        chat = await tab.frame("embedded=1")
        await chat.until("document.getElementById('close') && !document.getElementById('close').hidden")
        assert await tab.evaluate("document.body.inert && document.documentElement.style.overflow") == "hidden"
        assert await chat.evaluate("innerWidth") == 390
        await chat.evaluate("document.getElementById('close').click()")
        await tab.until("!document.body.inert")
        assert driver.complaints == []
