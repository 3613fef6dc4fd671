"""What was not answered: only to editors, only where it is kept, with lines that load."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import yaml

from bot.channels.channel import Shared
from bot.channels.clinic_page.pages.gaps import shown
from bot.dialogue.policy import Dialogue
from tests.channels.clinic_page.conftest import Page, csrf_of, page_of
from tests.channels.clinic_page.seeding import SeededGaps, alike

NEAR = alike(
    "a1",
    ["feed on rye?", "can i: feed it rye", "rye # ok"],
    (("unanswered", 7), ("unhelped", 2)),
    nearest="feeding",
    label="Feed?",
)
FAR = alike("b2", ["is there a class", "<script>alert(1)</script>"])
MISSED = alike("c3", ["i drank all of it"], (("missed", 1),))


@pytest.fixture
async def gaps(shared: Shared) -> AsyncIterator[Page]:
    async with page_of(replace(shared, gaps=SeededGaps(NEAR, FAR))) as page:
        yield page


async def test_groups_are_shown_with_lines_to_copy(gaps: Page) -> None:
    answer = await (await gaps.browser("editor")).get("/clinic/gaps")
    assert "9 times, 5 people or more: 7 not understood, 2 did not help" in answer.text
    assert "phrases of feeding, in topics/bread.yaml" in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert "<script>alert" not in answer.text


def test_lines_to_copy_are_yaml_whatever_was_asked(sourdough: Dialogue) -> None:
    assert yaml.safe_load(shown(NEAR, sourdough.knowledge).proposal) == {"phrases": list(NEAR.texts)}
    (new,) = yaml.safe_load(shown(FAR, sourdough.knowledge).proposal)
    assert (new["question"], new["phrases"], new["answer"]) == ("is there a class", list(FAR.texts), "")


async def test_for_danger_that_was_missed_no_phrase_of_a_topic_is_proposed(shared: Shared) -> None:
    async with page_of(replace(shared, gaps=SeededGaps(MISSED))) as page:
        answer = await (await page.browser("editor")).get("/clinic/gaps")
    assert "<textarea" not in answer.text
    assert "Danger that was not heard" in answer.text


async def test_what_an_editor_did_with_a_group_is_written_down(gaps: Page) -> None:
    client = await gaps.browser("editor")
    csrf = csrf_of(await client.get("/clinic/gaps"))
    done = await client.post("/clinic/gaps", data={"csrf": csrf, "id": "a1", "state": "done", "days": "7"})
    assert (done.status_code, done.headers["location"]) == (303, "gaps?days=7")
    assert "feed on rye" not in (await client.get("/clinic/gaps")).text
    for wrong in ({"id": "a1", "state": "done"}, {"id": "b2", "state": "open"}, {}):
        assert (await client.post("/clinic/gaps", data={"csrf": csrf, **wrong})).status_code == 303
    assert [(line.what, line.detail) for line in await gaps.sessions.lines()][:-1] == [("gap done", "a1")]
    assert (await client.post("/clinic/gaps", data={"id": "b2", "state": "done"})).status_code == 403


async def test_a_viewer_sees_none_of_them(gaps: Page) -> None:
    client = await gaps.browser("viewer")
    for answer in (await client.get("/clinic/gaps"), await client.get("/clinic/gaps?csv=gaps")):
        assert answer.status_code == 403
        assert "rye" not in answer.text


async def test_where_they_are_not_kept_it_says_how_they_would_be(page: Page) -> None:
    answer = await (await page.browser("editor")).get("/clinic/gaps")
    assert "<code>GAPS=on</code>" in answer.text
