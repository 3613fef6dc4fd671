"""docs/dependencies.md: each package that is asked for has its reason, and each that is shipped its licence."""

from __future__ import annotations

import re
import tomllib

from tests.places import ROOT
from tools import shipped

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
PAGE = shipped.PAGE.read_text("utf-8")


# What a clinic installs with the bot; the other extras are for editors and developers, or for who watches it.
OF_THE_BOT = ("telegram", "helpdesk", "postgres", "picture")


def _plain(name: str) -> str:
    """Of a row: without the extras that bring it."""
    return re.sub(r"[-_.]+", "-", name.partition(" (extra")[0]).lower()


def _named(asked: list[str]) -> set[str]:
    return {_plain(re.split(r"[\[<>=;~! ]", one)[0]) for one in asked}


def _extra(name: str) -> set[str]:
    return _named(EXTRAS[name])


def _rows(heading: str) -> list[list[str]]:
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ") and not line.startswith("| package")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_each_dependency_has_one_row_that_says_all() -> None:
    rows = _rows("Of the bot")
    model = _named(
        [line for line in (ROOT / "requirements-model.in").read_text("utf-8").splitlines() if line[:1] not in {"", "#"}]
    )
    assert sorted(_plain(row[0]) for row in rows) == sorted(
        _named(PROJECT["dependencies"]).union(model, *map(_extra, OF_THE_BOT))
    )
    assert all(len(row) == 5 and all(row) for row in rows)


def test_each_tool_is_named() -> None:
    names = [_plain(name) for row in _rows("Of editors and developers") for name in row[0].split(", ")]
    assert sorted(names) == sorted(set().union(*(_extra(name) for name in EXTRAS if name not in OF_THE_BOT)))


def test_each_row_names_the_extras_that_bring_it() -> None:
    for row in _rows("Of the bot"):
        told = set(re.findall(r"`(\w+)`", row[0].partition(" (extra")[2]))
        assert told == {name for name in OF_THE_BOT if _plain(row[0]) in _extra(name)}, row[0]


def test_the_licences_are_those_of_what_is_installed() -> None:
    assert PAGE.partition(shipped.BEGIN)[2].strip() == shipped.generated().strip(), "make dependencies writes it"


def test_each_package_that_is_shipped_states_a_licence_and_the_strict_ones_are_named() -> None:
    found = list(shipped.shipped())
    assert len(found) > 40
    assert [one.name for one in found if not one.licence or not one.size] == []
    own = {one.name for one in found if one.copyleft}
    assert {"python-telegram-bot", "certifi"} <= own
    named = PAGE.split("be given on under their licence: ")[1].split(".\n")[0]
    assert all(name in named for name in own)


def test_sizes_are_about_those_of_what_is_installed() -> None:
    sizes = {one.name: one.size / 1e6 for one in shipped.shipped()}
    for name, *_, told, _without in _rows("Of the bot"):
        # What only it brings counts, too, and wheels differ by system: the row may say more, not much less.
        assert sizes[_plain(name)] < 2 * float(told) + 1, name
