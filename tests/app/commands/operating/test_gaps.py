"""What was not answered, in the terminal."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app.commands import main
from bot.delivery.gaps import GapReason, records
from bot.delivery.gaps.watching import Gap
from bot.delivery.storage.open import open_storage
from bot.dialogue.conversation import ConversationKey
from tests import folders
from tests.delivery.test_logs import kept_logging

OVEN = ("oven minutes for a crackling loaf", "minutes in the oven for a crackling loaf", "a crackling loaf: oven minutes?")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    given = {"KNOWLEDGE": folders.write(tmp_path / "bread"), "DATA_DIR": tmp_path / "data", "CACHE_DIR": tmp_path / "cache"}
    for name, value in {**given, "MODEL": "off", "GAPS": "on"}.items():
        monkeypatch.setenv(name, str(value))
    with kept_logging():
        yield


def _keep(tmp_path: Path, *texts: str, reason: GapReason = "unanswered") -> None:
    async def write() -> None:
        store = open_storage(f"sqlite:///{tmp_path / 'data' / 'infusion-bot.db'}", owner="one")
        await store.start()
        now = time.time()
        found = [
            Gap(ConversationKey("default", "web", f"{reason}{number}"), reason, text, (), now)
            for number, text in enumerate(texts)
        ]
        await store.run(lambda: records.add(found, {"default": 30}, {"default": b"k" * 32}, now))
        await store.close()

    asyncio.run(write())


def _said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main.run(["gaps", *words])
    out, err = capsys.readouterr()
    return code, out, err


def test_nothing_is_shown_of_fewer_than_three(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _keep(tmp_path, *OVEN[:2])
    code, out, _ = _said(capsys)
    assert (code, out) == (0, "nothing is to be shown: what fewer than 3 people asked stays hidden\n")
    assert "digest" not in out
    assert _said(capsys, "digest")[1] == "nothing to tell\n"


def test_groups_are_listed_shown_and_marked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _keep(tmp_path, *OVEN, OVEN[0])
    head, *more = _said(capsys)[1].splitlines()
    assert head.startswith("g1  4 questions of at least 4 people, ")
    assert head.endswith(": not answered 4")
    assert "  nearest: baking (How long do I bake it?)" in more
    assert all(text in _said(capsys, "show", "g1")[1] for text in OVEN)
    assert _said(capsys, "show", "g7")[::2] == (2, "g7: there is no such group; `gaps` lists those that may be shown\n")
    assert "4 people" in _said(capsys, "digest")[1]
    assert _said(capsys, "done", "g1")[:2] == (0, "g1: done\n")
    assert _said(capsys)[1].startswith("nothing is to be shown")


def test_what_is_proposed_was_tried(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _keep(tmp_path, *OVEN)
    file = tmp_path / "asked.jsonl"
    file.write_text(
        "\n".join(json.dumps({"q": q, "label": label}) for q, label in (("flour price", "out:price"), (OVEN[0], "baking_time")))
    )
    code, out, err = _said(capsys, "propose", "g1", "--for", "baking", "--questions", str(file))
    assert code == 0
    assert "ready: 3 phrases for baking (How long do I bake it?)" in out
    assert "# topics/oven.yaml, baking: add to its phrases" in out
    assert all(text in out for text in OVEN)
    assert "tried on the labelled questions: right " in out
    assert "read each" in err


def test_a_topic_is_named_for_one_group_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _keep(tmp_path, *OVEN)
    assert _said(capsys, "propose", "--for", "nothing")[0] == 2
    assert _said(capsys, "propose", "g1", "--for", "nothing")[2].startswith("--for: nothing is no topic")


def test_staff_report_what_was_missed_and_no_name_is_kept(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("the roof is calling me, my name is Bob Hall\n"))
    assert _said(capsys, "missed", "--report")[0] == 0
    out = _said(capsys, "missed")[1]
    assert "the roof is calling me, my name is [name]" in out


def test_what_staff_missed_is_told_with_what_is_heard_now(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _said(capsys, "missed")[1] == "none was reported\n"
    _keep(tmp_path, "the kitchen is on fire", "", "the sky is blue", reason="missed")
    out = _said(capsys, "missed")[1]
    assert "the kitchen is on fire  (heard now as alarm)" in out
    assert "…  (no words were kept)" in out
    assert "the sky is blue  (heard now as calm)" in out
    assert _said(capsys)[1].startswith("g1  ")
