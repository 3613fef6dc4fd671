"""The document of the API: what stands in it, and what generators make of it."""

from __future__ import annotations

import asyncio
import json
import keyword
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bot.channels.web.api.endpoints import ENDPOINTS
from bot.channels.web.api.openapi import TAGS, document
from bot.knowledge.model import Knowledge
from tests.channels.web.conftest import PNG, Making, served
from tests.places import TESTS

CLIENTS = TESTS / "channels" / "web" / "clients"
MODULES = CLIENTS / "node_modules"
# What a language has itself, and a class of a client would hide.
BUILT_IN = set("Array Boolean Date Error File Function Map Number Object Promise Request Response Session Set String".split())
RESERVED = {*keyword.kwlist, *keyword.softkwlist, "delete", "end", "export", "function", "new", "switch", "this", "typeof", "var"}
# What openapi-python-client is to take for one that it knows.
MEDIA = {"image/png": "application/octet-stream", "image/svg+xml": "text/plain"}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document(ENDPOINTS, {})


def test_the_document_lists_all_that_can_happen(described: dict[str, Any]) -> None:
    assert {(path, method) for path, methods in described["paths"].items() for method in methods} == {
        (one.path, one.method.lower()) for one in ENDPOINTS
    }
    assert len(described["paths"]) == len(ENDPOINTS), "of two methods at one path, Allow would list the first alone"
    for one in ENDPOINTS:
        responses = described["paths"][one.path][one.method.lower()]["responses"]
        least = {str(one.status), "405", "500"} | ({"401", "429"} if not one.free else set())
        assert least | ({"400", "413", "415", "422"} if one.body else set()) <= set(responses)
    Draft202012Validator.check_schema({"$defs": described["components"]["schemas"]})


def test_each_operation_has_a_name_and_a_place(described: dict[str, Any]) -> None:
    operations = [one for methods in described["paths"].values() for one in methods.values()]
    assert [one["name"] for one in described["tags"]] == list(TAGS)
    assert {tag for one in operations for tag in one["tags"]} == set(TAGS)
    for one in operations:
        assert re.fullmatch("[a-z]+([A-Z][a-z]+)*", one["operationId"])
        assert one["operationId"] not in RESERVED
    names = set(described["components"]["schemas"])
    assert not names & BUILT_IN
    assert not any(name.endswith("Shown") for name in names), "a name of ours, which tells a client nothing"


def test_what_needs_no_key_says_so(described: dict[str, Any]) -> None:
    free = {one.path for one in ENDPOINTS if one.free}
    assert free == {"/health", "/openapi.json"}
    assert described["security"] == [{}, {"key": []}]
    for path, methods in described["paths"].items():
        assert [one.get("security") for one in methods.values()] == [[] if path in free else None]


def test_no_schema_is_half_of_one(described: dict[str, Any]) -> None:
    """Of alternatives that name nothing but what is required, generators make types without fields."""
    for one in _objects(described):
        for alternative in (*one.get("oneOf", ()), *one.get("anyOf", ())):
            assert {"$ref", "type"} & set(alternative), one
    asked = described["components"]["schemas"]
    assert [one["$ref"].rpartition("/")[2] for one in asked["Ask"]["oneOf"]] == ["AskQuestion", "AskChoice", "AskEnded"]
    for name in ("AskQuestion", "AskChoice", "AskEnded"):
        (needed,) = asked[name]["required"]
        assert set(asked[name]["properties"]) == {needed, "timezone", "conversation", "message", "debug"}
        assert not any("default" in one for one in asked[name]["properties"].values()), "some make a field with one required"


def _objects(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(inner)


# -- clients that are generated from it -----------------------------------------------------------------------------


async def run(*command: str | Path, folder: Path, **environment: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env={**os.environ, **environment}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, f"{command[0]}: {output.decode()[-3000:]} {errors.decode()[-3000:]}"
    return output.decode()


async def in_python(folder: Path, url: str) -> str:
    """What the program says that uses the client which openapi-python-client makes, once mypy has read both."""
    programs = Path(sys.executable).parent
    (folder / "config.yaml").write_text(json.dumps({"content_type_overrides": MEDIA}))
    shutil.copy(CLIENTS / "program.py", folder)
    options = "--path api.json --output-path infusion_bot_client --meta none --config config.yaml --fail-on-warning".split()
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"  # it calls ruff, and warns where that is not to be found
    await run(programs / "openapi-python-client", "generate", *options, folder=folder, PATH=path)
    # Of the client the types alone count: what it does inside of itself is up to its generator.
    await run(programs / "mypy", "--strict", "--follow-imports=silent", "--cache-dir=cache", "program.py", folder=folder)
    return await run(sys.executable, "program.py", url, folder=folder, PYTHONPATH=str(folder))


async def in_typescript(folder: Path, url: str) -> str:
    """The same of types that openapi-typescript makes, once the compiler has read them and what uses them."""
    if shutil.which("node") is None or not MODULES.is_dir():
        missing = "there is no node, or none of its packages; on Debian: make deps-system deps-node"
        if os.environ.get("CI"):
            pytest.fail(f"{missing} (CI is set)")
        pytest.skip(missing)
    for name in ("package.json", "program.ts", "tsconfig.json"):
        shutil.copy(CLIENTS / name, folder)
    (folder / "node_modules").symlink_to(MODULES)
    await run("node", MODULES / "openapi-typescript" / "bin" / "cli.js", "api.json", "--output", "api.d.ts", folder=folder)
    await run("node", MODULES / "typescript" / "bin" / "tsc", "--project", ".", folder=folder)
    return await run("node", "program.js", url, folder=folder)


@pytest.mark.slow
@pytest.mark.parametrize("use", [in_python, in_typescript])
async def test_a_generated_client_works(context: Making, knowledge: Knowledge, tmp_path: Path, use: Any) -> None:
    made = context()
    (tmp_path / "api.json").write_text(json.dumps(document(ENDPOINTS, {})))
    async with served(made) as url:
        found = json.loads(await use(tmp_path, f"{url}/api/v1"))
    text = found.pop("text")
    assert "infusion" in text
    assert found == {
        "entries": ["infusion_length", "driving"],
        "blocks": found["blocks"],
        "ended": True,
        "urgent": ["urgent", "tel:988"],
        "helped": 204,
        "handoff": "handoff",
        "refused": ["/problems/unknown-choice", 404],
        "wrong": "/problems/too-long",
        "topics": len(knowledge.entries),
        "entry": len(knowledge.entries["driving"].claims),
        "drawn": len(PNG),
        "health": "ready",
        "over": 204,
    }
    assert {"text", "source"} <= set(found["blocks"])
