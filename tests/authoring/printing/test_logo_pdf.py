"""The clinic's picture in a PDF."""

from __future__ import annotations

import pytest

from bot.authoring.printing.logo_pdf import logo_flowable
from bot.knowledge.overlay.logo import Logo
from tests.pictures import SVG, png


@pytest.mark.parametrize(
    ("width", "height", "tall"), [(80, 40, 20), (400, 20, 4), (10, 90, 20)], ids=["usual", "a-long-one", "a-high-one"]
)
def test_it_is_neither_too_high_nor_too_wide(width: int, height: int, tall: float) -> None:
    (one,) = logo_flowable(Logo("png", png(width, height)), 20)
    assert one.wrap(500, 500) == (500, tall + 3)


@pytest.mark.parametrize("logo", [None, Logo("svg", SVG)], ids=["none", "svg"])
def test_where_there_are_no_pixels_there_is_nothing(logo: Logo | None) -> None:
    assert logo_flowable(logo, 20) == []
