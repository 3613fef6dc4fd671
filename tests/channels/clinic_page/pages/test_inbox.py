"""The staff's inbox, as the browsers of two of them reach it: who waits, the answer, and that one answers at a time."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import httpx
import pytest

from bot.channels.channel import Shared
from bot.delivery.handoff import Handoff
from bot.delivery.handoff.handoffs import Handoffs
from bot.delivery.storage import Storage
from bot.dialogue.conversation import ConversationKey
from bot.dialogue.policy import Dialogue
from tests.browser.payloads import PAYLOADS
from tests.channels.clinic_page.conftest import Page, csrf_of, of_clinic, page_of

INBOX = "/clinic/inbox"


@dataclass
class Desk:
    """The page with its inbox, and what stands behind it."""

    page: Page
    handoffs: Handoffs
    now: list[float]

    async def patient(self, name: str, *said: str, alarm: str = "") -> Handoff:
        one = await self.handoffs.open(ConversationKey("default", "web", name), "", "person", "en", name)
        for number, text in enumerate(said):
            await self.handoffs.from_patient(one.id, str(number), text)
        if alarm:
            await self.handoffs.heard(one.id, "alarm", alarm)
        self.now[0] += 60
        return one


@pytest.fixture
async def desk(shared: Shared, store: Storage) -> AsyncIterator[Desk]:
    now = [1_780_000_000.0]
    handoffs = Handoffs(store, "default", clock=lambda: now[0])
    async with page_of(replace(shared, handoffs=handoffs)) as page:
        yield Desk(page, handoffs, now)


async def act(client: httpx.AsyncClient, one: Handoff, what: str, text: str = "", message: str = "m") -> httpx.Response:
    """What a form of the talk does."""
    shown = await client.get(f"{INBOX}/{one.id}")
    form = {"csrf": csrf_of(shown), "do": what, "message": message, "text": text}
    return await client.post(f"{INBOX}/{one.id}", data=form)


async def said(desk: Desk, one: Handoff) -> list[tuple[str, str, str]]:
    return [(line.side, line.author, line.text) for line in (await desk.handoffs.messages(one.id))[1:]]


def texts(shown: httpx.Response) -> list[str]:
    """The words of each line of a talk, as a browser reads them."""
    return [html.unescape(text) for text in re.findall(r'<p class="text" dir="auto">(.*?)</p>', shown.text, re.DOTALL)]


async def test_who_waits_is_listed_danger_first_then_the_longest(desk: Desk) -> None:
    first, second = await desk.patient("a", "One"), await desk.patient("b", "Two")
    answered, danger = await desk.patient("c", "Three"), await desk.patient("d", "Four", alarm="self_harm")
    over = await desk.patient("e", "Five")
    await desk.handoffs.from_staff(answered.id, "s", "Ann", "Yes")
    await desk.handoffs.close(over.id, "x", "Ann")
    shown = await (await desk.page.browser("staff", "Eva")).get(INBOX)
    assert re.findall(r'href="inbox/(\w+)"', shown.text) == [danger.id, first.id, second.id, answered.id, over.id]
    assert re.findall(r"(?:nobody|you|Ann) answers(?: yet)?", shown.text) == ["nobody answers yet"] * 3 + ["Ann answers"]
    assert "3 patients wait for an answer." in shown.text
    assert shown.text.count("Danger was heard") == 1
    assert not any(word in shown.text for word in ("One", "Two", "Three", "Four", "Five")), "no words in the list"


@pytest.mark.parametrize("role", ["viewer", "editor"])
async def test_only_staff_see_it(desk: Desk, role: str) -> None:
    one = await desk.patient("a", "CANARY")
    client = await desk.page.browser(role)  # type: ignore[arg-type]
    for path in (INBOX, f"{INBOX}/{one.id}", f"{INBOX}/news", f"{INBOX}/{one.id}/news"):
        answer = await client.get(path)
        assert answer.status_code == 403
        assert "CANARY" not in answer.text


async def test_an_answer_goes_out_once_and_takes_it_on(desk: Desk) -> None:
    one = await desk.patient("a", "May I eat?")
    ann = await desk.page.browser("staff", "Ann")
    for _ in range(2):
        assert (await act(ann, one, "reply", "Yes,\r\ndo.", "m1")).status_code == 303
    assert await said(desk, one) == [("patient", "", "May I eat?"), ("staff", "Ann", "Yes,\r\ndo.")]
    shown = await ann.get(f"{INBOX}/{one.id}")
    assert "You answer this one." in shown.text
    (line,) = [line for line in await desk.page.sessions.lines() if line.what == "answered"]
    assert (line.who, line.detail) == ("Ann", f"talk {one.name}"), "and no word of it"


async def test_a_second_one_is_refused_and_keeps_the_words(desk: Desk) -> None:
    one = await desk.patient("a", "May I eat?")
    ann, eva = await desk.page.browser("staff", "Ann"), await desk.page.browser("staff", "Eva")
    await act(ann, one, "reply", "Yes", "m1")
    refused = await act(eva, one, "reply", "No & <no>", "m2")
    assert refused.status_code == 409
    assert "Ann answers this one" in refused.text
    assert ">No &amp; &lt;no&gt;</textarea>" in refused.text
    assert [text for side, _, text in await said(desk, one) if side == "staff"] == ["Yes"]
    assert (await act(eva, one, "claim", message="m3")).status_code == 409
    assert (await act(eva, one, "over", "No", "m4")).status_code == 303
    assert (await act(ann, one, "reply", "But yes", "m5")).status_code == 409
    assert [(who, text) for side, who, text in await said(desk, one) if side == "staff"] == [("Ann", "Yes"), ("Eva", "No")]
    assert (await act(ann, one, "take", message="m6")).status_code == 303
    assert (await act(ann, one, "reply", "But yes", "m7")).status_code == 303


async def test_it_is_given_back_and_ended(desk: Desk) -> None:
    one = await desk.patient("a", "May I eat?")
    ann, eva = await desk.page.browser("staff", "Ann"), await desk.page.browser("staff", "Eva")
    await act(ann, one, "claim", message="1")
    await act(ann, one, "release", message="2")
    assert (await act(eva, one, "reply", "Yes", "3")).status_code == 303
    assert (await act(eva, one, "close", message="4")).status_code == 303
    # A talk that is over has no form any more: what is sent was typed before.
    form = {"csrf": csrf_of(await ann.get(INBOX)), "do": "reply", "message": "5", "text": "Too late"}
    late = await ann.post(f"{INBOX}/{one.id}", data=form)
    assert late.status_code == 409
    assert "this is over" in late.text
    assert ">Too late</textarea>" in late.text
    assert [text for side, _, text in await said(desk, one) if side == "notice"] == ["claimed", "released", "closed"]


@pytest.mark.parametrize(("text", "status"), [("", 422), (" \n", 422), ("x" * 4001, 422), ("x" * 4000, 303)])
async def test_an_answer_has_words_and_not_too_many(desk: Desk, text: str, status: int) -> None:
    one = await desk.patient("a", "May I eat?")
    answer = await act(await desk.page.browser("staff", "Ann"), one, "reply", text)
    assert answer.status_code == status
    assert len(await said(desk, one)) == 1 + (status == 303)


async def test_what_anybody_writes_stands_there_as_text(desk: Desk) -> None:
    one = await desk.patient("a", *PAYLOADS)
    ann = await desk.page.browser("staff", "<img src=x onerror=alert(1)>")
    assert (await act(ann, one, "reply", "</textarea><script>alert(1)</script>", "m1")).status_code == 303
    shown = await ann.get(f"{INBOX}/{one.id}")
    plain = [text.replace("\0", "").strip() for text in (*PAYLOADS, "</textarea><script>alert(1)</script>")]
    assert [text.replace("\0", "").strip() for text in texts(shown)[1:]] == plain
    scripts = re.findall(r"<script[^>]*>", shown.text)
    assert [tag for tag in scripts if 'src="../static/inbox.js' not in tag] == []
    assert "<img" not in shown.text
    listed = await ann.get(INBOX)
    assert "<img" not in listed.text


async def test_another_clinics_session_finds_nothing(desk: Desk, shared: Shared, sourdough: Dialogue, store: Storage) -> None:
    one = await desk.patient("a", "CANARY")
    other = replace(of_clinic(shared, "other", sourdough), handoffs=Handoffs(store, "other"))
    async with page_of(other) as page:
        ben = await page.browser("staff", "Ben")
        root = f"{page.root}/inbox"
        csrf = csrf_of(await ben.get(root))
        answers = [await ben.get(path) for path in (root, f"{root}/{one.id}", f"{root}/{one.id}/news", f"{root}/news")]
        for what in ("reply", "over", "claim", "take", "close"):
            form = {"csrf": csrf, "do": what, "message": what, "text": "x"}
            answers += [await ben.post(f"{root}/{one.id}", data=form)]
    assert not any("CANARY" in answer.text or one.name in answer.text for answer in answers)
    assert [answer.status_code for answer in answers] == [200, 404, 200, 200] + [404] * 5
    assert await said(desk, one) == [("patient", "", "CANARY")]


async def test_an_open_page_hears_of_what_is_new(desk: Desk) -> None:
    one = await desk.patient("a", "May I eat?")
    ann, eva = await desk.page.browser("staff", "Ann"), await desk.page.browser("staff", "Eva")
    before = (await eva.get(f"{INBOX}/news")).json()
    assert (before["waiting"], set(before["since"])) == (1, {one.id})
    seen = (await eva.get(f"{INBOX}/{one.id}/news?after=0")).json()
    assert [line["side"] for line in seen["lines"]] == ["notice", "patient"]
    await act(ann, one, "reply", "Yes", "m1")
    after = (await eva.get(f"{INBOX}/news")).json()
    assert (after["waiting"], after["mark"] != before["mark"]) == (0, True)
    told = (await eva.get(f"{INBOX}/{one.id}/news?after={seen['lines'][-1]['seq']}")).json()
    assert (told["state"], told["who"], told["mine"]) == ("claimed", "Ann", False)
    assert [(line["who"], line["text"]) for line in told["lines"]] == [("Ann", "Yes")]
    assert (await eva.get(f"{INBOX}/none/news?after=x")).json()["state"] == "gone"


async def test_without_staff_there_is_no_inbox(page: Page) -> None:
    client = await page.browser("staff")
    assert (await client.get(INBOX)).status_code == 404
    assert "inbox" not in (await client.get("/clinic/audit")).text
