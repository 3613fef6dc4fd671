"""What the shipped detector hears and leaves alone, kind by kind (shipped.py has the messages)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from _pytest.mark.structures import ParameterSet

from bot.safety.detector import DangerDetector
from tests.safety.faults import marked
from tests.safety.shipped import DANGER, LETTER, TABLES, UNSAID, WITHOUT_STOPS, known


def cases() -> Iterator[ParameterSet]:
    wrong = known()
    for name, table in TABLES.items():
        yield from marked([(name, key) for key in table.said], wrong.pop(name, {}))
    assert wrong == {}, "faults of a table that is not there"


@pytest.mark.parametrize(("name", "key"), list(cases()))
def test_the_shipped_detector(detector: DangerDetector, name: str, key: str) -> None:
    table = TABLES[name]
    heard = detector.detect(table.said[key])
    assert table.right(heard), f"{name}: {heard}"


def test_the_letters_that_danger_is_hidden_in_are_calm(detector: DangerDetector) -> None:
    for text in (" ".join(LETTER), WITHOUT_STOPS, " ".join(LETTER * 50)):
        assert detector.detect(text).level not in {"alarm", "check"}


def test_of_what_is_heard_most_is_told_as_its_kind(detector: DangerDetector) -> None:
    heard = {said: detector.detect(said) for said in (*UNSAID, *DANGER.values())}
    kinds = {**UNSAID, DANGER["plain"]: "self_harm", DANGER["learned"]: "self_harm overdose"}
    kinds |= {DANGER["medical"]: "medical", DANGER["others"]: "harm_to_others"}
    right = [
        one.kind in kinds[said].split() or one.also in kinds[said].split() for said, one in heard.items() if one.level == "alarm"
    ]
    assert sum(right) >= 0.8 * len(right)
