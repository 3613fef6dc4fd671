"""Clock times and the picture on the command line, on the shipped knowledge."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.app.commands import timeline
from bot.language.english import ENGLISH
from bot.timeline.end_time import EndTimes
from tests.app.commands.conftest import Run

# -- timeline, on the shipped knowledge -----------------------------------------------------------------------------


def test_a_timeline_counts_in_the_zone_that_is_asked_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KNOWLEDGE")
    command = ("timeline", "--ended", "2:10pm", "--date", "2026-11-24", "--tz", "America/Chicago")
    code, out, err = run(*command, "--json")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert told["ended"] == "2026-11-24T14:10:00-06:00"
    assert told["drive_not_before"] == "2026-11-25T00:00:00-06:00"
    assert told["late"] is False
    assert told["timezone"] == "America/Chicago"
    assert run(*command)[1] == told["text"] + "\n"


def test_a_timeline_uses_the_clinics_zone(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KNOWLEDGE")
    told = json.loads(run("timeline", "--ended", "14:10", "--date", "2026-11-24", "--clinic", "example", "--json")[1])
    assert told["timezone"] == "America/Chicago"


@pytest.mark.parametrize(
    ("argv", "says"),
    [(("--ended", "2:30", "--date", "2026-03-08", "--tz", "America/Chicago"), "did not exist")],
    ids=["in the gap of spring"],
)
def test_a_time_that_never_was_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch, argv: tuple[str, ...], says: str) -> None:
    monkeypatch.delenv("KNOWLEDGE")
    code, out, err = run("timeline", *argv)
    assert (code, out) == (2, "")
    assert says in err


def test_knowledge_without_the_claims_has_no_timeline(run: Run) -> None:
    code, _, err = run("timeline", "--ended", "14:10")
    assert code == 2
    assert "no hours after an infusion; timeline.yaml names them" in err


@pytest.mark.parametrize(
    ("now", "said", "ended"),
    [
        ("2026-11-24T16:00", "14:10", "2026-11-24T14:10"),
        ("2026-11-24T00:30", "23:50", "2026-11-23T23:50"),
        ("2026-11-24T09:00", "14:10", "2026-11-24T14:10"),
        ("2026-11-24T23:00", "10:30", "2026-11-24T10:30"),
        ("2026-11-24T23:00", "10:30 am", "2026-11-24T10:30"),
    ],
    ids=["earlier today", "before midnight", "planned", "on the 24-hour clock", "with its half of the day"],
)
def test_without_a_day_the_recent_one_is_meant(now: str, said: str, ended: str) -> None:
    zone = ZoneInfo("America/Chicago")
    found = timeline._ended(said, None, datetime.fromisoformat(now).replace(tzinfo=zone), EndTimes.of(ENGLISH))
    assert found.replace(tzinfo=None) == datetime.fromisoformat(ended)


# -- the picture, on the shipped knowledge --------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "begins"), [("out.png", b"\x89PNG"), ("out.svg", b"<svg "), ("out.PNG", b"\x89PNG")])
def test_a_picture_is_drawn_and_told(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, begins: bytes) -> None:
    monkeypatch.delenv("KNOWLEDGE")
    file = tmp_path / name
    file.write_text("an older picture")
    code, out, err = run("timeline", "--picture", str(file), "--clinic", "example")
    assert (code, err) == (0, "")
    assert file.read_bytes().startswith(begins)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert out.splitlines()[0] == str(file)
    assert "Lakeside Infusion Clinic" in out
    assert "typically within 1 to 3 hours" in out


def test_clock_times_and_picture_come_together(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KNOWLEDGE")
    file = str(tmp_path / "out.svg")
    command = ("timeline", "--ended", "14:10", "--date", "2026-11-24", "--tz", "America/Chicago", "--picture", file)
    told = json.loads(run(*command, "--json")[1])
    assert told["ended"] == "2026-11-24T14:10:00-06:00"
    assert told["picture"] == file
    assert [row["id"] for row in told["course"]["session"]] == ["infusion", "effects", "driving"]
    assert run(*command)[1] == told["text"] + "\n"


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        pytest.param(("--picture", "{folder}/out.jpg"), "out.jpg' must end in .png or .svg", id="another-format"),
        pytest.param(("--picture", "{folder}"), "must end in .png or .svg", id="a-folder"),
        pytest.param(
            ("--picture", "{folder}/none/out.png"), "none/out.png' cannot be written (No such file", id="no-such-folder"
        ),
        pytest.param(
            ("--picture", "{folder}/taken.svg"), "taken.svg' cannot be written (Is a directory)", id="a-folder-of-that-name"
        ),
        pytest.param(("--picture", "{folder}/\0.svg"), "embedded null", id="no-name-of-a-file"),
        pytest.param(("--picture", "{folder}/out.svg", "--date", "2026-11-24"), "--ended is missing", id="a-day-without-a-time"),
        pytest.param(("--picture", "{folder}/out.svg", "--ended", "banana"), "--ended: 'banana'", id="no-time"),
    ],
)
def test_a_picture_that_cannot_be_made_is_refused_and_leaves_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, argv: tuple[str, ...], says: str
) -> None:
    monkeypatch.delenv("KNOWLEDGE")
    (tmp_path / "taken.svg").mkdir()
    code, out, err = run("timeline", *(word.replace("{folder}", str(tmp_path)) for word in argv))
    assert (code, out) == (2, "")
    assert says in err
    assert [path.name for path in tmp_path.iterdir()] == ["taken.svg"]


def test_knowledge_without_the_claims_has_no_picture(run: Run, tmp_path: Path) -> None:
    code, _, err = run("timeline", "--picture", str(tmp_path / "out.png"))
    assert code == 2
    assert "no course of a treatment; timeline.yaml names it" in err
    assert list(tmp_path.iterdir()) == []


def test_a_png_without_pillow_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KNOWLEDGE")
    monkeypatch.setitem(sys.modules, "PIL", None)  # as where it is not installed
    code, _, err = run("timeline", "--picture", str(tmp_path / "out.png"))
    assert code == 2
    assert "needs Pillow" in err
    assert run("timeline", "--picture", str(tmp_path / "out.svg"))[0] == 0
