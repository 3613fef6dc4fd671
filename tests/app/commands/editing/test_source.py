"""``kb source add`` and ``kb draft``: a document more, from its file to claims that are checked against it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.commands.conftest import Said

LEAFLET = """\
# Our oven

Before you come

Bring your dough in a basket. It is baked while you wait.

How long

At our oven a loaf bakes for 25 minutes. You must let it cool for an hour.
"""
ADD = ("--id", "our-oven", "--title", "Our oven")


@pytest.fixture
def leaflet(tmp_path: Path) -> Path:
    path = tmp_path / "leaflet.md"
    path.write_text(LEAFLET, "utf-8")
    return path


def test_a_document_is_added_and_nothing_else_is_touched(kb: Said, folder: Path, leaflet: Path) -> None:
    before = (folder / "sources.yaml").read_text("utf-8")
    code, out, _ = kb("source", "add", str(leaflet), *ADD, "--retrieved", "2026-11-24")
    assert code == 0
    assert "our-oven stands in" in out
    assert "2 sections, 2 paragraphs" in out
    assert f"infusion-bot kb draft our-oven {leaflet}" in out
    after = (folder / "sources.yaml").read_text("utf-8")
    assert after.startswith(before.rstrip())
    assert "retrieved: 2026-11-24\n" in after
    assert kb("check")[0] == 0
    assert kb("verify", "--article", str(leaflet), "--document", "our-oven")[0] == 0


def test_a_clinics_folder_has_sources_of_its_own(kb: Said, folder: Path, leaflet: Path) -> None:
    clinic = folder / "clinics" / "lake"
    clinic.mkdir()
    (clinic / "clinic.yaml").write_text((folder / "clinics" / "default.yaml").read_text().replace("id: default", "id: lake"))
    before = (folder / "sources.yaml").read_bytes()
    assert kb("source", "add", str(leaflet), *ADD, "--clinic", "lake")[0] == 0
    assert (folder / "sources.yaml").read_bytes() == before
    assert "our-oven" in (clinic / "sources.yaml").read_text("utf-8")
    assert kb("check")[0] == 0


def test_from_a_draft_to_a_claim_that_is_checked(kb: Said, folder: Path, leaflet: Path, tmp_path: Path) -> None:
    kb("source", "add", str(leaflet), *ADD)
    draft = tmp_path / "draft.yaml"
    code, out, _ = kb("draft", "our-oven", str(leaflet), "--output", str(draft))
    assert code == 0
    assert out.startswith("2 claims proposed in ")
    assert "before_you_come" in out  # a section without a figure: for a boundary topic
    claims = folder / "claims.yaml"
    ledger = claims.read_text("utf-8")
    claims.write_text(f"{ledger}\n{draft.read_text('utf-8')}")
    code, out, _ = kb("check")
    assert code == 1  # nobody has written what they say
    assert "nothing stands here; text is needed" in out
    written = (
        draft.read_text("utf-8").replace("claim:\n", "claim: It bakes for {FIGURE}.\n").replace("scope:\n", "scope: our oven\n")
    )
    parts = written.split("- id: ")
    finished = "- id: ".join([parts[0], *(part.replace("FIGURE", part.split("\n")[0]) for part in parts[1:])])
    claims.write_text(f"{ledger}\n{finished}")
    assert kb("check")[:2] == (0, kb("check")[1])
    assert kb("verify", "--article", str(leaflet), "--document", "our-oven")[0] == 0
    leaflet.write_text(LEAFLET.replace("25 minutes", "30 minutes"))
    code, out, _ = kb("verify", "--article", str(leaflet), "--document", "our-oven")
    assert code == 1
    assert "'25 minutes'" in out


def test_a_new_version_is_compared_and_never_written(kb: Said, folder: Path, leaflet: Path) -> None:
    kb("source", "add", str(leaflet), *ADD)
    before = (folder / "sources.yaml").read_bytes()
    assert kb("source", "add", str(leaflet), *ADD)[:2] == (0, "our-oven is in sources.yaml already, and the file says the same\n")
    leaflet.write_text(LEAFLET.replace("an hour", "two hours"))
    code, out, err = kb("source", "add", str(leaflet), *ADD)
    assert code == 1
    assert "our-oven, section how_long, paragraph 1: changed or gone; claims: none" in out
    assert err.startswith("Nothing is written")
    assert (folder / "sources.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("source", "add", "{file}", "--id", "Our Oven", "--title", "x"), "--id: 'Our Oven' is no id"),
        (("source", "add", "{file}", *ADD, "--retrieved", "yesterday"), "--retrieved: 'yesterday' is no date"),
        (("source", "add", "/nowhere.md", *ADD), "/nowhere.md: No such file or directory"),
        (("source", "add", "{empty}", *ADD), "no paragraph was found in it"),
        (("draft", "our-oven", "{file}"), "there is no document our-oven; there is: crumb"),
        (("draft", "crumb", "{file}", "--output", "{empty}"), "is there already, and is not overwritten"),
    ],
)
def test_what_is_wrong_is_told(kb: Said, leaflet: Path, tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    (tmp_path / "empty.md").write_text("\n")
    filled = [one.format(file=leaflet, empty=tmp_path / "empty.md") for one in arguments]
    code, _, err = kb(*filled)
    assert code == 2
    assert says in err
