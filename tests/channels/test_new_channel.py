"""A channel more: its package, an entry of the list, its messages and a line for who runs it are all that ``copy`` puts in."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.places import ROOT, TESTS


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        return int(taken.getsockname()[1])


def _insert(path: Path, before: str, after: str) -> None:
    text = path.read_text("utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, after), "utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with the channel put in."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("bot", "knowledge", "deploy"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(
        TESTS / "fakes" / "lines", folder / "bot" / "channels" / "lines", ignore=shutil.ignore_patterns("__pycache__")
    )
    _insert(
        folder / "bot/app/channels.py", "from bot.channels import clinic_page, ", "from bot.channels import clinic_page, lines, "
    )
    _insert(folder / "bot/app/channels.py", "clinic_page.CHANNEL)", "clinic_page.CHANNEL, lines.CHANNEL)")
    for path, line in (("knowledge/messages.yaml", 'lines_reply: "By line: {text}"'), ("deploy/env.example", "# LINES_PORT=")):
        (folder / path).write_text((folder / path).read_text("utf-8").rstrip("\n") + f"\n{line}\n", "utf-8")
    return folder


def _run(folder: Path, *words: str, **settings: str) -> subprocess.Popen[str]:
    env = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "PYTHONPATH": str(folder), "MODEL": "off", **settings}
    command = (sys.executable, "-m", "bot", *words)
    return subprocess.Popen(command, cwd=folder, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@contextmanager
def _serving(folder: Path, cache: Path) -> Iterator[tuple[str, int]]:
    """The address of a process that serves the channel, and the port of its lines."""
    port = _free_port()
    given = {"CACHE_DIR": str(cache), "DATABASE_URL": "memory:", "PORT": "0", "LINES_PORT": str(port)}
    process = _run(folder, "serve", **given)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("listening on "):
                yield line.split()[-1], port
                break
        else:
            pytest.fail("it never listened")
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        assert process.returncode == 0


def test_it_answers_and_is_counted(copy: Path, fitted_cache: Path) -> None:
    with _serving(copy, fitted_cache) as (url, port):
        line = None
        while line is None:
            try:
                line = socket.create_connection(("127.0.0.1", port), timeout=20)
            except ConnectionRefusedError:
                continue  # it listens a moment after the web server
        with closing(line), line.makefile("rw", encoding="utf-8", newline="\n") as talk:
            for said, part in (
                ("ann How long does an infusion take?", "ann By line: "),
                ("ben I want to kill myself", "ben "),
                ("ann what do the side effects feel like", "ann By line: "),
            ):
                talk.write(said + "\n")
                talk.flush()
                heard = talk.readline()
                assert heard.startswith(part)
                assert len(heard) > 60
        shown = urllib.request.urlopen(f"{url}/metrics", timeout=10).read().decode()  # noqa: S310  # loopback
    assert 'channel="lines"' in shown


def test_help_settings_and_messages_know_it(copy: Path, fitted_cache: Path) -> None:
    for words, found in ((("serve", "--help"), "LINES_PORT"), (("kb", "check"), "fine:")):
        process = _run(copy, *words, CACHE_DIR=str(fitted_cache), COLUMNS="200")
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0, out
        assert found in out
    wrong = _run(copy, "serve", LINES_PORT="many")
    out, _ = wrong.communicate(timeout=60)
    assert wrong.returncode != 0
    assert "LINES_PORT: 'many' is not a whole number from 0 to 65535" in out
