"""What the fonts of PDF files can set, and what happens to what they cannot."""

from __future__ import annotations

import pytest

from bot.authoring.printing import fonts
from bot.authoring.printing.fonts import face_for


def test_what_patients_of_western_europe_read_is_set_as_it_is() -> None:
    text = "“Café” – ¿dónde? Straße, Łódź, naïve … € 5"
    face = face_for([text])
    assert not face.lacks(text)
    assert face.set_text(text) == text


@pytest.mark.parametrize("text", ["مرحبا", "שלום", "नमस्ते", "สวัสดี"], ids=["arabic", "hebrew", "hindi", "thai"])
def test_a_script_that_needs_more_than_letters_in_a_row_is_lacking(text: str) -> None:
    assert face_for([text]).lacks(text)


def test_without_a_wider_font_accents_fall_off(monkeypatch: pytest.MonkeyPatch) -> None:
    own = fonts._face(fonts._OWN)
    # As on a system without DejaVu Sans.
    monkeypatch.setattr(fonts, "_face", lambda files: own if files == fonts._OWN else None)
    face = face_for(["Erdős"])
    assert face.set_text("Erdős 你") == "Erdos ?"
