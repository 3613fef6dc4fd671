"""The fonts that PDF files are set in, embedded, so that a page looks the same in every reader.

Bitstream Vera comes with reportlab, may be embedded, and has the letters of Western European languages. What it lacks is set in
DejaVu Sans, which was made from it, where the system has that; what neither can set loses its accents, or is left to the HTML.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

_OWN, _WIDER = ("Vera.ttf", "VeraBd.ttf"), ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
# Written from right to left, or with signs that join their letters: more than setting one letter beside the other.
_DIRECTIONS, _JOINED = {"R", "AL", "AN"}, {"Mn", "Mc", "Me"}


@dataclass(frozen=True, slots=True)
class FontFace:
    """Names by which reportlab knows a font, regular and bold, and the characters that both have."""

    regular: str
    bold: str
    characters: frozenset[str]

    def lacks(self, text: str) -> bool:
        """Whether ``text`` cannot be set as it is written."""
        return any(not self._sets(char) for char in text)

    def set_text(self, text: str) -> str:
        """``text`` with the characters that there are: accents fall off, what has no likeness becomes "?"."""
        return "".join(char if self._sets(char) else self._bare(char) for char in text)

    def _sets(self, char: str) -> bool:
        joined = unicodedata.category(char) in _JOINED or unicodedata.bidirectional(char) in _DIRECTIONS
        return char in "\n\t " or (char in self.characters and not joined)

    def _bare(self, char: str) -> str:
        bare = "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
        return bare if bare and all(map(self._sets, bare)) else "?"


def face_for(texts: Iterable[str]) -> FontFace:
    """The face for a page with ``texts``: our own, or the wider one where that sets more of them and is there."""
    own, wider, some = _face(_OWN), _face(_WIDER), list(texts)
    if own is None:
        raise ModuleNotFoundError("this reportlab lacks its fonts (Vera.ttf)")
    lacking = sum(map(own.lacks, some))
    return wider if lacking and wider is not None and sum(map(wider.lacks, some)) < lacking else own


@lru_cache(maxsize=2)
def _face(files: tuple[str, str]) -> FontFace | None:
    """None where the system has no such font."""
    characters: list[set[str]] = []
    for file in files:
        try:
            font = TTFont(file, file)  # reportlab looks in its own folder and in those of the system
        except (TTFError, OSError):
            return None
        pdfmetrics.registerFont(font)
        characters.append({chr(code) for code in font.face.charToGlyph})
    return FontFace(*files, frozenset.intersection(*map(frozenset, characters)))
