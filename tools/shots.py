"""Makes the screenshots that docs/web.md shows; ``python -m tools.shots FOLDER [NAME ...]``: all states, or some, into a folder.

All states are real ones, of a bot started for it. It asks where the shipped one may alarm, so that what it asks can be seen.
"""

from __future__ import annotations

import asyncio
import io
import re
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from tests.browser import chrome
from tests.browser.chrome import ask, chat, page, until
from tests.browser.conftest import web_settings
from tests.browser.host import Host, site
from tests.fakes.detector import DARK, asking_folder
from tests.places import ROOT
from tests.running import Bot

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

FOLDER = ROOT / "docs" / "web"
DESK = {"viewport": {"width": 900, "height": 680}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}


async def start(page: Page, bot: Bot, host: Host) -> None:
    await page.goto(bot.url)


async def answer(page: Page, bot: Bot, host: Host) -> None:
    await page.goto(bot.url)
    await ask(page, "How long does an infusion take?")


async def clarify(page: Page, bot: Bot, host: Host) -> None:
    await page.goto(bot.url)
    await ask(page, "pain and depression")


async def urgent(page: Page, bot: Bot, host: Host) -> None:
    await page.goto(bot.url)
    await ask(page, "I do not want to live any more")


async def checkin(page: Page, bot: Bot, host: Host) -> None:
    await page.goto(bot.url)
    await ask(page, DARK)
    await page.get_by_role("button", name="I am safe").wait_for()


async def aftercare(page: Page, bot: Bot, host: Host) -> None:
    await page.goto(bot.url)
    await menu(page, "After my infusion")
    await page.get_by_role("button", name="Half an hour ago").click()
    await page.get_by_text("Your infusion ended").wait_for()


async def timeline(page: Page, bot: Bot, host: Host) -> None:
    await page.goto(bot.url)
    await menu(page, "Time line of the treatment")
    await page.locator("figure img").wait_for()
    await until(page, "document.querySelector('figure img').complete")


async def widget(page: Page, bot: Bot, host: Host) -> None:
    await page.goto(f"{host.url}/head?with=defer")
    await ask(await chat(page), "When can I drive again?")


async def topics(page: Page, bot: Bot, host: Host) -> None:
    await page.goto(bot.url)
    await menu(page, "All questions")
    await page.locator("section").first.wait_for()


async def person(page: Page, bot: Bot, host: Host) -> None:
    await page.goto(bot.url)
    await ask(page, "talk to a person")


async def talk(page: Page, bot: Bot, host: Host) -> None:
    await page.goto(bot.url)
    for question in ("How long does relief from depression last?", "and for pain?"):
        await ask(page, question)


async def brand(page: Page, bot: Bot, host: Host) -> None:
    await page.goto(f"{bot.url}/example/visit")
    await ask(await chat(page), "When can I drive again?")


async def offline(page: Page, bot: Bot, host: Host) -> None:
    await answer(page, bot, host)
    bot.kill()
    await bot.gone()
    await page.get_by_role("textbox").fill("When can I drive again?")
    await page.keyboard.press("Enter")
    await page.get_by_text("Not sent yet").wait_for()


SHOTS: dict[str, tuple[Callable[[Any, Bot, Host], Awaitable[None]], dict[str, Any]]] = {
    "start": (start, DESK),
    "answer": (answer, DESK),
    "clarify": (clarify, DESK),
    "urgent": (urgent, DESK),
    "checkin": (checkin, DESK),
    "aftercare": (aftercare, DESK),
    "timeline": (timeline, DESK),
    "dark": (answer, {**DESK, "color_scheme": "dark"}),
    "phone": (talk, PHONE),
    "phone-start": (start, PHONE),
    "phone-urgent": (urgent, PHONE),
    "phone-checkin": (checkin, PHONE),
    "phone-timeline": (timeline, PHONE),
    "phone-topics": (topics, PHONE),
    "phone-person": (person, PHONE),
    "phone-aftercare": (aftercare, PHONE),
    "phone-dark": (talk, {**PHONE, "color_scheme": "dark"}),
    "forced": (answer, {**DESK, "forced_colors": "active"}),
    "brand": (brand, {"viewport": {"width": 1000, "height": 760}}),
    "widget": (widget, {"viewport": {"width": 1000, "height": 760}}),
    "offline": (offline, DESK),  # the last one: it ends the bot
}


def shown() -> list[str]:
    """Those that the manual shows, in an order in which they can be taken."""
    told = set(re.findall(r"web/([a-z-]+)\.png", (ROOT / "docs" / "web.md").read_text("utf-8")))
    return [name for name in SHOTS if name in told]


async def menu(page: Page, name: str) -> None:
    await page.get_by_role("button", name="Menu").click()
    await page.get_by_role("navigation").get_by_role("button", name=name).click()


async def take(chromium: Browser, name: str, bot: Bot, host: Host, folder: Path) -> None:
    show, how = SHOTS[name]
    async with page(chromium, **how) as (one, _):
        await show(one, bot, host)
        await one.evaluate("document.fonts.ready")
        picture = Image.open(io.BytesIO(await one.screenshot()))
        # So few colours that 256 are enough: half the size.
        picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(folder / f"{name}.png", optimize=True)


async def main(folder: Path, names: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as data:
        knowledge = asking_folder(Path(data) / "knowledge")
        async with site() as host, chrome.browser() as chromium:
            settings = {**web_settings(host, Path(data) / "cache"), "KNOWLEDGE": str(knowledge)}
            async with Bot(Path(data), settings) as bot:
                host.bot = bot.url
                for name in names:
                    await take(chromium, name, bot, host, folder)
                    print(folder / f"{name}.png")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    target.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(target, sys.argv[2:] or (list(SHOTS) if len(sys.argv) > 1 else shown())))
