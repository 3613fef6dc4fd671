"""``kb export`` and ``kb import``: out and in on a folder, what is shown, asked and written."""

# ruff: noqa: E501 -- what is said is a line

from __future__ import annotations

import io
import stat
import sys
from pathlib import Path

import pytest

from bot.authoring.editing.sheets import read_csv, write_csv
from bot.authoring.editing.table import COLUMNS
from tests import folders
from tests.app.commands.conftest import Said


@pytest.fixture
def table(kb: Said, tmp_path: Path) -> Path:
    path = tmp_path / "entries.csv"
    assert kb("export", path)[0] == 0
    return path


def edit(table: Path, id: str, **cells: str) -> None:
    rows = [{**row.cells, **(cells if row.cells["id"] == id else {})} for row in read_csv(table.read_bytes())[1]]
    table.write_bytes(write_csv(COLUMNS, rows))


def texts(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["entries.csv", "entries.xlsx"])
def test_what_goes_out_comes_back_and_changes_nothing(kb: Said, folder: Path, tmp_path: Path, name: str) -> None:
    code, out, _ = kb("export", tmp_path / name)
    assert code == 0
    assert f"{name}: 5 entries and boundary topics" in out
    assert kb("import", tmp_path / name) == (0, "fine: the table changes nothing\n", "")
    assert texts(folder) == folders.files()


def test_a_change_is_shown_then_written(kb: Said, folder: Path, table: Path) -> None:
    edit(table, "baking", answer="About {loaf} for a loaf.")
    path = folder / "topics" / "oven.yaml"
    path.chmod(0o640)
    code, out, _ = kb("import", table, "--dry-run")
    assert code == 0
    assert "-  answer: About {loaf} for a loaf and {rolls} for rolls. Let it cool for the {cooling}.\n" in out
    assert "+  answer: About {loaf} for a loaf.\n" in out
    assert out.endswith("1 file would change; without --dry-run it is written\n")
    assert texts(folder) == folders.files()
    code, out, _ = kb("import", table, "--yes")
    assert (code, out.splitlines()[-1]) == (0, "written: topics/oven.yaml; now run: infusion-bot kb lint")
    assert "answer: About {loaf} for a loaf.\n" in path.read_text("utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert kb("check")[0] == 0
    assert kb("import", table)[1] == "fine: the table changes nothing\n"


@pytest.mark.parametrize(("typed", "written"), [("y\n", True), ("\n", False), ("no\n", False), ("", False)])
def test_somebody_at_a_terminal_is_asked(
    kb: Said, folder: Path, table: Path, monkeypatch: pytest.MonkeyPatch, typed: str, written: bool
) -> None:
    edit(table, "baking", answer="About {loaf}.")
    terminal = io.StringIO(typed)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    assert kb("import", table)[0] == 0
    assert (texts(folder) != folders.files()) is written


def test_a_mistake_is_told_with_its_row_and_nothing_is_written(kb: Said, folder: Path, table: Path) -> None:
    edit(table, "baking", claims="baking_tim", phrases="oven\nflour price")
    code, out, err = kb("import", table, "--yes")
    assert code == 1
    assert out.splitlines() == [
        f"{table}: row 4, column claims: there is no claim baking_tim; allowed: what_is, feeding_interval, rising, flour, baking_time (did you mean baking_time?)",
        f"{table}: row 5, column phrases: the phrase 'flour price' stands in baking (topics/oven.yaml:1) too; keep it in one of them",
    ]
    assert err == "2 mistakes; nothing was written\n"
    assert texts(folder) == folders.files()


def test_a_table_that_is_there_is_not_written_over(kb: Said, table: Path) -> None:
    code, _, err = kb("export", table)
    assert (code, err) == (2, f"{table} is there already, and may hold changes of yours; name another file, or add --force\n")
    assert kb("export", table, "--force")[0] == 0


@pytest.mark.parametrize(
    ("command", "name", "told"),
    [
        ("export", "table.pdf", "the name of a table ends in .csv or .xlsx"),
        ("export", "nowhere/table.csv", "No such file or directory"),
        ("import", "table.ods", "the name of a table ends in .csv or .xlsx"),
        ("import", "missing.csv", "No such file or directory"),
    ],
)
def test_files_that_are_none_are_told(kb: Said, tmp_path: Path, command: str, name: str, told: str) -> None:
    code, out, err = kb(command, tmp_path / name)
    assert (code, out) == (2, "")
    assert told in err


def test_a_folder_with_mistakes_is_no_table(kb: Said, tmp_path: Path) -> None:
    broken = folders.write(tmp_path / "broken", oven=folders.OVEN.replace("answer:", "anwser:"))
    code, _, err = kb("export", tmp_path / "out.csv", knowledge=broken)
    assert code == 2
    assert "topics/oven.yaml:4: an entry has no key 'anwser'" in err
    assert not (tmp_path / "out.csv").exists()
