"""The rules as read from a file: a wrong one is named with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.safety.rules import rules_from

if TYPE_CHECKING:
    from collections.abc import Mapping

RULE = {"id": "fire", "kind": "medical", "language": "en", "patterns": ["fire"]}


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ({}, "rules: must be a list"),
        ({"rules": [7]}, r"rules\[0\]: must be a mapping"),
        ({"rules": [RULE, RULE]}, "'fire' is used twice"),
        ({"rules": [RULE | {"kind": "fire"}]}, r"rules\[0\].kind: 'fire'; allowed: self_harm"),
        ({"rules": [RULE | {"language": []}]}, r"rules\[0\].language"),
        ({"rules": [RULE | {"patterns": "fire"}]}, r"rules\[0\].patterns: must be a list of texts"),
        ({"rules": [RULE | {"patterns": [7]}]}, "quote numbers"),
        ({"rules": [RULE | {"id": 7}]}, r"rules\[0\].id"),
        ({"rules": [RULE | {"colour": "red"}]}, r"rules\[0\].colour: unknown"),
        ({"rules": [{"id": "fire"}]}, r"rules\[0\].kind: unknown or missing"),
        ({"rules": [RULE | {"unless": ["no"]}]}, "rule fire: there is no exemption 'no'"),
        ({"rules": [RULE], "groups": ["red"]}, "groups: must be a mapping"),
        ({"rules": [RULE], "exemptions": {"no": ["never"]}}, "exemption no: 'never' must say once, with @"),
        ({"rules": [RULE], "helpline": ["(fire"]}, "helpline: .* is not closed"),
        ({"rules": [RULE], "rewrite": {"im": ["i am"]}}, "rewrite.im"),
    ],
)
def test_a_wrong_file_says_where(data: Mapping[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        rules_from(data)
