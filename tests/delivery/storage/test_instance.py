"""A name for a process: its own while it lives, the next one's when it has died."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.delivery.storage.instance import instance_name, is_taken
from tests.places import ROOT


def test_who_lives_at_the_same_time_has_another_name_and_a_free_one_is_taken_again(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with instance_name(folder) as first:
        with instance_name(folder) as second:
            with instance_name(folder) as third:
                assert len({first, second, third}) == 3
            with instance_name(folder) as again:
                assert again == third
        with instance_name(tmp_path / "elsewhere") as other:
            assert other not in {first, second}
    with instance_name(folder) as again:
        assert again == first
    assert folder.stat().st_mode & 0o077 == 0


_HOLD = """
import pathlib, sys
from bot.delivery.storage.instance import _named
file, name = _named(pathlib.Path(sys.argv[1]))
print(name, flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
def test_a_process_that_is_killed_leaves_its_name_to_the_next(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLD, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            name = process.stdout.readline().strip()
            with instance_name(tmp_path) as mine:
                assert mine != name
        finally:
            process.kill()
            process.communicate(timeout=10)
    with instance_name(tmp_path) as after:
        assert after == name


def test_where_no_file_can_be_locked_each_has_a_new_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with instance_name(tmp_path / "file") as first, instance_name(tmp_path / "file") as second:
        assert first != second
        assert len(first) == len(second) == 16


def test_it_is_seen_whether_anybody_has_a_name_now(tmp_path: Path) -> None:
    assert not is_taken(tmp_path / "nowhere")
    with instance_name(tmp_path):
        assert is_taken(tmp_path)
    assert not is_taken(tmp_path)
