"""The chat's page as a person uses it, in a real browser."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.chrome import REPLY, ask, page, until
from tests.browser.conftest import web_settings
from tests.browser.host import Host
from tests.fakes.detector import DARK, HOPELESS
from tests.running import Bot

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, ViewportSize

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEPT = """async () => JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}, await indexedDB.databases()])"""
NOTHING = '["",{},{},[]]'
WIDE = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"


async def last(page: Page) -> str:
    return await page.locator(REPLY).last.inner_text()


async def menu(page: Page, name: str) -> None:
    await page.get_by_role("button", name="Menu").click()
    await page.get_by_role("navigation").get_by_role("button", name=name).click()


async def test_an_answer_comes_with_its_source_and_what_to_ask_next(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, seen):
        await ask(one, "How long does an infusion take?")
        answer = one.get_by_role("article", name="Answer")
        assert "40 minutes to an hour" in await answer.inner_text()
        link = answer.get_by_role("link")
        assert ":~:text=The%20Acute%20Experience" in (await link.get_attribute("href") or "")
        assert await link.get_attribute("rel") == "noopener noreferrer"
        assert await link.get_attribute("target") == "_blank"
        await answer.get_by_role("button", name="Do I need a ride home?").click()
        await one.locator(REPLY).nth(2).wait_for()
        assert "take you home" in await last(one) or "ride home" in await last(one)
        assert await one.get_by_role("article", name="You").count() == 2
        assert seen.complaints == []
        assert seen.hosts == {bot.url.removeprefix("http://")}


async def test_an_example_is_asked_by_its_button(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        await one.get_by_role("group", name="People often ask").get_by_role("button").first.click()
        await one.locator(REPLY).nth(1).wait_for()
        assert "40 minutes to an hour" in await last(one)
        assert await one.locator("#examples").count() == 0


async def test_a_choice_is_made_by_its_button(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        await ask(one, "how often")
        choices = one.get_by_role("group", name="Choose one").get_by_role("button")
        assert await choices.count() >= 2
        await choices.first.click()
        await one.locator(REPLY).nth(2).wait_for()
        assert await one.locator(REPLY).last.get_by_role("link").count() == 1


async def test_the_timeline_is_drawn_and_told(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, seen):
        await menu(one, "Time line of the treatment")
        picture = one.get_by_role("img", name="One session")
        await picture.wait_for()
        await until(one, "document.querySelector('figure img').naturalWidth > 0")
        await one.get_by_text("The same in words").click()
        assert "40 minutes to an hour" in await one.locator("details").inner_text()
        assert seen.complaints == []


async def test_the_hours_after_an_infusion_by_a_button_and_by_a_typed_time(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        await menu(one, "After my infusion")
        await one.get_by_role("button", name="An hour ago", exact=True).click()
        await one.get_by_text("Your infusion ended at").wait_for()
        await menu(one, "After my infusion")
        await one.get_by_text("When did your infusion end?").nth(1).wait_for()
        await ask(one, "2 minutes ago")
        assert "Your infusion ended at" in await last(one)


async def test_a_clock_that_is_fast_does_not_end_an_infusion_in_the_future(chromium: Browser, bot: Bot) -> None:
    async with page(chromium) as (one, _):
        await one.add_init_script("const now = Date.now; Date.now = () => now() + 40 * 60000")
        await one.goto(bot.url)
        await menu(one, "After my infusion")
        await one.get_by_role("button", name="Just now").click()
        await one.get_by_text("Your infusion ended at").wait_for()


async def test_feedback_is_thanked_for_and_a_complaint_is_answered(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        await ask(one, "How long does an infusion take?")
        await one.get_by_role("button", name="This helped").click()
        thanks = one.get_by_text("Thank you for telling me.")
        await thanks.wait_for()
        assert await thanks.evaluate("one => one === document.activeElement")
        await ask(one, "When can I drive again?")
        await one.get_by_role("button", name="This did not help").click()
        await one.get_by_text("I am sorry that I missed").wait_for()
        assert await thanks.count() == 2
        why = one.get_by_role("group", name="Why did it not help?")
        assert await why.get_by_role("button").all_inner_texts() == [
            *("It is wrong", "It is unclear", "Not what I asked", "Something is missing")
        ]
        async with one.expect_response("**/feedback") as heard:
            await why.get_by_role("button", name="Not what I asked").click()
        assert (await heard.value).status == 204
        await why.wait_for(state="detached")
        assert await thanks.count() == 3
        assert await thanks.nth(1).evaluate("one => one === document.activeElement"), "where it was pressed"
        await one.reload()
        await one.get_by_text("I am sorry that I missed").wait_for()
        assert await why.count() == 0


async def test_an_urgent_reply_stands_out_and_can_be_called(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        await ask(one, "I want to kill myself")
        alert = one.get_by_role("alert")
        assert "Get help now" in await alert.inner_text()
        hrefs = [await link.get_attribute("href") for link in await alert.get_by_role("link").all()]
        assert hrefs == ["tel:988", "sms:988", "tel:911"]


@pytest.mark.parametrize(
    ("said", "pressed"),
    [
        pytest.param("i just took all my pills", ["tel:18002221222", "tel:911", "tel:988", "sms:988"], id="poison"),
        pytest.param("quiero morir", ["tel:988", "sms:988", "tel:911"], id="spanish"),
        pytest.param("أريد أن أموت", ["tel:911", "tel:988", "sms:988"], id="arabic"),
    ],
)
async def test_each_number_of_the_kind_can_be_pressed(chromium: Browser, bot: Bot, said: str, pressed: list[str]) -> None:
    async with page(chromium, bot.url) as (one, _):
        await ask(one, said)
        links = await one.get_by_role("alert").get_by_role("link").all()
        assert [await link.get_attribute("href") for link in links][: len(pressed)] == pressed


async def test_a_check_in_is_answered_by_its_buttons(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, seen):
        await ask(one, DARK)
        asked = one.locator(REPLY).nth(1)
        assert await one.get_by_role("alert").count() == 0
        assert await asked.get_by_role("button").all_inner_texts() == ["I am safe", "I am not sure", "No, I am not safe"]
        assert "1. I am safe" not in await asked.inner_text()
        numbers = [await link.get_attribute("href") for link in await asked.get_by_role("link").all()]
        assert numbers == ["tel:988", "sms:988", "tel:911"]
        await asked.get_by_role("button", name="I am safe").click()
        await one.locator(REPLY).nth(2).wait_for()
        assert "safe" in await last(one)
        assert await one.get_by_role("alert").count() == 0
        await asked.get_by_role("button", name="No, I am not safe").click()
        await one.get_by_role("alert").get_by_role("link", name="Call 911").wait_for()
        await ask(one, "ok")
        assert "911" in await last(one)
        assert await one.get_by_role("alert").count() == 1, "what follows an alarm is no second one"
        assert seen.complaints == []


async def test_that_one_is_not_safe_is_answered_where_no_conversation_can_begin(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):

        async def refuse(route: Any) -> None:
            await route.fulfill(status=503, json={"type": "/problems/store-away", "status": 503})

        await one.route("**/api/v1/conversations", refuse)
        await ask(one, DARK)
        await one.get_by_role("button", name="I am not sure").click()
        await one.get_by_role("alert").get_by_role("link", name="Call 911").wait_for()


async def test_despair_is_no_alarm_and_its_numbers_can_be_pressed(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        await ask(one, HOPELESS)
        assert await one.get_by_role("alert").count() == 0
        numbers = await one.locator(REPLY).last.locator(".calls").get_by_role("link").all()
        assert [await link.get_attribute("href") for link in numbers][:2] == ["tel:988", "sms:988"]


@pytest.mark.parametrize(
    ("said", "language", "direction"),
    [
        pytest.param("quiero morir", "es", "ltr", id="spanish"),
        pytest.param("أريد أن أموت", "ar", "rtl", id="arabic"),
        pytest.param("אני רוצה למות", "he", "rtl", id="hebrew"),
        pytest.param("я хочу умереть", "ru", "ltr", id="russian"),
        pytest.param("كم من الوقت يستغرق التسريب؟", "ar", "rtl", id="an-arabic-question"),
        pytest.param("چقدر طول می‌کشد؟ پزشک گفت", "fa", "rtl", id="a-persian-question"),
    ],
)
async def test_a_reply_in_another_language_says_so_and_has_no_word_of_ours(
    chromium: Browser, bot: Bot, said: str, language: str, direction: str
) -> None:
    async with page(chromium, bot.url) as (one, _):
        await ask(one, said)
        speech = one.locator(REPLY).last.locator("[lang]").first
        assert (await speech.get_attribute("lang"), await speech.get_attribute("dir")) == (language, direction)
        text = await speech.inner_text()
        assert "988" in text
        assert not re.search(r"\b(help|call|now|please)\b", text, re.IGNORECASE), "a word of another language"
        for link in await one.locator(REPLY).last.get_by_role("link").all():
            assert not (await link.inner_text()).startswith("Call")


async def test_our_own_language_is_not_marked(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        for question in ("How long does an infusion take?", "I want to kill myself"):
            await ask(one, question)
            assert await one.locator(REPLY).last.locator("[lang]:not(.soft)").count() == 0


async def test_numbers_stand_between_an_answer_and_what_to_ask_next(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        await ask(one, DARK)
        await one.get_by_role("button", name="I am safe").click()
        await one.locator(REPLY).nth(2).wait_for()
        await ask(one, "How long does an infusion take?")
        answer = one.locator(REPLY).last
        order = "nodes => nodes.map((one) => one.className || one.textContent.slice(0, 16))"
        parts = await answer.locator(":scope > *").evaluate_all(order)
        at = parts.index("calls")
        assert parts[at + 1 : at + 3] == ["below", "offer"]
        assert parts[at - 1] == "source" or "In danger" in parts[at - 1]


async def test_the_source_is_linked_at_each_place_that_is_cited(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        await ask(one, "how long does relief from depression last, and when can I drive?")
        links = await one.locator(REPLY).last.locator(".source a").all()
        assert [":~:text=" in (await link.get_attribute("href") or "") for link in links] == [True, True]
        assert [(await link.inner_text()).replace("\n", " ") for link in links] == [
            "section “Measuring Therapeutic Duration”, paragraph 2 (opens a new tab)",
            "section “The Acute Experience and Immediate Duration”, paragraph 2 (opens a new tab)",
        ]


async def test_a_person_can_be_called_and_written_to(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        for question, hrefs in (
            ("talk to a person", ["mailto:care@lakeside.example", "tel:5550100"]),
            ("I want to book an appointment", ["tel:5550100", "mailto:care@lakeside.example"]),
        ):
            await ask(one, question)
            reply = one.locator(REPLY).last
            assert [await link.get_attribute("href") for link in await reply.get_by_role("link").all()] == hrefs
            assert await reply.get_by_role("button", name="Talk to a person").count() == 0
        assert "(Monday to Friday, 9:00 to 17:00)" in await last(one)


async def test_the_clinic_can_be_asked_below_what_the_bot_does_not_answer(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, seen):
        await ask(one, "can you refill my prescription?")
        await one.get_by_role("button", name="Ask the clinic").click()
        await one.locator(REPLY).nth(2).wait_for()
        assert "clinic" in await last(one)
        assert seen.complaints == []


async def test_all_questions_stand_in_groups(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        await menu(one, "All questions")
        listed = one.locator(REPLY).last
        await listed.get_by_role("heading", name="The Role of Maintenance Infusions").wait_for()
        assert await listed.get_by_role("heading").count() == await listed.get_by_role("group").count() > 3
        boosters = listed.get_by_role("group", name="The Role of Maintenance Infusions")
        assert await boosters.get_by_role("button", name="How often are boosters given?").count() == 1


async def test_an_answer_can_be_copied(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url, permissions=["clipboard-read", "clipboard-write"]) as (one, _):
        await ask(one, "How long does an infusion take?")
        await one.get_by_role("button", name="Copy").click()
        await one.get_by_role("button", name="Copied").wait_for()


async def test_start_over_forgets_and_the_screen_can_be_had_back(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        await ask(one, "How long does an infusion take?")
        before = await one.evaluate(KEPT)
        async with one.expect_response(re.compile("conversations/end")) as ended:
            await menu(one, "Start over")
        assert (await ended.value).status == 204
        assert "infusion-bot" not in await one.evaluate(KEPT)
        assert await one.get_by_role("article", name="Answer").count() == 0
        await one.get_by_role("button", name="Show the messages again").click()
        assert "40 minutes" in await one.get_by_role("article", name="Answer").inner_text()
        await ask(one, "When can I drive again?")
        assert await one.evaluate(KEPT) != before


async def test_what_is_kept_is_said(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        await menu(one, "What is kept")
        await one.locator(REPLY).nth(1).wait_for()
        assert "24 hours" in await last(one)


async def test_a_reload_goes_on_with_the_conversation_and_shows_it(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, seen):
        assert await one.evaluate(KEPT) == NOTHING
        await ask(one, "How long does relief from depression last?")
        await one.get_by_role("button", name="This helped").click()
        await menu(one, "All questions")
        await one.locator("section").first.wait_for()
        await menu(one, "After my infusion")
        await one.get_by_role("button", name="An hour ago", exact=True).wait_for()
        await ask(one, "I want to kill myself")
        before = await one.locator("#log").inner_text()
        await one.reload()
        assert await one.locator("#log").inner_text() == before
        assert await one.get_by_role("alert").count() == 0, "nobody hears it again"
        assert await one.locator(".urgent").get_by_role("link", name="Call 911").is_visible()
        await until(one, "document.getElementById('log').ariaLive === 'polite'")
        await one.get_by_role("button", name="An hour ago", exact=True).click()
        await one.get_by_text("Your infusion ended at").wait_for()
        await ask(one, "How long does relief from depression last?")
        await one.reload()
        await ask(one, "And for pain?")
        assert "pain" in await last(one)
        assert seen.complaints == []


async def test_the_tab_keeps_the_conversation_under_one_name_and_start_over_leaves_nothing(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        await ask(one, "zebrafinch depression")
        cookie, local, session, databases = json.loads(await one.evaluate(KEPT))
        assert [cookie, local, databases] == ["", {}, []]
        assert list(session) == ["infusion-bot:example:conversation"]
        assert "zebrafinch" in session["infusion-bot:example:conversation"]
        second = await one.context.new_page()
        await second.goto(bot.url)
        assert await second.evaluate(KEPT) == NOTHING, "another tab knows nothing of it"
        await menu(one, "Start over")
        assert await one.evaluate(KEPT) == NOTHING
        await one.reload()
        assert await one.get_by_role("article", name="You").count() == 0
        assert await one.locator("#examples").is_visible()


async def test_what_was_not_answered_before_a_reload_is_asked_again(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        await one.route("**/api/v1/ask", lambda route: route.abort())
        await one.get_by_role("textbox").fill("How long does an infusion take?")
        await one.keyboard.press("Enter")
        await one.get_by_text("Not sent yet").wait_for()
        await one.unroute("**/api/v1/ask")
        await one.reload()
        await one.get_by_role("article", name="Answer").wait_for()
        assert await one.get_by_role("article", name="You").count() == 1


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param('"AAAA"', id="of-an-older-release"),
        pytest.param('{"at": 9e15, "turns": [{"path": "unheard-of", "said": {}, "label": "x"}]}', id="of-another-shape"),
        pytest.param('{"at": 0, "conversation": "A", "turns": [{"label": "long ago", "path": "ask", "said": {}}]}', id="too-old"),
    ],
)
async def test_what_cannot_be_shown_any_more_is_forgotten(chromium: Browser, bot: Bot, kept: str) -> None:
    async with page(chromium, bot.url) as (one, seen):
        await one.evaluate("kept => sessionStorage.setItem('infusion-bot:example:conversation', kept)", kept)
        await one.reload()
        await ask(one, "How long does an infusion take?")
        assert await one.get_by_role("article", name="You").count() == 1
        assert "long ago" not in await one.evaluate(KEPT)
        assert seen.complaints == []


async def test_a_page_that_the_browser_had_put_aside_is_no_older_than_the_conversation(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        await ask(one, "How long does an infusion take?")
        await one.evaluate("sessionStorage.removeItem('infusion-bot:example:conversation')")  # as if started over elsewhere
        await one.evaluate(
            "() => { window.before = true; dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true})) }"
        )
        await one.wait_for_function("!window.before")
        assert await one.get_by_role("article", name="You").count() == 0


async def test_an_expired_conversation_is_begun_anew_and_nobody_hears_of_it(chromium: Browser, bot: Bot) -> None:
    async with page(chromium) as (one, _):
        kept = "JSON.stringify({at: Date.now(), conversation: 'A'.repeat(22), turns: []})"
        await one.add_init_script(f"sessionStorage.setItem('infusion-bot:example:conversation', {kept})")
        await one.goto(bot.url)
        await ask(one, "How long does an infusion take?")
        assert "40 minutes to an hour" in await last(one)
        assert await one.get_by_role("status").inner_text() == ""


async def test_it_works_where_storage_is_blocked(chromium: Browser, bot: Bot) -> None:
    async with page(chromium) as (one, seen):
        await one.add_init_script("Object.defineProperty(window, 'sessionStorage', {get() { throw new Error('blocked') }})")
        await one.goto(bot.url)
        await ask(one, "How long does relief from depression last?")
        await ask(one, "And for pain?")
        assert "pain" in await last(one)
        assert seen.complaints == []


# -- trouble ------------------------------------------------------------------------------------------------------


async def test_nothing_is_lost_while_the_server_is_away(
    chromium: Browser, started_site: Host, learned_cache: Path, tmp_path: Path
) -> None:
    bot = Bot(tmp_path, web_settings(started_site, learned_cache))
    async with bot, page(chromium, bot.url) as (one, _):
        await ask(one, "How long does an infusion take?")
        port = bot.url.rpartition(":")[2]
        bot.kill()
        await bot.gone()
        for question in ("When can I drive again?", "How soon will I feel better?"):
            await one.get_by_role("textbox").fill(question)
            await one.keyboard.press("Enter")
        state = one.get_by_role("status")
        await state.get_by_role("button", name="Try again").wait_for()
        assert "Call 555 0100" in await state.inner_text()
        links = [await link.get_attribute("href") for link in await state.get_by_role("link").all()]
        assert links == ["tel:5550100", "mailto:care@lakeside.example", "tel:911"]
        await one.get_by_text("Not sent yet").nth(1).wait_for()
        bot.settings["PORT"] = port
        await bot.start()
        await one.get_by_role("article", name="Answer").nth(2).wait_for(timeout=40_000)  # it tries by itself
        assert await one.get_by_text("Not sent yet").count() == 0
        assert await state.inner_text() == ""
        said = await one.get_by_role("article", name="You").all_inner_texts()
        assert said == ["How long does an infusion take?", "When can I drive again?", "How soon will I feel better?"]


async def test_offline_says_so_and_goes_on_when_the_connection_is_back(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        await one.context.set_offline(True)
        await one.get_by_role("textbox").fill("How long does an infusion take?")
        await one.keyboard.press("Enter")
        await one.get_by_role("status").get_by_text("You seem to be offline").wait_for()
        await one.context.set_offline(False)
        await one.get_by_role("article", name="Answer").wait_for()
        assert await one.get_by_role("status").inner_text() == ""


@pytest.mark.parametrize(
    ("status", "headers", "says"),
    [
        pytest.param(429, {"Retry-After": "1"}, "There is a lot to do", id="too many"),
        pytest.param(503, {"Retry-After": "1"}, "There is a lot to do", id="store away"),
        pytest.param(502, {}, "I cannot reach", id="gateway"),
        pytest.param(500, {}, "Something went wrong", id="failed"),
    ],
)
async def test_a_refused_question_can_be_sent_again(
    chromium: Browser, bot: Bot, status: int, headers: dict[str, str], says: str
) -> None:
    async with page(chromium, bot.url) as (one, _):

        async def refuse(route: Any) -> None:
            await route.fulfill(status=status, headers=headers, json={"type": "about:blank", "status": status})

        await one.route("**/api/v1/**", refuse)
        await one.get_by_role("textbox").fill("How long does an infusion take?")
        await one.keyboard.press("Enter")
        await one.get_by_role("status").get_by_text(says).wait_for()
        await one.unroute("**/api/v1/**")
        await one.get_by_role("button", name="Try again").click()
        await one.get_by_role("article", name="Answer").wait_for()
        assert await one.get_by_role("textbox").evaluate("one => one === document.activeElement")


async def test_danger_is_answered_where_no_conversation_can_begin(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):

        async def refuse(route: Any) -> None:
            await route.fulfill(status=503, json={"type": "/problems/store-away", "status": 503})

        await one.route("**/api/v1/conversations", refuse)
        await ask(one, "I want to kill myself")
        await one.get_by_role("alert").get_by_role("link", name="Call 911").wait_for()


@pytest.mark.parametrize("length", [5_001, 8_000, 100_000])
async def test_what_is_too_long_goes_back_to_where_it_was_typed(chromium: Browser, bot: Bot, length: int) -> None:
    async with page(chromium, bot.url) as (one, _):
        await ask(one, "very " * (length // 5) + "x" * (length % 5 or 5))
        assert "at most 5,000 characters" in await last(one)
        assert len(await one.get_by_role("textbox").input_value()) >= length
        assert await one.get_by_role("status").inner_text() == ""
        await ask(one, "How long does an infusion take?")
        assert "40 minutes to an hour" in await last(one)


async def test_what_is_refused_is_said_until_the_next_answer(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        await one.route("**/api/v1/ask", lambda route: route.fulfill(status=500, json={"type": "/problems/failed"}))
        await one.get_by_role("textbox").fill("How soon will I feel better?")
        await one.keyboard.press("Enter")
        state = one.get_by_role("status")
        await state.get_by_text("Something went wrong").wait_for()
        await one.unroute("**/api/v1/ask")
        await ask(one, "How long does an infusion take?")
        assert await state.inner_text() == ""
        assert await one.get_by_text("Not sent yet").count() == 1


async def test_dots_show_only_while_an_answer_is_slow(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        let = asyncio.Event()

        async def hold(route: Any) -> None:
            await let.wait()
            await route.continue_()

        await one.route("**/api/v1/ask", hold)
        await one.get_by_role("textbox").fill("How long does an infusion take?")
        await one.keyboard.press("Enter")
        await one.locator(".dots").wait_for()
        let.set()
        await one.get_by_role("article", name="Answer").wait_for()
        assert await one.locator(".dots").count() == 0


# -- whose clock it is --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/St_Johns"])
async def test_clock_times_are_those_of_the_device_and_say_so(chromium: Browser, bot: Bot, zone: str) -> None:
    async with page(chromium, bot.url, timezone_id=zone) as (one, seen):
        clock = "() => new Date(Date.now() - 30 * 60000).toLocaleTimeString('en-US', {hour: 'numeric', minute: '2-digit'})"
        await menu(one, "After my infusion")
        shown = [await one.evaluate(clock)]
        await one.get_by_role("button", name="Half an hour ago").click()
        await one.get_by_text("Your infusion ended at").wait_for()
        await ask(one, "my infusion ended 30 minutes ago")
        shown.append(await one.evaluate(clock))
        city = zone.partition("/")[2].replace("_", " ")
        told = re.findall(r"Your infusion ended at ([0-9:]+ [ap]m)[^.]* \(([^)]+) time\)", await one.locator("#log").inner_text())
        assert [where for _, where in told] == [city, city]
        assert {at for at, _ in told} <= {text.lower().replace("\u202f", " ") for text in shown}
        assert seen.complaints == []


# -- how it is reached and seen -----------------------------------------------------------------------------------


async def test_all_of_it_is_reached_by_the_keyboard_alone(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        keys = one.keyboard
        focused = "() => (({id, ariaLabel, textContent}) => id || ariaLabel || textContent.trim())(document.activeElement)"
        assert await one.evaluate(focused) == "input"
        await keys.type("How long does")
        await keys.press("Shift+Enter")
        await keys.type("an infusion take?")
        assert await one.get_by_role("textbox").input_value() == "How long does\nan infusion take?"
        await keys.press("Enter")
        await one.get_by_role("article", name="Answer").wait_for()
        assert await one.evaluate(focused) == "input"
        reached: list[str] = []
        while not reached or reached[-1] != "menu-button":
            await keys.press("Shift+Tab")
            reached.append(await one.evaluate(focused))
            outline = await one.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
            assert outline == "solid", reached[-1]
        assert {"Copy", "This helped", "This did not help", "log"} <= set(reached)
        assert any(name.endswith("?") for name in reached), "no related question"
        await keys.press("Enter")
        assert await one.evaluate(focused) == "All questions"
        await keys.press("ArrowDown")
        assert await one.evaluate(focused) == "Time line of the treatment"
        await keys.press("Escape")
        assert await one.evaluate(focused) == "menu-button"
        assert await one.locator("#menu").is_hidden()


async def test_a_word_that_is_being_put_together_is_not_sent(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        await one.get_by_role("textbox").fill("a word")
        await one.evaluate(
            """() => document.getElementById("input").dispatchEvent(
            new KeyboardEvent("keydown", {key: "Enter", isComposing: true, bubbles: true}))"""
        )
        assert await one.get_by_role("textbox").input_value() == "a word"


async def test_a_screen_reader_finds_its_way(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        log = one.get_by_role("log", name="Conversation")
        assert await log.get_attribute("aria-live") == "polite"
        await ask(one, "How long does an infusion take?")
        assert await log.get_by_role("article", name="Answer").count() == 1
        assert await one.get_by_role("heading", level=1).inner_text() == "Lakeside Infusion Clinic"
        assert await one.get_by_role("textbox", name="Your question").count() == 1
        assert await one.locator("html").get_attribute("lang") == "en"
        for name in ("Send", "Menu"):
            assert await one.get_by_role("button", name=name).count() == 1


SIZES: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True},
    "narrow": {"viewport": {"width": 320, "height": 568}},
    "zoom of 200 %": {"viewport": {"width": 640, "height": 360}, "device_scale_factor": 2},
    "zoom of 400 %": {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4},
    "large": {"viewport": {"width": 2200, "height": 1200}},
}


@pytest.mark.parametrize("size", SIZES)
async def test_it_fits(chromium: Browser, bot: Bot, size: str) -> None:
    async with page(chromium, bot.url, **SIZES[size]) as (one, _):
        for question in (
            "How long does an infusion take?",
            DARK,
            "I want to kill myself",
            HOPELESS,
            "how often",
            "x" * 300,
        ):
            await ask(one, question)
            assert await one.evaluate(WIDE), question
            box = await one.get_by_role("textbox").bounding_box()
            assert box is not None
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= SIZES[size]["viewport"]["height"]
            shown = await one.locator(REPLY).last.evaluate("one => one.getBoundingClientRect().top < innerHeight")
            assert shown
        await menu(one, "Time line of the treatment")
        await one.locator("figure img").wait_for()
        assert await one.evaluate(WIDE)


UPRIGHT: ViewportSize = {"width": 390, "height": 844}
LYING: ViewportSize = {"width": 844, "height": 390}
TALK = (
    "How long does an infusion take?",
    "When can I drive again?",
    "How long does relief from depression last?",
    "and for pain?",
)
END = """() => (view => view.scrollHeight - view.scrollTop - view.clientHeight)(
    getComputedStyle(log).overflowY === "visible" ? document.scrollingElement : log)"""


@pytest.mark.parametrize(
    "other", [LYING, {"width": 195, "height": 422}, {"width": 640, "height": 360}], ids=["turned", "zoomed", "wide"]
)
async def test_who_turns_or_zooms_the_page_reads_on_where_it_was(chromium: Browser, bot: Bot, other: ViewportSize) -> None:
    async with page(chromium, bot.url, viewport=UPRIGHT, has_touch=True, is_mobile=True) as (one, _):
        for question in TALK:
            await ask(one, question)
        for size in (other, UPRIGHT, other):
            await one.set_viewport_size(size)
            await until(one, f"({END})() < 2")
        await one.set_viewport_size(UPRIGHT)
        await until(one, f"innerHeight === 844 && ({END})() < 2")
        second = one.get_by_role("article", name="You").nth(1)
        await second.evaluate("one => one.scrollIntoView({block: 'start', behavior: 'instant'})")
        await one.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        for size in (other, UPRIGHT, other):
            await one.set_viewport_size(size)
            await until(one, f"innerHeight === {size['height']}")
            within = "one => (box => box.top > -8 && box.top < innerHeight / 2)(one.getBoundingClientRect())"
            async with asyncio.timeout(5):
                while not await second.evaluate(within):
                    await asyncio.sleep(0.02)


async def test_the_start_stays_at_its_first_word_when_the_page_is_turned(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url, viewport=UPRIGHT) as (one, _):
        await one.set_viewport_size(LYING)
        await until(one, "innerHeight === 390")
        await one.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert await one.evaluate("[scrollY, log.scrollTop]") == [0, 0]


@pytest.mark.parametrize("width", [320, 390, 1000])
async def test_a_clinic_that_is_not_served_is_said_plainly_with_whom_to_call(chromium: Browser, bot: Bot, width: int) -> None:
    async with page(chromium, f"{bot.url}/?clinic=nope", viewport={"width": width, "height": 640}) as (one, _):
        head, text = await one.locator("h1").bounding_box(), await one.locator("main > p").first.bounding_box()
        assert head is not None
        assert text is not None
        assert head["y"] + head["height"] <= text["y"]
        assert text["width"] > width / 2
        assert await one.evaluate(WIDE)
        links = await one.get_by_role("link").all()
        assert [await link.get_attribute("href") for link in links] == ["tel:911", "tel:988", "sms:988"]


@pytest.mark.parametrize("width", [320, 390, 420, 500, 700])
@pytest.mark.parametrize("title", ["", "Questions about ketamine infusions", "Lakeside Center for Interventional Psychiatry"])
async def test_the_name_of_the_chat_is_whole_beside_its_sign(chromium: Browser, bot: Bot, width: int, title: str) -> None:
    async with page(chromium, bot.url, viewport={"width": width, "height": 640}) as (one, _):
        await one.evaluate(
            """title => { if (title) document.querySelector("h1").textContent = title;
            document.getElementById("close").hidden = false }""",
            title,
        )
        cut = """one => [one, one.parentElement].some((part) =>
            part.scrollWidth > part.clientWidth || part.scrollHeight > part.clientHeight + 1)"""
        assert not await one.locator("h1").evaluate(cut)
        assert await one.locator(".mark").is_visible()
        assert await one.evaluate(WIDE)
        head = await one.locator("header").bounding_box()
        assert head is not None
        assert head["height"] <= 76


async def test_who_wants_it_deleted_has_the_way_to_it_right_below(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        await ask(one, "zebrafinch depression")
        await ask(one, "delete my data")
        assert "zebrafinch" not in await one.evaluate(KEPT), "what the tab had kept is gone at once"
        await one.reload()
        assert "forgotten" in await last(one)
        assert await one.get_by_role("article", name="You").count() == 1
        await one.locator(REPLY).last.get_by_role("button", name="Start over").click()
        await one.get_by_text("A fresh start").wait_for()
        assert await one.evaluate(KEPT) == NOTHING
        await ask(one, "How long does an infusion take?")
        assert await one.locator(REPLY).last.get_by_role("button", name="Start over").count() == 0


async def test_what_holds_for_all_answers_is_seen_below_the_first(chromium: Browser, bot: Bot) -> None:
    # As high as the chat on a site.
    async with page(chromium, bot.url, viewport={"width": 418, "height": 650}) as (one, _):
        await ask(one, "How long does relief from depression last?")
        seen = """([below]) => below.getBoundingClientRect().bottom
            <= document.querySelector("footer").getBoundingClientRect().top"""
        assert await one.locator("#log > .soft").evaluate_all(seen)
        assert await one.get_by_role("article", name="Answer").locator("p").first.is_visible()


@pytest.mark.parametrize("media", ["print", "screen"])
@pytest.mark.parametrize("again", [False, True], ids=["first", "continued"])
async def test_what_holds_for_all_answers_keeps_its_distance(chromium: Browser, bot: Bot, media: Any, again: bool) -> None:
    async with page(chromium, bot.url) as (one, _):
        for question in TALK[:2]:
            await ask(one, question)
        if again:
            await one.reload()
        await one.emulate_media(media=media)
        gap = "one => one.nextElementSibling.getBoundingClientRect().top - one.getBoundingClientRect().bottom"
        assert await one.locator("#log > .soft").evaluate(gap) >= 8


@pytest.mark.parametrize("width", [320, 390, 900])
async def test_what_leads_to_the_next_questions_stays_above_them(chromium: Browser, bot: Bot, width: int) -> None:
    async with page(chromium, bot.url, viewport={"width": width, "height": 800}) as (one, _):
        await ask(one, "How long does relief from depression last?")
        answer = one.get_by_role("article", name="Answer").first
        at = """one => ((lead, offer) => lead.left - offer.left)(
            ...[".below > p", ".offer"].map((part) => one.querySelector(part).getBoundingClientRect()))"""
        assert abs(await answer.evaluate(at)) < 2
        await answer.get_by_role("button", name="This did not help").click()
        await one.get_by_text("I am sorry that I missed").wait_for()
        assert abs(await answer.evaluate(at)) < 2


COMPACT: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


async def test_an_answer_takes_less_than_half_a_phone(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url, **COMPACT) as (one, _):
        await ask(one, "How long does relief from depression last?")
        answer = one.get_by_role("article", name="Answer")
        assert (await answer.locator("p").first.inner_text()).count(".") == 2
        assert await answer.locator(".source a").count() == 1
        assert await answer.get_by_role("group", name="You can also ask").get_by_role("button").count() == 3
        tools = [
            await answer.get_by_role("button", name=name).bounding_box() for name in ("This helped", "This did not help", "Copy")
        ]
        assert len({box["y"] for box in tools if box}) == 1
        assert all(min(box["width"], box["height"]) >= 24 for box in tools if box)
        box = await answer.bounding_box()
        assert box is not None
        assert box["height"] <= 360
        # The answer is what comes first; what holds for all of them stands below.
        assert (await answer.inner_text()).startswith("After the first series")
        below = await one.locator("#log > .soft").bounding_box()
        assert below is not None
        assert below["y"] > box["y"] + box["height"]
        head = await one.locator("header").bounding_box()
        assert head is not None
        assert head["height"] <= 56


async def test_the_picture_can_be_read_on_a_phone(chromium: Browser, bot: Bot) -> None:
    for width in (320, 360, 390):
        async with page(chromium, bot.url, viewport={"width": width, "height": 700}, has_touch=True, is_mobile=True) as (one, _):
            await menu(one, "Time line of the treatment")
            await one.locator("figure img").wait_for()
            drawn = await one.evaluate("async () => (await fetch('api/v1/timeline.svg')).text()")
            smallest = min(int(size) for size in re.findall(r'font-size="(\d+)"', drawn))
            shown = await one.locator("figure img").evaluate("one => one.getBoundingClientRect().width")
            assert shown / 1080 * smallest >= 12
            assert await one.evaluate(WIDE)


@pytest.mark.parametrize("how", [{}, COMPACT], ids=["desk", "phone"])
async def test_focus_is_never_lost(chromium: Browser, bot: Bot, how: dict[str, Any]) -> None:
    async with page(chromium, bot.url, **how) as (one, _):

        async def somewhere(after: str) -> None:
            assert await one.evaluate("document.activeElement !== document.body"), after

        await one.locator("#examples button").first.focus()
        await one.keyboard.press("Enter")
        await one.get_by_role("article", name="Answer").wait_for()
        await somewhere("an example")
        await one.locator(REPLY).last.get_by_role("group", name="You can also ask").get_by_role("button").first.press("Enter")
        await one.locator(REPLY).nth(2).wait_for()
        await somewhere("a related question")
        await one.locator("#menu-button").press("Enter")
        await one.keyboard.press("End")
        await one.locator("#menu button").last.press("Enter")
        await somewhere("starting over")
        await one.get_by_role("button", name="Show the messages again").press("Enter")
        await somewhere("having the messages back")


async def test_what_was_said_can_be_printed(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url, color_scheme="dark") as (one, _):
        for question in ("How long does an infusion take?", "When can I drive again?", "I want to kill myself"):
            await ask(one, question)
        await one.emulate_media(media="print")
        whole = "() => { const log = document.getElementById('log'); return log.scrollHeight - log.clientHeight }"
        assert await one.evaluate(whole) == 0, "nothing is cut off"
        assert not await one.locator("form").is_visible()
        assert await one.locator(".plain").first.is_hidden()
        answer = one.get_by_role("article", name="Answer").first
        assert await answer.evaluate("one => getComputedStyle(one).color") == "rgb(0, 0, 0)"
        assert await answer.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(255, 255, 255)"
        assert await one.locator("html").evaluate("one => getComputedStyle(one).colorScheme") == "light"


async def test_what_is_coloured_has_an_edge_where_colours_are_forced(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url, forced_colors="active") as (one, _):
        await ask(one, "How long does an infusion take?")
        for place in (".said", ".asked", ".chip", ".plain", "#send", "textarea"):
            edge = "one => (own => [own.borderTopStyle, own.borderTopColor === own.backgroundColor])(getComputedStyle(one))"
            assert await one.locator(place).last.evaluate(edge) == ["solid", False], place


async def test_dark_is_dark(chromium: Browser, bot: Bot) -> None:
    ground = "() => getComputedStyle(document.body).backgroundColor"
    async with page(chromium, bot.url, color_scheme="dark") as (one, _):
        assert await one.evaluate(ground) == "rgb(15, 23, 25)"
    async with page(chromium, bot.url, color_scheme="light") as (one, _):
        assert await one.evaluate(ground) == "rgb(238, 243, 243)"


async def test_nothing_moves_for_who_wants_calm(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        assert await one.locator("#welcome").evaluate("one => getComputedStyle(one).animationName") == "none"


async def test_a_link_to_a_topic_answers_it(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, f"{bot.url}/?topic=driving") as (one, _):
        await one.get_by_role("article", name="Answer").wait_for()
        assert await one.get_by_role("article", name="You").inner_text() == "When can I drive again?"


async def test_what_is_typed_is_in_no_address(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, seen):
        await ask(one, "zebrafinch depression")
        assert "zebrafinch" not in json.dumps(seen.requests)
        assert not any(re.search("[A-Za-z0-9_-]{22}", url.partition("/api/")[2]) for url in seen.requests)


async def test_a_page_that_is_older_than_the_knowledge_says_that_there_is_no_timeline(chromium: Browser, bot: Bot) -> None:
    reply = {"kind": "fallback", "text": "None.", "related": [], "choices": [], "sources": [], "parts": []}
    shown = {"blocks": [{"type": "text", "text": "None."}], "calls": [], "picture": False, "feedback": False, "handoff": False}
    async with page(chromium, bot.url) as (one, _):
        missing = json.dumps({"type": "https://example.org/no-timeline", "title": "No timeline"})
        await one.route(
            "**/api/v1/timeline", lambda route: route.fulfill(status=404, body=missing, content_type="application/json")
        )
        await one.route("**/api/v1/aftercare", lambda route: route.fulfill(json={**reply, "shown": shown}))
        await menu(one, "Time line of the treatment")
        await one.locator(REPLY).nth(1).wait_for()
        assert "gives no times" in await last(one)
        await menu(one, "After my infusion")
        await one.locator(REPLY).nth(2).wait_for()
        assert await last(one) == "None."
        assert await one.get_by_role("group", name="After my infusion").count() == 0
        assert await one.locator("#state").inner_text() == ""


async def test_a_choice_that_is_offered_no_more_is_asked_in_its_words(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, f"{bot.url}/?topic=driving") as (one, _):
        await one.get_by_role("article", name="Answer").wait_for()

        async def forget(route: Any) -> None:
            """As a server does whose knowledge has changed since."""
            body = route.request.post_data_json
            await route.continue_(post_data=json.dumps({**body, "choice": "gone"} if "choice" in body else body))

        await one.route("**/api/v1/ask", forget)
        await one.locator(REPLY).last.get_by_role("group", name="You can also ask").get_by_role("button").first.click()
        await one.get_by_role("article", name="Answer").nth(1).wait_for()
        assert await one.locator("#state").inner_text() == ""
