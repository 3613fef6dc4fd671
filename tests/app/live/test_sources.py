"""Which files an edition is read from: what is looked at, what is copied, and what never is."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app.config import Settings
from bot.app.knowledge import open_knowledge
from bot.app.live import sources
from bot.app.live.sources import Source, source_of
from bot.knowledge.load import KnowledgeError
from tests import folders
from tests.pictures import png

SECRET = "TELEGRAM_BOT_TOKEN=123:canary\n"  # noqa: S105  # opens nothing


def test_a_copy_is_the_same_knowledge_under_the_same_names(settings: Settings, tmp_path: Path) -> None:
    copied = source_of(settings).copy(settings, tmp_path / "copy")
    assert open_knowledge(copied.settings).version == open_knowledge(settings).version
    assert set(copied.files) == set(folders.files())


def test_the_files_of_other_clinics_secrets_and_hidden_ones_are_left_alone(settings: Settings, folder: Path) -> None:
    before = source_of(settings).look()
    for name in ("clinics/other.yaml", "clinics/default.env", ".git/config", "topics/.bread.yaml.swp", "topics/bread.yaml~"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(SECRET)
    assert source_of(settings).look() == before


def test_a_clinic_that_is_a_folder_is_copied_without_its_secrets(settings: Settings, folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "clinics" / "aurora"
    own.mkdir(parents=True)
    (own / "clinic.yaml").write_text(folders.CLINIC.replace("default", "aurora"))
    (own / "settings.env").write_text(SECRET)
    of_aurora = replace(settings, clinic="aurora", clinics=tmp_path / "clinics")
    copied = source_of(of_aurora).copy(of_aurora, tmp_path / "copy")
    assert "clinics/aurora/clinic.yaml" in copied.files
    assert "clinics/default.yaml" not in copied.files
    assert not any(b"canary" in path.read_bytes() for path in copied.folder.rglob("*") if path.is_file())
    assert open_knowledge(copied.settings).clinic.id == "aurora"


def test_the_picture_of_a_clinic_is_read_with_it(settings: Settings, folder: Path, tmp_path: Path) -> None:
    (folder / "clinics" / "default.yaml").write_text(f"{folders.CLINIC}logo: default.png\n")
    before = source_of(settings).look()
    (folder / "clinics" / "default.png").write_bytes(png())
    assert source_of(settings).look() != before
    copied = source_of(settings).copy(settings, tmp_path / "copy")
    logo = open_knowledge(copied.settings).clinic.logo
    assert logo is not None
    assert logo.content == png()


def test_signatures_beside_a_clinics_file_are_read_with_it(settings: Settings, folder: Path, tmp_path: Path) -> None:
    ledger = folder / "clinics" / "default.reviews"
    ledger.write_text(f'starter: {{by: A, on: 2026-06-01, text: "{"0" * 16}"}}\n')
    copied = source_of(settings).copy(settings, tmp_path / "copy")
    assert "clinics/default.reviews" in copied.files
    assert open_knowledge(copied.settings).signatures["starter"][0].by == "A"


def test_knowledge_that_came_with_the_program_is_read_where_it_is(
    settings: Settings, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "packaged_knowledge", folder.resolve)
    copied = source_of(settings).copy(settings, tmp_path / "copy")
    assert set(copied.files) == {"clinics/default.yaml"}
    assert copied.settings.knowledge == folder
    assert open_knowledge(copied.settings).version == open_knowledge(settings).version


def _written(path: Path) -> None:
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")


def _replaced(path: Path) -> None:
    beside = path.with_name(".beside")
    beside.write_bytes(path.read_bytes())
    os.utime(beside, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    beside.replace(path)


def _linked(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


@pytest.mark.parametrize(
    "change", [_written, _replaced, Path.unlink, _linked], ids=["written", "replaced", "gone", "a-dead-link"]
)
def test_a_change_is_seen(settings: Settings, folder: Path, change: Callable[[Path], object]) -> None:
    before = source_of(settings).look()
    assert source_of(settings).look() == before
    change(folder / "topics" / "bread.yaml")
    assert source_of(settings).look() != before


def test_a_folder_that_is_gone_is_seen_and_told(settings: Settings, folder: Path, tmp_path: Path) -> None:
    before = source_of(settings).look()
    folder.rename(tmp_path / "elsewhere")
    assert source_of(settings).look() not in ({}, before)
    with pytest.raises(KnowledgeError, match=r"bread:1: this is not a folder"):
        source_of(settings).copy(settings, tmp_path / "copy")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(9_000_000)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        pytest.param(_pipe, "topics/bread.yaml:1: this is no file that can be read", id="a-pipe-that-nobody-writes-to"),
        pytest.param(_huge, "topics/bread.yaml:1: the file has 9000000 bytes; at most 2000000 are allowed", id="huge"),
        pytest.param(_linked, "topics/bread.yaml:1: this is no file that can be read", id="a-dead-link"),
    ],
)
def test_what_cannot_be_copied_is_told_with_its_name(
    settings: Settings, folder: Path, tmp_path: Path, spoil: Callable[[Path], object], told: str
) -> None:
    spoil(folder / "topics" / "bread.yaml")
    with pytest.raises(KnowledgeError, match=f"^{told}"):
        source_of(settings).copy(settings, tmp_path / "copy")


def test_a_folder_of_other_things_is_not_copied(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sources, "_MOST_FILES", 5)
    with pytest.raises(KnowledgeError, match="more than 5 files; is it the right folder"):
        source_of(settings).copy(settings, tmp_path / "copy")
    assert isinstance(Source(folder, folder / "clinics", "default").look()[""], str)
