"""The command line: what goes where, and exit codes. Programs run on a small folder of another subject."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot import __version__
from tests import folders
from tests.app.commands.conftest import Run
from tests.places import ROOT

# -- help and usage -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("argv", [(), ("--help",)], ids=["without arguments", "--help"])
def test_it_helps_with_examples(run: Run, argv: tuple[str, ...]) -> None:
    code, out, err = run(*argv)
    assert (code, err) == (0, "")
    assert "infusion-bot ask how long" in out
    assert all(command in out for command in ("chat", "ask", "timeline", "kb"))


def test_it_says_its_version(run: Run) -> None:
    assert run("--version") == (0, f"infusion-bot {__version__}\n", "")


def test_the_content_tools_have_help_of_their_own(run: Run) -> None:
    code, out, _ = run("kb", "--help")
    assert code == 0
    assert "verify" in out


def test_help_does_not_wait_for_what_only_answers_need() -> None:
    heavy = "{'numpy', 'prompt_toolkit', 'asyncio'}"
    program = f"import sys; from bot.app.commands import main; main.run(['--help']); print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("nonsense",), "invalid choice"),
        (("timeline",), "--ended"),
        (("ask", "--nope"), "--nope"),
        (("ask", "x", "--tz", "Mars"), "TIMEZONE (--tz): 'Mars'"),
        (("ask", "x", "--now", "soon"), "--now: 'soon'"),
        (("ask", "x", "--clinic", "../x"), "CLINIC (--clinic): '../x'"),
        (("ask", "x", "--clinic", "nobody"), "clinics/nobody.yaml:1:"),
        (("ask", "x", "--knowledge", "/nowhere"), "/nowhere:1:"),
        (("ask", "x", "--batch", "-"), "--batch:"),
        (("ask", "--batch", "/nowhere.jsonl"), "'/nowhere.jsonl' cannot be read"),
        (("ask", "--batch", "/"), "'/' cannot be read"),
        (("timeline", "--ended", "25:10"), "--ended: '25:10'"),
        (("timeline", "--ended", "banana"), "--ended: 'banana'"),
        (("timeline", "--ended", "14:10", "--date", "2026-02-30"), "--date: '2026-02-30'"),
        (("timeline", "--ended", "14:10", "--tz", "Mars"), "'Mars'"),
    ],
)
def test_a_mistake_of_usage_is_told_on_stderr(run: Run, argv: tuple[str, ...], says: str) -> None:
    code, out, err = run(*argv)
    assert (code, out) == (2, "")
    assert says in err
    assert "Traceback" not in err


def test_every_mistake_of_the_knowledge_is_told(run: Run, tmp_path: Path) -> None:
    broken = folders.write(tmp_path, lexicon="a: [", bread="- id: 1\n")
    code, _, err = run("ask", "x", "--knowledge", str(broken))
    assert code == 2
    assert {line.partition(":")[0] for line in err.splitlines()} >= {"lexicon.yaml", "topics/bread.yaml"}
