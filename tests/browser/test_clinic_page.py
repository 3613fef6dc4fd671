"""The clinic's page in a browser: one comes in by a link, axe finds nothing, and what strangers wrote does nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from starlette.applications import Starlette

from bot.channels.channel import ClinicHealth, Shared
from bot.channels.clinic_page.access.sessions import Sessions
from bot.channels.clinic_page.open import open_channel
from bot.channels.clinic_page.settings import ClinicPageSettings
from bot.delivery.service import Service
from bot.delivery.storage.open import open_storage
from bot.dialogue.policy import Dialogue
from bot.knowledge.load import load
from bot.matching.matcher import Matcher
from tests import folders
from tests.browser.chrome import page
from tests.browser.payloads import PAYLOADS
from tests.browser.test_axe import violations
from tests.browser.test_injection import VIOLATIONS
from tests.channels.clinic_page.hostile import VIEWS, written_everywhere
from tests.channels.clinic_page.seeding import SeededGaps, alike, fill, hand_over
from tests.fakes.editions import editions_of, metrics_of

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
DARK = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"}
NARROW = {"viewport": {"width": 320, "height": 640}}


@dataclass(frozen=True)
class Served:
    url: str
    sessions: Sessions

    async def enter(self, one: Page, name: str = "Eva") -> None:
        """As a person does who was sent a link."""
        await one.goto(f"{self.url}/enter#{await self.sessions.link('staff', name)}")
        await one.click("button[type=submit]")
        await one.wait_for_url(f"{self.url}/")


@pytest.fixture(scope="session")
def bread(tmp_path_factory: pytest.TempPathFactory) -> Dialogue:
    knowledge = load(folders.write(tmp_path_factory.mktemp("page")))
    return Dialogue(knowledge, Matcher.from_knowledge(knowledge))


@asynccontextmanager
async def _served(dialogue: Dialogue, *words: str) -> AsyncIterator[Served]:
    """A clinic that has been asked much; with ``words``, one where they were written everywhere."""
    store = open_storage("memory:", owner="one")
    await store.start()
    metrics = metrics_of()
    shared = Shared("default", 60, 30.0, 1.0, store, metrics.of("default"), Service(metrics), editions_of(dialogue))
    if words:
        shared = await written_everywhere(shared, dialogue, *words)
    else:
        edition = shared.editions.current("default")
        await fill(store, "default", dialogue.knowledge, edition.zone, 3000)
        await hand_over(store, "default", 20)
        missed = alike("c3", ["i took all of it"], (("missed", 1),))
        near = alike("b2", ["feed it rye"], nearest="feeding", label="How often do I feed it?")
        gaps = SeededGaps(missed, alike("a1", ["is there a class", "classes?"]), near)
        health = ClinicHealth(
            channels={"web": (True, "served"), "telegram": (False, "refused")}, refused=(0.0, ("a.yaml:1: no",))
        )
        shared = replace(shared, gaps=gaps, health=lambda: health)
    listener = socket.create_server(("127.0.0.1", 0))
    async with open_channel(shared, ClinicPageSettings(on=True)) as channel:
        app = Starlette(routes=[*channel.routes(None)])  # type: ignore[arg-type]  # it takes no updates
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
        task = asyncio.create_task(server._serve([listener]))
        try:
            yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}/clinic", Sessions(store, "default"))
        finally:
            server.should_exit = True
            await task
            listener.close()
            await store.close()


async def test_a_link_lets_in_and_leaves_no_trace_in_the_browser(chromium: Browser, bread: Dialogue) -> None:
    async with _served(bread) as served, page(chromium) as (one, seen):
        secret = await served.sessions.link("staff", "Eva")
        await one.goto(f"{served.url}/enter#{secret}")
        assert one.url == f"{served.url}/enter", "nor in its history"
        await one.click("button[type=submit]")
        await one.wait_for_url(f"{served.url}/")
        cookies = [dict(cookie) for cookie in await one.context.cookies()]
        assert [(one["path"], one["httpOnly"], one["sameSite"]) for one in cookies] == [("/clinic", True, "Strict")]
        assert not any(secret in address for address in seen.requests)
        await one.goto(f"{served.url}/audit")
        await one.get_by_role("button", name="Sign out").click()
        await one.wait_for_url(f"{served.url}/enter")
        assert await one.context.cookies() == []
        await one.goto(f"{served.url}/audit")
        assert await one.get_by_role("heading", level=1).inner_text() == "Not signed in"
        assert (seen.dialogs, seen.hosts) == ([], {served.url.split("/")[2]})


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(PHONE, id="phone"),
        pytest.param(DARK, id="dark"),
        pytest.param(NARROW, id="narrow", marks=pytest.mark.scenario),
    ],
)
async def test_axe_finds_nothing_and_nothing_stands_beside_the_page(
    chromium: Browser, bread: Dialogue, how: dict[str, Any]
) -> None:
    async with _served(bread) as served, page(chromium, **how) as (one, seen):
        await one.add_init_script(VIOLATIONS)
        await one.goto(f"{served.url}/enter")
        found = {"enter": await violations(one)}
        await served.enter(one)
        for path in (*VIEWS, "nowhere"):
            await one.goto(f"{served.url}/{path}")
            await one.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            found[path] = await violations(one)
            assert await one.evaluate("document.documentElement.scrollWidth") <= how["viewport"]["width"], path
        assert {path: what for path, what in found.items() if what} == {}
        assert [told for told in seen.complaints if "404" not in told] == []


async def test_lines_for_the_knowledge_are_copied(chromium: Browser, bread: Dialogue) -> None:
    async with _served(bread) as served, page(chromium, permissions=["clipboard-write"]) as (one, _):
        await served.enter(one)
        await one.goto(f"{served.url}/gaps")
        await one.get_by_text("Lines for the knowledge").first.click()
        await one.get_by_role("button", name="Copy").first.click()
        await one.get_by_text("Copied").wait_for()


async def test_what_strangers_wrote_does_nothing(chromium: Browser, bread: Dialogue) -> None:
    async with _served(bread, *PAYLOADS) as served, page(chromium) as (one, seen):
        await one.add_init_script(VIOLATIONS)
        await served.enter(one, PAYLOADS[0][:60])
        for path in VIEWS:
            await one.goto(f"{served.url}/{path}")
            assert await one.evaluate(FOREIGN) == 0, path
        assert (seen.dialogs, seen.complaints) == ([], [])
        assert seen.hosts == {served.url.split("/")[2]}


# Elements that no template has, handlers, and addresses that lead elsewhere.
FOREIGN = """() => {
    const strange = ["script:not([src*='static/'])", "style", "iframe", "object", "embed", "base", "meta[http-equiv]", "img",
        "video", "audio", "math", "marquee", "template", "body body", "a[href*=':']", "form[action*=':']", "[style]"];
    const bad = (it) => it.name.startsWith("on") || it.value.startsWith("javascript:");
    const all = [...document.querySelectorAll("*")];
    const outside = all.filter((one) => [...one.attributes].some((it) => bad(it) && !["value", "aria-label"].includes(it.name)));
    return document.querySelectorAll(strange.join(", ")).length + outside.length;
}"""
