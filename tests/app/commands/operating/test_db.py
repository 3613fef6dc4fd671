"""``db``: what an operator sees of a backup, a restore, a copy and a look; both databases: tests/delivery/storage/copying."""

from __future__ import annotations

import asyncio
import io
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.app.commands import main
from bot.delivery.storage.instance import instance_name
from tests.delivery.storage.copying.stores import ROWS, fill
from tests.delivery.test_logs import kept_logging

COUNTS = "".join(f"{rows:>9} {table}\n" for table, rows in sorted(ROWS.items()))


@pytest.fixture(autouse=True)
def _logs() -> Iterator[None]:
    with kept_logging():
        yield


@pytest.fixture(autouse=True)
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in [name for name in os.environ if name.startswith(("DATABASE_", "DATA_"))]:
        monkeypatch.delenv(name)
    folder = tmp_path / "data"
    monkeypatch.setenv("DATA_DIR", str(folder))
    return folder


@pytest.fixture
def filled(data: Path) -> Path:
    path = data / "infusion-bot.db"
    asyncio.run(fill(f"sqlite:///{path}", None))
    return path


def _counted(out: str) -> str:
    return "".join(sorted(re.findall(r"^ +\d+ \w+\n", out, re.MULTILINE), key=lambda line: line.split()[1]))


def _rows(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        ((rows,),) = connection.execute(f"SELECT COUNT(*) FROM {table}")  # noqa: S608  named in this file
    return int(rows)


def test_a_backup_and_its_restore(filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "backup.db"
    with instance_name(filled.parent):  # a bot is at work
        assert main.run(["db", "backup", str(file)]) == 0
    out = capsys.readouterr().out
    assert _counted(out) == COUNTS
    assert f"{file} holds all of it" in out
    filled.unlink()
    assert main.run(["db", "restore", str(file)]) == 0
    out = capsys.readouterr().out
    assert _counted(out) == COUNTS
    assert "Of 2 API keys some may have been revoked since" in out
    assert main.run(["db", "check"]) == 0
    assert capsys.readouterr().out.endswith("2 updates wait\nNothing is wrong with it.\n")


def test_what_is_held_is_replaced_only_when_that_is_said(
    filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "backup.db"
    assert main.run(["db", "backup", str(file)]) == 0
    with closing(sqlite3.connect(filled, isolation_level=None)) as connection:
        connection.execute("INSERT INTO reminders VALUES ('aurora/telegram/x', 'aurora/telegram/x', 1.0, '')")
    assert main.run(["db", "restore", str(file)]) == 2
    assert "holds something already" in (told := capsys.readouterr().err)
    assert "--replace" in told
    assert _rows(filled, "reminders") == 2
    assert main.run(["db", "restore", str(file), "--replace"]) == 0
    assert _rows(filled, "reminders") == 1


def test_the_bot_must_be_stopped(filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, other = tmp_path / "backup.db", f"sqlite:///{tmp_path / 'other' / 'bot.db'}"
    assert main.run(["db", "backup", str(file)]) == 0
    with instance_name(filled.parent):
        assert main.run(["db", "restore", str(file), "--replace"]) == 2
        assert main.run(["db", "copy", other]) == 2
        assert capsys.readouterr().err.count("a bot is at work on it; stop that first") == 2
        assert main.run(["db", "copy", other, "--running"]) == 0


def test_a_copy_to_an_address_in_a_file(filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "address").write_text(f"sqlite:///{tmp_path / 'other' / 'bot.db'}\n", "utf-8")
    assert main.run(["db", "copy", f"@{tmp_path / 'address'}"]) == 0
    assert _counted(capsys.readouterr().out) == COUNTS
    assert _rows(tmp_path / "other" / "bot.db", "inbox") == _rows(filled, "inbox")
    assert main.run(["db", "copy", f"@{tmp_path / 'address'}"]) == 2
    assert "--replace" in capsys.readouterr().err


def test_an_address_comes_by_standard_input_where_no_file_can_be_read(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"sqlite:///{tmp_path / 'other.db'}\n"))
    assert main.run(["db", "copy", "@-"]) == 0
    assert _rows(tmp_path / "other.db", "inbox") == _rows(filled, "inbox")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main.run(["db", "copy", "@-"]) == 2
    assert "must hold one line, the address" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("target", "told"),
    [
        pytest.param("postgresql://bot:canary@host/bot", "a password on a command line", id="password"),
        pytest.param("postgresql://host/bot?user=bot&password=canary", "a password on a command line", id="password-behind"),
        pytest.param("@/nowhere/canary-file", "cannot be read (No such file", id="no-file"),
        pytest.param("mysql://host/bot", "none of those allowed", id="another-database"),
        pytest.param("memory:", "ends with its process", id="memory"),
    ],
)
@pytest.mark.usefixtures("filled")
def test_a_target_that_is_none_is_told(target: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["db", "copy", target]) == 2
    err = capsys.readouterr().err
    assert told in err
    assert "canary@" not in err
    assert "=canary" not in err


def test_a_store_is_no_target_of_its_own(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["db", "copy", f"sqlite:///{filled}"]) == 2
    assert "that is the store that is set" in capsys.readouterr().err


def test_a_check_finds_what_others_may_read(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    filled.chmod(0o644)
    assert main.run(["db", "check"]) == 1
    assert f"wrong: others than its owner can read {filled} (mode 0644): chmod 600" in capsys.readouterr().out


@pytest.mark.parametrize("argv", [["check"], ["backup", "new.db"], ["copy", "sqlite:////tmp/never.db"]], ids=lambda argv: argv[0])
def test_without_a_store_there_is_nothing_to_do(
    argv: list[str], data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main.run(["db", *argv]) == 2
    assert f"there is no file {data / 'infusion-bot.db'}" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
