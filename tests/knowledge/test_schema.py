"""The JSON schemas that editors use say what the loader takes."""

from __future__ import annotations

import re

import pytest

from bot.knowledge.fields import RecordKind
from bot.knowledge.schema import FILES, json_schema


@pytest.mark.parametrize("name", FILES)
def test_a_schema_says_what_the_record_takes(name: str) -> None:
    schema = json_schema(name)
    kind, many = FILES[name]
    body = schema["items"] if many else schema
    assert schema["$schema"].startswith("https://json-schema.org/")
    if isinstance(kind, RecordKind):
        assert body["required"] == list(kind.required)
        assert set(body["properties"]) == {*kind.required, *kind.optional}
        assert body["additionalProperties"] is False


def test_patterns_of_a_schema_can_be_compiled() -> None:
    def patterns(part: object) -> list[str]:
        if isinstance(part, dict):
            own = [part["pattern"]] if isinstance(part.get("pattern"), str) else []
            return own + [one for child in part.values() for one in patterns(child)]
        return [one for child in part for one in patterns(child)] if isinstance(part, list) else []

    found = [pattern for name in FILES for pattern in patterns(json_schema(name))]
    assert found
    for pattern in found:
        re.compile(pattern)
