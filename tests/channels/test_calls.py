"""Which numbers a phone is offered, of those that a clinic has read out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.rendering import phone_numbers


@pytest.mark.parametrize(
    ("numbers", "pressed"),
    [
        pytest.param("911", ["tel:911"], id="plain"),
        pytest.param("988 (call or text)", ["tel:988", "sms:988"], id="both"),
        pytest.param("988 (text only)", ["sms:988"], id="text-only"),
        pytest.param("988 (marque 2, o envíe AYUDA por texto al 988)", ["tel:988", "sms:988"], id="spanish"),
        pytest.param("988, or text HOME to 741741", ["tel:988", "sms:741741"], id="two-ways"),
        pytest.param("Call 1-833-456-4566 or text 45645", ["tel:18334564566", "sms:45645"], id="words-before"),
        pytest.param("call or text 988", ["tel:988", "sms:988"], id="both-before"),
        pytest.param("112 or 999", ["tel:112", "tel:999"], id="two"),
        pytest.param("0800 111 0 111 or +49 30 1234-567", ["tel:08001110111", "tel:+49301234567"], id="spaces-and-plus"),
        pytest.param("(555) 010-0100, press 2", ["tel:5550100100"], id="brackets"),
        pytest.param("911, 911", ["tel:911"], id="once"),
        pytest.param("the nurse", [], id="no-number"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_numbers_are_read(numbers: str, pressed: list[str]) -> None:
    assert [call.href for call in phone_numbers(numbers)] == pressed


@given(st.text() | st.text("0123456789 ()+-./,calltext"))
def test_only_digits_are_dialled(numbers: str) -> None:
    for call in phone_numbers(numbers):
        assert call.href.partition(":")[2].lstrip("+").isdecimal()
        assert call.number in numbers
