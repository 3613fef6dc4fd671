"""The page is served to this machine, or where it is asked for."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.channels.clinic_page.settings import SETTINGS, ClinicPageSettings, read_settings
from bot.channels.declaration import ConfigError, Given, GivenSettings


def _read(**given: str) -> ClinicPageSettings:
    names = (*SETTINGS, "host")
    return read_settings(GivenSettings({name: Given(name.upper(), given[name]) if name in given else None for name in names}))


@pytest.mark.parametrize(
    ("given", "served"),
    [
        ({}, True),
        ({"host": "127.0.0.1"}, True),
        ({"host": "::1"}, True),
        ({"host": "0.0.0.0"}, False),  # noqa: S104  # what is asked about
        ({"host": "10.0.0.4"}, False),
        ({"host": "10.0.0.4", "clinic_page": "on"}, True),
        ({"clinic_page": "off"}, False),
    ],
)
def test_it_is_served_here_or_where_it_is_asked_for(given: Mapping[str, str], served: bool) -> None:
    assert _read(**given).configured is served


def test_what_was_given_is_read() -> None:
    found = _read(clinic_page_url="https://chat.clinic.example/clinic/", clinic_session_hours="8", clinic_idle_minutes="15")
    assert (found.url, found.hours, found.idle_minutes) == ("https://chat.clinic.example/clinic", 8, 15)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("clinic_page", "yes"),
        ("clinic_page_url", "chat.clinic.example"),
        ("clinic_session_hours", "0"),
        ("clinic_idle_minutes", "x"),
    ],
)
def test_what_is_wrong_is_told(name: str, wrong: str) -> None:
    with pytest.raises(ConfigError, match=name.upper()):
        _read(**{name: wrong})
