"""What clinics of one process have in common, and what they must not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import config, sharing
from bot.app.config import Settings
from bot.app.editions import dialogue_for
from bot.app.sharing import SharedParts
from bot.dialogue.policy import Dialogue
from bot.knowledge.load import Base, KnowledgeError, read_base
from bot.knowledge.messages import Slots
from tests import folders


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = folders.write(tmp_path / "bread")
    for name, more in (
        ("lake", ""),
        ("hill", ""),
        ("shy", "caution: strict\n"),
        ("own", "phrases:\n  baking: [crackle of the crust]\n"),
    ):
        (made / "clinics" / f"{name}.yaml").write_text(folders.CLINIC.replace("default", name) + f"name: {name.title()}\n{more}")
    return made


def settings(folder: Path, clinic: str) -> Settings:
    given = {"KNOWLEDGE": str(folder), "CACHE_DIR": str(folder.parent / "cache"), "MODEL": "off", "TIMEZONE": "UTC"}
    return config.read_settings({"clinic": clinic}, {"HOME": str(folder.parent), **given})


def opened(shared: SharedParts, folder: Path, clinic: str) -> Dialogue:
    given = settings(folder, clinic)
    return dialogue_for(shared.knowledge(given), given, lambda _: None, shared)


def test_what_is_equal_is_there_once(folder: Path) -> None:
    shared = SharedParts()
    lake, hill = opened(shared, folder, "lake"), opened(shared, folder, "hill")
    assert lake.matcher is hill.matcher
    assert lake.detector is hill.detector
    assert lake.knowledge.examples is hill.knowledge.examples
    assert (lake.knowledge.clinic.name, hill.knowledge.clinic.name) == ("Lake", "Hill")
    assert lake.knowledge.version != hill.knowledge.version


def test_phrases_of_its_own_make_a_matcher_of_its_own(folder: Path) -> None:
    shared = SharedParts()
    lake, own = opened(shared, folder, "lake"), opened(shared, folder, "own")
    assert own.matcher is not lake.matcher
    assert own.detector is lake.detector
    assert "crackle of the crust" in own.matcher.phrases
    assert "crackle of the crust" not in lake.matcher.phrases


def test_a_clinic_that_is_more_careful_shares_what_was_learned_and_not_the_care(folder: Path) -> None:
    shared = SharedParts()
    lake, given = opened(shared, folder, "lake"), settings(folder, "hill")
    knowledge = shared.knowledge(given)
    careful = replace(knowledge, calibration=replace(knowledge.calibration, answer=0.93))
    shy = dialogue_for(careful, given, lambda _: None, shared)
    assert shy.matcher is not lake.matcher
    assert shy.matcher.phrases is lake.matcher.phrases
    lakes, shys = (ranking.calibration for one in (lake, shy) if (ranking := one.matcher.rank("how long do i bake it")))
    assert (lakes.answer, shys.answer) == (knowledge.calibration.answer, 0.93)


def test_the_base_is_read_once_while_its_files_are_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []

    def noted(place: Path, slots: Slots) -> Base:
        read.append(place)
        return read_base(place, slots)

    monkeypatch.setattr(sharing, "read_base", noted)
    shared = SharedParts()
    for clinic in ("lake", "hill", "lake"):
        shared.knowledge(settings(folder, clinic))
    assert len(read) == 1
    (folder / "topics" / "oven.yaml").write_text(folders.OVEN.replace("phrases: [", "phrases: [singing of the crumb, "))
    assert "singing of the crumb" in shared.knowledge(settings(folder, "lake")).entries["baking"].phrases
    assert len(read) == 2


def test_what_serves_no_more_is_not_kept_for_others(folder: Path) -> None:
    shared = SharedParts()
    dialogue = opened(shared, folder, "lake")
    given = settings(folder, "hill")
    assert shared.matcher(shared.knowledge(given), given) is dialogue.matcher
    del dialogue
    assert shared.matcher(shared.knowledge(given), given) is None
    assert shared.detector(shared.knowledge(given)) is None


def test_a_base_that_is_broken_says_so_for_each(folder: Path) -> None:
    shared = SharedParts()
    (folder / "claims.yaml").write_text("")
    for clinic in ("lake", "hill"):
        with pytest.raises(KnowledgeError, match=r"claims.yaml:1: the file is empty"):
            shared.knowledge(settings(folder, clinic))
