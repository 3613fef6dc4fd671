"""The page of all commands is what the program says of itself."""

from __future__ import annotations

import re

from bot.app.variables import SETTINGS
from tools import manual


def test_the_page_is_what_the_commands_say() -> None:
    assert manual.PAGE.read_text("utf-8") == manual.page(), "make manual writes it"


def test_every_command_is_there_once_and_each_link_leads_to_it() -> None:
    page = manual.page()
    headings = re.findall(r"^## (.+)$", page, re.MULTILINE)
    assert len(headings) == len(set(headings)) > 25
    anchors = {manual._anchor(heading) for heading in headings}
    assert set(re.findall(r"\(#([^)]+)\)", page)) == anchors


def test_flags_that_are_shared_are_told_once_and_no_secret_is_one() -> None:
    shared = manual.page().partition("\n## Flags: settings\n")[2]
    for name, one in SETTINGS.items():
        assert shared.count(f"| `--{name.replace('_', '-')} ") == (not one.secret), name
