"""The clinics that one process serves together: which they are, the settings of each, and why one of them is not served."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.app.channels import CHANNELS
from bot.app.config import Settings, read_settings
from bot.app.live.clinic import LiveClinic, open_clinic
from bot.app.serving import wiring
from bot.app.sharing import SharedParts
from bot.app.variables import CLINIC_SETTINGS, SETTINGS, clinic_file, given_settings
from bot.channels.declaration import ConfigError
from bot.knowledge.load import KnowledgeError, clinics_of

_log = logging.getLogger(__name__)
# Below this path each clinic has what one alone would have at the root of the server.
PREFIX = "/clinics/"


@dataclass(slots=True)
class ServedClinics:
    """``live``: those that serve. ``failed``: what is wrong with each of the others, by its name."""

    live: list[LiveClinic] = field(default_factory=list)
    failed: dict[str, tuple[str, ...]] = field(default_factory=dict)


def served_together(flags: Mapping[str, object], env: Mapping[str, str]) -> tuple[str, ...]:
    """Where no clinic is named: the names of all that have a settings file, in order. () where one alone is served.

    Raises ConfigError where a secret is set that would be every clinic's (whoever has one clinic's token writes to that one), and
    where one word would keep what is asked at all of them: each decides on that itself.
    """
    given = given_settings(flags, env)
    if given["clinic"] is not None:
        return ()
    settings = read_settings(flags, env)
    folder = settings.clinics or settings.knowledge / "clinics"
    names = tuple(name for name in clinics_of(settings.knowledge, settings.clinics) if clinic_file(folder, name) is not None)
    for name in CLINIC_SETTINGS if names else ():
        if (SETTINGS[name].secret or name == "gaps") and (one := given[name]) is not None:
            first = clinic_file(folder, names[0])
            raise ConfigError(f"{one.place}: each clinic has its own; write it into the clinic's file, like {first}")
    return names


def open_clinics(
    names: tuple[str, ...],
    flags: Mapping[str, object],
    env: Mapping[str, str],
    tell: Callable[[str], None],
    *,
    learns: bool = True,
) -> ServedClinics:
    """Those that can be served, and what is wrong with the others; raises ConfigError where none can.

    ``learns``: see ``open_clinic``.
    """
    found, shared, owners = ServedClinics(), SharedParts(), dict[str, str]()
    for name in names:
        try:
            settings = read_settings({**flags, "clinic": name}, env)
            wiring.check(settings.serving)
            _claim(settings, owners)
            found.live.append(open_clinic(settings, tell, shared, learns=learns))
        except ConfigError as error:
            found.failed[name] = tuple(str(error).splitlines())
        except KnowledgeError as error:
            found.failed[name] = error.mistakes
        if name in found.failed:
            _log.error("clinic not served", extra={"clinic": name, "reason": "; ".join(found.failed[name][:5])})
    if not found.live:
        raise ConfigError("\n".join(f"{name}: {line}" for name, lines in found.failed.items() for line in lines))
    return found


def _claim(settings: Settings, owners: dict[str, str]) -> None:
    """Raises ConfigError where another clinic has what can be one clinic's alone: two would take each other's messages."""
    mine = [key for one in CHANNELS if (key := one.alone(settings.serving.channels[one.name])) is not None]
    for key in mine:
        if key in owners:
            raise ConfigError(f"{key} is {owners[key]}'s, too; each clinic needs its own")
    owners.update(dict.fromkeys(mine, settings.clinic))
