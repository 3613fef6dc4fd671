"""The report as pages: all of it, numbered, no text cut in two that fits on one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pypdfium2
import pytest

from bot.authoring.printing.report import Report, report_of
from bot.authoring.printing.report_pdf import report_pdf, unset_texts
from bot.knowledge.model import Knowledge
from bot.knowledge.overlay.logo import Logo
from tests.pictures import png

NOW = datetime(2026, 6, 2, 12, tzinfo=UTC)
NOT_LATIN = {"ar", "fa", "he", "hi", "ur", "bn", "pa", "ta", "zh", "ja", "ko", "th", "am", "ru", "uk", "el", "sr"}


@pytest.fixture(scope="module")
def report(at_clinic: Knowledge) -> Report:
    return report_of(at_clinic, NOW)


@pytest.fixture(scope="module")
def pages(report: Report) -> list[str]:
    document = pypdfium2.PdfDocument(report_pdf(report, "a4"))
    return ["".join(page.get_textpage().get_text_bounded().split()) for page in document]


def squeezed(text: str) -> str:
    """Without blanks: lines are broken where the page wants it."""
    return "".join(text.split())


def test_every_word_is_there_but_those_in_scripts_that_it_names(report: Report, pages: list[str]) -> None:
    whole, unset = "".join(pages), unset_texts(report)
    assert {id.removeprefix("danger.language.") for id in unset} <= NOT_LATIN
    for group in report.groups:
        for text in group.texts:
            for paragraph in (part for _, said in text.said for part in said.split("\n\n") if text.id not in unset):
                # A text that runs on to the next page has the foot of the first in it.
                pieces = [squeezed(line) for line in paragraph.split("\n")]
                assert all(piece in whole or piece[:40] in whole for piece in pieces), (text.id, paragraph)
            assert all(squeezed(name) in whole for name, _ in text.rests)


def test_its_pages_are_numbered_and_name_the_texts_that_they_are_of(report: Report, pages: list[str]) -> None:
    for number, page in enumerate(pages, start=1):
        assert page.endswith(f"texts{report.digest}{number}/{len(pages)}")


def test_no_answer_is_cut_in_two(report: Report, pages: list[str]) -> None:
    for group in report.groups:
        for text in (one for one in group.texts if one.id not in {"timeline", *unset_texts(report)}):
            head = squeezed(f"{text.title}{text.id}: {text.standing}")
            (page,) = [page for page in pages if head in page]
            for _, said in (*text.said, *text.rests):
                assert all(squeezed(line) in page for line in said.split("\n")), text.id


def test_there_is_a_place_to_sign(pages: list[str]) -> None:
    assert all(word in pages[-1] for word in ("Signature", "Name", "Profession", "Date"))


def test_the_same_report_is_the_same_file_and_any_name_is_shown(at_clinic: Knowledge) -> None:
    clinic = replace(at_clinic.clinic, name="A & B <b>")
    small = report_of(replace(at_clinic, clinic=clinic, languages=()), NOW)
    small = replace(small, groups=small.groups[-1:])
    assert report_pdf(small, "letter") == report_pdf(small, "letter")
    assert "A & B <b>" in pypdfium2.PdfDocument(report_pdf(small, "letter"))[0].get_textpage().get_text_bounded()


def test_the_picture_of_the_clinic_stands_on_it(report: Report) -> None:
    group = replace(report.groups[0], texts=report.groups[0].texts[:1])
    short = replace(report, groups=(group,), logo=Logo("png", png()))
    assert b"/Subtype /Image" in report_pdf(short, "a4")
    assert b"/Subtype /Image" not in report_pdf(replace(short, logo=None), "a4")
