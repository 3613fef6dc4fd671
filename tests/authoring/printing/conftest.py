"""What several tests of printed pages need: the shipped knowledge at a clinic, and pages as a reader sees them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pypdfium2
import pytest

if TYPE_CHECKING:
    from PIL.Image import Image

    from bot.knowledge.model import Knowledge


@pytest.fixture(scope="session")
def at_clinic(knowledge: Knowledge) -> Knowledge:
    clinic = replace(knowledge.clinic, id="lake", name="Lakeside Infusion Clinic", contact="Call 555 0100.")
    return replace(knowledge, clinic=clinic)


@dataclass(frozen=True)
class SeenPages:
    """``sizes``: of all characters that are seen, in points."""

    pages: int
    size: tuple[int, int]
    text: str
    sizes: frozenset[float]
    picture: Image


def seen(pdf: bytes) -> SeenPages:
    document = pypdfium2.PdfDocument(pdf)
    texts, sizes = [], set()
    for page in document:
        text = page.get_textpage()
        texts.append(text.get_text_bounded())
        for at in range(text.count_chars()):
            if text.get_text_range(at, 1).strip():
                sizes.add(round(pypdfium2.raw.FPDFText_GetFontSize(text, at), 2))
    width, height = document[0].get_size()
    picture = document[0].render(scale=200 / 72).to_pil()
    whole = " ".join(" ".join(texts).split())
    return SeenPages(len(document), (round(width), round(height)), whole, frozenset(sizes), picture)
