"""Which knowledge answers, and what of it is to be signed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.channels.channel import ClinicHealth, Shared
from bot.channels.clinic_page.pages.knowledge import STATE_NAMES, tables_of
from bot.dialogue.policy import Dialogue
from bot.dialogue.reviews import STATES, Standing, reviewables
from bot.knowledge.model import Signature
from tests.channels.clinic_page.conftest import page_of


async def test_it_tells_the_version_and_why_a_newer_one_does_not_serve(shared: Shared, sourdough: Dialogue) -> None:
    health = ClinicHealth(since=86_400.0, refused=(90_000.0, tuple(f"topics/bread.yaml:{at}: <b>" for at in range(30))))
    async with page_of(replace(shared, health=lambda: health)) as page:
        shown = (await (await page.browser("viewer")).get("/clinic/knowledge")).text
    assert sourdough.knowledge.version in shown
    assert "1970-01-02 00:00" in shown
    assert "topics/bread.yaml:0: &lt;b&gt;" in shown
    assert "And 10 more." in shown


def test_every_state_has_a_name() -> None:
    assert STATE_NAMES.keys() == set(STATES)


@pytest.mark.parametrize(("review_by", "soon"), [(date(2026, 3, 1), 1), (date(2026, 3, 3), 0), (None, 0)])
def test_reviews_are_told_before_they_are_due(sourdough: Dialogue, review_by: date | None, soon: int) -> None:
    text = next(iter(reviewables(sourdough.knowledge).values()))
    signed = Standing(text, "signed", Signature("Dr A", date(2025, 1, 1), text.hash, review_by))
    left = Standing(text, "changed", Signature("Dr A", date(2025, 1, 1), "other", None))
    states, to_sign, due = tables_of([signed, left], date(2026, 1, 1))
    assert dict(states.rows) == {"Signed": 1, "Changed since it was signed": 1}  # type: ignore[arg-type]  # two cells each
    assert [row[1] for row in to_sign.rows] == ["Changed since it was signed"]
    assert len(due.rows) == soon
