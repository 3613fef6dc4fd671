"""`infusion-bot clinic init`: what it writes loads, and it writes over nothing."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from bot.app.commands import main
from bot.app.paths import knowledge_folder
from bot.knowledge.load import load

FLAGS = {
    "--name": 'Hillside "K" Clinic: north & south',
    "--country": "ie",
    "--contact": "Ring 01 555 0100.",
    "--timezone": "Europe/Dublin",
    "--hours": "mon-fri 09:00-12:00, 13:00-17:00; sat 10:00-12:00",
}


def init(place: Path, *more: str) -> int:
    return main.run(["clinic", "init", "hillside", "--clinics", str(place), *more])


def flags(**changed: str) -> list[str]:
    given = FLAGS | {f"--{name.replace('_', '-')}": value for name, value in changed.items()}
    return [*(part for pair in given.items() for part in pair), "--no-questions"]


def test_a_file_says_what_the_flags_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert init(tmp_path, *flags()) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["hillside.yaml"]
    assert "written, and it loads" in capsys.readouterr().out
    clinic = load(knowledge_folder(), "hillside", clinics=tmp_path).clinic
    assert (clinic.name, clinic.emergency, clinic.timezone) == (FLAGS["--name"], "112", "Europe/Dublin")
    assert clinic.hours is not None
    assert clinic.hours.week[0] == ((540, 720), (780, 1020))


def test_a_rule_of_its_own_makes_a_folder_that_holds_it(tmp_path: Path) -> None:
    assert init(tmp_path, *flags(no_driving="48")) == 0
    known = load(knowledge_folder(), "hillside", clinics=tmp_path)
    (rule,) = known.stricter("driving")
    assert rule.quantities[0].first == "48 hours"


def test_without_flags_it_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("Lakeside\nGB\n\n\n\n\n"))
    assert init(tmp_path) == 0
    assert "Name of the clinic" in capsys.readouterr().err
    clinic = load(knowledge_folder(), "hillside", clinics=tmp_path).clinic
    assert (clinic.name, clinic.emergency, clinic.contact) == ("Lakeside", "999", None)


@pytest.mark.parametrize("there", ["hillside.yaml", "hillside"])
def test_nothing_is_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str], there: str) -> None:
    (tmp_path / there).mkdir() if there == "hillside" else (tmp_path / there).write_text("mine", "utf-8")
    assert init(tmp_path, *flags()) == 2
    assert "nothing is written over" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [there]


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        pytest.param({"country": "xx"}, "the country XX is not known", id="country"),
        pytest.param({"timezone": "Mars/Olympus"}, "no known time zone", id="zone"),
        pytest.param({"hours": "always"}, "a day or some, such as mon-fri", id="hours"),
        pytest.param({"no_driving": "6"}, "hours from 24 on", id="too-short"),
        pytest.param({"no_driving": "a day"}, "hours from 24 on", id="no-number"),
        pytest.param({"contact": "You may drive home."}, "gives leave (may)", id="below-the-floor"),
    ],
)
def test_what_would_not_load_is_told_and_not_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: dict[str, str], what: str
) -> None:
    assert init(tmp_path / "clinics", *flags(**changed)) == 2
    assert what in capsys.readouterr().err
    assert not (tmp_path / "clinics").exists()


def test_a_name_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["clinic", "init", "../x", "--clinics", str(tmp_path), "--no-questions"]) == 2
    assert "is no name for a clinic" in capsys.readouterr().err


def test_answers_that_end_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("Lakeside\n"))
    assert init(tmp_path) == 2
    assert "give them as flags" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
