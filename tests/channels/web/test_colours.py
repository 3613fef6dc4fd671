"""A clinic's colour is worn as it is where it can be read, and else in the nearest shade that can."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.web.colours import GROUNDS, LEAST, accents, contrast
from bot.channels.web.files import STATIC


@given(st.integers(0, 0xFFFFFF).map("#{:06x}".format))
def test_every_colour_can_be_read_on_all_that_it_stands_on(colour: str) -> None:
    found = accents(colour)
    assert found is not None
    for look, ground in GROUNDS.items():
        assert contrast(found[f"accent-{look}"], ground) >= LEAST
        assert contrast(found[f"on-{look}"], found[f"accent-{look}"]) >= LEAST


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    found = accents("#175b66")
    assert found is not None
    assert found["accent-light"] == "#175b66"
    assert found["on-light"] == "#ffffff"
    assert found["accent-dark"] != "#175b66"
    assert "warning" not in found


def test_whoever_chose_a_colour_that_cannot_be_read_is_told_what_takes_its_place() -> None:
    found = accents("#ffd54f")
    assert found is not None
    assert found["warning"] == f"#ffd54f has a contrast of 1.2, and text needs 4.5: {found['accent-light']} takes its place"


@pytest.mark.parametrize("colour", ["", "red", "#fff", "#12345g", "#175b66;", "url(x)", "#175b66\n"])
def test_what_is_no_colour_is_none(colour: str) -> None:
    assert accents(colour) is None


def test_the_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_grounds_are_the_worst_of_the_sheet() -> None:
    sheet = (STATIC / "chat.css").read_text("utf-8")
    light, dark, *_ = re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)
    for look, tokens in (("light", light), ("dark", dark)):
        grounds = [re.findall(rf"--{name}: (#[0-9a-f]{{6}});", tokens)[0] for name in ("ground", "paper", "tint")]
        ink = re.findall(r"--ink: (#[0-9a-f]{6});", tokens)[0]
        assert min(grounds, key=lambda ground: contrast(ground, ink)) == GROUNDS[look]
