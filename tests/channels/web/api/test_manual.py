"""``docs/api.md``: its examples are run, and its tables are those of the program."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import get_args

import pytest

from bot.channels.web.api import access, keys
from bot.channels.web.api.endpoints import ENDPOINTS
from bot.channels.web.api.fields import LARGEST, LONGEST
from bot.channels.web.api.responses import KINDS
from bot.delivery.storage import Storage
from bot.dialogue.conversation import Kind
from bot.safety.heard import DANGERS
from tests.channels.web.conftest import Making, line_to
from tests.places import ROOT

TEXT = (ROOT / "docs" / "api.md").read_text("utf-8")
TOKEN = "Zk3xq0cWQ2yM8w1nX5b7Ug"  # noqa: S105  # of the examples, which opens nothing
# A line of two ends in a backslash.
CALLS = re.findall(r"^    (curl .*(?<!\\)(?:\\\n.*)*)$", TEXT, re.MULTILINE)


def rows(head: str) -> Iterator[list[str]]:
    """The cells of the table that begins with ``head``."""
    table = TEXT.partition(head)[2].partition("\n\n")[0]
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if len(cells) > 1:
            yield cells


def test_there_are_examples() -> None:
    assert len(CALLS) == TEXT.count("    curl ") >= 5


@pytest.mark.parametrize("call", CALLS)
async def test_an_example_works(context: Making, storage: Storage, call: str) -> None:
    secret = await keys.make(storage, "default", "desk", 0.0)
    _, silent, url, *options = shlex.split(call.replace("\\\n", ""))
    async with line_to(context()) as line:
        told = [one.replace("$KEY", secret).replace(TOKEN, await line.start()) for one in options]
        given = list(zip(told[::2], told[1::2], strict=True))
        headers = dict(value.split(": ", 1) for name, value in given if name == "-H")
        (body,) = [value for name, value in given if name == "-d"]
        address, _, path = url.partition("/api/v1")
        answer = await line("POST", path, body.encode(), headers=headers)
    assert (silent, address) == ("-s", "localhost:8080")
    assert answer.status in {200, 201}
    shown = re.search(r"^    # (.*)$", TEXT.partition(call)[2].split("\n\n")[0], re.MULTILINE)
    if shown is not None:
        assert re.findall(r'"(\w+)":', shown.group(1)) == list(answer.json), "what is shown below it"


def test_all_endpoints_are_listed() -> None:
    listed = {(method, path) for method, paths, _ in rows("| | | |\n|---|---|---|\n") for path in re.findall("`(.*?)`", paths)}
    assert listed == {(one.method, one.path) for one in ENDPOINTS}


def test_all_errors_are_listed() -> None:
    listed = {
        (int(status), slug.rpartition("/")[2])
        for status, slugs, *_ in rows("| code | `type` | |\n|---|---|---|\n")
        for slug in re.findall("`(.*?)`", slugs)
    }
    assert listed == {(kind.status, slug) for slug, kind in KINDS.items()}


def test_what_is_said_of_replies_holds() -> None:
    assert f"`kind` ({', '.join(get_args(Kind))})" in TEXT
    said = re.search(r"The kinds of danger are (.*)\.\n", TEXT)
    assert said is not None
    assert set(re.split(", | and ", said.group(1))) == set(DANGERS)


@pytest.mark.parametrize(
    "said",
    [
        f"more than {LARGEST >> 10} KiB",
        f"more than {LONGEST:,} characters",
        f"{access._LISTENING:,.0f} characters a minute",
        f"longer than {2 * access._ALWAYS} characters the first and the last {access._ALWAYS} are",
        '"question_limit":5000',
        "`API_RATE` requests a minute",
    ],
)
def test_figures_are_those_of_the_program(said: str) -> None:
    assert said in TEXT
