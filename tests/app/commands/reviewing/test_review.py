"""``kb review`` and ``kb sign`` as an editor types them."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.dialogue.reviews import reviewables
from bot.knowledge.load import load
from tests import folders
from tests.app.commands.conftest import Said


def test_review_lists_what_nobody_signed(kb: Said, folder: Path) -> None:
    code, out, err = kb("review")
    assert (code, err) == (1, "")
    lines = out.splitlines()
    assert lines[0] == "With `reviewed` typed in, which says not of which text: 5"
    assert "  topics/bread.yaml: starter, feeding" in lines
    many = len(reviewables(load(folder)))
    assert f"{many} texts, 0 with a signature that holds" in lines
    assert "No clinician has signed a text of this folder." in lines


def test_what_is_signed_is_signed_until_it_changes(kb: Said, folder: Path) -> None:
    code, out, _ = kb("sign", "--by", "Dr. Rye", "--on", "2026-01-05", "--all")
    assert code == 0
    assert out.splitlines()[-1] == "every text is signed"
    assert "signed by Dr. Rye on 2026-01-05, due again on 2027-01-05" in out
    assert kb("review")[0] == 0 or date.today() > date(2027, 1, 5)  # noqa: DTZ011
    kb("sign", "--by", "Dr. Rye", "--all")
    assert kb("review")[:2] == (0, f"{(many := len(reviewables(load(folder))))} texts, {many} with a signature that holds\n")
    bread = folder / "topics" / "bread.yaml"
    bread.write_text(bread.read_text("utf-8").replace("wild yeast", "tame yeast"), "utf-8")
    code, out, _ = kb("review")
    assert code == 1
    assert out.splitlines()[:2] == [
        "Changed after they were signed: 1",
        f"  topics/bread.yaml: starter (Dr. Rye, {date.today()})",  # noqa: DTZ011
    ]
    assert kb("report", "--output", folder / "r.html")[0] == 0
    page = (folder / "r.html").read_text("utf-8")
    assert "It is flour and water in which wild yeast lives." in page.partition("Signed, and gone")[2].partition("Not signed")[0]
    kb("sign", "--by", "Dr. Rye", "starter")
    assert kb("review")[0] == 0


def test_a_clinic_signs_in_its_own_ledger(kb: Said, folder: Path) -> None:
    (folder / "clinics" / "lake.yaml").write_text(folders.CLINIC.replace("id: default", "id: lake"), "utf-8")
    assert kb("sign", "--by", "Dr. Rye", "--all", "--clinic", "lake")[0] == 0
    assert (folder / "clinics" / "lake.reviews").is_file()
    assert not (folder / "reviews.yaml").exists()
    assert kb("review", "--clinic", "lake")[0] == 0
    assert kb("review")[0] == 1
    assert kb("check")[0] == 0


TOMORROW = str(date.today() + timedelta(days=1))  # noqa: DTZ011


@pytest.mark.parametrize(
    ("argv", "wrong"),
    [
        pytest.param(["--by", "A", "--on", TOMORROW, "--all"], "--on: ", id="a-day-to-come"),
        pytest.param(["--by", "A", "--on", "soon", "--all"], "--on: 'soon' is not a day", id="no-day"),
        pytest.param(
            ["--by", "A", "--on", "2026-01-05", "--review-by", "2026-01-05", "--all"], "--review-by: ", id="due-at-once"
        ),
        pytest.param(["--by", " ", "--all"], "--by: ' ' is not a name", id="no-name"),
        pytest.param(["--by", "A"], "which texts?", id="no-texts"),
        pytest.param(["--by", "A", "--all", "starter"], "which texts?", id="all-and-one"),
        pytest.param(["--by", "A", "startr"], "there is no text startr; did you mean starter?", id="unknown"),
    ],
)
def test_what_is_no_signature_is_refused_and_nothing_is_written(kb: Said, folder: Path, argv: list[str], wrong: str) -> None:
    code, out, err = kb("sign", *argv)
    assert (code, out) == (2, "")
    assert err.startswith(wrong)
    assert not (folder / "reviews.yaml").exists()


def test_a_folder_that_does_not_load_is_not_signed(kb: Said, tmp_path: Path) -> None:
    broken = folders.write(tmp_path / "broken", oven=folders.OVEN.replace("answer:", "anser:"))
    code, _, err = kb("sign", "--by", "A", "--all", knowledge=broken)
    assert code == 2
    assert err.splitlines()[-1] == "nothing was signed: kb check has to be fine first"
    assert not (broken / "reviews.yaml").exists()


@pytest.mark.parametrize("name", ["report.pdf", "report.html"])
def test_a_report_is_signed_as_it_was_read(kb: Said, folder: Path, tmp_path: Path, name: str) -> None:
    code, out, _ = kb("report", "--output", tmp_path / name)
    assert code == 0
    digest = out.split()[-1]
    assert digest.encode() in (tmp_path / name).read_bytes() or name.endswith(".pdf")
    bread = folder / "topics" / "bread.yaml"
    before = bread.read_text("utf-8")
    bread.write_text(before.replace("wild yeast", "tame yeast"), "utf-8")
    code, _, err = kb("sign", "--by", "Dr. Rye", "--report", digest, "--all")
    assert code == 2
    assert err.startswith(f"--report: the texts are not those of report {digest} any more")
    bread.write_text(before, "utf-8")
    assert kb("sign", "--by", "Dr. Rye", "--report", digest, "--all")[0] == 0
    assert kb("review")[0] == 0


def test_a_report_in_another_format_is_refused(kb: Said) -> None:
    assert kb("report", "--output", "a.docx")[::2] == (2, "--output: 'a.docx' must end in .pdf or .html\n")
