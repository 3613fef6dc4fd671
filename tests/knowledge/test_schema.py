"""The JSON schemas that editors use say what the loader takes."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatch

import jsonschema
import pytest
import yaml

from bot.app.paths import knowledge_folder
from bot.knowledge.fields import RecordKind
from bot.knowledge.schema import FILES, PATHS, json_schema
from tests.places import ROOT


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


# -- in the editors of those who write ---------------------------------------------------------------------------------


class AsEditorsRead(yaml.SafeLoader):
    """YAML as the language server reads it: true and false are the only words that are no text, and days are text."""


AsEditorsRead.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":timestamp"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
AsEditorsRead.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"true|false"), list("tf"))

FOLDER = knowledge_folder()
SHIPPED = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.yaml"))
SETTINGS = json.loads((ROOT / ".vscode" / "settings.json").read_text("utf-8"))


def schemas_of(path: str) -> list[str]:
    """Of a path within the folder, by the patterns that are declared; a star is no slash."""
    parts = path.split("/")
    return [
        name
        for name, patterns in PATHS.items()
        for pattern in patterns
        if len(parts) == len(pattern.split("/")) and fnmatch(path, pattern)
    ]


def problems(name: str, text: str) -> list[str]:
    value = yaml.load(text, Loader=AsEditorsRead)  # noqa: S506  # a safe loader with fewer words
    validator = jsonschema.Draft202012Validator(json.loads((FOLDER / "schema" / f"{name}.json").read_text("utf-8")))
    return [error.message for error in validator.iter_errors(value)]


@pytest.mark.parametrize("path", SHIPPED)
def test_a_shipped_file_is_of_one_schema_names_it_and_is_valid(path: str) -> None:
    (name,) = schemas_of(path)
    text = (FOLDER / path).read_text("utf-8")
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", text.split("\n", 1)[0])
    assert named is not None
    assert (FOLDER / path).parent.joinpath(named[1]).resolve() == FOLDER / "schema" / f"{name}.json"
    assert problems(name, text) == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("clinics/lake/clinic.yaml", "clinic"),
        ("clinics/lake/claims.yaml", "claims"),
        ("clinics/lake/sources.yaml", "sources"),
        ("clinics/lake/boundaries.yaml", "boundaries"),
        ("clinics/lake/topics/own.yaml", "topics"),
    ],
)
def test_what_lies_in_a_clinics_folder_has_its_schema(path: str, name: str) -> None:
    assert schemas_of(path) == [name]


def test_the_settings_of_an_editor_are_those_that_are_declared() -> None:
    assert SETTINGS["yaml.schemas"] == {
        f"./knowledge/schema/{name}.json": [f"knowledge/{pattern}" for pattern in PATHS[name]] for name in FILES
    }


@pytest.mark.parametrize("path", SHIPPED)
def test_a_schema_refuses_a_key_that_is_none_and_a_list_in_place_of_a_mapping(path: str) -> None:
    (name,) = schemas_of(path)
    text = (FOLDER / path).read_text("utf-8")
    _, many = FILES[name]
    assert problems(name, "a: 1\n" if many else "- 1\n")
    # In messages and languages every key is one of its own; what stands under it is not.
    wrong = "- qqq: 1\n" if many else "qqq: [[1]]\n"
    assert problems(name, f"{text}\n{wrong}")


@pytest.mark.parametrize(
    ("name", "was", "becomes"),
    [
        ("topics", "  claims: [", "  claims: x #"),
        ("topics", "  answer: >-", "  anwser: >-"),
        ("claims", "  scope: ", "  scop: "),
        ("boundaries", "helpline: true", "helpline: yes"),
        ("clinic", "caution: normal", "caution: reckless"),
        ("timeline", "row: onset", "row: onst"),
    ],
)
def test_a_schema_refuses_what_the_loader_refuses(name: str, was: str, becomes: str) -> None:
    path = next(path for path in reversed(SHIPPED) if name in schemas_of(path) and was in (FOLDER / path).read_text("utf-8"))
    assert problems(name, (FOLDER / path).read_text("utf-8").replace(was, becomes, 1))
