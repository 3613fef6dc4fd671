"""The picture of the treatment as a file: the shapes of ``drawing`` written as SVG or painted as PNG.

Pillow paints, with the font that it carries: no system font is needed. It is imported when a PNG is asked for, and not before.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING

from bot.knowledge.model import Knowledge
from bot.timeline.course import Course
from bot.timeline.drawing import WIDTH, Drawing, RectElement, Shape, TextElement, layout

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

# The names are those of fonts that need no more room than the layout leaves.
_FONTS = "Helvetica, Arial, 'DejaVu Sans', sans-serif"
_HEAVY = 22  # a heavy line of text is outlined by one pixel for so many of its size, on either side
_SHADES = 14  # between a text and its ground; more are not seen at these sizes
_OWN, _WIDER = "", "DejaVuSans.ttf"


def svg(course: Course, knowledge: Knowledge) -> str:
    """The picture as an SVG document with its content as text in ``<title>`` and ``<desc>``; no style, script or link in it."""
    drawing = layout(course, knowledge)
    size = f'viewBox="0 0 {WIDTH} {drawing.height}" width="{WIDTH}" height="{drawing.height}"'
    role = f'role="img" aria-labelledby="course-title course-desc" lang="{escape(drawing.language)}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {role} shape-rendering="crispEdges" font-family="{escape(_FONTS)}">',
        f'<title id="course-title">{_escaped(drawing.title)}</title>',
        f'<desc id="course-desc">{_escaped(drawing.text)}</desc>',
        *map(_element, drawing.shapes),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def png(course: Course, knowledge: Knowledge) -> bytes:
    """The picture as PNG, with its content as text in the chunk ``Description``; the same bytes for the same values and fonts.

    What the fonts cannot draw is left out; see ``drawable``. Raises ModuleNotFoundError where Pillow is not installed.
    """
    from PIL import Image, ImageDraw, PngImagePlugin  # noqa: PLC0415  # 40 ms, for those who ask for a PNG only

    drawing = layout(course, knowledge)
    image = Image.new("RGB", (WIDTH, drawing.height))
    pen = ImageDraw.Draw(image)
    name = _font_for(drawing)
    for shape in drawing.shapes:
        if isinstance(shape, RectElement):
            if shape.width and shape.height:
                pen.rectangle((shape.x, shape.y, shape.x + shape.width - 1, shape.y + shape.height - 1), fill=shape.fill)
        else:
            text = drawable(shape.content, name)
            stroke = shape.size / _HEAVY / 2 if shape.heavy else 0
            pen.text((shape.x, shape.baseline), text, shape.fill, _font(name, shape.size), "ls", stroke_width=stroke)
    about = PngImagePlugin.PngInfo()
    about.add_itxt("Description", drawing.text, lang=drawing.language)
    file = BytesIO()
    # A palette of our own: a third of the bytes, and in a fifth of the time that finding one takes.
    palette = Image.new("P", (1, 1))
    palette.putpalette(_palette(drawing))
    image.quantize(palette=palette, dither=Image.Dither.NONE).save(file, "PNG", pnginfo=about)
    return file.getvalue()


def _palette(drawing: Drawing) -> list[int]:
    """Red, green and blue of each colour: those of the shapes, and those that smooth the edges of letters on their grounds."""
    colours = dict.fromkeys(_rgb(shape.fill) for shape in drawing.shapes)
    for text, ground in dict.fromkeys(
        (shape.fill, drawing.ground(shape)) for shape in drawing.shapes if isinstance(shape, TextElement)
    ):
        ends = list(zip(_rgb(text), _rgb(ground), strict=True))
        for step in range(1, _SHADES):
            red, green, blue = (round(ink + (paper - ink) * step / _SHADES) for ink, paper in ends)
            colours[red, green, blue] = None
    return [part for colour in colours for part in colour]


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


# -- SVG ------------------------------------------------------------------------------------------------------------


def _element(shape: Shape) -> str:
    if isinstance(shape, RectElement):
        return f'<rect x="{shape.x}" y="{shape.y}" width="{shape.width}" height="{shape.height}" fill="{shape.fill}"/>'
    heavy = f' stroke="{shape.fill}" stroke-width="{shape.size / _HEAVY:.1f}"' if shape.heavy else ""
    place = f'x="{shape.x}" y="{shape.baseline}" font-size="{shape.size}" fill="{shape.fill}"{heavy}'
    return f"<text {place}>{_escaped(shape.content)}</text>"


def _escaped(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return escape("".join(char for char in text if char == "\n" or char.isprintable()))


# -- fonts ----------------------------------------------------------------------------------------------------------


def _font_for(drawing: Drawing) -> str:
    """The font for all of the picture: Pillow's own, or a wider one if it is installed and the own one lacks a character."""
    texts = [shape.content for shape in drawing.shapes if isinstance(shape, TextElement)]
    own = _has(_OWN)
    return _WIDER if not all(own(char) for text in texts for char in text) and _installed(_WIDER) else _OWN


def drawable(text: str, font: str = _OWN) -> str:
    """``text`` as far as ``font`` has its characters: accents fall off, symbols vanish, a word that lacks a letter is "…".

    A box in place of a letter looks broken, and a name with a letter missing is another name.
    """
    has = _has(font)
    return " ".join(word for word in _words(text, has) if word)


def _words(text: str, has: Callable[[str], bool]) -> Iterator[str]:
    for word in text.split():
        drawn = ""
        for char in word:
            bare = "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
            usable = next((form for form in (char, bare) if form and all(map(has, form))), "")
            if not usable and char.isalnum():
                drawn = "…"
                break
            drawn += usable
        yield drawn


@lru_cache(maxsize=32)
def _font(name: str, size: int) -> FreeTypeFont:
    from PIL import ImageFont  # noqa: PLC0415  # as in ``png``

    # The basic layout needs no library of the system, so that a picture is the same everywhere.
    if name:
        return ImageFont.truetype(name, size, layout_engine=ImageFont.Layout.BASIC)
    own = ImageFont.load_default(size)
    if not isinstance(own, ImageFont.FreeTypeFont):
        raise ModuleNotFoundError("this Pillow was built without FreeType, and cannot write text of a size")
    return own


@lru_cache(maxsize=2)
def _installed(name: str) -> bool:
    try:
        _font(name, 16)
    except OSError:
        return False
    return True


@lru_cache(maxsize=2)
def _has(name: str) -> Callable[[str], bool]:
    """Whether the font has a glyph for a character, seen from whether it draws the box that stands for all that it lacks."""
    font = _font(name, 32)
    box = bytes(font.getmask("\U0010fffd"))

    @lru_cache(maxsize=4096)
    def has(char: str) -> bool:
        # Scripts that run from right to left, or that join their letters, need more than the basic layout.
        if unicodedata.bidirectional(char) in {"R", "AL"} or unicodedata.category(char) in {"Mn", "Mc", "Me"}:
            return False
        return char == " " or bytes(font.getmask(char)) != box

    return has
