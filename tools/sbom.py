"""Writes the list of all that is shipped, as CycloneDX: the locks' packages with their licences. The same bytes every time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from bot.version import __version__
from tools.shipped import ROOT, shipped

OUT = ROOT / "dist" / "sbom.cdx.json"


def bill() -> dict[str, Any]:
    """What is installed here, as cyclonedx-py tells it, without the tools that are not shipped."""
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible", "--short-PURLs", "--sv", "1.6"]
    command += ["--no-validate"]  # it is not yet what is written; that a test holds against the schema
    command += ["--pyproject", str(ROOT / "pyproject.toml"), sys.executable]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    root = told["metadata"]["component"] | {"version": __version__, "purl": f"pkg:pypi/infusion-bot@{__version__}"}
    told["metadata"]["component"] = root
    wanted = {_plain(one.name) for one in shipped()}
    told["components"] = [one for one in told["components"] if _plain(one["name"]) in wanted]
    kept = {root["bom-ref"], *(one["bom-ref"] for one in told["components"])}
    told["dependencies"] = [
        {**one, **({"dependsOn": [ref for ref in one["dependsOn"] if ref in kept]} if "dependsOn" in one else {})}
        for one in told["dependencies"]
        if one["ref"] in kept
    ]
    return told


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def write(out: Path = OUT) -> None:
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(bill(), indent=2, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    write()
    print(OUT.relative_to(ROOT))
