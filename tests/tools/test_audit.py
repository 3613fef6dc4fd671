"""What is said of what pip-audit found, and of what it could not look up."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tools import audit

FINE: dict[str, Any] = {"name": "a", "version": "1", "vulns": []}
HOLE: dict[str, Any] = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
OPEN: dict[str, Any] = {"name": "d", "version": "2", "vulns": [{"id": "PYSEC-2", "fix_versions": []}]}
SKIPPED: dict[str, Any] = {"name": "c", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("found", "code", "says"),
    [
        ([FINE, FINE], 0, "bot: 2 of 2 packages were looked up; 0 known holes"),
        ([FINE, HOLE], 1, "b 2: PYSEC-1, mended in 3"),
        ([OPEN], 1, "d 2: PYSEC-2, mended in no release yet"),
        ([FINE, SKIPPED], 2, "NOT looked up: c; of these nothing is known"),
        ([HOLE, SKIPPED], 1, "NOT looked up: c"),
        (None, 2, "nothing was looked up"),
    ],
)
def test_what_was_not_looked_up_is_never_fine(found: list[dict[str, Any]] | None, code: int, says: str) -> None:
    got, lines = audit.told(found, "bot")
    assert got == code
    assert any(says in line for line in lines)


@pytest.mark.parametrize("program", ["raise SystemExit(1)", "print('no JSON')", "print('{}')"])
def test_an_audit_that_says_nothing_is_told_apart(tmp_path: Path, program: str) -> None:
    assert audit.looked_up(tmp_path / "lock", (sys.executable, "-c", program)) is None
    assert audit.looked_up(tmp_path / "lock", (str(tmp_path / "none"),)) is None
