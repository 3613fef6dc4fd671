"""A reader finds his way: no module is too long, and no folder holds too much."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.places import ROOT

LONGEST, FULLEST = 350, 14
MODULES = sorted((ROOT / "bot").rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_no_longer_than_it_may_be(module: Path) -> None:
    assert len(module.read_text("utf-8").splitlines()) <= LONGEST, "is there a second room in it?"


@pytest.mark.parametrize("folder", sorted({path.parent for path in MODULES}), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_folder_holds_about_a_dozen_things(folder: Path) -> None:
    entries = [path for path in folder.iterdir() if path.name != "__pycache__"]
    assert len(entries) <= FULLEST
