"""Draws the law of layers, as pyproject.toml states it, with what the code really imports; counts the arrows of any tree.

``python -m tools.architecture`` writes docs/architecture.svg. ``python -m tools.architecture --count FOLDER`` counts for a folder
that holds a package ``bot`` (such as another checkout): units (the files and packages right below it), arrows between them,
layers, circles, and arrows upward.
"""

from __future__ import annotations

import argparse
import ast
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from tests.places import ROOT

DRAWN = ROOT / "docs" / "architecture.svg"
_WIDE, _ROW, _GAP, _EDGE = 960, 74, 14, 16
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"
_WORDS = 130  # characters of a line of text in a whole row


@dataclass(frozen=True, slots=True)
class Imports:
    """What units of a package import of one another: ``arrows`` from -> to."""

    units: tuple[str, ...]
    arrows: Mapping[str, frozenset[str]]

    @property
    def count(self) -> int:
        return sum(len(to) for to in self.arrows.values())

    def circles(self) -> list[frozenset[str]]:
        """Units that reach one another, in groups of two and more."""
        reach = {one: self._reached(one) for one in self.units}
        groups = {frozenset(other for other in reach[one] if one in reach[other]) | {one} for one in self.units}
        return sorted((group for group in groups if len(group) > 1), key=sorted)

    def layers(self) -> int:
        """How many layers there are if each unit stands as low as it can; a circle counts as one unit."""
        group = {one: frozenset({one}) for one in self.units} | {one: circle for circle in self.circles() for one in circle}
        heights: dict[frozenset[str], int] = {}

        def height(one: frozenset[str]) -> int:
            if one not in heights:
                below = {group[to] for member in one for to in self.arrows[member]} - {one}
                heights[one] = 1 + max(map(height, below), default=0)
            return heights[one]

        return max(map(height, set(group.values())))

    def upward(self, layers: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
        """Arrows from a unit to one that is not below it in ``layers`` (the highest first)."""
        level = {unit: number for number, row in enumerate(layers) for unit in row}
        return [
            (one, to)
            for one in self.units
            for to in sorted(self.arrows[one])
            if one in level and to in level and level[to] <= level[one]
        ]

    def _reached(self, start: str) -> set[str]:
        reached: set[str] = set()
        waiting = list(self.arrows[start])
        while waiting:
            if (one := waiting.pop()) not in reached:
                reached.add(one)
                waiting += self.arrows[one]
        return reached


def imports_in(folder: Path) -> Imports:
    """The imports of the package ``bot`` in ``folder``, those inside of functions and for types alone included."""
    package = folder / "bot"
    files = {path: _unit(path, package) for path in sorted(package.rglob("*.py"))}
    units = tuple(sorted(set(files.values())))
    arrows: dict[str, set[str]] = {unit: set() for unit in units}
    for path, unit in files.items():
        for name in _imported(ast.parse(path.read_text("utf-8"))):
            parts = name.split(".")
            if parts[0] == "bot" and len(parts) > 1:
                arrows[unit].add(parts[1] if parts[1] in arrows else "__init__")
    return Imports(units, {unit: frozenset(to - {unit}) for unit, to in arrows.items()})


def law() -> list[list[str]]:
    """The layers of the first contract, the highest first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    return [[one.strip() for one in row.split("|")] for row in contracts[0]["layers"]]


def drawing(layers: Sequence[Sequence[str]], imports: Imports) -> str:
    """The picture as SVG: a row for each layer, and in each box what the package is for and what it imports."""
    height = _EDGE * 2 + len(layers) * _ROW + (len(layers) - 1) * _GAP + 26
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {height}" width="{_WIDE}" height="{height}" '
        f'font-family="{_FONT}" role="img" aria-label="The packages of bot/ in their layers; each imports only those below it">'
    )
    parts = [head, '<rect width="100%" height="100%" fill="#ffffff"/>']
    y = _EDGE
    for row in layers:
        wide = (_WIDE - 2 * _EDGE - (len(row) - 1) * _GAP) / len(row)
        for number, package in enumerate(row):
            parts += _box(package, imports, _EDGE + number * (wide + _GAP), y, wide, len(row))
        y += _ROW + _GAP
    foot = f"{len(imports.units)} units, {imports.count} arrows between them, {len(imports.upward(layers))} upward"
    parts.append(
        f'<text x="{_EDGE}" y="{height - _EDGE}" font-size="13" fill="#5b6570">{foot}. Each imports only what lies below.</text>'
    )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _box(package: str, imports: Imports, x: float, y: float, wide: float, share: int) -> Iterator[str]:
    folder = ROOT / "bot" / package
    modules = [path for path in folder.rglob("*.py") if path.name != "__init__.py"]
    about = (ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8"))) or "").partition("\n")[0]
    below = ", ".join(sorted(imports.arrows[package] - {"version", "__init__"})) or "nothing of ours"
    yield f'<rect x="{x:g}" y="{y}" width="{wide:g}" height="{_ROW}" rx="8" fill="#eef4f8" stroke="#9fb6c6"/>'
    yield f'<text x="{x + 12:g}" y="{y + 23}" font-size="17" font-weight="600" fill="#12303f">{package}/</text>'
    yield (
        f'<text x="{x + wide - 12:g}" y="{y + 23}" font-size="12" text-anchor="end" fill="#5b6570">{len(modules)} modules</text>'
    )
    line = escape(_shortened(about, _WORDS // share))
    yield f'<text x="{x + 12:g}" y="{y + 43}" font-size="12.5" fill="#22313a">{line}</text>'
    yield f'<text x="{x + 12:g}" y="{y + 64}" font-size="12" fill="#4a6a7c">imports {escape(below)}</text>'


def _shortened(text: str, longest: int) -> str:
    """The first sentence of ``text``, or what stands before its colon where that is too long."""
    first = text.replace("``", "").partition(". ")[0].rstrip(".")
    return (first if len(first) <= longest else first.partition(":")[0]) + "."


def _unit(path: Path, package: Path) -> str:
    return path.relative_to(package).parts[0].removesuffix(".py")


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


def _told(imports: Imports, layers: Sequence[Sequence[str]]) -> str:
    circles = imports.circles()
    said = f"{len(imports.units)} units, {imports.count} arrows, {imports.layers()} layers, {len(circles)} circles"
    known = {unit for row in layers for unit in row} <= set(imports.units)
    lines = [said, *(f"  circle: {', '.join(sorted(one))}" for one in circles)]
    return "\n".join([*lines, *([f"  upward: {len(imports.upward(layers))}"] if known else [])])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.architecture", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=Path, metavar="FOLDER", help="only count the imports of the package bot in FOLDER")
    folder = parser.parse_args().count
    if folder is None:
        DRAWN.write_text(drawing(law(), imports_in(ROOT)), "utf-8")
    print(_told(imports_in(folder or ROOT), law()))


if __name__ == "__main__":
    main()
