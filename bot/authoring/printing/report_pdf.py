"""The report as PDF: pages with numbers, each text whole on one page where it is no longer than that."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from io import BytesIO
from typing import Any

from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, HRFlowable, KeepTogether, PageBreak, Paragraph, SimpleDocTemplate, Spacer

from bot.authoring.printing.fonts import FontFace, face_for
from bot.authoring.printing.leaflet_pdf import PAPERS
from bot.authoring.printing.logo_pdf import logo_flowable
from bot.authoring.printing.report import SIGN_HERE, SIGNING, Report, ReportedText

_MARGIN, _FOOT = 17 * mm, 11 * mm
_LOGO = 14 * mm
_SMALL, _USUAL, _LEAST_LEFT = 9.0, 10.0, 30 * mm
_CANNOT = "(The font of this file lacks this script. The text stands in the HTML form of this report: --output FILE.html.)"


def report_pdf(report: Report, paper: str) -> bytes:
    """The same bytes for the same values. ``paper``: letter or a4."""
    said = [words for group in report.groups for text in group.texts for _, words in text.said]
    face = face_for([*said, report.clinic])
    file = BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=PAPERS[paper],
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN + 3 * mm,
        title=report.title,
        author=report.clinic,
        lang=report.language,
        invariant=1,
    )
    width = PAPERS[paper][0]
    footer = face.set_text(f"{report.clinic}: {report.title}; texts {report.digest}")

    class _Numbered(Canvas):
        """Keeps its pages until it knows how many there are."""

        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self._kept: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802  # as reportlab calls it
            self._kept.append(dict(self.__dict__))
            self._startPage()  # type: ignore[attr-defined]  # of Canvas, and in no stub

        def save(self) -> None:
            for number, page in enumerate(self._kept, start=1):
                self.__dict__.update(page)
                self.setFont(face.regular, 8)
                self.drawString(_MARGIN, _FOOT, footer)
                self.drawRightString(width - _MARGIN, _FOOT, f"{number} / {len(self._kept)}")
                super().showPage()
            super().save()

    document.build(list(_flow(report, _Styles(face))), canvasmaker=_Numbered)
    return file.getvalue()


def unset_texts(report: Report) -> tuple[str, ...]:
    """The ids of texts that the PDF cannot show, as no font here has their script."""
    texts = [text for group in report.groups for text in group.texts]
    face = face_for([words for text in texts for _, words in text.said])
    return tuple(text.id for text in texts if any(face.lacks(words) for _, words in text.said))


class _Styles:
    def __init__(self, face: FontFace) -> None:
        self._face = face

    def line(self, text: str, size: float = _USUAL, *, bold: bool = False, indent: float = 0, name: str = "") -> Paragraph:
        """A paragraph; ``name`` stands before it in bold. What a font lacks is said, and not shown as something else."""
        shown = _CANNOT if self._face.lacks(text) and not bold else self._face.set_text(text)
        style = ParagraphStyle(
            "report",
            fontName=self._face.bold if bold else self._face.regular,
            fontSize=size,
            leading=1.3 * size,
            leftIndent=indent,
            keepWithNext=bold,
            spaceAfter=0.25 * size,
        )
        before = f'<font name="{self._face.bold}">{escape(name)}</font> ' if name else ""
        return Paragraph(before + escape(shown).replace("\n", "<br/>"), style)


def _flow(report: Report, styles: _Styles) -> Iterator[Flowable]:
    yield from logo_flowable(report.logo, _LOGO)
    yield styles.line(report.title, 17, bold=True)
    yield Spacer(1, 4 * mm)
    yield from (styles.line(value, name=f"{what}:") for what, value in report.facts)
    yield Spacer(1, 4 * mm)
    yield from (styles.line(f"{group.title}: {len(group.texts)}") for group in report.groups)
    for group in report.groups:
        yield PageBreak()
        yield styles.line(f"{group.title} ({len(group.texts)})", 14, bold=True)
        for text in group.texts:
            yield from _text(text, styles)
    yield Spacer(1, 10 * mm)
    yield KeepTogether(
        [styles.line("Signature", 14, bold=True), styles.line(SIGNING.format(digest=report.digest)), *_lines(styles)]
    )


def _text(text: ReportedText, styles: _Styles) -> Iterator[Flowable]:
    head = [
        Spacer(1, 2 * mm),
        HRFlowable(width="100%", thickness=3 if text.state in {"changed", "overdue"} else 0.5, color="black"),
        styles.line(text.title, 11.5, bold=True),
        styles.line(f"{text.id}: {text.standing}", _SMALL),
    ]
    said = [
        one
        for label, words in text.said
        for one in (
            *([styles.line(label, bold=True)] if label else []),
            *(styles.line(paragraph, indent=4 * mm) for paragraph in words.split("\n\n")),
        )
    ]
    rests = [styles.line(words, _SMALL, name=id) for id, words in text.rests]
    # Parts of what is longer than a page may stand on two, but not its heading on another than its first words.
    yield CondPageBreak(_LEAST_LEFT)
    yield KeepTogether([*head, *said, *rests])


def _lines(styles: _Styles) -> Iterator[Flowable]:
    for what in SIGN_HERE:
        yield Spacer(1, 9 * mm)
        yield styles.line(what, _SMALL)
        yield HRFlowable(width="70%", thickness=0.75, color="black", hAlign="LEFT")
