"""What of a source and its ledger no entry serves."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from bot.app.paths import knowledge_folder
from bot.authoring.coverage import coverage, coverage_counts
from bot.knowledge.load import load
from bot.knowledge.model import Knowledge, Place
from tests import folders


@pytest.fixture(scope="module")
def bread(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return load(folders.write(tmp_path_factory.mktemp("bread")))


def test_all_of_the_small_folder_is_served(bread: Knowledge) -> None:
    assert coverage(bread) == []
    assert coverage_counts(bread) == {"paragraphs": (4, 4), "figures": (12, 12), "claims": (5, 5)}


def test_coverage_names_what_is_not_served(bread: Knowledge) -> None:
    feeding = replace(bread.entries["feeding"], claims=("feeding_interval",), detail=None)
    less = replace(
        bread,
        claims=MappingProxyType({**bread.claims, "what_is": replace(bread.claims["what_is"], place=Place("crumb", "baking", 1))}),
        entries=MappingProxyType({**bread.entries, "feeding": feeding}),
    )
    assert [str(finding) for finding in coverage(less)] == [
        "sources.yaml, document crumb, section intro, paragraph 1: no claim cites this paragraph",
        "claims.yaml, claim flour: no entry delivers this claim",
        "claims.yaml, claim flour, quantity small_flour: no entry shows this figure",
        "claims.yaml, claim flour, quantity large_flour: no entry shows this figure",
    ]
    assert coverage_counts(less) == {"paragraphs": (3, 4), "figures": (10, 12), "claims": (4, 5)}


def test_the_shipped_folder_serves_its_source(knowledge: Knowledge) -> None:
    assert coverage(knowledge) == []


def test_what_a_clinic_makes_stricter_is_served_with_what_it_tightens() -> None:
    assert coverage(load(knowledge_folder(), "example_folder")) == []
