"""What is shipped: the packages of the locks, with their licences; writes the second half of docs/dependencies.md."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS: Mapping[str, Path] = {"bot": ROOT / "requirements.txt", "model": ROOT / "bot/app/commands/model-requirements.txt"}
PAGE = ROOT / "docs" / "dependencies.md"
BEGIN = "<!-- From here on written by `make dependencies`. -->"
_HEAD = """\
## Licences of all that is shipped

{count} packages, with what these ask for themselves; "model" is what `infusion-bot model install` fetches.

Of these, {own} ask that changes to **their own files** be given on under their licence: {named}.
They are used as they come from the index, unchanged and exchangeable, each in its own folder of the environment. Who ships
an image or an archive with them passes on their licence texts, which lie beside them (`*.dist-info/`). All others ask for a
notice at most.

| package | licence, as it states it | of |
|---|---|---|"""
_COPYLEFT = re.compile(r"GPL|MPL|Mozilla")
_PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shipped:
    """A package of a lock. ``size``: bytes of its files where it is installed here; ``of``: "bot" or "model"."""

    name: str
    version: str
    licence: str
    size: int
    of: str

    @property
    def copyleft(self) -> bool:
        return _COPYLEFT.search(self.licence) is not None


def shipped() -> Iterator[Shipped]:
    """All packages of the locks. Raises PackageNotFoundError for one that is not installed here."""
    for of, lock in LOCKS.items():
        for name, version in _PINNED.findall(lock.read_text("utf-8")):
            found = distribution(name)
            yield Shipped(name, version, licence_of(found), sum(file.size or 0 for file in found.files or ()), of)


def licence_of(found: Distribution) -> str:
    """As the package states it: an expression, else the names of its classifiers, else its own words."""
    told = {key: found.metadata.get_all(key) or [""] for key in ("License-Expression", "Classifier", "License")}
    classes = [one.split(" :: ")[-1] for one in told["Classifier"] if one.startswith("License :: ")]
    return told["License-Expression"][0] or ", ".join(classes) or told["License"][0].strip()


def generated() -> str:
    """The part of the page below ``BEGIN``. Without versions and sizes, which differ by machine; `make sbom` has them."""
    found = sorted(shipped(), key=lambda one: one.name)
    own = [one for one in found if one.copyleft]
    named = ", ".join(f"{one.name} ({one.licence})" for one in own)
    rows = [f"| {one.name} | {one.licence} | {one.of} |" for one in found]
    return "\n".join([_HEAD.format(count=len(found), own=len(own), named=named), *rows, ""])


def main() -> None:
    head = PAGE.read_text("utf-8").partition(BEGIN)[0]
    PAGE.write_text(f"{head}{BEGIN}\n\n{generated()}", "utf-8")


if __name__ == "__main__":
    main()
