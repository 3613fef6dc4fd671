"""``kb new``: asked for or given by flags; what is written is valid from its first moment."""

# ruff: noqa: E501 -- what is said is a line

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from tests import folders
from tests.app.commands.conftest import Said

ENTRY = ("new", "entry", "--question", "How warm: is it?", "--claims", "rising,flour", "--file", "topics/oven.yaml")


def types(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    terminal = io.StringIO("".join(f"{line}\n" for line in lines))
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)


def test_an_entry_says_what_its_claims_say(kb: Said, folder: Path) -> None:
    code, out, _ = kb(*ENTRY, "--phrase", "temperature")
    assert code == 0
    assert out.startswith(f"{folder / 'topics' / 'oven.yaml'}:10: written. Next:\n  1. add phrases: it has 2, and needs 15\n")
    text = (folder / "topics" / "oven.yaml").read_text("utf-8")
    assert text.startswith(folders.OVEN)
    assert text.removeprefix(folders.OVEN).startswith('\n- id: how_warm_is_it\n  question: "How warm: is it?"\n  # As people')
    assert "  # figures stand in it as {rise}, {young_rise}, {small_flour}, {large_flour}.\n" in text
    assert kb("check")[0] == 0


def test_a_boundary_topic_says_that_the_source_does_not(kb: Said, folder: Path) -> None:
    code, out, _ = kb("new", "boundary", "--question", "Which mixer?", "--id", "mixers")
    assert code == 0
    assert "needs 10" in out
    assert "- id: mixers\n  question: Which mixer?\n" in (folder / "safety" / "boundaries.yaml").read_text("utf-8")
    assert kb("check")[0] == 0


def test_somebody_at_a_terminal_is_asked_until_it_is_right(kb: Said, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    types(monkeypatch, "", "How warm?", "Big", "baking", "", "hot", "", "risin", "rising", "oven", "topics/oven.yaml")
    code, out, _ = kb("new", "entry")
    assert code == 0
    for told in (
        "a question is needed",
        "'Big' is no id; small letters, digits, - and _ are allowed, a letter first (big?)",
        "baking is there already; choose another",
        "there is no claim risin; did you mean rising?",
        "'oven' is no file of entries; allowed: topics/bread.yaml, topics/oven.yaml (did you mean topics/oven.yaml?)",
    ):
        assert told in out
    text = (folder / "topics" / "oven.yaml").read_text("utf-8")
    assert "- id: how_warm\n" in text
    assert "  phrases:\n    - How warm?\n    - hot\n" in text


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("entry",), "--question is needed where nobody can be asked"),
        (("entry", "--question", "Why?"), "--claims is needed where nobody can be asked"),
        ((*ENTRY[1:4], "--claims", "risin", "--file", "topics/oven.yaml"), "--claims: there is no claim risin; did you mean rising?"),
        ((*ENTRY[1:4], "--claims", "qqq"), "--claims: there is no claim qqq; allowed: what_is, feeding_interval"),
        ((*ENTRY[1:4], "--claims", ","), "--claims: one to three claims are needed, of: what_is, "),
        ((*ENTRY[1:], "--id", "baking"), "--id: baking is there already; choose another"),
        ((*ENTRY[1:5], "rising", "--file", "bread"), "--file: 'bread' is no file of entries; allowed: topics/bread.yaml"),
        (("boundary", "--question", "x" * 121), "--question: it has 121 characters; at most 120 are allowed"),
        (("clinic",), "--id is needed where nobody can be asked"),
        (("source", "--file", "none.txt"), "--file: there is no file 'none.txt'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_flag_is_told(kb: Said, folder: Path, args: tuple[str, ...], told: str) -> None:
    code, _, err = kb("new", *args)
    assert (code, told in err) == (2, True), err
    assert (folder / "topics" / "oven.yaml").read_text("utf-8") == folders.OVEN


def test_nothing_is_written_where_the_folder_would_be_wrong(kb: Said, folder: Path) -> None:
    code, out, err = kb("new", "boundary", "--question", "How long do I bake it?")
    assert (code, err) == (1, "nothing was written\n")
    assert "the phrase 'How long do I bake it?' stands in baking (topics/oven.yaml:1) too; keep it in one of them" in out
    assert (folder / "safety" / "boundaries.yaml").read_text("utf-8") == folders.BOUNDARIES


def test_who_leaves_before_the_end_writes_nothing(kb: Said, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    types(monkeypatch, "How warm?")
    code, _, err = kb("new", "entry")
    assert (code, err) == (2, "ended before all was said; nothing was written\n")
    assert (folder / "topics" / "oven.yaml").read_text("utf-8") == folders.OVEN
