"""Which knowledge it is that answers."""

from __future__ import annotations

from pathlib import Path

from bot.app.knowledge import fingerprint


def _folder(path: Path, **files: str) -> Path:
    for name, text in files.items():
        (path / f"{name}.yaml").parent.mkdir(parents=True, exist_ok=True)
        (path / f"{name}.yaml").write_text(text, "utf-8")
    return path


def test_a_fingerprint_is_of_what_stands_in_the_files_and_of_their_names(tmp_path: Path) -> None:
    first = fingerprint(_folder(tmp_path / "a", claims="x: 1", messages="y: 2"))
    assert fingerprint(_folder(tmp_path / "b", messages="y: 2", claims="x: 1")) == first
    others = [
        _folder(tmp_path / "c", claims="x: 2", messages="y: 2"),
        _folder(tmp_path / "d", claims="x: 1", messages="y: 2", more=""),
        _folder(tmp_path / "e", claims="x: 1y: 2", messages=""),
        _folder(tmp_path / "f", claim="x: 1", messages="y: 2"),
    ]
    assert len({first, *map(fingerprint, others)}) == 5
    assert len(first) == 12


def test_what_is_no_knowledge_does_not_count(tmp_path: Path) -> None:
    folder = _folder(tmp_path, claims="x: 1")
    before = fingerprint(folder)
    (folder / "README.md").write_text("words", "utf-8")
    assert fingerprint(folder) == before
