"""The picture of the packages: it is up to date, and the counting behind it counts."""

from __future__ import annotations

from pathlib import Path

from tests.places import ROOT
from tools.architecture import DRAWN, drawing, imports_in, law


def test_the_picture_shows_what_the_code_imports() -> None:
    assert DRAWN.read_text("utf-8") == drawing(law(), imports_in(ROOT)), "draw it anew: make architecture"


def test_the_law_has_every_package_once() -> None:
    packages = {path.name for path in (ROOT / "bot").iterdir() if (path / "__init__.py").is_file()}
    drawn = [package for row in law() for package in row]
    assert sorted(drawn) == sorted(packages)


def _tree(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / "bot" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "bot" / name).write_text(text, "utf-8")
    return folder


def test_arrows_are_counted_once_between_two_units(tmp_path: Path) -> None:
    found = imports_in(
        _tree(
            tmp_path,
            {
                "low.py": "import os\n",
                "mid/__init__.py": "",
                "mid/one.py": "from bot import low\nfrom bot.low import x\nfrom bot.mid import two\n",
                "mid/two.py": "def f():\n    import bot.low\n",
                "high.py": "from bot.mid.one import y\nfrom bot.low import x\n",
            },
        )
    )
    assert found.arrows == {"low": frozenset(), "mid": {"low"}, "high": {"mid", "low"}}
    assert (found.count, found.layers(), found.circles()) == (3, 3, [])
    assert found.upward([["high"], ["mid"], ["low"]]) == []
    assert found.upward([["mid"], ["high"], ["low"]]) == [("high", "mid")]
    assert found.upward([["high", "mid"], ["low"]]) == [("high", "mid")]


def test_a_circle_is_found_and_counts_as_one(tmp_path: Path) -> None:
    found = imports_in(
        _tree(tmp_path, {"a.py": "import bot.b", "b.py": "import bot.c", "c.py": "import bot.a", "d.py": "import bot.a"})
    )
    assert found.circles() == [{"a", "b", "c"}]
    assert found.layers() == 2
