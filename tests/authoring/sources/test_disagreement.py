"""Two documents that give other figures for the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.authoring.sources.disagreement import disagreements
from bot.knowledge.load import load
from bot.knowledge.model import Claim, Knowledge, Place, Quantity
from tests import folders


@pytest.fixture
def bread(tmp_path: Path) -> Knowledge:
    return load(folders.write(tmp_path / "bread"))


def with_claim(knowledge: Knowledge, claim: Claim, shown_with: str | None = None) -> Knowledge:
    entries = dict(knowledge.entries)
    if shown_with is not None:
        entry = next(one for one in entries.values() if shown_with in one.claims)
        entries[entry.id] = replace(entry, claims=(*entry.claims, claim.id))
    return replace(knowledge, claims={**knowledge.claims, claim.id: claim}, entries=entries)


def own(like: Claim, first: str, last: str | None = None, **changed: object) -> Claim:
    """What another document says of the subject of ``like``."""
    quantity = replace(like.quantities[0], name="other", first=first, last=last)
    statement = like.statement.replace("{" + like.quantities[0].name + "}", "{other}")
    made = replace(like, id="other", statement=statement, quantities=(quantity,), place=Place("leaflet", "one", 1))
    return replace(made, **changed)  # type: ignore[arg-type]


@pytest.fixture
def timed(bread: Knowledge) -> Claim:
    return bread.claims["baking_time"]


def test_one_subject_and_other_figures_are_told_with_both_documents(bread: Knowledge, timed: Claim) -> None:
    (told,) = disagreements(with_claim(bread, own(timed, "7 minutes")))
    assert told.warning
    assert timed.id in told.where
    assert "leaflet" in told.what
    assert timed.place.document in told.what
    assert "'7 minutes'" in told.what


def test_what_an_entry_shows_together_is_compared_whatever_its_words(bread: Knowledge, timed: Claim) -> None:
    claim = own(timed, "7 minutes", statement="Elsewhere they say {other}.")
    assert [*disagreements(with_claim(bread, claim))] == []
    assert len([*disagreements(with_claim(bread, claim, shown_with=timed.id))]) == 1


def test_equal_figures_other_units_and_one_document_are_fine(bread: Knowledge, timed: Claim) -> None:
    same = timed.quantities[0]
    for claim in (
        own(timed, same.first, same.last),
        own(timed, "7 loaves"),
        own(timed, "7 minutes", place=timed.place),
        own(timed, "7 minutes", tightens=timed.id),
    ):
        assert [*disagreements(with_claim(bread, claim))] == [], claim


def test_figures_in_words_are_not_compared(bread: Knowledge, timed: Claim) -> None:
    words = Quantity("other", "the rest of the day", None, True, ())
    assert [*disagreements(with_claim(bread, own(timed, "7 minutes", quantities=(words,))))] == []


@pytest.mark.parametrize(
    ("first", "said"),
    [("1 hour", False), ("60 minutes", False), ("2 hours", True), ("90 minutes", True), ("1 day", True)],
)
def test_times_are_compared_whatever_their_units(bread: Knowledge, timed: Claim, first: str, said: bool) -> None:
    hour = replace(timed, quantities=(replace(timed.quantities[0], first="60 minutes", last=None),))
    knowledge = with_claim(replace(bread, claims={**bread.claims, timed.id: hour}), own(timed, first))
    assert bool([*disagreements(knowledge)]) == said


def test_what_shares_only_its_small_words_is_another_subject(bread: Knowledge, timed: Claim) -> None:
    resting = replace(timed, statement=f"Do not cut it for {{{timed.quantities[0].name}}} after this.")
    knowledge = replace(bread, claims={**bread.claims, timed.id: resting})
    assert [
        *disagreements(with_claim(knowledge, own(timed, "7 minutes", statement="Do not freeze it for {other} after this.")))
    ] == []
    assert [*disagreements(with_claim(knowledge, own(timed, "7 minutes", statement="Never cut it for {other} before.")))]
