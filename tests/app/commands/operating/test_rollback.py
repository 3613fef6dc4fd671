"""``kb rollback``: an editor goes back, and forth again; nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app import config
from bot.app.live.clinic import open_clinic
from tests import folders
from tests.app.commands.conftest import Run


@dataclass
class Editor:
    folder: Path
    run: Run

    @property
    def path(self) -> Path:
        return self.folder / "topics" / "oven.yaml"

    def save(self, text: str) -> str:
        """Saves a version, and lets it serve; its name."""
        self.path.write_text(text, "utf-8")
        return open_clinic(config.read_settings({}), lambda _: None).version

    def back(self, *flags: str) -> tuple[int, str, str]:
        return self.run("kb", "rollback", *flags)


ONE, TWO = folders.OVEN, folders.OVEN.replace("oven time for a loaf", "minutes for a loaf")


@pytest.fixture
def editor(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Editor:
    for name in ("knowledge", "data", "cache"):
        monkeypatch.setenv({"data": "DATA_DIR", "cache": "CACHE_DIR"}.get(name, "KNOWLEDGE"), str(tmp_path / name))
    return Editor(folders.write(tmp_path / "knowledge"), run)


def test_one_goes_back_and_forth(editor: Editor) -> None:
    one, two = editor.save(ONE), editor.save(TWO)
    code, said, _ = editor.back()
    assert (code, editor.path.read_text("utf-8")) == (0, ONE)
    assert said.startswith(f"{one} is set back, as it served on 20")
    assert "written: topics/oven.yaml\n" in said
    assert f"infusion-bot kb rollback --to {two}\n" in said
    code, said, _ = editor.back("--to", two[:6])
    assert (code, editor.path.read_text("utf-8")) == (0, TWO)


def test_the_list_says_what_serves_here_and_what_was_set_aside(editor: Editor) -> None:
    one, two = editor.save(ONE), editor.save(TWO)
    editor.back()
    code, said, _ = editor.back("--list")
    lines = said.splitlines()
    assert code == 0
    assert lines[0].startswith(f"{two}  20")
    assert lines[0].endswith("  set aside")
    assert lines[1].startswith(f"{one}  20")
    assert lines[1].endswith("  in the folder now")


def test_what_is_broken_is_kept_when_one_goes_back_from_it(editor: Editor) -> None:
    editor.save(ONE)
    editor.path.write_text("- id: [", "utf-8")
    code, said, _ = editor.back()
    assert (code, editor.path.read_text("utf-8")) == (0, ONE)
    assert "What was there is kept, too" in said
    aside = said.split("--to ")[1].split()[0]
    code, said, err = editor.back("--to", aside)
    assert code == 1, "it is not in order, and would be refused"
    assert said.startswith("topics/oven.yaml:1: the [ is not closed")
    assert "nothing is changed" in err
    assert editor.path.read_text("utf-8") == ONE


def test_a_folder_that_is_gone_comes_back(editor: Editor) -> None:
    editor.save(ONE)
    editor.folder.rename(editor.folder.with_name("elsewhere"))
    code, said, _ = editor.back()
    assert code == 0
    assert "written: " in said
    assert editor.run("kb", "check")[0] == 0


def test_a_version_that_is_there_already_changes_nothing(editor: Editor) -> None:
    one = editor.save(ONE)
    assert editor.back("--to", one)[:2] == (0, f"{one} is in the folder already; nothing is changed\n")


@pytest.mark.parametrize(
    ("flags", "told"),
    [((), "there is no version before this one"), (("--to", "zzz"), "--to: 'zzz' is none of the versions that are kept: ")],
)
def test_what_cannot_be_gone_back_to_is_told(editor: Editor, flags: tuple[str, ...], told: str) -> None:
    editor.save(ONE)
    code, _, err = editor.back(*flags)
    assert code == 2
    assert told in err


def test_where_nothing_is_kept_it_is_said_where_one_looked(editor: Editor, tmp_path: Path) -> None:
    code, _, err = editor.back()
    assert code == 1
    assert err.startswith(f"nothing is kept of the clinic default in {tmp_path / 'data'} (DATA_DIR); ")
