"""The command line on a small folder of another subject: in this process, and as a program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import pytest

from bot.app.channels import slots
from bot.app.commands import main
from bot.app.paths import knowledge_folder
from bot.knowledge.load import Base, read_base
from bot.knowledge.messages import Slots
from tests import folders
from tests.places import ROOT

QUESTION = "what is a starter"
QUESTIONS = [
    {"q": "how long in the oven for a loaf", "label": "baking_time", "style": "plain"},
    {"q": "whats sourdough made of", "label": "what_is", "style": "messy"},
    {"q": "what does rye flour cost", "label": "out:price", "style": "plain"},
    {"q": "who won the cup", "label": "out", "style": "messy"},
    {"q": "feeding schedule", "label": "what_is", "style": "plain"},
    {"q": "the kitchen is on fire", "label": "urgent", "style": "plain"},
    {"q": "???", "label": "out", "style": "messy"},
]

Run = Callable[..., tuple[int, str, str]]
Said = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="session")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment that points to the small folder and shares what was fitted on it."""
    # Unbuffered or forgiving streams would hide what the tests look for.
    names = {"NO_COLOR", "CLINIC", "TIMEZONE", "CONVERSATION_MINUTES", "PYTHONUNBUFFERED", "PYTHONUTF8"}
    return {
        **{key: value for key, value in os.environ.items() if key not in names},
        "KNOWLEDGE": str(folders.write(tmp_path_factory.mktemp("knowledge"))),
        "CACHE_DIR": str(tmp_path_factory.mktemp("cache")),
        "PYTHONIOENCODING": "utf-8:strict",
    }


@pytest.fixture
def run(env: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process: (exit code, stdout, stderr)."""
    for key in ("KNOWLEDGE", "CACHE_DIR"):
        monkeypatch.setenv(key, env[key])
    for key in ("CLINIC", "TIMEZONE", "CONVERSATION_MINUTES"):
        monkeypatch.delenv(key, raising=False)

    def once(*argv: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main.run(argv)
        return code, *capsys.readouterr()

    return once


def started(env: dict[str, str], *argv: str) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-m", "bot", *argv], stdin=pipe, stdout=pipe, stderr=pipe, env=env, cwd=ROOT)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folders.write(tmp_path / "bread")


@pytest.fixture
def kb(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """Runs ``kb ...`` on the small folder: (exit code, standard output, standard error)."""
    monkeypatch.setenv("CACHE_DIR", str(cache))
    monkeypatch.setenv("DATA_DIR", str(folder.parent / "data"))  # not that of who runs the tests
    monkeypatch.setenv("MODEL", "off")  # the figures must not hang on whether a sentence model is installed
    for variable in ("KNOWLEDGE", "CLINIC", "TIMEZONE"):
        monkeypatch.delenv(variable, raising=False)

    def said(*args: str | Path, knowledge: Path = folder) -> tuple[int, str, str]:
        code = main.run(["kb", *map(str, args), "--knowledge", str(knowledge)])
        out, err = capsys.readouterr()
        return code, out, err

    return said


def text_of(name: str) -> str:
    return next(text for path, text in folders.files().items() if Path(path).stem == name)


def write_questions(path: Path, rows: list[dict[str, str]] | None = None) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows or QUESTIONS), "utf-8")
    return path


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    return write_questions(tmp_path / "questions.jsonl")


@lru_cache(maxsize=1)
def _shipped() -> Base:
    return read_base(knowledge_folder(), slots())


def _read_base(folder: Path, of_channels: Slots | None = None) -> Base:
    shipped = folder == knowledge_folder() and of_channels == slots()
    return _shipped() if shipped else read_base(folder, of_channels)


@pytest.fixture(autouse=True)
def _the_shipped_folder_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No command writes into it, and to read it takes half a second, as long as all else of most commands."""
    for reader in ("bot.knowledge.load", "bot.app.commands.editing.clinic"):
        monkeypatch.setattr(f"{reader}.read_base", _read_base)
