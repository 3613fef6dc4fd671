"""What a clinic's file may look like, and where a mistake in it is told."""

from __future__ import annotations

import pytest

from bot.knowledge import schema, yamlfile
from bot.knowledge.fields import Row, Text
from bot.knowledge.overlay.schema import Located, LocatedKind
from bot.knowledge.yamlfile import Mistakes, Scalar


def read(text: str) -> tuple[Row | None, list[str]]:
    mistakes = Mistakes()
    value = yamlfile.parse_yaml("f.yaml", text.encode(), mistakes)
    assert value is not None
    row = schema.CLINIC.read("f.yaml", value, mistakes)
    assert row is None or isinstance(row, Row)
    return row, mistakes.lines()


def test_a_value_keeps_its_line_and_is_compared_without_it() -> None:
    one = LocatedKind(Text()).read("f.yaml", Scalar("a b", 7, None), Mistakes())
    assert one is not None
    assert (one.value, one.line) == ("a b", 7)
    assert one == Located("a b", 1)


def test_a_boundary_text_may_stand_alone_or_with_its_source_and_review() -> None:
    row, mistakes = read(
        "id: a\nboundaries:\n  cost: Ask.\n  dose:\n    text: Ask us.\n    source: {document: d, section: s, paragraph: 1}\n"
        "    reviewed: {by: A Tester, on: 2026-01-01}\n    review_by: 2027-01-01\n"
    )
    assert mistakes == []
    assert row is not None
    said = row.get("boundaries")
    assert said["cost"] == Located("Ask.", 3)
    assert said["dose"].value.get("text") == "Ask us."


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        pytest.param("phrases:\n  cost:\n    - how much\n    - how much\n", 5, "stands twice", id="a-phrase-twice"),
        pytest.param("colour: teal\n", 2, "a colour such as", id="a-colour-in-words"),
        pytest.param("logo: ../secret.png\n", 2, "the name of a picture", id="a-logo-elsewhere"),
        pytest.param("unreviewed: maybe\n", 2, "allowed: answer, ask_clinic", id="unreviewed"),
        pytest.param("disabled: [Cost]\n", 2, "is no id", id="disabled"),
        pytest.param("hours:\n  week: {}\n  holidays:\n    - {name: X}\n", 5, "on, or from and to", id="a-holiday-without-a-day"),
        pytest.param(
            "hours:\n  week: {}\n  holidays:\n    - {name: X, from: 2026-02-02, to: 2026-02-01}\n",
            5,
            "before it begins",
            id="backwards",
        ),
        pytest.param("boundaries:\n  cost: {text: Ask}\n", 3, "mid-sentence", id="half-a-sentence"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, line: int, what: str) -> None:
    _, mistakes = read(f"id: a\n{text}")
    assert len(mistakes) == 1
    assert mistakes[0].startswith(f"f.yaml:{line}: ")
    assert what in mistakes[0]
