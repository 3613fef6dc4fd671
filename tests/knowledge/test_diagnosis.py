"""What editors are told of their mistakes: the cause first, at its line, in words that need no YAML."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.app.channels import slots
from bot.app.paths import knowledge_folder
from bot.knowledge.diagnosis import diagnose
from bot.knowledge.load import KnowledgeError, load
from bot.knowledge.yamlfile import Mistakes, parse_yaml
from tests import folders
from tests.knowledge.test_load import examples, trimmed
from tests.places import TESTS

ROWS = yaml.safe_load((TESTS / "knowledge" / "mistakes.yaml").read_text("utf-8"))
LINE = re.compile(r"(?<=\.yaml:)\d+|(?<=\bline )\d+")
WHOLE = ("clinics/example.yaml", "safety/replies.yaml")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("knowledge")
    whole = {name: (knowledge_folder() / name).read_bytes() for name in WHOLE}
    shipped = {**trimmed(knowledge_folder()), **examples(), **whole}
    for name, data in shipped.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)
    return place


def test_there_are_seventy_mistakes() -> None:
    assert len({row["name"] for row in ROWS}) == len(ROWS) >= 70


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_a_mistake_is_told_at_its_place_before_what_follows_from_it(folder: Path, row: dict[str, str]) -> None:
    path = folder / row["file"]
    whole = path.read_text("utf-8")
    assert row["was"] in whole
    try:
        path.write_text(whole.replace(row["was"], row["becomes"], 1), "utf-8")
        with pytest.raises(KnowledgeError) as caught:
            load(folder, "example", slots())
    finally:
        path.write_text(whole, "utf-8")
    at = whole[: whole.index(row["was"])].count("\n") + 1
    assert LINE.sub(lambda number: f"{int(number[0]) - at:+d}", caught.value.mistakes[0]) == row["told"]


@pytest.mark.parametrize("name", ["claims.yaml", "topics/bread.yaml", "sources.yaml", "lexicon.yaml", "safety/boundaries.yaml"])
def test_an_unreadable_file_is_told_alone(tmp_path: Path, name: str) -> None:
    """What refers to it looks wrong, and is not."""
    folder = folders.write(tmp_path)
    path = folder / name
    path.write_text(path.read_text("utf-8").replace("\n", "\n\t# here\n", 1), "utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load(folder)
    assert caught.value.mistakes == (f"{name}:2: there is a tab, which looks like blanks; delete it and type blanks",)


def test_mistakes_of_other_files_come_after_it(tmp_path: Path) -> None:
    bread = folders.BREAD.replace("answer: It is", "anwser: It is")
    folder = folders.write(tmp_path, lexicon="synonyms: {bread: [loaf\nopening: [hi]\n", bread=bread)
    with pytest.raises(KnowledgeError) as caught:
        load(folder)
    assert [line.split(";")[0] for line in caught.value.mistakes] == [
        "lexicon.yaml:1: the { is not closed",
        "topics/bread.yaml:4: an entry has no key 'anwser'",
    ]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        pytest.param({"claims": folders.CLAIMS.replace("scope: jars", "scop: jars")}, "claims.yaml:31: ", id="a-claim"),
        pytest.param({"oven": folders.OVEN.replace("question:", "questoin:")}, "topics/oven.yaml:2: ", id="an-entry"),
        pytest.param({"bread": folders.BREAD.replace("id: feeding", "id: Feeding")}, "topics/bread.yaml:11: id: ", id="an-id"),
        pytest.param(
            {"claims": folders.CLAIMS.replace("{value: 12 hours", "{value: 12")}, "claims.yaml:9: quantities > ", id="a-quantity"
        ),
        pytest.param(
            {"sources": folders.files()["sources.yaml"].replace("link: https", "link: ftp")},
            "sources.yaml:4: link: ",
            id="a-document",
        ),
        pytest.param({"lexicon": folders.LEXICON.replace("[first]", "first")}, "lexicon.yaml:8: no_quantity: ", id="the-lexicon"),
    ],
)
def test_what_refers_to_an_item_with_a_mistake_is_not_wrong(tmp_path: Path, changed: dict[str, str], told: str) -> None:
    with pytest.raises(KnowledgeError) as caught:
        load(folders.write(tmp_path, **changed))
    (only,) = caught.value.mistakes
    assert only.startswith(told)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(lambda text: "\ufeff" + text, id="byte-order-mark"),
        pytest.param(lambda text: text.replace("  question: ", "\u00a0\u00a0question:\u00a0"), id="no-break-blanks"),
        pytest.param(lambda text: text.replace("often do I", "often\u202fdo\u2007I"), id="narrow-blanks"),
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="windows-line-ends"),
    ],
)
def test_what_other_programs_write_is_read(tmp_path: Path, changed: object) -> None:
    assert callable(changed)
    plain = load(folders.write(tmp_path / "plain"))
    folder = folders.write(tmp_path / "changed")
    (folder / "topics" / "bread.yaml").write_bytes(changed(folders.BREAD).encode())
    assert load(folder).entries == plain.entries


WINDOWS = '- id: a\r\n  question: "How\r\n  phrases:\r\n    - b\r\n'
LINES = st.lists(st.text(alphabet="ab:-[]{}&*!|>'\"#? %", max_size=12), max_size=12).map("\n".join)


def test_the_ends_of_lines_on_windows_are_no_part_of_texts() -> None:
    mistakes = Mistakes()
    assert parse_yaml("f.yaml", WINDOWS.encode(), mistakes) is None
    assert mistakes.lines() == ['f.yaml:2: the quote " that opens here is never closed; put " at the end of the text']


@given(LINES, st.integers(1, 14), st.integers(1, 14))
def test_every_text_gets_a_line_of_it_and_a_reason(text: str, line: int, began: int) -> None:
    lines = text.count("\n") + 1
    number, what = diagnose(text, min(line, lines), min(began, lines), "something")
    assert 1 <= number <= lines
    assert re.search(r"\w", what)
