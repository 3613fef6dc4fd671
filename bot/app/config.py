"""The settings, each read as what it should be; bot/app/variables.py says what was given. Nothing else reads the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from bot.app import paths
from bot.app.channels import CHANNELS
from bot.app.http.connections import ConnectionLimits, trusted
from bot.app.variables import CLINIC, given_settings, variables
from bot.channels.declaration import ChannelSettings, ConfigError, Given, GivenSettings
from bot.timeline.clock import zone

_YEAR_OF_MINUTES = 527_040
_MODELS = ("auto", "small", "large", "off")
# A rule as POSIX writes it, like CET-1CEST,M3.5.0,M10.5.0/3: the system reads it, the database of zones does not have it.
_RULE = re.compile(r"(<[A-Za-z0-9+-]{3,}>|[A-Za-z]{3,})[+-]?\d.*")


@dataclass(frozen=True, slots=True)
class Serving:
    """What the commands that serve need besides. ``channels``: the settings of each channel, by its name.

    ``clock_scale``: waits pass so many times quicker. ``reload``: changed knowledge is taken without being asked.
    ``gaps``: what was not answered is kept, redacted.
    """

    data_dir: Path
    database_url: str = field(repr=False)
    host: str
    port: int
    trusted_proxies: str
    limits: ConnectionLimits
    reload: bool
    drain_seconds: float
    lease_seconds: float
    keep_dead_days: float
    counts_days: int
    handoff: HandoffTerms
    gaps: bool
    gaps_days: int
    gaps_digest: bool
    clock_scale: float
    log_level: str
    log_format: str
    traces_url: str | None
    channels: Mapping[str, ChannelSettings]


@dataclass(frozen=True, slots=True)
class HandoffTerms:
    """``on`` None: where a channel reaches the staff. ``keep_days``: how long what was said stays after the end.

    Seconds: until the staff are reminded, and until a patient is told that it takes longer.
    """

    on: bool | None
    remind_seconds: float
    wait_seconds: float
    keep_days: float


@dataclass(frozen=True, slots=True)
class Settings:
    """``clinics``: the folder of the clinics; None: the one in ``knowledge``.

    ``model``: the sentence model: "off", "small", "large", "auto" (the larger of those that are installed) or a folder.
    ``timezone`` is None where nobody chose one: then the clinic's, else the system's, holds (see ``zone_for``).

    ``conversation_minutes``: a conversation that was silent for longer begins anew. ``colours``: a terminal may be coloured.
    ``link``: where printed QR codes lead.
    """

    knowledge: Path
    clinic: str
    clinics: Path | None
    timezone: ZoneInfo | None
    cache_dir: Path
    model: str
    conversation_minutes: int
    colours: bool
    link: str | None
    serving: Serving


def environment() -> Mapping[str, str]:
    """The variables of this process."""
    return os.environ


def read_settings(flags: Mapping[str, object], environment: Mapping[str, str] | None = None) -> Settings:
    """The settings; ``flags`` as ``given_settings`` takes them. Raises ConfigError, with all mistakes."""
    env = os.environ if environment is None else environment
    given, wrong = given_settings(flags, env), list[str]()
    while True:
        try:
            settings = settings_of(given, env)
        except ConfigError as error:
            # The others are read without the one that is wrong, so that who mends them is told all at once.
            wrong.append(str(error))
            name = next((name for name, one in given.items() if one is not None and str(error).startswith(f"{one.place}:")), None)
            if name is None:
                raise ConfigError("\n".join(wrong)) from None
            given[name] = None
        else:
            if wrong:
                raise ConfigError("\n".join(wrong))
            return settings


def settings_of(given: Mapping[str, Given | None], env: Mapping[str, str]) -> Settings:
    """As ``given`` says, each by its name. Raises ConfigError at the first that is wrong."""
    knowledge, clinic, clinics, tz, cache_dir = (given[name] for name in ("knowledge", "clinic", "clinics", "tz", "cache_dir"))
    model, minutes = given["model"], given["conversation_minutes"]
    return Settings(
        knowledge=Path(knowledge.text) if knowledge else paths.knowledge_folder(),
        clinic=_clinic(clinic) if clinic else "default",
        clinics=Path(clinics.text).expanduser() if clinics else None,
        timezone=_zone(tz) if tz else None,
        model=_model(model) if model else "auto",
        cache_dir=Path(cache_dir.text).expanduser() if cache_dir else paths.cache_folder(env),
        conversation_minutes=_minutes(minutes) if minutes else 1440,
        # no-color.org: any value but the empty one says no.
        colours=not env.get("NO_COLOR") and env.get("TERM", "") not in {"", "dumb"},
        link=given["link"].text if given["link"] else None,
        serving=_serving(GivenSettings(given), env),
    )


def _serving(given: GivenSettings, env: Mapping[str, str]) -> Serving:
    data_dir = Path(given.text("data_dir") or paths.data_folder(env)).expanduser()
    level = (given.text("log_level") or "info").lower()
    if level not in {"debug", "info", "warning", "error"} and (one := given.get("log_level")):
        raise one.wrong("is no level; debug, info, warning and error are")
    log_format = (given.text("log_format") or "json").lower()
    if log_format not in {"json", "plain"} and (one := given.get("log_format")):
        raise one.wrong("is no format; json and plain are")
    return Serving(
        data_dir=data_dir,
        database_url=given.text("database_url") or f"sqlite:///{data_dir / 'infusion-bot.db'}",
        host=(given.text("host") or "127.0.0.1").removeprefix("[").removesuffix("]"),
        port=int(given.number("port", 8080, 0, 65535, whole=True)),
        trusted_proxies=_proxies(given.get("trusted_proxies")),
        limits=_limits(given),
        reload=_switch(given.get("reload"), otherwise=True),
        drain_seconds=given.number("drain_seconds", 6, 0, 3600),
        lease_seconds=given.number("lease_seconds", 30, 0.5, 3600),
        keep_dead_days=given.number("keep_dead_days", 7, 0, 365),
        gaps=_switch(given.get("gaps"), otherwise=False),
        gaps_digest=_switch(given.get("gaps_digest"), otherwise=False),
        gaps_days=int(given.number("gaps_days", 90, 1, 365, whole=True)),
        counts_days=int(given.number("counts_days", 400, 0, 4000, whole=True)),
        handoff=_handoff(given),
        clock_scale=given.number("clock_scale", 1, 0.01, 10_000),
        log_level=level,
        log_format=log_format,
        traces_url=given.url("traces_url", "http://127.0.0.1:4318"),
        channels=MappingProxyType({channel.name: channel.read(given) for channel in CHANNELS}),
    )


def _handoff(given: GivenSettings) -> HandoffTerms:
    one = given.get("handoff")
    return HandoffTerms(
        on=None if one is None else _switch(one, otherwise=False),
        remind_seconds=60 * given.number("staff_reminder_minutes", 5, 1, 1440),
        wait_seconds=60 * given.number("patient_wait_minutes", 15, 1, 1440),
        keep_days=given.number("keep_handoff_days", 30, 0, 3650),
    )


def _switch(given: Given | None, *, otherwise: bool) -> bool:
    if given is None:
        return otherwise
    if given.text.lower() not in {"on", "off"}:
        raise given.wrong("is neither on nor off")
    return given.text.lower() == "on"


def _proxies(given: Given | None) -> str:
    if given is None:
        return "127.0.0.1,::1"
    text = given.text.replace(" ", "")
    if text == "*":
        raise given.wrong("would let anybody claim any address; name the proxy's, or its network, like 172.16.0.0/12")
    try:
        trusted(text)
    except ValueError:
        raise given.wrong("is no list of addresses or networks; write it like 10.0.0.1,172.16.0.0/12") from None
    return text


def _limits(given: GivenSettings) -> ConnectionLimits:
    usual = ConnectionLimits()
    return ConnectionLimits(
        connections=int(given.number("max_connections", usual.connections, 10, 1_000_000, whole=True)),
        of_address=int(given.number("max_connections_of_address", usual.of_address, 1, 1_000_000, whole=True)),
        header_bytes=int(given.number("max_header_bytes", usual.header_bytes, 1024, 1_000_000, whole=True)),
        headers=int(given.number("max_headers", usual.headers, 10, 10_000, whole=True)),
        body_bytes=int(given.number("max_body_bytes", usual.body_bytes, 1024, 9_999_999, whole=True)),
        header_seconds=given.number("header_seconds", usual.header_seconds, 0.1, 3600),
        body_seconds=given.number("body_seconds", usual.body_seconds, 0.1, 3600),
        idle_seconds=given.number("idle_seconds", usual.idle_seconds, 1, 3600),
    )


def environment_of_learner(settings: Settings) -> dict[str, str]:
    """The environment of a process that only learns: no setting of a channel and no secret, and one thread of arithmetic, so that
    a processor is left to those who are answered.
    """
    kept = {name: value for name, value in os.environ.items() if name not in variables()}
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**kept, **threads, "CACHE_DIR": str(settings.cache_dir.absolute())}


def _clinic(given: Given) -> str:
    # It becomes a file name: clinics/<name>.yaml.
    if not CLINIC.fullmatch(given.text):
        raise given.wrong("is not the name of a clinic file; letters, digits, - and _ are allowed")
    return given.text


def _model(given: Given) -> str:
    if given.text not in _MODELS and not Path(given.text).is_dir():
        near = get_close_matches(given.text, _MODELS, 1)
        meant = f"; is {near[0]} meant?" if near else ""
        raise given.wrong(f"is no sentence model: small, large, auto, off, or a folder that is there{meant}")
    return given.text


def _zone(given: Given) -> ZoneInfo:
    try:
        return zone(given.text)
    except ValueError as error:
        raise given.wrong("is not a known time zone; write it like America/Chicago") from error


def _minutes(given: Given) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", given.text) or not 1 <= int(given.text) <= _YEAR_OF_MINUTES:
        raise given.wrong(f"is not a number of minutes from 1 to {_YEAR_OF_MINUTES}")
    return int(given.text)


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
    """The system's zone by its name where it has one, so that summer time is right on other days too.

    Raises ConfigError for a TZ that is none: the system would take UTC for it, and say nothing.
    """
    name = env.get("TZ", "").removeprefix(":")
    _, path, rest = name.partition("zoneinfo/")
    name = rest if path else name
    if not name:
        # A link into the database: .../zoneinfo/America/Chicago
        _, _, name = str(localtime.resolve()).partition("zoneinfo/")
    try:
        return zone(name)
    except ValueError:
        if env.get("TZ") and not _RULE.fullmatch(name) and not Path(name).is_file():
            raise ConfigError(
                f"TZ: {env['TZ']!r} is not a known time zone; write it like America/Chicago, or set TIMEZONE"
            ) from None
        local = datetime.now().astimezone().tzinfo
        if local is None:
            raise ConfigError("TIMEZONE: the system has no time zone; set one, like America/Chicago") from None
        return local
