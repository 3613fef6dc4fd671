"""The manual: its index names every page, its links lead somewhere, its commands are some; those that only look are run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from bot.app.commands.main import run, whole_parser
from tests.delivery.test_logs import kept_logging
from tests.places import ROOT

GENERATED = {"commands.md", "telegram.md"}
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "knowledge/README.md", "deploy/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
# What is no command by itself: a part of one, of another program's, a heading's word.
NO_COMMANDS = re.compile(r"--|COMMAND|deploy/|infusion-bot|:|is |\.\.\.$")
# They change nothing, and take a second: run as they stand.
LOOKING = re.compile(r"(ask|timeline) .*|kb check.*|kb rollback --list|config|model|keys list|inbox list")
NAMES = {"FILE": "tests/questions/own.jsonl", "NAME": "default"}


def commands_in(text: str) -> Iterator[str]:
    """What stands behind ``infusion-bot`` in code, in a block or within a line."""
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    blocks = [line for block in fenced for line in block.splitlines()]
    blocks += [line for line in text.splitlines() if line.startswith("    ")]
    for code in (*re.findall(r"`([^`\n]+)`", text), *blocks):
        found = re.search(r"(?:^|[\s/])infusion-bot (.+)", code)
        if found is not None and (command := re.split(r"\s+#|\s*[|>]\s", found[1])[0].strip(" )")):
            yield command


FOUND = sorted({command for page in PAGES if page.name not in GENERATED for command in commands_in(page.read_text("utf-8"))})
COMMANDS = [command for command in FOUND if not NO_COMMANDS.match(command)]


def arguments(command: str) -> list[str]:
    return [NAMES.get(part, part) for part in shlex.split(command.replace('"..."', '"can I drive home?"')) if part != "..."]


def test_there_are_commands_to_look_at() -> None:
    assert len(COMMANDS) > 40


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_of_the_manual_is_one(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    code: object = 0
    try:
        whole_parser().parse_args(arguments(command))
    except SystemExit as left:
        code = left.code
    told = capsys.readouterr().err
    # Named by its first words alone ("db restore"): then nothing but its own arguments may be missing.
    assert code == 0 or "are required" in told, told


@pytest.mark.slow
@pytest.mark.parametrize("command", [one for one in COMMANDS if LOOKING.fullmatch(one)])
def test_what_only_looks_does_as_the_manual_says(
    command: str, fitted_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "clinics").mkdir()
    (tmp_path / "clinics" / "default.yaml").write_text((ROOT / "knowledge" / "clinics" / "default.yaml").read_text("utf-8"))
    for name, value in {"HOME": str(tmp_path), "MODEL": "off", "CACHE_DIR": str(fitted_cache), "TIMEZONE": "UTC"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.chdir(ROOT)
    # A version to go back to: there is none.
    with kept_logging():  # those that look into a store set up the log
        assert run(arguments(command)) in ({0, 1} if command == "kb rollback --list" else {0})
    if command != "keys list":
        assert "".join(capsys.readouterr())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"`[^`\n]*`", "", page.read_text("utf-8"))
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        place, _, anchor = unquote(link).partition("#")
        target = (page.parent / place).resolve() if place else page
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text("utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}, link


def test_the_index_names_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    named = set(re.findall(r"\]\(([\w-]+\.md)", index))
    assert {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"} <= named
