"""Patients who write to the clinic in the chat, and two of its staff who answer on the clinic's page, in a real browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from bot.channels.clinic_page.access.sessions import Sessions
from bot.delivery.handoff.handoffs import Handoffs
from bot.delivery.storage.open import open_storage
from tests.browser.chrome import Seen, ask, chat, page, until
from tests.browser.host import Host
from tests.browser.payloads import PAYLOADS
from tests.browser.test_axe import violations
from tests.running import Bot

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
FOREIGN = "img:not(.mark), iframe, object, embed, form:not([method=post], #form), [onclick], [onload], [onerror]"
OPEN = "section .talk"  # below it are those that are over
WIDE = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@dataclass
class Clinic:
    """A bot whose staff answer on the clinic's page."""

    bot: Bot
    database: str
    chromium: Browser
    stack: AsyncExitStack
    seen: list[Seen]

    async def staff(self, name: str, **how: Any) -> Page:
        """A browser that is signed in."""
        store = open_storage(self.database, owner="test")
        await store.start()
        secret = await Sessions(store, "default").link("staff", name)
        await store.close()
        one, seen = await self.stack.enter_async_context(page(self.chromium, **how))
        self.seen.append(seen)
        await one.goto(f"{self.bot.url}/clinic/enter#{secret}")
        await one.get_by_role("button").first.click()
        await one.wait_for_url(f"{self.bot.url}/clinic/")
        await one.goto(f"{self.bot.url}/clinic/inbox")
        return one

    async def patient(self, question: str, **how: Any) -> Page:
        """One whose question was not answered, and who agreed to write to the staff."""
        one, seen = await self.stack.enter_async_context(page(self.chromium, self.bot.url, **how))
        self.seen.append(seen)
        await ask(one, question)
        await ask(one, "I want to talk to a person")
        await one.get_by_role("article", name="Write to the clinic").get_by_role("button", name="Write to the clinic").click()
        await one.locator("#staff-bar").wait_for()
        return one


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def staffed(
    learned_cache: Path, started_site: Host, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Bot, str]]:
    """A bot whose staff answer on the clinic's page, and its store."""
    folder = tmp_path_factory.mktemp("staffed")
    database = f"sqlite:///{folder / 'bot.db'}"
    settings = {
        "TELEGRAM_BOT_TOKEN": "",
        "CACHE_DIR": str(learned_cache),
        "API_RATE": "off",
        "DATABASE_URL": database,
        "HANDOFF": "on",
        "WEB_ORIGINS": started_site.url,
        "RELOAD": "off",
    }
    async with Bot(folder, settings) as bot:
        yield bot, database


@pytest_asyncio.fixture(loop_scope="session")
async def clinic(chromium: Browser, staffed: tuple[Bot, str]) -> AsyncIterator[Clinic]:
    """With nobody who waits."""
    async with AsyncExitStack() as stack:
        yield Clinic(*staffed, chromium, stack, [])
    store = open_storage(staffed[1], owner="test")
    await store.start()
    handoffs = Handoffs(store, "default")
    for one in await handoffs.listing():
        await handoffs.close(one.id, "over", "test")
    await store.close()


async def write(patient: Page, text: str) -> None:
    box = patient.get_by_role("textbox")
    await box.fill(text)
    await box.press("Enter")
    await patient.locator(".asked", has_text=text).last.wait_for()


async def answer(staff: Page, text: str) -> None:
    await staff.locator("#text").fill(text)
    await staff.get_by_role("button", name="Send", exact=True).click()
    await staff.locator(".lines .staff", has_text=text).wait_for()


async def open_talk(staff: Page, at: int, words: str) -> None:
    """Opens talks of the list from the one at ``at`` on, until the one with ``words``; it knows no words itself."""
    await staff.locator(OPEN).nth(at).locator("a").click()
    await staff.locator(".lines .patient", has_text=words).first.wait_for()


async def test_three_patients_and_two_of_the_staff(clinic: Clinic) -> None:
    ann, eva = await clinic.staff("Ann"), await clinic.staff("Eva", **PHONE)
    first = await clinic.patient("Can I bring my own pillow CANARY-ONE?", **PHONE)
    second = await clinic.patient("Is there a car park CANARY-TWO?")
    third = await clinic.patient("Where do I eat before CANARY-THREE?")
    await ask(third, "I want to kill myself")
    assert await third.get_by_role("alert").count() == 1
    # The list finds out by itself: danger first, then who has waited longest.
    await ann.locator(OPEN).nth(2).wait_for()
    await until(ann, "document.title.startsWith('(3)')")
    await ann.locator(OPEN).first.get_by_text("Danger was heard").wait_for()

    await open_talk(ann, 0, "CANARY-THREE")
    assert await ann.locator(".lines .alarm").count() == 1
    await answer(ann, "Stay with us, please. ANSWER-THREE")
    await eva.reload()
    await open_talk(eva, 0, "CANARY-ONE")
    await answer(eva, "Yes, do. ANSWER-ONE")
    await ann.goto(f"{clinic.bot.url}/clinic/inbox")
    await open_talk(ann, 0, "CANARY-TWO")
    await answer(ann, "Behind the house. ANSWER-TWO")
    await asyncio.gather(*(one.locator(".by-staff").wait_for() for one in (first, second, third)))

    # Eva has the first; what Ann writes to it is refused and stays in her box.
    await ann.goto(eva.url)
    await ann.locator("#text").fill("No, do not. REFUSED")
    await ann.get_by_role("button", name="Send", exact=True).click()
    await ann.get_by_role("alert").wait_for()
    assert await ann.locator("#text").input_value() == "No, do not. REFUSED"

    # What comes while it is open appears, and a reload of the patient's page keeps the thread.
    await write(first, "Thank you. MORE-ONE")
    await eva.locator(".lines .new", has_text="MORE-ONE").wait_for()
    await first.reload()
    await first.locator(".by-staff", has_text="ANSWER-ONE").wait_for()
    await eva.get_by_role("button", name="End it").click()
    await eva.get_by_text("This is over.").wait_for()
    await first.locator("#staff-bar").wait_for(state="detached")
    await ask(first, "How long does an infusion take?")
    assert "40 minutes to an hour" in await first.locator("#log").inner_text()

    logs = [await one.locator("#log").inner_text() for one in (first, second, third)]
    for name, log in zip(("ONE", "TWO", "THREE"), logs, strict=True):
        others = {"ONE", "TWO", "THREE"} - {name}
        assert f"ANSWER-{name}" in log
        assert not any(f"-{other}" in log for other in others)
        assert "REFUSED" not in log
        assert not {"Ann", "Eva"} & set(log.split())
    assert [seen.dialogs for seen in clinic.seen] == [[]] * 5
    assert {host for seen in clinic.seen for host in seen.hosts} == {clinic.bot.url.removeprefix("http://")}
    allowed = ("404 (Not Found)", "409 (Conflict)")  # the first view is of another part; what was refused says so
    assert [text for seen in clinic.seen for text in seen.complaints if not any(one in text for one in allowed)] == []


async def test_what_cannot_be_sent_is_marked_and_goes_in_order_and_once(clinic: Clinic) -> None:
    staff = await clinic.staff("Ann")
    patient = await clinic.patient("Can I bring my own pillow?")
    await patient.context.set_offline(True)
    await write(patient, "one")
    await patient.locator(".unsent", has_text="one").wait_for()
    await write(patient, "two")
    await patient.locator(".unsent", has_text="two").wait_for()
    await patient.context.set_offline(False)
    await patient.locator(".unsent").first.wait_for(state="detached")
    await write(patient, "three")
    # An answer that is lost on the way: the same words come again, and are there once.
    lost = asyncio.Event()

    async def lose(route: Any) -> None:
        await route.fetch()
        lost.set()
        await route.abort()

    await patient.route("**/api/v1/ask", lose, times=1)
    await write(patient, "four")
    await lost.wait()
    await patient.locator(".unsent", has_text="four").wait_for()
    await patient.get_by_role("button", name="Try again").click()
    await patient.locator(".unsent").first.wait_for(state="detached")
    await write(patient, "five")
    await patient.locator(".sent").wait_for()
    await staff.locator(f"{OPEN} a").first.click()
    await staff.locator(".lines .patient", has_text="five").wait_for()
    said = await staff.locator(".lines .patient .text").all_inner_texts()
    assert said == ["Can I bring my own pillow?", "one", "two", "three", "four", "five"]


@pytest.mark.parametrize("step", [pytest.param(20, id="short"), pytest.param(1, id="long", marks=pytest.mark.scenario)])
async def test_nothing_that_anybody_writes_does_more_than_stand_there(clinic: Clinic, step: int) -> None:
    staff = await clinic.staff("<b>Ann</b>")
    patient = await clinic.patient(f"Can I bring my own pillow {PAYLOADS[0]}?")
    for payload in PAYLOADS[1::step]:
        await write(patient, payload)
    await patient.locator(".unsent, .dots").first.wait_for(state="detached")
    await staff.locator(f"{OPEN} a").first.click()
    for payload in PAYLOADS[2::step]:
        await answer(staff, payload.replace("\0", ""))
    await patient.locator(".by-staff").nth(len(PAYLOADS[2::step]) - 1).wait_for()
    for one in (staff, patient):
        found = await one.evaluate(
            "document.querySelectorAll('img:not([class]), iframe, object, embed, svg script, b[onclick]').length"
        )
        assert found == 0
        assert await one.evaluate("document.scripts.length") == 1
    assert [seen.dialogs for seen in clinic.seen] == [[], []]
    assert {host for seen in clinic.seen for host in seen.hosts} == {clinic.bot.url.removeprefix("http://")}


async def test_both_sides_can_be_used_by_everybody(clinic: Clinic) -> None:
    staff = await clinic.staff("Ann", **PHONE)
    assert await violations(staff) == []
    one, seen = await clinic.stack.enter_async_context(page(clinic.chromium, clinic.bot.url, **PHONE))
    await ask(one, "Can I bring my own pillow?")
    await ask(one, "I want to talk to a person")
    await one.locator("#staff-offer").wait_for()
    assert await violations(one) == []
    await one.get_by_role("button", name="Not now").click()
    assert await one.locator("#staff-offer").count() == 0
    patient = await clinic.patient("I want to kill myself", **PHONE)
    await write(patient, "please")
    await staff.locator(OPEN).wait_for()
    assert await violations(staff) == []
    await staff.locator(f"{OPEN} a").click()
    await answer(staff, "We are here.")
    assert await violations(staff) == []
    await patient.locator(".by-staff").wait_for()
    await patient.locator("#staff-bar").get_by_role("button", name="End").click()
    assert await violations(patient) == []
    for page_of in (staff, patient):
        assert await page_of.evaluate(WIDE)
    await patient.get_by_role("button", name="End the talk with the clinic").click()
    await patient.locator("#staff-bar").wait_for(state="detached")
    await staff.get_by_text("The patient ended it.").wait_for()
    assert seen.complaints == []


async def test_a_closed_chat_on_a_site_opens_when_the_clinic_has_written(clinic: Clinic, started_site: Host) -> None:
    staff = await clinic.staff("Ann")
    started_site.bot, started_site.extra = clinic.bot.url, {}
    one, _ = await clinic.stack.enter_async_context(page(clinic.chromium, f"{started_site.url}/head?with=defer"))
    frame = await chat(one)
    await ask(frame, "I want to talk to a person")
    await frame.get_by_role("article", name="Write to the clinic").get_by_role("button", name="Write to the clinic").click()
    await frame.locator("#staff-bar").wait_for()
    await one.evaluate("infusionBot.on('staff', () => { window.heard = true }); infusionBot.close()")
    assert not await one.evaluate("infusionBot.isOpen()")
    await staff.locator(OPEN).wait_for()
    await staff.locator(f"{OPEN} a").click()
    await answer(staff, "We are here.")
    await until(one, "window.heard && infusionBot.isOpen()")
