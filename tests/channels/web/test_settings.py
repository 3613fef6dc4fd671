"""Which sites may embed the chat, and who may call the API how often."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.declaration import ConfigError, Given, GivenSettings
from bot.channels.web import CHANNEL


def given(**texts: str) -> Any:
    return CHANNEL.read(
        GivenSettings(
            {name: Given(one.variable, texts[name]) if name in texts else None for name, one in CHANNEL.settings.items()}
        )
    )


def test_the_clinics_picture_is_one_and_the_example_is_on_or_off() -> None:
    settings = given(web_logo="/srv/logo.svg", web_example="on")
    assert (str(settings.logo), settings.example) == ("/srv/logo.svg", True)
    assert (given().logo, given(web_example="off").example) == (None, False)


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        ("web_logo", "a.gif", "WEB_LOGO: 'a.gif' is no file"),
        ("web_example", "yes", "WEB_EXAMPLE: 'yes' is neither"),
    ],
)
def test_what_cannot_be_is_named(name: str, text: str, wrong: str) -> None:
    with pytest.raises(ConfigError, match=wrong):
        given(**{name: text})


def test_without_anything_set_it_is_open_to_its_own_pages_and_limited() -> None:
    settings = given()
    assert (settings.origins, settings.api_access, settings.api_rate, settings.api_key_rate) == ((), "open", 120, 6000)
    assert settings.configured


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        pytest.param("https://clinic.example", ("https://clinic.example",), id="one"),
        pytest.param(
            " https://A.example ,, http://b.example:8080,", ("https://a.example", "http://b.example:8080"), id="several"
        ),
        pytest.param("https://*.clinic.example", ("https://*.clinic.example",), id="all-below-a-name"),
        pytest.param("http://[::1]:3000", ("http://[::1]:3000",), id="an-address"),
    ],
)
def test_sites_are_read_as_people_write_them(text: str, origins: tuple[str, ...]) -> None:
    assert given(web_origins=text).origins == origins


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param("clinic.example", id="no-scheme"),
        pytest.param("https://clinic.example/", id="a-path"),
        pytest.param("https://clinic.example https://b.example", id="no-comma"),
        pytest.param("https://a.*.example", id="a-star-inside"),
        pytest.param("*", id="everybody"),
        pytest.param("null", id="nobody"),
        pytest.param("https://a.example, javascript:alert(1)", id="one-of-two"),
        pytest.param(",", id="commas"),
    ],
)
def test_what_is_no_site_is_refused(bad: str) -> None:
    with pytest.raises(ConfigError, match=r"WEB_ORIGINS: .* is no list of sites"):
        given(web_origins=bad)


def test_access_is_open_or_by_keys() -> None:
    assert given(api_access="keys").api_access == "keys"
    with pytest.raises(ConfigError, match="API_ACCESS: 'key' is neither open nor keys"):
        given(api_access="key")


@pytest.mark.parametrize("name", ["api_rate", "api_key_rate"])
def test_a_rate_is_a_number_or_off(name: str) -> None:
    assert getattr(given(**{name: "7.5"}), name) == 7.5
    assert getattr(given(**{name: "off"}), name) is None
