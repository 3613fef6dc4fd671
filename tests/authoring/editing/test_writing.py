"""What is written is read back as the same value, whatever it is."""

# ruff: noqa: E501 -- a row is a line

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.authoring.editing.writing import Written, field_lines, item_lines, scalar
from bot.knowledge.fields import Kind, ListOf, MapOf, Text
from bot.knowledge.yamlfile import Fields, Mistakes, Scalar, parse_yaml

# What the loader takes, but for its length; blanks are those that it leaves as they are.
TEXTS = (
    st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\u200b\ufeff\ufffe\uffff\u00a0\u2007\u202f"), min_size=1, max_size=300)
    .map(lambda text: " ".join(text.split(" ")).strip())
    .filter(lambda text: text and Text(1000).read("", Scalar(text, 1, None), Mistakes()) == text)
)  # fmt: skip


def read(lines: list[str], kind: Kind) -> object:
    mistakes = Mistakes()
    value = parse_yaml("f", ("\n".join(lines) + "\n").encode(), mistakes)
    assert isinstance(value, Fields)
    found = kind.read("f", value.values["key"], mistakes)
    assert mistakes.lines() == []
    return found


@given(TEXTS)
def test_a_text_is_read_back(text: str) -> None:
    assert read(field_lines("key", text, 2), Text(1000)) == text


@given(st.lists(TEXTS, min_size=1, max_size=4, unique=True))
def test_a_list_is_read_back(texts: list[str]) -> None:
    assert read(field_lines("key", tuple(texts), 2), ListOf(Text(1000))) == tuple(texts)
    in_one_line = [line.replace("claims:", "key:", 1) for line in field_lines("claims", tuple(texts), 2)]
    assert read(in_one_line, ListOf(Text(1000))) == tuple(texts)


@given(st.dictionaries(st.sampled_from(["aspect", "phase"]), TEXTS, min_size=1))
def test_names_with_texts_are_read_back(pairs: dict[str, str]) -> None:
    assert read(field_lines("key", pairs, 2), MapOf(Text(1000))) == pairs


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("how long is it", "how long is it"), ("no", '"no"'), ("40", '"40"'), ("2026-11-24", '"2026-11-24"'), ("why: how", '"why: how"'),
        ("ext #12", '"ext #12"'), ("#1", '"#1"'), ("=1+1", '"=1+1"'), ('say "hi"', 'say "hi"'), ("$$", "$$"), ("it's", "it's"), ("a:", '"a:"'),
    ],
)  # fmt: skip
def test_quotes_stand_where_they_are_needed(text: str, written: str) -> None:
    assert scalar(text) == written


def test_the_form_of_an_item() -> None:
    fields: dict[str, Written] = {
        "id": "a",
        "phrases": ("b", "no"),
        "claims": ("x", "y"),
        "about": {"aspect": "length"},
        "review_by": "2026-11-24",
    }
    assert item_lines(fields) == [
        "- id: a",
        "  phrases:",
        "    - b",
        '    - "no"',
        "  claims: [x, y]",
        "  about: {aspect: length}",
        "  review_by: 2026-11-24",
    ]
    long = "word " * 40 + "end."
    lines = field_lines("answer", long, 2)
    assert lines[0] == "  answer: >-"
    assert all(len(line) <= 120 and line.startswith("    word") for line in lines[1:])
