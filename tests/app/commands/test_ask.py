"""Asking on the command line: one question, a batch, a chat through a pipe."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.app.commands.conftest import QUESTION, Run, started


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
    assert len(run("ask", QUESTION)[2].splitlines()) == 2
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
