"""What was heard, as a value: under which name it is told."""

from __future__ import annotations

import pytest

from bot.safety.heard import CALM, DANGERS, DESPAIR, KINDS, TODAY, Heard


@pytest.mark.parametrize(("plain", "rule"), [(True, "plain_medical"), (False, "heard_medical")])
def test_how_it_was_heard_stands_in_the_rule(plain: bool, rule: str) -> None:
    assert Heard("alarm", "medical", 0.9, plain=plain).rule == rule


def test_there_are_twelve_kinds_and_self_harm_comes_first() -> None:
    assert len(set(KINDS)) == 12
    assert (*DANGERS, DESPAIR, TODAY, CALM) == KINDS
    assert DANGERS[0] == "self_harm"
