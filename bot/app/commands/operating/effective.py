"""The settings as they hold, each with where it comes from; of a secret nothing but that it is set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.app.config import Settings
from bot.app.variables import SETTINGS
from bot.channels.declaration import Given, Setting

HIDDEN = "(set, not shown)"
_DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class EffectiveSetting:
    """``source``: "default", "flag --port", "environment", "file NAME", and which file a secret was read from."""

    variable: str
    value: str
    source: str
    secret: bool

    @property
    def is_default(self) -> bool:
        return self.source == _DEFAULT


def effective(given: Mapping[str, Given | None], settings: Settings | None) -> list[EffectiveSetting]:
    """All settings in their order. ``settings``: what was made of ``given``; None where that is wrong."""
    held = _defaults(settings) if settings is not None else {}
    shown = []
    for name, setting in SETTINGS.items():
        one = given[name]
        value = _masked(setting, one.text) if one is not None else held.get(name, setting.default)
        shown.append(EffectiveSetting(setting.variable, value, one.source if one is not None else _DEFAULT, setting.secret))
    return shown


def _defaults(settings: Settings) -> dict[str, str]:
    """What a default is that the table of settings can only describe."""
    serving = settings.serving
    return {
        "knowledge": str(settings.knowledge),
        "clinics": str(settings.clinics or settings.knowledge / "clinics"),
        "cache_dir": str(settings.cache_dir),
        "data_dir": str(serving.data_dir),
        "database_url": serving.database_url,
    }


def _masked(setting: Setting, text: str) -> str:
    if not setting.secret:
        return text
    return shown_address(text) if setting.variable == "DATABASE_URL" else HIDDEN


def shown_address(url: str) -> str:
    """The address of a database without what may be a password: a file whole, of a server its host and the database's name."""
    if re.fullmatch(r"memory:|sqlite:///.*", url):
        return url
    scheme, _, rest = url.partition("://")
    before, at, place = rest.rpartition("@")
    # A ? before the @ may be a password's, or begin options that hold one: then nothing of it is sure.
    if not re.fullmatch(r"[a-z+]{3,20}", scheme) or not at or "?" in before:
        return HIDDEN
    return f"{scheme}://…@{re.split('[?#]', place)[0]}"
