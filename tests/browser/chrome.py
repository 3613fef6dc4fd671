"""The system's own Chromium, and what a page did while it was looked at."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Dialog, Error, Frame, Page, async_playwright

# It must not speak to anybody by itself.
_FLAGS = (
    "--no-sandbox",  # it will not run as root otherwise; it sees our own pages only
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)
WAIT = 15_000  # ms


def path() -> str | None:
    """Where Chromium is, if it is installed."""
    return shutil.which("chromium") or ("/usr/bin/chromium" if Path("/usr/bin/chromium").exists() else None)


def must_be_there() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true"}


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=path(), args=_FLAGS)
        try:
            yield chromium
        finally:
            await chromium.close()


@dataclass
class Seen:
    """What happened on a page that nobody would want. ``hosts``: all that was asked for anything."""

    dialogs: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    requests: list[str] = field(default_factory=list)


def watch(context: BrowserContext) -> Seen:
    """Notes what the pages of ``context`` do from now on."""
    seen = Seen()

    async def dismiss(dialog: Dialog) -> None:
        seen.dialogs.append(dialog.message)
        await dialog.dismiss()

    def said(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            seen.complaints.append(message.text)

    def failed(error: Error) -> None:
        seen.complaints.append(str(error))

    def asked(request: Any) -> None:
        seen.hosts.add(urlsplit(request.url).netloc)
        seen.requests.append(request.url)

    def opened(page: Page) -> None:
        page.on("dialog", dismiss)
        page.on("pageerror", failed)

    context.on("page", opened)
    context.on("console", said)
    context.on("request", asked)
    return seen


@asynccontextmanager
async def page(chromium: Browser, url: str = "", **how: Any) -> AsyncIterator[tuple[Page, Seen]]:
    """A page of a browser that remembers nothing; ``how``: as for ``Browser.new_context``."""
    context = await chromium.new_context(**{"viewport": {"width": 1000, "height": 760}, "reduced_motion": "reduce", **how})
    context.set_default_timeout(WAIT)
    seen = watch(context)
    try:
        one = await context.new_page()
        if url:
            await one.goto(url)
        yield one, seen
    finally:
        await context.close()


async def until(place: Page | Frame, condition: str) -> None:
    """Waits until ``condition``, JavaScript, holds. Asked from here: a page that asked itself again would break its policy."""
    async with asyncio.timeout(WAIT / 1000):
        while not await place.evaluate(condition):
            await asyncio.sleep(0.02)


async def ask(page: Any, question: str) -> None:
    """Types ``question`` into the chat on a page or in a frame, and waits for what comes of it."""
    box = page.get_by_role("textbox")
    before = await page.locator(REPLY).count()
    await box.fill(question)
    await box.press("Enter")
    await page.locator(REPLY).nth(before).wait_for()


# A reply as it stands in the log; the dots that stand for one to come are none.
REPLY = "#log > :is(article.said, .urgent):not(:has(.dots))"


async def press_widget(page: Page) -> None:
    """Clicks where the widget's button is, as a hand would: its shadow root is closed to programs."""
    box = await page.locator("infusion-bot").bounding_box()
    if box is None:
        raise AssertionError("the widget cannot be seen")
    await page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


async def chat_in(page: Page) -> Frame:
    """The frame of the chat, once it listens."""
    async with asyncio.timeout(WAIT / 1000):
        while not (found := [frame for frame in page.frames if "embedded=1" in frame.url]):
            await asyncio.sleep(0.02)
    await found[0].locator("#close").wait_for()  # its script shows it: before that nobody listens to what is typed
    return found[0]


async def chat(page: Page) -> Frame:
    """The frame of the chat, opened."""
    await page.locator("infusion-bot").wait_for(state="attached")
    await press_widget(page)
    return await chat_in(page)
