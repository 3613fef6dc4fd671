"""Each channel as it is, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.channels.channel import ClinicHealth, Shared
from tests.channels.clinic_page.conftest import page_of


@pytest.mark.parametrize(
    ("health", "told"),
    [
        (ClinicHealth(channels={"web": (True, "served")}), ["All of it works.", "Web chat", "served"]),
        (
            ClinicHealth(channels={"telegram": (False, "refused: <b>")}),
            ["Something does not work.", "Telegram", "does not work", "refused: &lt;b&gt;"],
        ),
        (ClinicHealth(store=(False, "disk full")), ["Something does not work.", "Store", "disk full"]),
    ],
)
async def test_it_tells_what_works(shared: Shared, health: ClinicHealth, told: list[str]) -> None:
    async with page_of(replace(shared, health=lambda: health)) as page:
        answer = await (await page.browser("viewer")).get("/clinic/health")
        assert [part for part in told if part not in answer.text] == []
