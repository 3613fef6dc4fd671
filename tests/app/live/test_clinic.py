"""One clinic's edits: what an edition is built of, why one is refused, and what serves after a start with a broken folder."""

from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app.config import Settings
from bot.app.live.clinic import LiveClinic, copy_folder, open_clinic
from bot.knowledge.load import KnowledgeError
from bot.matching.refit import NotKept
from tests import folders


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def add_phrase(folder: Path, phrase: str) -> None:
    edit(folder, "topics/oven.yaml", "phrases: [", f"phrases: [{phrase}, ")


def test_an_edit_is_built_beside_what_serves_from_what_is_near(clinic: LiveClinic, folder: Path) -> None:
    serving = clinic.edition
    add_phrase(folder, "crackle of the crust")
    with copy_folder(clinic.settings) as scratch:
        built = clinic.build(clinic.source.copy(clinic.settings, scratch))
    assert built is not None
    assert (built.whole, clinic.edition) == (False, serving)
    ranking = built.edition.dialogue.matcher.rank("crackle of the crust")
    assert ranking is not None
    assert ranking.top.topic == "baking"


def test_an_edition_that_is_gone_leaves_nothing_to_a_collector(clinic: LiveClinic, folder: Path) -> None:
    def build(phrase: str) -> None:
        add_phrase(folder, phrase)
        with copy_folder(clinic.settings) as scratch:
            built = clinic.build(clinic.source.copy(clinic.settings, scratch))
        assert built is not None
        built.edition.dialogue.warm()

    build("the first loads what is loaded once")
    gc.collect()
    gc.disable()
    try:
        build("crackle of the crust")
        # Some 55 are left by what reads and copies files; 124 where the plain words held themselves.
        assert gc.collect() < 100
    finally:
        gc.enable()


def test_what_is_the_same_is_not_built(clinic: LiveClinic) -> None:
    with copy_folder(clinic.settings) as scratch:
        assert clinic.build(clinic.source.copy(clinic.settings, scratch)) is None


def test_an_edit_of_what_danger_is_learned_from_is_left_to_a_process_that_learns(clinic: LiveClinic, folder: Path) -> None:
    edit(folder, "safety/examples/medical.txt", "flames on my arm", "sparks on my arm")
    with copy_folder(clinic.settings) as scratch, pytest.raises(NotKept):
        clinic.build(clinic.source.copy(clinic.settings, scratch))


def test_the_first_cause_of_a_refusal_comes_first(clinic: LiveClinic, folder: Path) -> None:
    edit(folder, "claims.yaml", "- id: baking_time", "- id: time_of_baking")
    clinic.seen = clinic.source.look()
    with copy_folder(clinic.settings) as scratch:
        copied = clinic.source.copy(clinic.settings, scratch)
        with pytest.raises(KnowledgeError) as found:
            clinic.build(copied)
    assert not found.value.mistakes[0].startswith("topics/bread.yaml")
    edit(folder, "topics/bread.yaml", "claims: [", "claims: [nothing_of_the_kind, ")
    clinic.seen = clinic.source.look()
    refused = clinic.refuse(KnowledgeError(["boundaries.yaml:1: a", "topics/bread.yaml:2: b", "zebra.yaml:1: c"]))
    assert refused.mistakes == ("topics/bread.yaml:2: b", "boundaries.yaml:1: a", "zebra.yaml:1: c")
    shown = clinic.shown()["refused"]
    assert isinstance(shown, dict)
    assert (shown["mistake"], shown["mistakes"]) == ("topics/bread.yaml:2: b", 3)


def test_a_start_keeps_what_serves(clinic: LiveClinic) -> None:
    (kept,) = clinic.kept.listed()
    assert (kept.name, set(kept.files)) == (clinic.version, set(folders.files()))


def test_a_start_with_a_broken_folder_serves_the_last_good_version_and_says_why(
    clinic: LiveClinic, settings: Settings, folder: Path
) -> None:
    edit(folder, "topics/oven.yaml", "claims: [baking_time]", "claims: [no_such_claim]")
    again = open_clinic(settings, lambda _: None)
    assert again.version == clinic.version
    assert again.refused is not None
    assert again.refused.mistakes[0].startswith("topics/oven.yaml:")


def test_a_cache_that_cannot_be_written_is_no_obstacle(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")  # a file where the folder should be stops root, too
    clinic = open_clinic(replace(settings, cache_dir=tmp_path / "file"), lambda _: None)
    assert clinic.edition.knowledge.entries


def test_a_first_start_with_a_broken_folder_is_refused(settings: Settings, folder: Path) -> None:
    (folder / "claims.yaml").write_text("")
    with pytest.raises(KnowledgeError, match=r"claims.yaml:1: the file is empty"):
        open_clinic(settings, lambda _: None)


def test_a_kept_version_that_is_no_longer_in_order_is_not_served(clinic: LiveClinic, settings: Settings, folder: Path) -> None:
    (folder / "claims.yaml").write_text("")
    with copy_folder(settings) as scratch:
        clinic.kept.keep("broken", clinic.source.copy(settings, scratch))
    with pytest.raises(KnowledgeError):
        open_clinic(settings, lambda _: None)
