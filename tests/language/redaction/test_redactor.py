from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.redaction.marks import MARK
from bot.language.redaction.redactor import LONGEST, redacted, without_marks
from tests.places import QUESTIONS

HERE = Path(__file__).parent
# Parts of an address that are no address by themselves.
GENERIC = set("de del la el st street rd road ave avenue calle apt flat unit the com http https www".split())


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def left_of(secrets: list[str], text: str, out: str) -> set[str]:
    """The words of ``secrets`` that can be read in ``out``, and stood nowhere else in ``text``."""
    rest = text
    for secret in secrets:
        rest = rest.replace(secret, " ")
    told = {word for secret in secrets for word in words(secret) if len(word) > 1 or word.isdigit()}
    return (told & words(MARK.sub(" ", out))) - GENERIC - words(rest)


def test_of_six_hundred_messages_with_particulars_99_in_a_hundred_keep_none() -> None:
    rows = [json.loads(line) for line in (HERE / "personal.jsonl").read_text("utf-8").splitlines()]
    leaked = [
        (row["text"], out)
        for row in rows
        if (out := redacted(row["text"])) is not None and left_of(row["secrets"], row["text"], out)
    ]
    dropped = sum(redacted(row["text"]) is None for row in rows)
    assert len(leaked) <= len(rows) // 100, leaked
    assert dropped <= len(rows) // 50  # what keeps nothing leaks nothing, and is of no use


def test_ordinary_questions_stay_as_they_are() -> None:
    asked = (HERE / "ordinary.txt").read_text("utf-8").splitlines()
    assert [text for text in asked if (out := redacted(text)) is not None and MARK.search(out)] == []
    assert sum(redacted(text) is None for text in asked) <= len(asked) // 25


# In these somebody is named by whoever asks; all else of the sets stays.
NAMED = ("Philomena", "Swapna", "Abernathy", "Matthew Perry", "Davo")


@pytest.mark.parametrize("name", ["own", "first", "second", "unseen", "messy", "strangers", "letters"])
def test_labelled_questions_lose_names_alone(name: str) -> None:
    asked = [json.loads(line)["q"] for line in (QUESTIONS / f"{name}.jsonl").read_text("utf-8").splitlines()]
    changed = [text for text in asked if (out := redacted(text)) is not None and MARK.search(out)]
    assert [text for text in changed if not any(named in text for named in NAMED)] == []


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("I'm Anna Novak, call 086 123 4567", "I'm [name], call [number]"),
        ("me llamo Ana y tengo 34 años", "me llamo [name] y tengo 34 años"),
        ("DOB 4 March 1986, 0.5 mg/kg, 40 minutes", "DOB [date], 0.5 mg/kg, 40 minutes"),
        ("Dr. Okafor gave me 60 mg of duloxetine", "Dr. [name] gave me 60 mg of duloxetine"),
        ("it costs $2,400 for 6, since 2019", "it costs $2,400 for 6, since 2019"),
        ("bp 140/90, cpt 96365, 10000 steps", "bp 140/90, cpt 96365, 10000 steps"),
        ("MY NAME IS JOHN SMITH AND I HURT", "my name is [name] and i hurt"),
        ("call an\u200bna@x.ie", "call [email]"),
    ],
)
def test_marks_stand_for_particulars_alone(text: str, out: str) -> None:
    assert redacted(text) == out


@pytest.mark.parametrize(
    "text",
    [
        "my name is 3lla",
        "a" * (LONGEST + 1),
        "we drove with Feargal Crosby",  # two words in capitals that nobody introduced
        "please validate 1834 Black Dale, Port Nathan, SK H6G2A1",
    ],
)
def test_what_is_in_doubt_is_not_kept(text: str) -> None:
    assert redacted(text) is None


@given(st.text(max_size=80))
def test_any_text_gives_one_line_or_none(text: str) -> None:
    out = redacted(text)
    assert out is None or out == " ".join(out.split())


def test_what_is_learned_from_has_no_marks() -> None:
    assert without_marks("I'm [name], call [number] please") == "I'm , call please"
