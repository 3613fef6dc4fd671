"""The editor's commands on a clinic's own folder: new topics, tables, what a change does; a clinic that is one file becomes a folder."""

# ruff: noqa: E501 -- what is said is a line

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from tests import folders
from tests.app.commands.conftest import Said
from tests.pictures import png

CLINIC = folders.CLINIC.replace("id: default", "id: lake")
ENTRY = ("new", "entry", "--question", "How warm is the lake kitchen?", "--claims", "rising")
MIXERS = ("new", "boundary", "--question", "Which mixer has the lake?")


@pytest.fixture
def clinics(tmp_path: Path) -> Path:
    (tmp_path / "clinics").mkdir()
    (tmp_path / "clinics" / "lake.yaml").write_text(f"{CLINIC}logo: lake.png\n")
    (tmp_path / "clinics" / "lake.png").write_bytes(png())
    (tmp_path / "clinics" / "lake.reviews").write_text(f'starter: {{by: A, on: 2026-06-01, text: "{"0" * 16}"}}\n')
    return tmp_path / "clinics"


@pytest.fixture
def lake(kb: Said, clinics: Path) -> Said:
    return lambda *args: kb(*args, "--clinic", "lake", "--clinics", clinics)


@pytest.fixture
def in_folder(lake: Said) -> Said:
    assert lake(*ENTRY, "--make-folder")[0] == 0
    return lake


def types(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    terminal = io.StringIO("".join(f"{line}\n" for line in lines))
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)


def test_a_clinic_that_is_one_file_stays_one_without_consent(lake: Said, clinics: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, err = lake(*ENTRY)
    assert (code, "add --make-folder" in err) == (2, True)
    types(monkeypatch, "no")
    code, out, err = lake(*ENTRY)
    assert (code, "lake.yaml would become lake/clinic.yaml" in out, "nothing was written" in err) == (2, True, True)
    assert sorted(path.name for path in clinics.iterdir()) == ["lake.png", "lake.reviews", "lake.yaml"]


def test_with_consent_it_becomes_a_folder_with_all_that_it_had(lake: Said, clinics: Path, kb: Said) -> None:
    (clinics / "lake.env").write_text("TELEGRAM_BOT_TOKEN=1:a\n")
    code, out, _ = lake(*ENTRY, "--make-folder")
    assert code == 0
    assert "lake/ holds the clinic now; its settings (lake.env) stay where they are" in out
    assert sorted(path.name for path in clinics.iterdir()) == ["lake", "lake.env"]
    assert sorted(path.name for path in (clinics / "lake").iterdir()) == ["clinic.yaml", "lake.png", "reviews.yaml", "topics"]
    assert "- id: how_warm_is_the_lake_kitchen\n" in (clinics / "lake" / "topics" / "own.yaml").read_text()
    assert kb("check", "--clinics", clinics)[0] == 0


def test_topics_go_into_the_clinics_own_files(in_folder: Said, clinics: Path, folder: Path) -> None:
    assert in_folder(*MIXERS)[0] == 0
    assert "- id: which_mixer_has_the_lake\n" in (clinics / "lake" / "boundaries.yaml").read_text()
    assert in_folder("new", "entry", "--question", "Is rye like it?", "--claims", "rising", "--file", "topics/rye.yaml")[0] == 0
    assert (clinics / "lake" / "topics" / "rye.yaml").is_file()
    for name, text in folders.files().items():
        assert (folder / name).read_text("utf-8") == text, name


def test_what_the_floor_refuses_is_not_written(in_folder: Said, clinics: Path) -> None:
    code, out, err = in_folder("new", "boundary", "--question", "feeding schedule")
    assert (code, "nothing was written" in err) == (1, True)
    assert out.startswith("boundaries.yaml:")
    assert not (clinics / "lake" / "boundaries.yaml").exists()


def test_a_clinic_stays_one_file_where_what_it_would_hold_is_refused(lake: Said, clinics: Path) -> None:
    code, _, err = lake("new", "boundary", "--question", "feeding schedule", "--make-folder")
    assert (code, "nothing was written" in err) == (1, True)
    assert sorted(path.name for path in clinics.iterdir()) == ["lake.png", "lake.reviews", "lake.yaml"]


def test_its_table_has_its_own_topics_and_no_others(in_folder: Said, clinics: Path, tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    code, out, _ = in_folder("export", table)
    assert (code, f"{table}: 1 entries" in out, f"--clinic lake --clinics {clinics} --dry-run" in out) == (0, True, True)
    own = (clinics / "lake" / "topics" / "own.yaml").read_text()
    assert in_folder("import", table)[:2] == (0, "fine: the table changes nothing\n")
    table.write_text(
        table.read_text("utf-8-sig").replace("How warm is the lake kitchen?", "How warm is the kitchen?", 1), "utf-8"
    )
    assert in_folder("import", table, "--yes")[0] == 0
    assert (clinics / "lake" / "topics" / "own.yaml").read_text() != own
    table.write_text("file,id,question,phrases,reply\nboundaries.yaml,vans,Vans?,a van of the lake,Ask us.\n")
    assert in_folder("import", table, "--yes")[0] == 0
    assert "- id: vans\n" in (clinics / "lake" / "boundaries.yaml").read_text()


def test_a_mistake_in_its_table_is_told_by_row(in_folder: Said, tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    table.write_text("file,id,question,phrases,reply\nboundaries.yaml,vans,Vans?,feeding schedule,Ask us.\n")
    code, out, _ = in_folder("import", table)
    assert (code, f"{table}: row 2, " in out) == (1, True)


def test_a_change_is_tried_against_the_knowledge_without_the_clinic(in_folder: Said) -> None:
    code, out, _ = in_folder("try", "How warm is the lake kitchen?")
    assert code == 0
    assert "before: the knowledge without this clinic\n" in out
    assert "after:  how_warm_is_the_lake_kitchen" in out


def test_a_clinic_or_a_source_is_begun_by_its_own_command(kb: Said, in_folder: Said, clinics: Path, tmp_path: Path) -> None:
    assert kb("new", "clinic", "--id", "river", "--clinics", clinics)[0] == 2  # the small folder has no countries
    (tmp_path / "policy.txt").write_text("Our kitchen.\n\nWe bake at noon.\n")
    code, out, _ = in_folder("new", "source", "--file", tmp_path / "policy.txt", "--title", "Kitchen policy")
    assert (code, "kitchen-policy stands in" in out) == (0, True)
    assert "- id: kitchen-policy\n" in (clinics / "lake" / "sources.yaml").read_text()
