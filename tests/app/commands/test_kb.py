"""The editors' commands on a small folder: what they print, what they write, how they exit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.app import config
from bot.app.editions import open_dialogue
from bot.knowledge import schema
from tests import folders
from tests.app.commands.conftest import Said, text_of

# -- content -----------------------------------------------------------------------------------------------------------


def test_check_of_a_valid_folder(kb: Said) -> None:
    code, out, err = kb("check")
    assert (code, err) == (0, "")
    assert re.fullmatch(
        r"fine: 5 claims, 3 entries, 2 boundary topics, 16 phrases, version [0-9a-f]{16}; clinics: default\n", out
    )


def test_check_lists_every_mistake_with_its_place(kb: Said, tmp_path: Path) -> None:
    claims = text_of("claims").replace("claim: A starter is flour", "claims: A starter is flour")
    oven = text_of("oven").replace("on: 2026-01-01", "on: soon")
    code, out, err = kb("check", knowledge=folders.write(tmp_path / "broken", claims=claims, oven=oven))
    assert code == 1
    lines = out.splitlines()
    assert any(line.startswith("claims.yaml:2: ") for line in lines)
    assert any(re.match(r"topics/oven\.yaml:\d+: .*soon", line) for line in lines)
    assert err == f"{len(lines)} mistakes; clinics without any: none\n"


def test_check_reads_every_clinic(kb: Said, tmp_path: Path) -> None:
    folder = folders.write(tmp_path / "bread")
    (folder / "clinics" / "lake").mkdir()
    (folder / "clinics" / "lake" / "clinic.yaml").write_text("id: lake\ncolour of the sky: blue\n", "utf-8")
    code, out, err = kb("check", knowledge=folder)
    assert code == 1
    assert any(
        line.startswith("clinics/lake/clinic.yaml:2: a clinic has no key 'colour of the sky'; allowed: ")
        for line in out.splitlines()
    )
    assert err.endswith(" mistakes; clinics without any: default\n")


def test_check_needs_no_default_among_others_but_each_that_is_named(kb: Said, tmp_path: Path) -> None:
    (tmp_path / "lake.yaml").write_text(folders.CLINIC.replace("id: default", "id: lake"), "utf-8")
    code, out, _ = kb("check", "--clinics", str(tmp_path))
    assert code == 0
    assert out.endswith("; clinics: lake\n")
    code, out, _ = kb("check", "--clinics", str(tmp_path), "--clinic", "lak")
    assert (code, out) == (1, "clinics/lak.yaml:1: there is no such clinic; choose one with --clinic: lake\n")


@pytest.mark.parametrize(
    "command", [["coverage"], ["lint"], ["verify"], ["score", "q.jsonl"], ["calibrate"]], ids=lambda command: str(command[0])
)
def test_a_folder_that_is_none_is_refused(kb: Said, tmp_path: Path, command: list[str]) -> None:
    code, out, err = kb(*command, knowledge=tmp_path / "nowhere")
    assert (code, out) == (2, "")
    assert "nowhere:1: this is not a folder" in err


def test_verify_with_and_without_the_article(kb: Said, tmp_path: Path) -> None:
    article = tmp_path / "article.txt"
    article.write_text(folders.ARTICLE, "utf-8")
    assert kb("verify")[:2] == (0, "fine: the ledger agrees with itself (no article given)\n")
    assert kb("verify", "--article", article)[:2] == (0, "fine: every hash and figure agrees with the article\n")
    article.write_text(folders.ARTICLE.replace("20 minutes", "30 minutes"), "utf-8")
    code, out, _ = kb("verify", "--article", article)
    assert code == 1
    assert "rolls" in out


def test_coverage_names_what_no_entry_serves(kb: Said, tmp_path: Path) -> None:
    assert kb("coverage")[0] == 0
    bread = text_of("bread").replace("often, or {resting} if it rests.", "often.")
    code, out, _ = kb("coverage", knowledge=folders.write(tmp_path / "other", bread=bread))
    assert code == 1
    assert "quantity resting: no entry shows this figure" in out


def test_schema_writes_what_the_loader_expects_and_checks_it(kb: Said, folder: Path) -> None:
    code, out, _ = kb("schema", "--check")
    assert code == 1
    assert out.count("is not what the loader expects; run kb schema") == len(schema.FILES)
    assert not (folder / "schema").exists(), "checking writes nothing"
    assert kb("schema")[0] == 0
    assert {path.name for path in (folder / "schema").iterdir()} == {f"{name}.json" for name in schema.FILES}
    assert kb("schema", "--check")[:2] == (0, "fine: the schemas are true\n")
    changed = folder / "schema" / "claims.json"
    changed.write_text(changed.read_text("utf-8").replace("array", "object"), "utf-8")
    code, out, _ = kb("schema", "--check")
    assert (code, out) == (1, f"{changed}: is not what the loader expects; run kb schema\n")
    assert kb("schema")[1] == f"{changed}: written\n"
    assert kb("schema")[1] == "fine: the schemas are true\n"


# -- calibrating -------------------------------------------------------------------------------------------------------


def test_what_cannot_be_written_is_said(kb: Said, folder: Path, questions: Path) -> None:
    (folder / "schema").write_text("")
    code, _, err = kb("schema")
    assert code == 2
    assert str(folder / "schema") in err


# -- usage -------------------------------------------------------------------------------------------------------------

USAGE: Mapping[str, list[str]] = {
    "no-command": [],
    "unknown-command": ["mend"],
    "score-without-a-file": ["score"],
    "diff-with-one-folder": ["diff", "one", "--questions", "q"],
    "diff-without-questions": ["diff", "one", "two"],
    "try-without-a-question": ["try"],
    "new-without-a-kind": ["new"],
    "import-without-a-file": ["import"],
    "a-rate-in-words": ["calibrate", "--wrong", "few"],
}


@pytest.mark.parametrize("args", USAGE.values(), ids=USAGE.keys())
def test_wrong_usage_exits_with_two(kb: Said, args: list[str]) -> None:
    code, out, err = kb(*args)
    assert (code, out) == (2, "")
    assert "usage: infusion-bot kb" in err


@pytest.mark.parametrize(
    "command",
    ["check", "verify", "coverage", "lint", "schema", "score", "calibrate", "diff", "new", "try", "watch", "export", "import"],
)
def test_each_command_has_help(kb: Said, command: str) -> None:
    code, out, _ = kb(command, "--help")
    assert code == 0
    assert f"usage: infusion-bot kb {command}" in out


def test_a_start_after_learn_learns_nothing(kb: Said, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CACHE_DIR", str(tmp_path))
    code, said, _ = kb("learn")
    told: list[str] = []
    dialogue = open_dialogue(config.read_settings({"knowledge": folder}), told.append)
    assert (code, told) == (0, [])
    assert dialogue.knowledge.version in said
