"""One name is one thing: whoever reads a class's name knows which one is meant."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.places import ROOT


def public_classes(source: str) -> Iterator[str]:
    """The names of the classes at the top of a module; what begins with an underscore is the module's own."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name


def shared(files: Iterable[Path]) -> dict[str, list[str]]:
    """The names that several classes have, each with the files where they stand."""
    found = defaultdict(list)
    for path in sorted(files):
        for name in public_classes(path.read_text("utf-8")):
            found[name].append(str(path))
    return {name: paths for name, paths in found.items() if len(paths) > 1}


def test_no_two_classes_share_a_name() -> None:
    assert shared((ROOT / "bot").rglob("*.py")) == {}


@pytest.mark.parametrize(
    ("one", "other", "names"),
    [
        pytest.param("class A: ...", "class A(int): ...", ["A"], id="the-same-name"),
        pytest.param("class A: ...\nclass B: ...", "class C: ...", [], id="names-of-their-own"),
        pytest.param("class _A: ...", "class _A: ...", [], id="a-modules-own"),
        pytest.param("class A:\n    class B: ...", "class B: ...", [], id="inside-another"),
        pytest.param("from b import A", "class A: ...", [], id="only-imported"),
        pytest.param("@final\nclass A: ...", "class A: ...", ["A"], id="decorated"),
    ],
)
def test_classes_are_read_from_the_source(tmp_path: Path, one: str, other: str, names: list[str]) -> None:
    for name, source in (("a.py", one), ("b.py", other)):
        (tmp_path / name).write_text(source, "utf-8")
    assert list(shared(tmp_path.glob("*.py"))) == names
