"""Settings: flags before environment before defaults. Nothing else reads the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from bot import paths

# Flag name (as argparse keeps it) and the variable of the environment that says the same.
VARIABLES: Mapping[str, str] = {
    "knowledge": "KNOWLEDGE",
    "clinic": "CLINIC",
    "tz": "TIMEZONE",
    "cache_dir": "CACHE_DIR",
    "model": "MODEL",
    "conversation_minutes": "CONVERSATION_MINUTES",
}
_CLINIC = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
_YEAR_OF_MINUTES = 527_040


class ConfigError(Exception):
    """A setting is wrong. The message names the variable (and its flag, where that was used) and the bad value."""


@dataclass(frozen=True, slots=True)
class Settings:
    """``model``: the sentence model: "off", "auto" (the installed one, where it is installed) or a folder.
    ``timezone`` is None where nobody chose one: then the clinic's, else the system's, holds (see ``zone_for``).

    ``conversation_minutes``: a conversation that was silent for longer begins anew. ``colours``: a terminal may be coloured.
    """

    knowledge: Path
    clinic: str
    timezone: ZoneInfo | None
    cache_dir: Path
    model: str
    conversation_minutes: int
    colours: bool


def read(flags: Mapping[str, object], environment: Mapping[str, str] | None = None) -> Settings:
    """The settings; ``flags`` are those given on the command line, by argparse's names. Raises ConfigError."""
    env = os.environ if environment is None else environment
    given = {name: _given(name, flags, env) for name in VARIABLES}
    knowledge, clinic, tz, cache_dir, model, minutes = (given[name] for name in VARIABLES)
    return Settings(
        knowledge=Path(knowledge.text) if knowledge else paths.knowledge_folder(),
        clinic=_clinic(clinic) if clinic else "default",
        timezone=_zone(tz) if tz else None,
        model=model.text if model else "auto",
        cache_dir=Path(cache_dir.text) if cache_dir else paths.cache_folder(env),
        conversation_minutes=_minutes(minutes) if minutes else 1440,
        # no-color.org: any value but the empty one says no.
        colours=not env.get("NO_COLOR") and env.get("TERM", "") not in {"", "dumb"},
    )


@dataclass(frozen=True, slots=True)
class _Given:
    """A setting as somebody wrote it, and how its place is called in an error."""

    place: str
    text: str

    def wrong(self, allowed: str) -> ConfigError:
        return ConfigError(f"{self.place}: {self.text!r} {allowed}")


def _given(name: str, flags: Mapping[str, object], env: Mapping[str, str]) -> _Given | None:
    """None where the setting was left out; an empty variable counts as left out, an empty flag is a mistake."""
    variable = VARIABLES[name]
    flag = flags.get(name)
    if flag is None:
        text = env.get(variable, "").strip()
        return _Given(variable, text) if text else None
    found = _Given(f"{variable} (--{name.replace('_', '-')})", str(flag).strip())
    if not found.text or "\0" in found.text:
        raise found.wrong("is no value; leave the flag out to use the default")
    return found


def _clinic(given: _Given) -> str:
    # It becomes a file name: clinics/<name>.yaml.
    if not _CLINIC.fullmatch(given.text):
        raise given.wrong("is not the name of a clinic file; letters, digits, - and _ are allowed")
    return given.text


def _zone(given: _Given) -> ZoneInfo:
    try:
        return zone(given.text)
    except ValueError as error:
        raise given.wrong("is not a known time zone; write it like America/Chicago") from error


def _minutes(given: _Given) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", given.text) or not 1 <= int(given.text) <= _YEAR_OF_MINUTES:
        raise given.wrong(f"is not a number of minutes from 1 to {_YEAR_OF_MINUTES}")
    return int(given.text)


def zone(name: str) -> ZoneInfo:
    """The zone of that IANA name. Raises ValueError."""
    try:
        return ZoneInfo(name)
    # A folder of the database (America), a file that is none (zone.tab), a path, a name that is too long.
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a known time zone") from error


def zone_for(settings: Settings, clinic_zone: str | None, environment: Mapping[str, str] | None = None) -> tzinfo:
    """The zone whose clock holds: the one that was chosen, else the clinic's, else the system's. Raises ConfigError."""
    if settings.timezone is not None:
        return settings.timezone
    if clinic_zone is not None:
        try:
            return zone(clinic_zone)
        except ValueError as error:
            raise ConfigError(f"clinics/{settings.clinic}.yaml, timezone: {error}") from error
    return system_zone(os.environ if environment is None else environment)


def system_zone(env: Mapping[str, str], localtime: Path = Path("/etc/localtime")) -> tzinfo:
    """The system's zone by its name where it has one, so that summer time is right on other days too."""
    name = env.get("TZ", "").removeprefix(":")
    if not name:
        # A link into the database: .../zoneinfo/America/Chicago
        _, _, name = str(localtime.resolve()).partition("zoneinfo/")
    try:
        return zone(name)
    except ValueError:
        local = datetime.now().astimezone().tzinfo
        if local is None:
            raise ConfigError("TIMEZONE: the system has no time zone; set one, like America/Chicago") from None
        return local
