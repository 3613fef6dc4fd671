"""The list of all that is shipped: complete, with licences, the same twice, and with no word of this machine."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from bot.version import __version__
from tests.places import ROOT
from tools import sbom
from tools.shipped import shipped


@pytest.mark.slow
def test_it_lists_what_the_locks_hold_and_is_the_same_twice(tmp_path: Path) -> None:
    sbom.write(tmp_path / "one.json")
    sbom.write(tmp_path / "two.json")
    text = (tmp_path / "one.json").read_text("utf-8")
    assert text == (tmp_path / "two.json").read_text("utf-8")
    assert "file:" not in text
    assert str(ROOT) not in text
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    told = json.loads(text)
    listed = {re.sub(r"[-_.]+", "-", one["name"]).lower(): one["version"] for one in told["components"]}
    assert listed == {one.name: one.version for one in shipped()}
    assert [one["name"] for one in told["components"] if not one.get("licenses")] == []
    assert told["metadata"]["component"]["version"] == __version__
    refs = {told["metadata"]["component"]["bom-ref"], *(one["bom-ref"] for one in told["components"])}
    assert {ref for one in told["dependencies"] for ref in (one["ref"], *one.get("dependsOn", ()))} <= refs
