"""The command line: what goes where, and exit codes. Programs run on a small folder of another subject."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import __version__
from bot.app.commands import main, timeline
from tests import folders
from tests.places import ROOT

QUESTION = "what is a starter"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
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


# -- help and usage -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("argv", [(), ("--help",)], ids=["without arguments", "--help"])
def test_it_helps_with_examples(run: Run, argv: tuple[str, ...]) -> None:
    code, out, err = run(*argv)
    assert (code, err) == (0, "")
    assert "infusion-bot ask how long" in out
    assert all(command in out for command in ("chat", "ask", "timeline", "kb"))


def test_it_says_its_version(run: Run) -> None:
    assert run("--version") == (0, f"infusion-bot {__version__}\n", "")


def test_the_content_tools_have_help_of_their_own(run: Run) -> None:
    code, out, _ = run("kb", "--help")
    assert code == 0
    assert "verify" in out


def test_help_does_not_wait_for_what_only_answers_need() -> None:
    heavy = "{'numpy', 'prompt_toolkit', 'asyncio'}"
    program = f"import sys; from bot.app.commands import main; main.run(['--help']); print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("nonsense",), "invalid choice"),
        (("timeline",), "--ended"),
        (("ask", "--nope"), "--nope"),
        (("ask", "x", "--tz", "Mars"), "TIMEZONE (--tz): 'Mars'"),
        (("ask", "x", "--now", "soon"), "--now: 'soon'"),
        (("ask", "x", "--clinic", "../x"), "CLINIC (--clinic): '../x'"),
        (("ask", "x", "--clinic", "nobody"), "clinics/nobody.yaml:1:"),
        (("ask", "x", "--knowledge", "/nowhere"), "/nowhere:1:"),
        (("ask", "x", "--batch", "-"), "--batch:"),
        (("ask", "--batch", "/nowhere.jsonl"), "'/nowhere.jsonl' cannot be read"),
        (("ask", "--batch", "/"), "'/' cannot be read"),
        (("timeline", "--ended", "25:10"), "--ended: '25:10'"),
        (("timeline", "--ended", "banana"), "--ended: 'banana'"),
        (("timeline", "--ended", "14:10", "--date", "2026-02-30"), "--date: '2026-02-30'"),
        (("timeline", "--ended", "14:10", "--tz", "Mars"), "'Mars'"),
    ],
)
def test_a_mistake_of_usage_is_told_on_stderr(run: Run, argv: tuple[str, ...], says: str) -> None:
    code, out, err = run(*argv)
    assert (code, out) == (2, "")
    assert says in err
    assert "Traceback" not in err


def test_every_mistake_of_the_knowledge_is_told(run: Run, tmp_path: Path) -> None:
    broken = folders.write(tmp_path, lexicon="a: [", bread="- id: 1\n")
    code, _, err = run("ask", "x", "--knowledge", str(broken))
    assert code == 2
    assert {line.partition(":")[0] for line in err.splitlines()} >= {"lexicon.yaml", "topics/bread.yaml"}


# -- ask ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("argv", [(QUESTION,), tuple(QUESTION.split())], ids=["quoted", "unquoted"])
def test_a_question_gets_its_answer_without_a_disclaimer(run: Run, argv: tuple[str, ...]) -> None:
    code, out, _ = run("ask", *argv)
    assert code == 0
    assert out.startswith("It is flour and water in which wild yeast lives.")
    assert "disclaimer" not in out


@pytest.mark.parametrize("argv", [(), ("",), ("  ", "\t")], ids=["no word", "empty", "blanks"])
def test_an_empty_question_gets_the_bots_own_words(run: Run, argv: tuple[str, ...]) -> None:
    assert run("ask", *argv)[:2] == (0, "Words for empty.\n")


def test_json_is_the_reply_and_explain_adds_how_it_was_found(run: Run) -> None:
    plain = json.loads(run("ask", QUESTION, "--json")[1])
    explained = json.loads(run("ask", QUESTION, "--json", "--explain")[1])
    assert plain["parts"][0]["entry"] == "starter"
    assert {**plain, "why": explained["why"]} == explained
    assert explained["why"][0].startswith("starter: ")
    assert run("ask", QUESTION, "--explain")[1].rstrip("\n").endswith("\n".join(explained["why"]))


def test_settings_may_stand_before_and_after_the_command(run: Run, env: dict[str, str]) -> None:
    folder = env["KNOWLEDGE"]
    assert run("--knowledge", "/nowhere", "ask", QUESTION, "--knowledge", folder)[0] == 0
    assert run("--knowledge", folder, "ask", QUESTION)[0] == 0
    assert run("--knowledge", "/nowhere", "ask", QUESTION)[0] == 2


def test_the_first_start_says_what_it_does_on_stderr(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CACHE_DIR", str(tmp_path))
    assert len(run("ask", QUESTION)[2].splitlines()) == 1
    assert run("ask", QUESTION)[2] == ""


def test_a_batch_answers_while_its_input_is_still_open(env: dict[str, str]) -> None:
    with started(env, "ask", "--batch", "-") as program:
        assert program.stdin is not None
        assert program.stdout is not None
        for line in (b'{"q": "what is a starter", "n": 1}\n', b"nope\n", b'{"q": "\\ud800 \xe2\x80\x9c", "n": 3}\n'):
            program.stdin.write(line)
            program.stdin.flush()
            answer = json.loads(program.stdout.readline())
            assert answer.get("kind") is not None or answer["line"] == 2
        program.stdin.close()
        assert program.wait(60) == 1
        assert program.stderr is not None
        assert b"\r" not in program.stderr.read()


def test_a_batch_of_a_file_is_fine_where_every_line_is(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(f'{{"q": "{QUESTION}"}}\n\n{{"choice": "feeding"}}\n', "utf-8")
    code, out, _ = run("ask", "--batch", str(file))
    assert code == 0
    assert [json.loads(line)["parts"][0]["entry"] for line in out.splitlines()] == ["starter", "feeding"]


def test_a_reader_that_goes_away_ends_it_quietly(env: dict[str, str]) -> None:
    with started(env, "ask", "--batch", "-") as program:
        assert program.stdin is not None
        assert program.stdout is not None
        program.stdin.write(b'{"q": "x"}\n')
        program.stdin.flush()
        program.stdout.readline()
        program.stdout.close()
        program.stdin.write(b'{"q": "x"}\n' * 50)
        program.stdin.close()
        assert program.wait(60) == 0
        assert program.stderr is not None
        assert program.stderr.read() == b""


def test_a_chat_through_a_pipe(env: dict[str, str]) -> None:
    with started(env, "chat") as program:
        out, err = program.communicate(f"{QUESTION}\n\xff\n/quit\n".encode("latin-1"), 60)
    assert (program.returncode, err) == (0, b"")
    assert out.startswith(b"Words for chat welcome.\n\nWords for disclaimer.\n\nIt is flour and water")
    assert out.endswith(b"Words for chat goodbye.\n\n")
    assert b"\x1b" not in out


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
    assert "psychoactive_wear_off" in err


@pytest.mark.parametrize(
    ("now", "said", "ended"),
    [
        ("2026-11-24T16:00", "14:10", "2026-11-24T14:10"),
        ("2026-11-24T00:30", "23:50", "2026-11-23T23:50"),
        ("2026-11-24T09:00", "14:10", "2026-11-24T14:10"),
    ],
    ids=["earlier today", "before midnight", "planned"],
)
def test_without_a_day_the_recent_one_is_meant(now: str, said: str, ended: str) -> None:
    zone = ZoneInfo("America/Chicago")
    found = timeline._ended(said, None, datetime.fromisoformat(now).replace(tzinfo=zone))
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
        pytest.param(("--picture", "{folder}/\0.svg"), "cannot be written (embedded null byte)", id="no-name-of-a-file"),
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
    assert "no claim infusion_length" in err
    assert list(tmp_path.iterdir()) == []


def test_a_png_without_pillow_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KNOWLEDGE")
    monkeypatch.setitem(sys.modules, "PIL", None)  # as where it is not installed
    code, _, err = run("timeline", "--picture", str(tmp_path / "out.png"))
    assert code == 2
    assert "needs Pillow" in err
    assert run("timeline", "--picture", str(tmp_path / "out.svg"))[0] == 0
