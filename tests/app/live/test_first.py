"""What was never learned is learned while it serves, the soonest first, and an edit meanwhile is not undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app.config import Settings
from bot.app.editions import Part
from bot.app.live import first
from bot.app.live.clinic import Built, LiveClinic, open_clinic
from bot.app.live.first import learn_first
from bot.app.live.learner import NotLearned
from tests.app.live.test_clinic import edit


@pytest.fixture
def fresh(settings: Settings, tmp_path: Path) -> LiveClinic:
    return open_clinic(replace(settings, cache_dir=tmp_path / "fresh"), lambda _: None, learns=False)


async def in_thread(make: Callable[[], Built]) -> Built:
    return make()


def swapping(clinic: LiveClinic, swapped: list[Built]) -> first.Swap:
    async def swap(built: Built) -> None:
        clinic.took_over(built.edition, whole=True)
        clinic.lacking = built.lacking
        swapped.append(built)

    return swap


async def test_each_part_serves_as_soon_as_it_is_learned(fresh: LiveClinic) -> None:
    assert fresh.lacking == ("danger", "words")
    assert (fresh.edition.dialogue.matcher.learned, fresh.shown()["learning"]) == (False, "first")
    swapped: list[Built] = []
    await learn_first(fresh, in_thread, swapping(fresh, swapped))
    assert [one.lacking for one in swapped] == [("words",), ()]
    assert fresh.edition.dialogue.matcher.learned
    again = open_clinic(fresh.settings, lambda _: None, learns=False)
    assert (again.lacking, again.learning, again.edition.dialogue.matcher.learned) == ((), None, True)


@pytest.mark.parametrize("writable", [True, False], ids=["the process that learns ends", "the cache cannot be written"])
async def test_what_no_other_process_can_learn_is_learned_here(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writable: bool
) -> None:
    async def fail(*_: object) -> None:
        if writable:
            raise NotLearned("the process that learns ended with -9")

    monkeypatch.setattr(first, "learn", fail)
    (tmp_path / "file").write_text("")  # a file where the folder should be stops root, too
    clinic = open_clinic(replace(settings, cache_dir=tmp_path / "file"), lambda _: None, learns=False)
    swapped: list[Built] = []
    await learn_first(clinic, in_thread, swapping(clinic, swapped))
    assert clinic.edition.dialogue.matcher.learned
    assert swapped[-1].lacking == ()


async def test_an_edit_that_serves_meanwhile_is_not_undone(
    fresh: LiveClinic, folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def edited(of: Settings, part: Part, tell: object) -> None:
        edit(folder, "topics/oven.yaml", "phrases: [", "phrases: [crackle of the crust, ")
        other = open_clinic(settings, lambda _: None)
        fresh.took_over(other.edition, whole=True)

    monkeypatch.setattr(first, "learn", edited)
    swapped: list[Built] = []
    await learn_first(fresh, in_thread, swapping(fresh, swapped))
    assert swapped == []
    assert (fresh.lacking, fresh.edition.dialogue.matcher.learned) == ((), True)
