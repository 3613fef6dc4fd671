"""Versions that served: kept once, found again, put back whole."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bot.app.config import Settings
from bot.app.live import kept as module
from bot.app.live.kept import KeptVersions
from bot.app.live.sources import Copied, source_of


@pytest.fixture
def kept(settings: Settings) -> KeptVersions:
    return KeptVersions(settings.serving.data_dir, settings.clinic)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(1_000_000, 2_000_000))
    monkeypatch.setattr(time, "time", lambda: float(next(times)))


class Editor:
    """Edits a file of the folder and has the version kept."""

    def __init__(self, settings: Settings, kept: KeptVersions, folder: Path, scratch: Path) -> None:
        self.settings, self.kept, self.folder, self.scratch = settings, kept, folder, scratch
        self.count = 0

    def copy(self) -> Copied:
        self.count += 1
        return source_of(self.settings).copy(self.settings, self.scratch / str(self.count))

    def save(self, name: str, text: str) -> None:
        (self.folder / "topics" / "bread.yaml").write_text(text)
        self.kept.keep(name, self.copy())

    @property
    def text(self) -> str:
        return (self.folder / "topics" / "bread.yaml").read_text()


@pytest.fixture
def editor(settings: Settings, kept: KeptVersions, folder: Path, tmp_path: Path) -> Editor:
    return Editor(settings, kept, folder, tmp_path / "scratch")


def test_a_version_is_put_back_and_nothing_else_is_touched(editor: Editor, kept: KeptVersions, settings: Settings) -> None:
    editor.save("one", "first")
    oven = (editor.folder / "topics" / "oven.yaml").stat()
    editor.save("two", "second")
    (editor.folder / "topics" / "more.yaml").write_text("more")
    done = kept.restore(kept.listed()[1], source_of(settings))
    assert (editor.text, done.written, done.removed) == ("first", ("topics/bread.yaml",), ("topics/more.yaml",))
    assert (editor.folder / "topics" / "oven.yaml").stat() == oven


def test_a_file_that_did_not_change_lies_there_once(editor: Editor, kept: KeptVersions, settings: Settings) -> None:
    editor.save("one", "first")
    before = len([path for path in (settings.serving.data_dir / "knowledge" / "files").rglob("*") if path.is_file()])
    editor.save("two", "second")
    after = len([path for path in (settings.serving.data_dir / "knowledge" / "files").rglob("*") if path.is_file()])
    assert after == before + 1


def test_the_version_before_is_the_one_that_served_last_and_was_not_gone_back_from(editor: Editor, kept: KeptVersions) -> None:
    for name in ("one", "two", "three"):
        editor.save(name, name)
    assert kept.put_aside(editor.copy()) == "three"
    assert [(one.name, one.aside) for one in kept.listed()] == [("three", True), ("two", False), ("one", False)]
    two = kept.listed()[1]
    assert kept.before(kept.listed()[0].files) == two
    editor.save("two", "two")  # it serves again
    editor.save("four", "four")
    before = kept.before(kept.listed()[0].files)
    assert before is not None
    assert before.name == "two", "and not the third, from which somebody went back"


def test_what_never_served_is_put_aside_under_a_name_of_its_own(editor: Editor, kept: KeptVersions, settings: Settings) -> None:
    editor.save("one", "first")
    (editor.folder / "topics" / "bread.yaml").write_text("broken")
    aside = kept.put_aside(editor.copy())
    kept.restore(kept.listed()[1], source_of(settings))
    assert editor.text == "first"
    kept.restore(next(one for one in kept.listed() if one.name == aside), source_of(settings))
    assert editor.text == "broken"


def test_the_last_ten_stay_and_their_files(
    editor: Editor, kept: KeptVersions, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(13):
        editor.save(f"version{number}", f"text {number}")
    assert [one.name for one in kept.listed()] == [f"version{number}" for number in range(12, 2, -1)]
    # Files of what was forgotten go an hour later: another process may be about to name them.
    texts = {path.read_bytes() for path in (settings.serving.data_dir / "knowledge" / "files").rglob("*") if path.is_file()}
    assert b"text 0" in texts
    monkeypatch.setattr(module, "_YOUNG", -1e12)
    editor.save("version13", "text 13")
    texts = {path.read_bytes() for path in (settings.serving.data_dir / "knowledge" / "files").rglob("*") if path.is_file()}
    assert {b"text 0", b"text 3"}.isdisjoint(texts)
    assert b"text 4" in texts


def test_a_file_that_became_a_folder_is_put_back_and_what_was_in_it_is_kept(
    editor: Editor, kept: KeptVersions, settings: Settings
) -> None:
    editor.save("one", "first")
    path = editor.folder / "topics" / "bread.yaml"
    path.unlink()
    path.mkdir()
    (path / "notes.txt").write_text("mine")
    aside = kept.put_aside(editor.copy())
    kept.restore(kept.listed()[1], source_of(settings))
    assert editor.text == "first"
    kept.restore(next(one for one in kept.listed() if one.name == aside), source_of(settings))
    assert (path / "notes.txt").read_text() == "mine"


def test_what_could_not_be_kept_is_hidden_and_not_lost(editor: Editor, kept: KeptVersions, settings: Settings) -> None:
    editor.save("one", "first")
    (editor.folder / "topics" / "bread.yaml").write_text("too long to be kept")
    (editor.folder / "topics" / "more.yaml").write_text("this one, too")
    kept.restore(kept.listed()[0], source_of(settings), {"topics/bread.yaml", "topics/more.yaml"})
    assert editor.text == "first"
    hidden = {path.read_text() for path in (editor.folder / "topics").glob(".*")}
    assert hidden == {"too long to be kept", "this one, too"}
    assert "topics/more.yaml" not in source_of(settings).files()


def test_a_folder_that_is_gone_comes_back(editor: Editor, kept: KeptVersions, settings: Settings) -> None:
    editor.save("one", "first")
    editor.folder.rename(editor.folder.with_name("elsewhere"))
    kept.restore(kept.listed()[0], source_of(settings))
    assert editor.copy().files == kept.listed()[0].files


def test_a_kept_file_that_somebody_changed_is_not_put_back(editor: Editor, kept: KeptVersions, settings: Settings) -> None:
    editor.save("one", "first")
    digest = kept.listed()[0].files["topics/bread.yaml"]
    (settings.serving.data_dir / "knowledge" / "files" / digest[:2] / digest).write_text("forged")
    editor.save("two", "second")
    with pytest.raises(OSError, match="was changed, and is not used"):
        kept.restore(kept.listed()[1], source_of(settings))
    assert editor.text == "second"


def test_clinics_keep_apart(editor: Editor, kept: KeptVersions, settings: Settings) -> None:
    editor.save("one", "first")
    assert KeptVersions(settings.serving.data_dir, "other").listed() == ()
