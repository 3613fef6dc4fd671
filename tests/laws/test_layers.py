"""The law of layers in pyproject.toml fails when it is broken, in each of its contracts; that it holds is said by `make lint`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT

LINTER = Path(sys.executable).with_name("lint-imports")


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        pytest.param("safety/plain.py", "from bot.knowledge import model", "only those below it", id="upwards"),
        pytest.param("timeline/hours.py", "from bot.matching import guards", "only those below it", id="beside"),
        pytest.param("channels/web/page.py", "from bot.channels.telegram import render", "knows another", id="channels"),
        pytest.param("authoring/lint.py", "from bot.delivery import metrics", "not on what runs", id="authoring"),
        pytest.param("channels/batch.py", "from bot.language import text", "not what it is made of", id="through-the-dialogue"),
        pytest.param("matching/matcher.py", "from bot.safety import detector", "does not hear danger", id="danger"),
        pytest.param("language/text.py", "from bot.language import vocabulary", "circle", id="circle"),
    ],
)
def test_a_new_arrow_that_is_not_allowed_is_found(tmp_path: Path, module: str, line: str, contract: str) -> None:
    shutil.copytree(ROOT / "bot", tmp_path / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    file = tmp_path / "bot" / module
    file.write_text(file.read_text("utf-8") + f"\n{line}\n", "utf-8")
    done = subprocess.run([LINTER, "--no-cache"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    broken = [row for row in done.stdout.splitlines() if row.endswith("BROKEN") or " BROKEN (" in row]
    assert len(broken) == 1, done.stdout
    assert contract in broken[0]
