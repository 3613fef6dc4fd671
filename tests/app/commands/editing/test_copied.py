"""A copy of the shipped knowledge is known as one, and other folders are not."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.app.commands.editing.copied import note_of_copy
from bot.app.paths import knowledge_folder
from tests import folders


def test_a_copy_is_told_how_to_become_a_clinic(tmp_path: Path) -> None:
    shutil.copy(knowledge_folder() / "claims.yaml", tmp_path / "claims.yaml")
    note = note_of_copy(tmp_path)
    assert note is not None
    assert "35 of the 35 claims" in note
    assert "clinic init" in note


def test_the_shipped_folder_and_others_are_none(tmp_path: Path) -> None:
    assert note_of_copy(knowledge_folder()) is None
    assert note_of_copy(folders.write(tmp_path)) is None
    assert note_of_copy(tmp_path / "nowhere") is None
