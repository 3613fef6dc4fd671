"""``kb watch``: only what is wrong is told, each state once, and never one of a file that is half written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.app.commands.editing.watch import Signature, signature, watch
from tests import folders
from tests.app.commands.conftest import Said
from tests.places import ROOT

# A shell lets what it starts in the background ignore Ctrl+C, and so would what a test starts there.
STARTED = """
import signal, sys
from bot.app.commands.main import run
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(run(sys.argv[1:]))
"""


class Over(Exception):
    """The end of a story."""


def story(*steps: tuple[int, tuple[str, ...]]) -> list[str]:
    """What is told while the folder goes through ``steps``: which save it is at each look, and its mistakes."""
    told: list[str] = []
    at = 0

    def look() -> Signature:
        return {"file": (steps[at][0], 0, 0)}

    def wait() -> None:
        nonlocal at
        at += 1
        if at == len(steps):
            raise Over

    with pytest.raises(Over):
        watch(look, lambda: steps[at][1], told.append, wait)
    return told


BAD, WORSE = ("a.yaml:1: bad",), ("a.yaml:1: bad", "b.yaml:2: worse")


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        pytest.param([(1, ()), (1, ()), (1, ())], ["fine"], id="nothing-happens"),
        pytest.param(
            [(1, ()), (1, ()), (1, ()), (2, BAD), (2, BAD), (2, BAD), (3, ()), (3, ()), (3, ())],
            ["fine", "a.yaml:1: bad\n1 to mend", "fine again"],
            id="wrong-and-well-again",
        ),
        pytest.param(
            [(1, BAD), (1, BAD), (1, BAD), (2, BAD), (2, BAD), (2, BAD), (3, WORSE), (3, WORSE), (3, WORSE)],
            ["a.yaml:1: bad\n1 to mend", "a.yaml:1: bad\nb.yaml:2: worse\n2 to mend"],
            id="the-same-once-more",
        ),
        pytest.param([(1, ()), (1, ()), (2, BAD), (3, BAD), (4, ()), (4, ()), (4, ())], ["fine"], id="half-written"),
    ],
)
def test_each_state_is_told_once(steps: list[tuple[int, tuple[str, ...]]], told: list[str]) -> None:
    assert story(*steps) == told


def test_what_is_saved_during_a_check_is_checked_again() -> None:
    told: list[str] = []
    saves = iter([1, 1, 2, 2, 2, 2])
    checks = iter([BAD, ()])

    def ends() -> None:
        if told:
            raise Over

    with pytest.raises(Over):
        watch(lambda: {"file": (next(saves), 0, 0)}, lambda: next(checks), told.append, ends)
    assert told == ["fine"]


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        pytest.param(lambda folder: (folder / "claims.yaml").write_text("a\n"), True, id="saved"),
        pytest.param(lambda folder: (folder / "topics" / "oven.yaml").unlink(), True, id="removed"),
        pytest.param(lambda folder: (folder / "topics" / "new.yml").write_text("a\n"), True, id="new"),
        pytest.param(lambda folder: (folder / "topics" / ".oven.yaml.swp").write_text("a\n"), False, id="hidden"),
        pytest.param(lambda folder: (folder / "README.md").write_text("a\n"), False, id="not-read"),
    ],
)
def test_saves_are_seen(tmp_path: Path, change: Callable[[Path], object], seen: bool) -> None:
    folder = folders.write(tmp_path / "bread")
    before = signature([folder])
    change(folder)
    assert (signature([folder]) != before) is seen


@pytest.fixture
def watching(folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", STARTED, "kb", "watch", "--every", "0.05", "--knowledge", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": ""},
    )
    with process:
        yield process
        process.kill()


def test_it_runs_until_ctrl_c(folder: Path, watching: subprocess.Popen[str]) -> None:
    assert watching.stdout is not None
    lines = iter(watching.stdout)

    def told() -> list[str]:
        return [next(lines).strip(), next(lines).strip()]

    assert next(lines) == f"watching {folder}; Ctrl+C ends it\n"
    assert told()[1] == "fine"
    claims = folder / "claims.yaml"
    claims.write_text(folders.CLAIMS.replace("scope: jars", "scop: jars"), "utf-8")
    assert told()[1].startswith("claims.yaml:31: a claim has no key 'scop'")
    assert next(lines) == "1 to mend\n"
    claims.write_text(folders.CLAIMS, "utf-8")
    assert told()[1] == "fine again"
    watching.send_signal(signal.SIGINT)
    _, err = watching.communicate(timeout=30)
    assert (watching.returncode, err) == (0, "")


@pytest.mark.parametrize(
    ("args", "told"), [(("--every", "0"), "--every: 0 is no number of seconds"), ((), "this is not a folder")]
)
def test_what_cannot_be_watched_is_told(kb: Said, tmp_path: Path, args: tuple[str, ...], told: str) -> None:
    code, _, err = kb("watch", *args, knowledge=tmp_path / "nowhere")
    assert code == 2
    assert told in err
