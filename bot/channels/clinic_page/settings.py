"""The settings of the clinic's page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.channels.declaration import GivenSettings, Setting

NAME, PATH = "clinic_page", "/clinic"
SETTINGS: Mapping[str, Setting] = {
    "clinic_page": Setting(
        "CLINIC_PAGE", "on: the clinic's own page is served at /clinic, to who has a link to it", "on where HOST is this machine"
    ),
    "clinic_page_url": Setting(
        "CLINIC_PAGE_URL", "where browsers find it, like https://chat.clinic.example/clinic", "http://HOST:PORT/clinic"
    ),
    "clinic_session_hours": Setting("CLINIC_SESSION_HOURS", "after so long who signed in there has to do it again", "12"),
    "clinic_idle_minutes": Setting("CLINIC_IDLE_MINUTES", "sooner, where for so long nothing was opened", "60"),
}
_SWITCH = re.compile("on|off")
_HERE = {"127.0.0.1", "localhost", "::1", "[::1]"}


@dataclass(frozen=True, slots=True)
class ClinicPageSettings:
    """``url``: where browsers find it, without a slash at its end; None: where the server listens.

    ``hours``, ``idle_minutes``: how long a session lasts, and how long without a sign of life.
    """

    on: bool
    url: str | None = None
    hours: float = 12.0
    idle_minutes: float = 60.0

    @property
    def configured(self) -> bool:
        return self.on


def read_settings(given: GivenSettings) -> ClinicPageSettings:
    """Raises ConfigError."""
    chosen = given.text("clinic_page", _SWITCH, "is neither on nor off")
    at_home = (given.text("host") or "127.0.0.1") in _HERE
    return ClinicPageSettings(
        on=at_home if chosen is None else chosen == "on",
        url=given.url("clinic_page_url", "https://chat.clinic.example/clinic"),
        hours=given.number("clinic_session_hours", 12, 0.1, 720),
        idle_minutes=given.number("clinic_idle_minutes", 60, 1, 10_080),
    )
