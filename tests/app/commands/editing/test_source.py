"""``kb source add`` and ``kb draft``: a document more, from its file to claims that are checked against it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app.commands import main
from tests.app.commands.conftest import Said

LEAFLET = """\
# Our oven

Before you come

Bring your dough in a basket. It is baked while you wait.

How long

At our oven a loaf bakes for 25 minutes. You must let it cool for an hour.
"""
CLAIM = """
- id: clay_oven
  claim: At our oven a loaf bakes for {clay_oven}.
  quantities:
    clay_oven: {value: 25 minutes, near: [loaf]}
  scope: our oven
  source: {document: our-oven, section: how_long, paragraph: 1}
"""
ENTRY = """
- id: clay_oven
  question: How long does the clay oven take?
  phrases: [clay oven how long, baking in the clay oven]
  answer: A loaf bakes for {clay_oven} at our oven.
  claims: [clay_oven]
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


def test_a_clinic_in_one_file_is_told_to_become_a_folder_and_the_base_is_left(kb: Said, folder: Path, leaflet: Path) -> None:
    text = (folder / "clinics" / "default.yaml").read_text().replace("id: default", "id: solo")
    (folder / "clinics" / "solo.yaml").write_text(text)
    before = (folder / "sources.yaml").read_bytes()
    code, _, err = kb("source", "add", str(leaflet), *ADD, "--clinic", "solo")
    assert code == 2
    assert "solo is a single file" in err
    assert "move" in err
    assert (folder / "sources.yaml").read_bytes() == before


def test_a_page_is_verified_as_it_was_added(kb: Said, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<h1>Our oven</h1><p>It is hot.</p><h2>How long</h2><p>A loaf bakes for 25 minutes.</p><p>Salt</p>", "utf-8")
    assert kb("source", "add", str(page), *ADD)[0] == 0
    assert kb("verify", "--article", str(page), "--document", "our-oven")[0] == 0
    assert kb("source", "add", str(page), *ADD)[0] == 0
    page.write_text(page.read_text("utf-8").replace("25", "35"), "utf-8")
    assert kb("verify", "--article", str(page), "--document", "our-oven")[0] == 1


def test_what_rests_on_it_is_told_when_a_clinician_has_signed_it(
    kb: Said, folder: Path, leaflet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kb("source", "add", str(leaflet), *ADD)
    assert "needs_signature: true" in (folder / "sources.yaml").read_text("utf-8")
    with (folder / "claims.yaml").open("a") as claims:
        claims.write(CLAIM)
    (folder / "topics" / "own.yaml").write_text(ENTRY)

    def answer() -> str:
        assert main.run(["ask", "how long does the clay oven take", "--knowledge", str(folder)]) == 0
        return capsys.readouterr().out

    assert "25 minutes" not in answer()
    assert kb("sign", "--by", "Dr. Crumb", "clay_oven")[0] == 0
    assert "25 minutes" in answer()


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
    assert "our-oven, section how_long, paragraph 1: this paragraph has changed in the article; in doubt: claims none" in out
    assert err.startswith("Nothing is written")
    assert (folder / "sources.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("source", "add", "{file}", "--id", "Our Oven", "--title", "x"), "id: 'Our Oven' is no id"),
        (("source", "add", "{file}", *ADD, "--retrieved", "yesterday"), "retrieved: 'yesterday' is not a date"),
        (("source", "add", "{file}", *ADD, "--link", "javascript:alert(1)"), "link: 'javascript:alert(1)' is not a link"),
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
