"""What a command writes is there whole, or as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app.commands.reviewing.output import write_whole
from bot.channels.declaration import ConfigError


def test_a_file_is_written_and_nothing_stays_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"old")
    write_whole(path, b"new", "--output")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("place", ["nowhere/a.pdf", "a-folder"])
def test_what_cannot_be_written_is_named_with_its_option(tmp_path: Path, place: str) -> None:
    (tmp_path / "a-folder").mkdir()
    with pytest.raises(ConfigError, match=rf"^--output: '.*{place}' cannot be written \("):
        write_whole(tmp_path / place, b"new", "--output")
    assert [path.name for path in tmp_path.iterdir()] == ["a-folder"]
