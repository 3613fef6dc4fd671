"""The leaflet as a PDF of one page: two columns, set as large as they fit, and never smaller than can be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from io import BytesIO

from reportlab.lib.colors import HexColor, black
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, Spacer

from bot.authoring.printing.codes import QUIET
from bot.authoring.printing.fonts import FontFace, face_for
from bot.authoring.printing.leaflet import Leaflet, LeafletPart, ScanCode
from bot.authoring.printing.logo_pdf import logo_flowable
from bot.timeline.strips import STRIP_HEIGHT, STRIP_WIDTH, Strip, StripPanel

PAPERS = {"letter": LETTER, "a4": A4}
_MARGIN, _GAP = 12 * mm, 6 * mm
# Points; the last is the smallest that people with weak eyes still read well.
_SIZES = (12.0, 11.5, 11.0, 10.5, 10.0)
_CODE, _LOGO = 34 * mm, 10 * mm
_SWATCH, _SWATCH_ROOM = 92, 36  # of a bar's units, and points


def leaflet_pdf(leaflet: Leaflet, paper: str) -> bytes:
    """The same bytes for the same values. ``paper``: letter or a4. Raises LookupError where it does not fit on one page."""
    width, height = PAPERS[paper]
    file = BytesIO()
    canvas = Canvas(file, pagesize=(width, height), invariant=True, pageCompression=1, lang=leaflet.language)
    canvas.setTitle(" · ".join(filter(None, (leaflet.title, leaflet.clinic))))
    face = face_for(_texts(leaflet))
    pages = [_Page(leaflet, face, size, width - 2 * _MARGIN) for size in _SIZES]
    page = next((one for one in pages if one.height <= height - 2 * _MARGIN), None)
    if page is None:
        over = round((pages[-1].height - height + 2 * _MARGIN) / (1.22 * _SIZES[-1])) + 1
        raise LookupError(f"the leaflet is about {over} lines too long for one page ({paper}); shorten sheet.yaml or the contact")
    page.draw(canvas, _MARGIN, height - _MARGIN)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def _texts(leaflet: Leaflet) -> list[str]:
    rows = [text for panel in leaflet.panels for row in panel.strips for text in (row.label, row.said)]
    parts = [*leaflet.parts, *((leaflet.hours,) if leaflet.hours is not None else ())]
    lines = [text for part in parts for text in (part.title, *part.lines)]
    return [leaflet.title, leaflet.clinic, *leaflet.rules, *leaflet.note, *rows, *lines]


class _Page:
    """All of it set in one size. ``height``: what it takes of a page that is ``width`` wide."""

    def __init__(self, leaflet: Leaflet, face: FontFace, size: float, width: float) -> None:
        self._setter = _Setter(face, size)
        self._width = width
        self._column = (width - _GAP) / 2
        text = self._setter.text
        name = text(leaflet.clinic, 1.1, bold=True, right=True)
        self._head = [text(leaflet.title, 1.8, bold=True), *logo_flowable(leaflet.logo, _LOGO, right=True), name]
        self._foot: list[Flowable] = [text(line) for line in leaflet.note]
        self._left, self._right = self._columns(leaflet)
        self._head_height = max(_tall(self._head[0], 0.6 * width), 5 + _tall_all(self._head[1:], 0.4 * width)) + 8
        self._body_height = max(_tall_all(self._left, self._column), _tall_all(self._right, self._column))
        self.height = self._head_height + self._body_height + 6 + _tall_all(self._foot, width)

    def _columns(self, leaflet: Leaflet) -> tuple[list[Flowable], list[Flowable]]:
        setter = self._setter
        left = [one for id in ("before", "during", "after") for one in setter.part(leaflet.part(id))]
        if leaflet.rules:
            left += [_Frame([setter.text(rule, 1.1, bold=True) for rule in leaflet.rules], 3), setter.gap(0.6)]
        if (call := leaflet.part("call")) is not None:
            left += [_Frame(setter.part(call)[:-1], 1.5), setter.gap(0.6)]
        if leaflet.code is not None:
            left.append(setter.code(leaflet.code))
        right = [setter.text(leaflet.how_long, 1.25, bold=True)] if leaflet.panels else []
        flowables: list[Flowable] = [*right, *(one for panel in leaflet.panels for one in setter.panel(panel))]
        for one in leaflet.legend:
            flowables += [_Beside(_Bar(one, _SWATCH, _SWATCH_ROOM - 6), _SWATCH_ROOM, setter.text(one.said)), setter.gap(0.2)]
        return left, [*flowables, *setter.part(leaflet.hours)]

    def draw(self, canvas: Canvas, x: float, top: float) -> None:
        _stack(canvas, self._head[:1], x, top, 0.6 * self._width)
        _stack(canvas, self._head[1:], x + 0.6 * self._width, top - 5, 0.4 * self._width)
        top -= self._head_height
        canvas.setLineWidth(1.5)
        canvas.line(x, top + 5, x + self._width, top + 5)
        _stack(canvas, self._left, x, top, self._column)
        _stack(canvas, self._right, x + self._column + _GAP, top, self._column)
        top -= self._body_height + 6
        canvas.setLineWidth(0.75)
        canvas.line(x, top + 2, x + self._width, top + 2)
        _stack(canvas, self._foot, x, top, self._width)


class _Setter:
    """Makes flowables of values, in one face and size."""

    def __init__(self, face: FontFace, size: float) -> None:
        self.face = face
        self.size = size

    def text(self, text: str, scale: float = 1.0, *, bold: bool = False, right: bool = False) -> Paragraph:
        size = scale * self.size
        style = ParagraphStyle(
            "leaflet",
            fontName=self.face.bold if bold else self.face.regular,
            fontSize=size,
            leading=1.22 * size,
            alignment=TA_RIGHT if right else 0,
        )
        return Paragraph(escape(self.face.set_text(text)), style)

    def gap(self, lines: float) -> Spacer:
        return Spacer(1, lines * self.size)

    def part(self, part: LeafletPart | None) -> list[Flowable]:
        if part is None:
            return []
        lines = [_Beside(self.text("•"), 1.1 * self.size, self.text(line)) for line in part.lines]
        return [self.text(part.title, 1.25, bold=True), *lines, self.gap(0.6)]

    def panel(self, panel: StripPanel) -> list[Flowable]:
        rows: list[Flowable] = []
        for one in panel.strips:
            rows += [self.text(one.label, bold=True), *([_Bar(one)] if one.shapes else []), self.text(one.said), self.gap(0.15)]
        heading = [self.text(panel.title, 1.05, bold=True), self.text(panel.scale)]
        return [*heading, _Ticks(panel, self.face.regular, self.size), *rows, self.gap(0.4)]

    def code(self, code: ScanCode) -> Flowable:
        beside = [self.text(code.title, 1.25, bold=True), self.text(code.text)]
        return _Code(code, [*beside, self.gap(0.3), self.text(code.shown)])


class _Frame(Flowable):
    """What stands in a frame of ``line`` points."""

    _PAD = 5

    def __init__(self, inside: Sequence[Flowable], line: float) -> None:
        super().__init__()
        self._inside, self._line = list(inside), line

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:  # noqa: ARG002, N803  # as reportlab calls it
        self.width, self.height = aW, _tall_all(self._inside, aW - 2 * self._PAD) + 2 * self._PAD
        return aW, self.height

    def draw(self) -> None:
        half = self._line / 2
        self.canv.setLineWidth(self._line)
        self.canv.rect(half, half, self.width - self._line, self.height - self._line)
        _stack(self.canv, self._inside, self._PAD, self.height - self._PAD + 1, self.width - 2 * self._PAD)


class _Bar(Flowable):
    """``units`` of a bar in ``room`` points, or in all that there is."""

    def __init__(self, strip: Strip, units: int = STRIP_WIDTH, room: float | None = None) -> None:
        super().__init__()
        self._strip, self._units, self._room = strip, units, room

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:  # noqa: ARG002, N803
        self._scale = (self._room or aW) / self._units
        self.height = STRIP_HEIGHT * self._scale + 2
        return aW, self.height

    def draw(self) -> None:
        for one in self._strip.shapes:
            self.canv.setFillColor(HexColor(one.fill))
            y = self.height - 2 - (one.y + one.height) * self._scale
            self.canv.rect(one.x * self._scale, y, one.width * self._scale, one.height * self._scale, stroke=0, fill=1)
        self.canv.setFillColor(black)


class _Ticks(Flowable):
    def __init__(self, panel: StripPanel, font: str, size: float) -> None:
        super().__init__()
        self._panel, self._font, self._size = panel, font, size

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:  # noqa: ARG002, N803
        self.width, self.height = aW, 1.25 * self._size
        return aW, self.height

    def draw(self) -> None:
        self.canv.setFont(self._font, self._size)
        scale = self.width / STRIP_WIDTH
        for text, x in self._panel.ticks:
            room = self.width - self.canv.stringWidth(text, self._font, self._size)
            self.canv.drawString(max(0.0, min(x * scale, room)), 0.3 * self._size, text)


class _Beside(Flowable):
    """A mark, and a text ``room`` points to the right of where it begins."""

    def __init__(self, mark: Flowable, room: float, text: Flowable) -> None:
        super().__init__()
        self._mark, self._room, self._text = mark, room, text

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:  # noqa: ARG002, N803
        self.width, self.height = aW, max(_tall(self._text, aW - self._room), _tall(self._mark, self._room))
        return aW, self.height

    def draw(self) -> None:
        _stack(self.canv, [self._mark], 0, self.height, self._room)
        _stack(self.canv, [self._text], self._room, self.height, self.width - self._room)


class _Code(Flowable):
    def __init__(self, code: ScanCode, beside: Sequence[Flowable]) -> None:
        super().__init__()
        self._code, self._beside = code, list(beside)

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:  # noqa: ARG002, N803
        self.width, self.height = aW, max(_CODE, _tall_all(self._beside, aW - _CODE - 8))
        return aW, self.height

    def draw(self) -> None:
        rows = self._code.squares
        size = _CODE / (len(rows) + 2 * QUIET)
        self.canv.setFillColor(black)
        for y, row in enumerate(rows):
            for x, square in enumerate(row):
                if square == "1":
                    # A hair more than its square: between two of them no reader's page shows through.
                    left, top = (x + QUIET) * size, self.height - (y + QUIET + 1) * size
                    self.canv.rect(left, top, size * 1.02, size * 1.02, stroke=0, fill=1)
        _stack(self.canv, self._beside, _CODE + 8, self.height, self.width - _CODE - 8)


def _tall(one: Flowable, width: float) -> float:
    wrap: Callable[[float, float], tuple[float, float]] = one.wrap
    return wrap(width, 10_000)[1]


def _tall_all(flowables: Sequence[Flowable], width: float) -> float:
    return sum(_tall(one, width) for one in flowables)


def _stack(canvas: Canvas, flowables: Sequence[Flowable], x: float, top: float, width: float) -> None:
    """One below the other from ``top`` on."""
    for one in flowables:
        top -= _tall(one, width)
        one.drawOn(canvas, x, top)
