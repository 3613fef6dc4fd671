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
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEPT = """async () => JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}, await indexedDB.databases()])"""
TOKEN = re.compile(r'\["",\{\},\{"infusion-bot:example:conversation":"[A-Za-z0-9_-]{22}"\},\[\]\]')
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
        hrefs = [await link.get_attribute("href") for link in await one.locator(REPLY).last.get_by_role("link").all()]
        assert hrefs[:2] == ["tel:988", "sms:988"]


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
        assert parts[at + 1 : at + 3] == ["You can also ask", "offer"]
        assert parts[at - 1] == "source" or "In danger" in parts[at - 1]


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
        assert "24 hours" in await last(one)


async def test_a_reload_goes_on_with_the_conversation_and_the_tab_keeps_its_token_alone(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        assert await one.evaluate(KEPT) == '["",{},{},[]]'
        await ask(one, "How long does relief from depression last?")
        kept = await one.evaluate(KEPT)
        assert TOKEN.fullmatch(kept)
        await one.reload()
        await ask(one, "And for pain?")
        assert "pain" in await last(one)
        assert await one.evaluate(KEPT) == kept


async def test_an_expired_conversation_is_begun_anew_and_nobody_hears_of_it(chromium: Browser, bot: Bot) -> None:
    async with page(chromium) as (one, _):
        await one.add_init_script("sessionStorage.setItem('infusion-bot:example:conversation', 'A'.repeat(22))")
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
        assert await state.get_by_role("link", name="Call 911").get_attribute("href") == "tel:911"
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


async def test_what_is_too_long_goes_back_to_where_it_was_typed(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        await ask(one, "very " * 20_000)
        assert "too long" in await last(one)
        assert len(await one.get_by_role("textbox").input_value()) > 99_000


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


# -- how it is reached and seen -----------------------------------------------------------------------------------


async def test_all_of_it_is_reached_by_the_keyboard_alone(chromium: Browser, bot: Bot) -> None:
    async with page(chromium, bot.url) as (one, _):
        keys = one.keyboard
        focused = "() => document.activeElement.id || document.activeElement.textContent.trim()"
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
        assert "zebrafinch" not in await one.evaluate(KEPT)
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
        await one.locator(REPLY).last.get_by_role("group").get_by_role("button").first.click()
        await one.get_by_role("article", name="Answer").nth(1).wait_for()
        assert await one.locator("#state").inner_text() == ""
