"""A file with one field changed: nothing else moves, and no comment is lost."""

# ruff: noqa: E501 -- a row is a line

from __future__ import annotations

import pytest

from bot.authoring.editing.lines import appended, changed, items_of, with_lines

FILE = """\
# The head of the file.

- id: one   # never changed
  question: What?   # short
  phrases:   # as people ask
    # plain ones
    - what
    - which
    # rare ones
    - whatever  # once

  answer: >-
    A long
    answer.
  claims: [a, b]
  # the end of one

# before two
- id: two
  question: "Who?"
  phrases: [who]
  answer: Me.
  claims: [a]
"""
ORDER = ("id", "question", "phrases", "answer", "detail", "claims", "safety", "review_by")


def test_where_items_and_fields_stand() -> None:
    one, two = items_of(FILE)
    lines = FILE.splitlines()
    assert (one.id, two.id, lines[one.start], lines[one.stop - 1]) == (
        "one",
        "two",
        "- id: one   # never changed",
        "  claims: [a, b]",
    )
    assert list(one.fields) == ["id", "question", "phrases", "answer", "claims"]
    start, stop = one.fields["answer"]
    assert lines[start:stop] == ["  answer: >-", "    A long", "    answer."]


@pytest.mark.parametrize(
    ("id", "fields", "was", "becomes"),
    [
        pytest.param("one", {"question": "Why?"}, "question: What?   # short", "question: Why?   # short", id="text-with-a-comment"),
        pytest.param("two", {"question": "Why: how?"}, '"Who?"', '"Why: how?"', id="text-that-needs-quotes"),
        pytest.param("one", {"answer": "Short."}, "answer: >-\n    A long\n    answer.\n", "answer: Short.\n", id="folded-text"),
        pytest.param("one", {"claims": ("b",)}, "[a, b]", "[b]", id="list-in-one-line"),
        pytest.param(
            "one", {"phrases": ("what", "new", "whatever")}, "    - which\n    # rare ones\n", "    - new\n    # rare ones\n", id="items"
        ),
        pytest.param("one", {"phrases": ("what", "which")}, "    # rare ones\n    - whatever  # once\n", "    # rare ones\n", id="last"),
        pytest.param("one", {"phrases": ("which",)}, "    - what\n    - which\n    # rare ones\n    - whatever  # once\n", "    - which\n    # rare ones\n", id="comments-of-items-that-are-gone"),
        pytest.param("two", {"phrases": ("who", "whom")}, "  phrases: [who]\n", "  phrases:\n    - who\n    - whom\n", id="list-in-brackets"),
        pytest.param("one", {"detail": "More."}, "    answer.\n", "    answer.\n  detail: More.\n", id="a-field-more"),
        pytest.param("two", {"safety": ("s",), "review_by": "2026-11-24"}, "claims: [a]\n", "claims: [a]\n  safety: [s]\n  review_by: 2026-11-24\n", id="fields-at-the-end"),
        pytest.param("two", {"answer": None}, "  answer: Me.\n", "", id="a-field-less"),
    ],
)  # fmt: skip
def test_only_what_changes_changes(id: str, fields: dict[str, str | tuple[str, ...] | None], was: str, becomes: str) -> None:
    assert FILE.count(was) == 1
    assert changed(FILE, id, fields, ORDER) == FILE.replace(was, becomes)


def test_windows_line_ends_stay() -> None:
    text = FILE.replace("\n", "\r\n")
    assert changed(text, "two", {"answer": "You."}, ORDER) == text.replace("Me.", "You.")
    assert appended(text, {"id": "three"}, ORDER) == text + "\r\n- id: three\r\n"


def test_an_item_in_braces_is_refused() -> None:
    with pytest.raises(ValueError, match="one stands in braces"):
        changed("- {id: one, answer: Me.}\n", "one", {"answer": "You."}, ORDER)


def test_a_file_that_is_no_list_is_refused() -> None:
    with pytest.raises(ValueError, match="no list"):
        items_of("id: one\n")


@pytest.mark.parametrize(("text", "gap"), [("", ""), ("- id: a\n", "\n"), ("- id: a\n\n", ""), ("- id: a", "\n\n")])
def test_items_are_added_at_the_end(text: str, gap: str) -> None:
    assert with_lines(text, ["- id: b"]) == f"{text}{gap}- id: b\n"
