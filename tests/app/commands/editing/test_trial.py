"""``kb try``: a question before and after a change, from a folder, from git, or from what comes with the bot."""

# ruff: noqa: E501 -- what is said is a line

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bot.app import config
from bot.app.commands.editing import trial
from bot.app.commands.editing.trial import compared
from bot.app.live.clinic import open_clinic
from bot.dialogue.conversation import Part, Reply
from tests import folders
from tests.app.commands.conftest import Said

CHANGED = folders.OVEN.replace("Let it cool for the {cooling}.", "Then wait for the {cooling}.")


def git(folder: Path, *args: str) -> None:
    mine = ("-c", "user.name=A Tester", "-c", "user.email=tester@crumb.example")
    subprocess.run(["git", "-C", str(folder), *mine, *args], check=True, capture_output=True)


def test_what_a_change_does_is_shown_and_what_it_leaves(kb: Said, folder: Path, tmp_path: Path) -> None:
    before = folders.write(tmp_path / "before")
    (folder / "topics" / "oven.yaml").write_text(CHANGED, "utf-8")
    code, out, _ = kb("try", "How long do I bake it?", "What is a starter?", "--before", before)
    assert code == 0
    first, second = out.split("? How long do I bake it?\n")[1].split("\n\n")
    assert f"before: {before}\nafter:  {folder}\n" in out
    assert first.startswith("  before: baking (answer, confidence ")
    assert "  after:  baking (answer, confidence " in first
    assert "  - " in first
    assert any(line.startswith("  + ") and "Then wait" in line for line in first.splitlines())
    assert second.startswith("? What is a starter?\n  same:   starter (answer, confidence ")


def test_in_a_checkout_it_is_compared_with_what_was_committed(kb: Said, tmp_path: Path) -> None:
    folder = folders.write(tmp_path / "repository" / "knowledge")
    git(folder.parent, "init", "--quiet")
    git(folder.parent, "add", ".")
    git(folder.parent, "commit", "--quiet", "--message", "one")
    (folder / "topics" / "oven.yaml").write_text(CHANGED, "utf-8")
    git(folder.parent, "commit", "--all", "--quiet", "--message", "two")
    code, out, _ = kb("try", "How long do I bake it?", knowledge=folder)
    assert code == 0
    assert f"before: {folder} at HEAD\n" in out
    assert "nothing has changed between them\n" in out
    assert "  same:   baking" in out
    code, out, _ = kb("try", "How long do I bake it?", "--before", "HEAD~1", knowledge=folder)
    assert f"before: {folder} at HEAD~1\n" in out
    assert "  after:  baking" in out
    code, _, err = kb("try", "x", "--before", "HEAD~7", knowledge=folder)
    assert (code, err.startswith("--before: HEAD~7 is no folder, no revision")) == (2, True)


def test_elsewhere_it_is_compared_with_what_comes_with_the_bot(
    kb: Said, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = folders.write(tmp_path / "shipped")
    monkeypatch.setattr(trial, "knowledge_folder", lambda: shipped)  # the real one takes half a minute to learn
    code, out, _ = kb("try", "How long do I bake it?")
    assert code == 0
    assert "before: the knowledge that comes with the bot\n" in out
    code, _, err = kb("try", "How long do I bake it?", knowledge=shipped)
    assert (code, err.startswith("there is nothing to compare with; name a folder with --before")) == (2, True)


def test_it_is_compared_with_versions_that_served(
    kb: Said, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("KNOWLEDGE", str(folder))
    path = folder / "topics" / "oven.yaml"
    served = []
    for text in (folders.OVEN, CHANGED):
        path.write_text(text, "utf-8")
        served.append(open_clinic(config.read_settings({}), lambda _: None).version)
    code, out, _ = kb("try", "How long do I bake it?")
    assert (code, f"before: version {served[0]}, which served\n" in out, "  after:  baking" in out) == (0, True, True)
    code, out, _ = kb("try", "How long do I bake it?", "--before", served[1][:8])
    assert (code, f"before: version {served[1]}, which served\n" in out, "  same:   baking" in out) == (0, True, True)
    code, _, err = kb("try", "x", "--before", "nothing")
    assert (code, err) == (
        2,
        "--before: nothing is no folder, no revision of a git checkout that the knowledge is in, and no version that is kept (kb rollback --list)\n",
    )


@pytest.mark.parametrize("which", ["before", "after"])
def test_mistakes_are_told_with_the_folder_that_has_them(kb: Said, folder: Path, tmp_path: Path, which: str) -> None:
    before = folders.write(tmp_path / "before")
    broken = before if which == "before" else folder
    (broken / "topics" / "oven.yaml").write_text(CHANGED.replace("answer:", "anwser:"), "utf-8")
    code, _, err = kb("try", "x", "--before", before)
    assert code == 2
    assert ("(before): topics/oven.yaml:4" in err) is (which == "before")


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        pytest.param("One.", "One.", ["? q", "  same:   a (answer, confidence 0.50)", "    One."], id="same"),
        pytest.param(
            "One.\n\nTwo.",
            "One.\n\nThree.",
            ["? q", "  before: a (answer, confidence 0.50)", "  after:  a (answer, confidence 0.50)", "    One.", "  - Two.", "  + Three."],
            id="text",
        ),
    ],
)  # fmt: skip
def test_the_lines_of_a_comparison(old: str, new: str, lines: list[str]) -> None:
    assert compared("q", reply(old, "a"), reply(new, "a")) == lines


def test_another_topic_in_the_same_words_is_told() -> None:
    told = compared("q", reply("One.", "a"), reply("One.", "b"))
    assert told[1:4] == ["  before: a (answer, confidence 0.50)", "  after:  b (answer, confidence 0.50)", "  the same words"]


def test_lines_fit_a_terminal() -> None:
    told = compared("q", reply("word " * 60, "a"), reply("words " * 60, "a"))
    assert max(map(len, told)) <= 80


def reply(text: str, entry: str) -> Reply:
    return Reply(kind="answer", text=text, parts=(Part(entry, None, (), 0.5),), confidence=0.5)
