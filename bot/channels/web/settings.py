"""The settings of the web channel: which sites may embed the chat, and who may call the API how often."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.channels.declaration import Given, GivenSettings, Setting

NAME = "web"
SETTINGS: Mapping[str, Setting] = {
    "web_origins": Setting(
        "WEB_ORIGINS",
        "sites that may embed the chat and call the API from their pages, like https://clinic.example, with commas between",
        "only its own pages",
    ),
    "web_logo": Setting(
        "WEB_LOGO",
        "the picture for the head of the chat of a clinic that names none, a file that ends in .svg or .png",
        "the bot's",
    ),
    "web_example": Setting("WEB_EXAMPLE", "on: a site of three pages with the chat on it, below /example/, to try it", "off"),
    "api_access": Setting("API_ACCESS", "open, or keys: who has no key only gets in by the chat's own page", "open"),
    "api_rate": Setting("API_RATE", "requests a minute from one address without a key, by each process; off: no limit", "120"),
    "api_key_rate": Setting("API_KEY_RATE", "requests a minute with one key, by each process; off: no limit", "6000"),
}
_ORIGIN = re.compile(r"https?://(\*\.)?[A-Za-z0-9._-]+(:[0-9]{1,5})?|https?://\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
_ACCESS = re.compile("open|keys")
_SWITCH = re.compile("on|off")


@dataclass(frozen=True, slots=True)
class WebSettings:
    """``origins``: sites whose pages may call, like https://clinic.example or https://*.clinic.example.

    ``logo``: an SVG or PNG file. ``example``: whether the site to try it is served.
    ``api_access``: open or keys. ``api_rate``, ``api_key_rate``: requests a minute, None for no limit.
    """

    origins: tuple[str, ...]
    api_access: str
    api_rate: float | None
    api_key_rate: float | None
    logo: Path | None = None
    example: bool = False

    @property
    def configured(self) -> bool:
        """Always: it needs nothing."""
        return True


def read_settings(given: GivenSettings) -> WebSettings:
    """Raises ConfigError."""
    return WebSettings(
        origins=_origins(given.get("web_origins")),
        api_access=given.text("api_access", _ACCESS, "is neither open nor keys") or "open",
        api_rate=given.rate("api_rate", 120.0),
        api_key_rate=given.rate("api_key_rate", 6000.0),
        logo=_logo(given.get("web_logo")),
        example=given.text("web_example", _SWITCH, "is neither on nor off") == "on",
    )


def _origins(given: Given | None) -> tuple[str, ...]:
    if given is None:
        return ()
    found = tuple(one.strip().lower() for one in given.text.split(",") if one.strip())
    if not found or not all(_ORIGIN.fullmatch(one) for one in found):
        raise given.wrong("is no list of sites; write each like https://clinic.example, without a path, with commas between")
    return found


def _logo(given: Given | None) -> Path | None:
    if given is None:
        return None
    path = Path(given.text)
    if path.suffix not in {".svg", ".png"}:
        raise given.wrong("is no file whose name ends in .svg or .png")
    return path
