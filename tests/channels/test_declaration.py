"""Settings as somebody wrote them, read as what they should be: what is taken, what is refused, and in which words."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from bot.channels.declaration import ConfigError, Given, GivenSettings

CANARY = "canary-of-a-secret"
Read = Callable[[GivenSettings], object]


def given(text: str | None, *, secret: bool = False) -> GivenSettings:
    return GivenSettings({"it": None if text is None else Given("IT (--it)", text, secret)})


def text(one: GivenSettings) -> object:
    return one.text("it", re.compile("[a-z]+"), "is no word")


def address(one: GivenSettings) -> object:
    return one.address("it", "https://a.test/b")


def url(one: GivenSettings) -> object:
    return one.url("it", "https://a.test")


def number(one: GivenSettings) -> object:
    return one.number("it", 7, 0.5, 20)


def whole(one: GivenSettings) -> object:
    return one.number("it", 7, 1, 20, whole=True)


def rate(one: GivenSettings) -> object:
    return one.rate("it", 30.0)


@pytest.mark.parametrize(
    ("read", "written", "value"),
    [
        pytest.param(text, "word", "word", id="text"),
        pytest.param(text, None, None, id="no-text"),
        pytest.param(address, "https://a.test/b/", "https://a.test/b/", id="an-address-as-it-was-written"),
        pytest.param(url, "https://a.test/b/", "https://a.test/b", id="a-url-without-its-last-slash"),
        pytest.param(url, "http://127.0.0.1:8081", "http://127.0.0.1:8081", id="a-url-with-a-port"),
        pytest.param(url, None, None, id="no-url"),
        pytest.param(number, "0.5", 0.5, id="the-least-number"),
        pytest.param(number, "20", 20.0, id="the-largest-number"),
        pytest.param(number, None, 7, id="no-number"),
        pytest.param(whole, "20", 20.0, id="a-whole-number"),
        pytest.param(rate, "Off", None, id="a-rate-that-is-off"),
        pytest.param(rate, "0.1", 0.1, id="the-least-rate"),
        pytest.param(rate, None, 30.0, id="no-rate"),
    ],
)
def test_a_setting_is_read_as_what_it_should_be(read: Read, written: str | None, value: object) -> None:
    assert read(given(written)) == value


@pytest.mark.parametrize(
    ("read", "written", "says"),
    [
        pytest.param(text, "word ", "is no word", id="text-with-a-rest"),
        pytest.param(address, "a.test", "is no address; write it like https://a.test/b", id="no-scheme"),
        pytest.param(url, "ftp://a.test", "is no address", id="another-scheme"),
        pytest.param(url, "https://me:pw@a.test", "is no address", id="a-name-in-it"),
        pytest.param(url, "https://a.test/?a=1", "is no address", id="a-query"),
        pytest.param(number, "0.4", "is not a number from 0.5 to 20", id="too-small"),
        pytest.param(number, "20.1", "is not a number from 0.5 to 20", id="too-large"),
        pytest.param(number, "nan", "is not a number", id="no-number-at-all"),
        pytest.param(number, "1e1", "is not a number", id="an-exponent"),
        pytest.param(number, "\u0663", "is not a number", id="other-digits"),
        pytest.param(whole, "1.5", "is not a whole number from 1 to 20", id="a-part-of-one"),
        pytest.param(rate, "0", "is not a number from 0.1 to 1e+06", id="a-rate-of-nothing"),
    ],
)
def test_what_is_refused_is_named_unless_it_is_secret(read: Read, written: str, says: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(says)) as shown:
        read(given(written))
    assert str(shown.value).startswith(f"IT (--it): {written!r} ")
    with pytest.raises(ConfigError, match=re.escape(says)) as hidden:
        read(given(written, secret=True))
    assert str(hidden.value).startswith("IT (--it): the value ")


def test_no_repr_shows_what_was_given() -> None:
    assert CANARY not in repr(Given("IT", CANARY))
