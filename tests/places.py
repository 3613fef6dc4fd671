"""Where things stand in this checkout."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests"
QUESTIONS = TESTS / "questions"
# Sources and labelled questions that are not part of this repository may lie beside it.
SHARED = ROOT.parent / "shared"
