"""Looks for known holes in what is shipped, and says honestly what could not be looked up.

Exit codes: 0 all were looked up and none has one, 1 some have, 2 some could not be looked up.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.shipped import LOCKS

_SECONDS = 300


def looked_up(lock: Path, command: Sequence[str] = (sys.executable, "-m", "pip_audit")) -> list[dict[str, Any]] | None:
    """What pip-audit says of each package of ``lock``; None where it says nothing."""
    asked = [*command, "--requirement", str(lock), "--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, timeout=_SECONDS, check=False)
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (OSError, ValueError, KeyError, subprocess.TimeoutExpired):
        return None
    return found


def told(found: Sequence[dict[str, Any]] | None, name: str) -> tuple[int, list[str]]:
    """The exit code for one lock, and what to say."""
    if found is None:
        return 2, [f"{name}: nothing was looked up: the service that knows the holes does not answer"]
    skipped = [one for one in found if "skip_reason" in one]
    holes = [(one, hole) for one in found for hole in one.get("vulns", ())]
    lines = [
        f"{one['name']} {one['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no release yet'}"
        for one, hole in holes
    ]
    looked = len(found) - len(skipped)
    lines.append(f"{name}: {looked} of {len(found)} packages were looked up; {len(holes)} known holes")
    if skipped:
        some = ", ".join(one["name"] for one in skipped[:5])
        lines.append(f"NOT looked up: {some}{' ...' if len(skipped) > 5 else ''}; of these nothing is known")
    return (1 if holes else 2 if skipped else 0), lines


def main() -> int:
    codes = []
    for name, lock in LOCKS.items():
        code, lines = told(looked_up(lock), name)
        codes.append(code)
        print("\n".join(lines))
    return 1 if 1 in codes else max(codes)


if __name__ == "__main__":
    sys.exit(main())
