"""What a clinic was asked, in the terminal."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app.commands import main
from bot.delivery.counting.measures import CountKey
from bot.delivery.counting.records import add, fold
from bot.delivery.storage.open import open_storage
from tests import folders
from tests.delivery.test_logs import kept_logging

# An hour that is today's in UTC, however late it is.
TODAY = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
HOUR = int(TODAY.timestamp()) // 3600


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    given = {"KNOWLEDGE": folders.write(tmp_path / "bread"), "DATA_DIR": tmp_path / "data", "TIMEZONE": "UTC"}
    for name, value in given.items():
        monkeypatch.setenv(name, str(value))
    with kept_logging():
        yield


def _counted(tmp_path: Path, counts: Mapping[CountKey, int]) -> None:
    async def write() -> None:
        store = open_storage(f"sqlite:///{tmp_path / 'data' / 'infusion-bot.db'}", owner="one")
        await store.start()
        await store.run(lambda: add(counts))
        while await store.run(lambda: fold("default", UTC, (TODAY - timedelta(days=62)).date())):
            pass
        await store.close()

    asyncio.run(write())


def _key(measure: str, subject: str, detail: str = "", hours: int = 0) -> CountKey:
    return CountKey("default", measure, HOUR - hours, "web", subject, detail)  # type: ignore[arg-type]


def test_nothing_was_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["stats", "--days", "2"]) == 0
    head, nothing = capsys.readouterr().out.splitlines()
    assert head.endswith("(UTC): 0 questions, 0 replies")
    assert nothing == "Nothing was counted in these days."


def test_what_was_counted_is_told_by_its_questions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _counted(
        tmp_path,
        {
            _key("reply", "answer"): 30,
            _key("reply", "answer", hours=24): 10,
            _key("reply", "urgent"): 1,
            _key("topic", "feeding", "entry"): 7,
            _key("topic", "gone", "entry"): 2,
            _key("alarm", "self_harm"): 1,
            _key("verdict", "helped"): 3,
            _key("verdict", "not_helped"): 2,
            _key("verdict", "wrong"): 1,
            _key("feedback", "feeding", "helped"): 3,
            _key("feedback", "feeding", "not_helped"): 2,
            _key("feedback", "feeding", "wrong"): 1,
        },
    )
    assert main.run(["stats", "--days", "2"]) == 0
    told = capsys.readouterr().out
    assert told.splitlines()[0].endswith("41 questions, 41 replies")
    day = TODAY.date()
    for line in (
        f"  {day - timedelta(days=1):%a} {day - timedelta(days=1)}  █████████████ 10",
        f"  {TODAY.hour:2}:00  {40 * '█'} 41",
        "      40   98 %  answer",
        "       1    2 %  urgent",
        "       7  How often do I feed it? [feeding]",
        "       2  [gone]",
        "Did it help? 3 times yes, 2 times no: wrong 1",
        "  yes    3  no    2  How often do I feed it? [feeding]: wrong 1",
        "Called wrong: have these read first",
        "       1  self_harm",
    ):
        assert line in told.splitlines(), line


def test_a_long_time_is_told_by_months(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _counted(tmp_path, {_key("reply", "answer", hours=24 * 100): 5, _key("reply", "answer"): 10})
    assert main.run(["stats", "--days", "120"]) == 0
    told = capsys.readouterr().out
    assert f"  {TODAY - timedelta(days=100):%Y-%m}  {20 * '█'} 5" in told.splitlines()
    assert f"Questions by hour of the day (since {TODAY.date()}; older days are kept whole)" in told


def test_every_count_is_there_as_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _counted(tmp_path, {_key("reply", "answer", hours=24 * 100): 5, _key("topic", "feeding", "entry"): 7})
    assert main.run(["stats", "--days", "120", "--csv"]) == 0
    assert list(csv.reader(io.StringIO(capsys.readouterr().out))) == [
        ["day", "hour", "channel", "measure", "subject", "detail", "count"],
        [str((TODAY - timedelta(days=100)).date()), "", "web", "reply", "answer", "", "5"],
        [str(TODAY.date()), str(TODAY.hour), "web", "topic", "feeding", "entry", "7"],
    ]


@pytest.mark.parametrize("days", ["0", "-1", "x", "4001", "1.5"])
def test_days_that_are_none_are_refused(days: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["stats", f"--days={days}"]) == 2
    assert "is no number of days from 1 to 4000" in capsys.readouterr().err
