"""What an editor is told of phrases, lengths, reading level and reviews."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType, SimpleNamespace

import pytest

from bot.authoring.lint import HIGHEST_GRADE, LEAST_LEAD, lint, reading_grades
from bot.authoring.verify import Finding
from bot.knowledge.load import load
from bot.knowledge.model import Knowledge
from bot.matching.matcher import Matcher
from bot.matching.training import open_matcher
from tests import folders

TODAY = date(2026, 6, 1)
# What is said of the small folder, in which nobody has signed.
UNSIGNED = (
    "reviews: warning: 42 of 42 texts have no signature of a clinician that holds (5 by hand, 37 unsigned); "
    "`kb review` lists them, `kb sign` signs"
)
FEW = "phrases: warning: 5 topics have too few; an entry needs 15, a boundary topic 10 (fewest: starter 3, baking 3, price 3)"


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Lints the small folder with some files changed; the reading level is 5 unless said otherwise."""

    def run(own_folder: bool = False, today: date = TODAY, grade: float = 5.0, **changed: str) -> list[str]:
        measured = SimpleNamespace(flesch_kincaid_grade=lambda _: grade)
        monkeypatch.setattr(importlib, "import_module", lambda _: measured)  # the level itself is textstat's affair
        knowledge = load(folders.write(tmp_path / "folder", **changed))
        matcher = open_matcher(knowledge, tmp_path / "cache", lambda _: None)
        # That nobody has signed, and that it is small, holds for all of these folders.
        told = [str(finding) for finding in lint(knowledge, matcher, own_folder, today)]
        assert told.count(UNSIGNED) == 1
        return [line for line in told if line not in {UNSIGNED, FEW}]

    return run


def test_nothing_is_wrong_with_the_small_folder(found: Callable[..., list[str]]) -> None:
    assert found() == []


def test_of_other_folders_few_phrases_are_a_warning(tmp_path: Path) -> None:
    knowledge = load(folders.write(tmp_path / "folder"))
    lines = map(str, lint(knowledge, open_matcher(knowledge, tmp_path / "cache", lambda _: None), False, TODAY))
    assert FEW in lines


def test_our_own_folder_needs_more_phrases(found: Callable[..., list[str]]) -> None:
    lines = found(own_folder=True)
    assert "topics/bread.yaml, starter: 3 phrases; at least 15 are needed" in lines
    assert "safety/boundaries.yaml, price: 3 phrases; at least 10 are needed" in lines
    assert len(lines) == 5


def test_the_same_words_in_two_topics_are_found(found: Callable[..., list[str]]) -> None:
    lines = found(boundaries=folders.BOUNDARIES.replace("flour price", "meaning starter"))
    (same,) = [line for line in lines if "has the same words as" in line]
    assert same == "topics/bread.yaml, starter: the phrase 'starter meaning' has the same words as 'meaning starter' of price"


def test_a_phrase_that_finds_another_topic_or_barely_leads_is_found(found: Callable[..., list[str]]) -> None:
    lines = found(boundaries=folders.BOUNDARIES.replace("flour price", "feeding schedule schedule"))
    assert any(
        "'feeding schedule schedule'" in line and ("finds feeding first" in line or f"{LEAST_LEAD} is needed" in line)
        for line in lines
    ), lines


def test_a_long_short_form_is_found(found: Callable[..., list[str]]) -> None:
    lines = found(oven=folders.OVEN.replace("Let it cool", "Look at it now and then. " * 9 + "Let it cool"))
    assert [line for line in lines if "the short form has" in line and "at most 60" in line]


@pytest.mark.parametrize("opening", ["Yes. ", "No, "])
def test_a_text_that_begins_with_yes_or_no_is_found(found: Callable[..., list[str]], opening: str) -> None:
    before, key, after = folders.BREAD.partition("answer: ")
    (line,) = found(bread=f"{before}{key}{opening}{after}")
    assert f"a text begins with {opening.strip()!r}" in line
    assert found(bread=f"{before}{key}None of it. {after}") == []


def test_a_long_reply_is_found_with_its_safety_claims(found: Callable[..., list[str]]) -> None:
    long = folders.OVEN.replace("It keeps for {keeps}.", "Incomprehensibilities, notwithstanding, characterise it. " * 14)
    lines = found(oven=long)
    assert any(line.startswith("topics/oven.yaml, baking: the detail has") and "fewer than 700" in line for line in lines), lines


def test_a_hard_file_is_found(found: Callable[..., list[str]]) -> None:
    lines = found(grade=HIGHEST_GRADE + 0.1)
    assert [line.split(":")[0] for line in lines] == ["topics/bread.yaml", "topics/oven.yaml", "safety/boundaries.yaml"]
    assert "the reading level is grade 8.1 in the mean; at most 8 is allowed (hardest: starter 8.1" in lines[0]
    assert found(grade=HIGHEST_GRADE) == []


def test_a_review_that_is_due_is_a_warning(found: Callable[..., list[str]]) -> None:
    lines = found(today=date(2027, 1, 2))
    assert lines[0] == "topics/bread.yaml, starter: warning: its review was due on 2027-01-01"
    assert len(lines) == 5
    assert found(today=date(2027, 1, 1)) == []


def test_a_review_of_a_day_to_come_is_a_mistake(found: Callable[..., list[str]]) -> None:
    lines = found(today=date(2025, 12, 31))
    assert lines[0] == "topics/bread.yaml, starter: its review is of 2026-01-01, a day that is still to come"
    assert len(lines) == 5


@pytest.mark.parametrize(
    "error", [ImportError("No module named 'textstat'"), LookupError("\nno dictionary\nmore")], ids=["missing", "incomplete"]
)
def test_without_textstat_it_says_so(
    knowledge: Knowledge, matcher: Matcher, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(name: str) -> None:
        raise error

    monkeypatch.setattr(importlib, "import_module", fail)  # stands for an installation without the extra
    bare = replace(knowledge, entries=MappingProxyType({}), boundaries=MappingProxyType({}))
    line, _ = lint(bare, matcher, False, TODAY)  # the other is that nobody signed
    assert line.where == "reading level"
    assert "install the extra 'editors'" in line.what
    assert "\n" not in line.what


def test_medical_terms_count_as_a_short_word_and_figures_as_read(tmp_path: Path) -> None:
    texts: list[str] = []

    def measure(text: str) -> float:
        texts.append(text)
        return float(len(texts))

    small = load(folders.write(tmp_path, boundaries=folders.BOUNDARIES.replace("what flour costs", "what Sourdough costs")))
    grades = reading_grades(small, measure)
    assert {file: list(topics) for file, topics in grades.items()} == {
        "topics/bread.yaml": ["starter", "feeding"],
        "topics/oven.yaml": ["baking"],
        "safety/boundaries.yaml": ["price", "storage"],
    }
    assert "12 hours" in texts[1]
    assert "{" not in "".join(texts)
    assert "what word costs" in texts[3]


@pytest.mark.slow
def test_the_shipped_folder_passes(knowledge: Knowledge, matcher: Matcher) -> None:
    failures = [str(finding) for finding in lint(knowledge, matcher, True, date(2026, 11, 24)) if is_failure(finding)]
    assert failures == []


def is_failure(finding: Finding) -> bool:
    # Measured only where the extra is installed.
    return not finding.warning and finding.where != "reading level"
