"""Settings: flags before environment before a settings file before defaults. Nothing else reads the environment."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.app import paths
from bot.app.variables import SETTINGS, TELEGRAM
from bot.timeline.clock import zone

_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")


_CLINIC = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_PATH_SECRET = re.compile(r"[A-Za-z0-9_-]{24,256}")
_PRINTED = re.compile(r"[!-~]{8,512}")
_ORIGIN = re.compile(r"https?://(\*\.)?[A-Za-z0-9._-]+(:[0-9]{1,5})?|https?://\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
_ADDRESSES = re.compile(r"\*|[0-9A-Fa-f:./]+(,[0-9A-Fa-f:./]+)*")
_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,256}")
_YEAR_OF_MINUTES = 527_040
_LARGEST_FILE = 65_536


class ConfigError(Exception):
    """A setting is wrong. The message names the variable (and its flag, where that was used) and the bad value, unless secret."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What the commands that serve need besides. ``telegram_rate`` None: no limit until Telegram says so.

    Addresses have no slash at their end. ``api_rate``, ``api_key_rate`` None: no limit. ``clock_scale``: waits pass so many
    times quicker.
    """

    data_dir: Path
    database_url: str = field(repr=False)
    host: str
    port: int
    telegram_bot_token: str | None = field(repr=False)
    telegram_base_url: str
    telegram_rate: float | None
    webhook_url: str | None
    webhook_secret: str | None = field(repr=False)
    web_origins: tuple[str, ...]
    trusted_proxies: str
    api_access: str
    api_rate: float | None
    api_key_rate: float | None
    chatwoot_url: str | None
    chatwoot_token: str | None = field(repr=False)
    chatwoot_secret: str | None = field(repr=False)
    chatwoot_path_secret: str | None = field(repr=False)
    generic_secret: str | None = field(repr=False)
    generic_reply_url: str | None
    drain_seconds: float
    lease_seconds: float
    keep_dead_days: float
    clock_scale: float
    log_level: str


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
    serving: Serving


def read(flags: Mapping[str, object], environment: Mapping[str, str] | None = None) -> Settings:
    """The settings; ``flags`` are those given on the command line, by argparse's names. Raises ConfigError.

    ``flags["config"]`` names a settings file: lines NAME=value, as in an environment file.
    """
    env = os.environ if environment is None else environment
    file = _file(Path(str(flags["config"]))) if flags.get("config") is not None else {}
    given = {name: _given(name, flags, env, file) for name in SETTINGS}
    knowledge, clinic, tz, cache_dir = (given[name] for name in ("knowledge", "clinic", "tz", "cache_dir"))
    model, minutes = given["model"], given["conversation_minutes"]
    return Settings(
        knowledge=Path(knowledge.text) if knowledge else paths.knowledge_folder(),
        clinic=_clinic(clinic) if clinic else "default",
        timezone=_zone(tz) if tz else None,
        model=model.text if model else "auto",
        cache_dir=Path(cache_dir.text).expanduser() if cache_dir else paths.cache_folder(env),
        conversation_minutes=_minutes(minutes) if minutes else 1440,
        # no-color.org: any value but the empty one says no.
        colours=not env.get("NO_COLOR") and env.get("TERM", "") not in {"", "dumb"},
        serving=_serving(given, env),
    )


def _serving(given: Mapping[str, _Given | None], env: Mapping[str, str]) -> Serving:
    def text(name: str, allowed: re.Pattern[str] | None = None, otherwise: str = "") -> str | None:
        one = given[name]
        if one is not None and allowed is not None and not allowed.fullmatch(one.text):
            raise one.wrong(otherwise)
        return one.text if one else None

    data_dir = Path(text("data_dir") or paths.data_folder(env)).expanduser()
    base = text("telegram_base_url", _URL, "is no address; write it like https://api.telegram.org/bot") or TELEGRAM
    hook = text("webhook_url", _URL, "is no address; write it like https://bot.clinic.example")
    desk = text("chatwoot_url", _URL, "is no address; write it like https://desk.clinic.example")
    answers = text("generic_reply_url", _URL, "is no address; write it like https://desk.clinic.example/replies")
    path_secret = text("chatwoot_path_secret", _PATH_SECRET, "is no such secret; 24 to 256 of A-Z a-z 0-9 _ - are")
    proxies = text("trusted_proxies", _ADDRESSES, "is no list of addresses; write it like 10.0.0.1,10.0.0.2")
    access = text("api_access", re.compile("open|keys"), "is neither open nor keys")
    level = (text("log_level") or "info").lower()
    if level not in {"debug", "info", "warning", "error"} and (one := given["log_level"]):
        raise one.wrong("is no level; debug, info, warning and error are")
    return Serving(
        data_dir=data_dir,
        database_url=text("database_url") or f"sqlite:///{data_dir / 'infusion-bot.db'}",
        host=text("host") or "127.0.0.1",
        port=int(_number(given["port"], 8080, 0, 65535, whole=True)),
        telegram_bot_token=text("telegram_bot_token", _TOKEN, "is no bot token; BotFather's look like 123456:ABC..."),
        telegram_base_url=base,
        telegram_rate=_rate(given["telegram_rate"], 30.0 if base == TELEGRAM else None),
        webhook_url=hook.rstrip("/") if hook else None,
        webhook_secret=text("webhook_secret", _SECRET, "is no secret that Telegram takes; 1 to 256 of A-Z a-z 0-9 _ - are"),
        web_origins=_origins(given["web_origins"]),
        trusted_proxies=proxies or "127.0.0.1,::1",
        api_access=access or "open",
        api_rate=_rate(given["api_rate"], 120.0),
        api_key_rate=_rate(given["api_key_rate"], 6000.0),
        chatwoot_url=desk.rstrip("/") if desk else None,
        chatwoot_token=text("chatwoot_token", _PRINTED, "is no access token of Chatwoot"),
        chatwoot_secret=text("chatwoot_secret", _PRINTED, "is no secret: at least 8 characters, no spaces"),
        chatwoot_path_secret=path_secret,
        generic_secret=_webhook_key(given["generic_secret"]),
        generic_reply_url=answers,
        drain_seconds=_number(given["drain_seconds"], 6, 0, 3600),
        lease_seconds=_number(given["lease_seconds"], 30, 0.5, 3600),
        keep_dead_days=_number(given["keep_dead_days"], 7, 0, 365),
        clock_scale=_number(given["clock_scale"], 1, 0.01, 10_000),
        log_level=level,
    )


def _file(path: Path) -> dict[str, str]:
    """The settings in a file of lines NAME=value; # begins a comment, quotes around a value are dropped. Raises ConfigError."""
    try:
        lines = path.read_text("utf-8").splitlines() if path.stat().st_size <= _LARGEST_FILE else None
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"--config: {str(path)!r} cannot be read ({getattr(error, 'strerror', None) or 'it is not UTF-8'})"
        ) from error
    if lines is None:
        raise ConfigError(f"--config: {str(path)!r} is too large for a settings file")
    known = {
        name for one in SETTINGS.values() for name in ((one.variable, f"{one.variable}_FILE") if one.secret else (one.variable,))
    }
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.removeprefix("export ").partition("=")
        name = name.strip()
        if not equals or name not in known:
            # The line may hold a secret: only a name that looks like one is repeated.
            shown = name if equals and re.fullmatch(r"[A-Za-z_]{1,40}", name) else "this line"
            raise ConfigError(
                f"{path}:{number}: {shown} is no setting; allowed are {', '.join(sorted(known))}, each as NAME=value"
            )
        if name in found:
            raise ConfigError(f"{path}:{number}: {name} is set twice")
        value = value.strip()
        found[name] = value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value
    return found


@dataclass(frozen=True, slots=True)
class _Given:
    """A setting as somebody wrote it, and how its place is called in an error."""

    place: str
    text: str = field(repr=False)
    secret: bool = False

    def wrong(self, allowed: str) -> ConfigError:
        return ConfigError(f"{self.place}: {'the value' if self.secret else repr(self.text)} {allowed}")


def _given(name: str, flags: Mapping[str, object], env: Mapping[str, str], file: Mapping[str, str]) -> _Given | None:
    """None where the setting was left out; an empty variable counts as left out, an empty flag is a mistake."""
    setting = SETTINGS[name]
    flag = flags.get(name)
    if flag is not None:
        found = _Given(f"{setting.variable} (--{name.replace('_', '-')})", str(flag).strip(), setting.secret)
        if not found.text or "\0" in found.text:
            raise found.wrong("is no value; leave the flag out to use the default")
        return found
    for place in (env, file):
        text = place.get(setting.variable, "").strip()
        pointer = place.get(f"{setting.variable}_FILE", "").strip() if setting.secret else ""
        if text and pointer:
            raise ConfigError(f"{setting.variable} and {setting.variable}_FILE are both set; one of them is enough")
        if text or pointer:
            return _Given(setting.variable, text or _secret(pointer, f"{setting.variable}_FILE"), setting.secret)
    return None


def _secret(path: str, place: str) -> str:
    try:
        text = Path(path).read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        raise ConfigError(f"{place}: {path!r} cannot be read ({getattr(error, 'strerror', None) or 'it is no text'})") from error
    if not text:
        raise ConfigError(f"{place}: {path!r} is empty")
    return text


def _number(given: _Given | None, otherwise: float, least: float, most: float, whole: bool = False) -> float:
    if given is None:
        return otherwise
    if (
        not re.fullmatch(r"[0-9]{1,7}" if whole else r"[0-9]{1,7}(\.[0-9]{1,6})?", given.text)
        or not least <= float(given.text) <= most
    ):
        raise given.wrong(f"is not a {'whole ' if whole else ''}number from {least:g} to {most:g}")
    return float(given.text)


def _rate(given: _Given | None, otherwise: float | None) -> float | None:
    if given is None:
        return otherwise
    return None if given.text.lower() == "off" else _number(given, 1, 0.1, 1_000_000)


def _origins(given: _Given | None) -> tuple[str, ...]:
    if given is None:
        return ()
    found = tuple(one.strip().lower() for one in given.text.split(",") if one.strip())
    if not found or not all(_ORIGIN.fullmatch(one) for one in found):
        raise given.wrong("is no list of sites; write each like https://clinic.example, without a path, with commas between")
    return found


def _webhook_key(given: _Given | None) -> str | None:
    """A secret as Standard Webhooks writes it."""
    if given is None:
        return None
    try:
        key = base64.b64decode(given.text.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if not given.text.startswith("whsec_") or not 24 <= len(key) <= 64:
        raise given.wrong("is no secret of a webhook; whsec_ and 24 to 64 random bytes in base64 are")
    return given.text


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
