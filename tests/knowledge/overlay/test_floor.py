"""The floor under every clinic: what weakens is refused with its line, and what is honest loads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.app.channels import slots
from bot.app.paths import knowledge_folder
from bot.knowledge.load import Base, KnowledgeError, read_base

ROWS = Path(__file__).with_name("rows")
# What every clinic of the rows has besides: a document that its claims may stand in.
SOURCES = """\
- id: own
  title: Our own rules
  publisher: Our clinic
  sections:
    - id: rules
      title: Rules
      paragraphs:
        - These are our own rules.
        - And these are some more of them.
"""


def rows(name: str) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = yaml.safe_load((ROWS / f"{name}.yaml").read_text("utf-8"))
    return read


WEAKENING = [*rows("weakening_first"), *rows("weakening_second")]
HONEST = rows("honest")


@pytest.fixture(scope="module")
def base() -> Base:
    return read_base(knowledge_folder(), slots())


def written(folder: Path, row: dict[str, Any]) -> dict[str, list[str]]:
    """The clinic of ``row`` in ``folder``; the lines of each of its files."""
    files = {"sources": SOURCES, "clinic": "", **{name: text for name, text in row.items() if name not in {"why", "line"}}}
    if not files["clinic"].startswith("id:"):
        files["clinic"] = f"id: one\n{files['clinic']}"
    for name, text in files.items():
        path = folder / "one" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return {f"clinics/one/{name}.yaml": text.splitlines() for name, text in files.items()}


@pytest.mark.parametrize("row", WEAKENING, ids=lambda row: row["why"])
def test_what_weakens_is_refused_with_its_line(base: Base, tmp_path: Path, row: dict[str, Any]) -> None:
    files = written(tmp_path, row)
    wanted = [f"{name}:{at}: " for name, lines in files.items() for at, line in enumerate(lines, 1) if row["line"] in line]
    assert wanted
    with pytest.raises(KnowledgeError) as caught:
        base.with_clinic("one", tmp_path)
    assert any(mistake.startswith(place) for mistake in caught.value.mistakes for place in wanted), caught.value.mistakes


@pytest.mark.parametrize("row", HONEST, ids=lambda row: row["why"])
def test_what_is_honest_loads(base: Base, tmp_path: Path, row: dict[str, Any]) -> None:
    written(tmp_path, row)
    try:
        base.with_clinic("one", tmp_path)
    except KnowledgeError as error:
        pytest.fail(str(error))


def test_there_are_as_many_as_there_should_be() -> None:
    assert len(WEAKENING) == len({row["why"] for row in WEAKENING}) >= 80
    assert len(HONEST) == len({row["why"] for row in HONEST}) >= 30
