"""What patients asked, as the clinic's people read it."""

from __future__ import annotations

import csv
import io
import re

import httpx
import pytest

from bot.channels.channel import Shared
from bot.channels.clinic_page.pages.overview import ALARMS, KINDS, _named, duration, period
from bot.dialogue.conversation import Kind
from bot.dialogue.policy import Dialogue
from bot.safety.heard import DANGERS
from tests.channels.clinic_page.conftest import Page
from tests.channels.clinic_page.seeding import fill, hand_over


async def _rows(client: httpx.AsyncClient, table: str, days: int = 90) -> list[list[str]]:
    answer = await client.get("/clinic/", params={"csv": table, "days": days})
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[1:]


@pytest.fixture
async def asked(shared: Shared, page: Page) -> httpx.AsyncClient:
    edition = shared.editions.current("default")
    await fill(shared.storage, "default", edition.knowledge, edition.zone, 2000)
    await hand_over(shared.storage, "default", 12)
    return await page.browser("viewer")


async def test_tables_have_all_that_was_counted(asked: httpx.AsyncClient, sourdough: Dialogue) -> None:
    days = await _rows(asked, "days")
    assert len(days) == 90
    assert sum(int(row[2]) for row in days) == sum(int(row[1]) for row in await _rows(asked, "kinds")) == 2000
    topics = await _rows(asked, "topics")
    assert {row[0] for row in topics} <= {topic.question for topic in sourdough.knowledge.topics}
    assert sum(int(row[1]) for row in await _rows(asked, "handoffs")) == 12
    waits = dict(await _rows(asked, "waits"))
    assert sum(map(int, waits.values())) == 12
    assert waits["waiting now"] == "2"


async def test_a_shorter_time_has_less(asked: httpx.AsyncClient) -> None:
    counted = [sum(int(row[1]) for row in await _rows(asked, "kinds", days)) for days in (7, 30, 90)]
    assert 0 < counted[0] < counted[1] < counted[2]
    assert len(await _rows(asked, "days", 7)) == 7


async def test_it_shows_charts_with_a_table_each(asked: httpx.AsyncClient) -> None:
    shown = (await asked.get("/clinic/?days=7")).text
    assert shown.count('role="img"') == 2
    assert len(re.findall(r"<rect x=", shown)) == 7 + 24
    for title in ("Questions and replies by day", "Questions by hour", "Most asked", "Kinds of reply", "Danger by kind"):
        assert title in shown
    assert 'href="?days=7&amp;csv=topics"' in shown


async def test_a_clinic_that_nobody_asked_is_no_mistake(page: Page) -> None:
    shown = (await (await page.browser("viewer")).get("/clinic/")).text
    assert shown.count("Nothing in these days.") >= 3
    assert "Switched off. With <code>HANDOFF=on</code>" in shown


@pytest.mark.parametrize(("given", "days"), [("7", 7), ("90", 90), (None, 30), ("8", 30), ("1e9", 30), ("<b>", 30)])
def test_only_the_times_that_are_offered_are_read(given: str | None, days: int) -> None:
    assert period(given) == days


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (3540, "59 min"), (3600, "1 h"), (12_000, "3 h 20 min")]
)
def test_a_wait_is_told_as_people_say_it(seconds: float, told: str) -> None:
    assert duration(seconds) == told


def test_every_kind_has_a_name() -> None:
    assert KINDS.keys() == set(Kind.__args__)  # type: ignore[attr-defined]  # of a Literal
    assert set(DANGERS) <= ALARMS.keys()


def test_a_topic_that_is_gone_has_its_id(sourdough: Dialogue) -> None:
    assert _named(sourdough.knowledge, "feeding") == "How often do I feed it?"
    assert _named(sourdough.knowledge, "gone") == "gone"
