"""The settings that there are, what was given for each, and where: flags before environment before a settings file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

from bot.app.channels import CHANNELS
from bot.app.paths import knowledge_folder
from bot.channels.declaration import ConfigError, Given, Setting

_LARGEST_FILE = 65_536
_NEAR = 0.85  # how alike a name must be in an environment, as difflib counts
_NEAR_IN_FILE = 0.7  # a file holds nothing but settings: the nearest is worth naming when it is less alike
# A name of ours in front makes a variable ours, too, unless it is one that containers and clusters make of a service's name.
_OURS = re.compile(r"(TELEGRAM|CHATWOOT|INFUSION_BOT)_.+")
_OF_SERVICES = re.compile(r".*_(PORT|SERVICE|ENV|NAME)(_.*)?")

# Those of channels, by the names of their flags: a clinic can have its own.
CHANNEL_SETTINGS = tuple(name for channel in CHANNELS for name in channel.settings)
# What a clinic may say in its own file, and nobody for it.
CLINIC_SETTINGS = (*CHANNEL_SETTINGS, "gaps", "gaps_days", "gaps_digest")
CLINIC = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
# By the name of the flag, as argparse keeps it. What serves is only read by `serve` and its kin.
SETTINGS: Mapping[str, Setting] = {
    "knowledge": Setting("KNOWLEDGE", "the knowledge folder", "the one that comes with the bot"),
    "clinic": Setting("CLINIC", "the name of the clinic: of its file or folder among the clinics", "default"),
    "clinics": Setting("CLINICS", "the folder of the clinics", "clinics/ in the knowledge folder"),
    "tz": Setting("TIMEZONE", "time zone of the clinic's clocks, like America/Chicago", "the clinic file's, else the system's"),
    "cache_dir": Setting(
        "CACHE_DIR", "folder for what is learned from the knowledge once, and can be learned again", "~/.cache/infusion-bot"
    ),
    "model": Setting(
        "MODEL", "the sentence model: small, large, auto (the larger one that is installed), off, or a folder", "auto"
    ),
    "conversation_minutes": Setting("CONVERSATION_MINUTES", "a conversation that was silent for longer begins anew", "1440"),
    "link": Setting(
        "BOT_LINK",
        "where printed QR codes lead: the bot on Telegram (https://t.me/NAME), or the address of its web chat",
        "no codes",
    ),
    "data_dir": Setting(
        "DATA_DIR",
        "folder of the database, when that is SQLite, and of the versions of the knowledge that served",
        "~/.local/share/infusion-bot",
    ),
    "database_url": Setting(
        "DATABASE_URL",
        "sqlite:///FILE, postgresql://USER:PASSWORD@HOST/NAME, or memory: for nothing that lasts",
        "a SQLite file in DATA_DIR",
        secret=True,
    ),
    "reload": Setting("RELOAD", "take changed knowledge while serving: on, or off (then on SIGHUP alone)", "on"),
    "host": Setting("HOST", "address to listen on", "127.0.0.1"),
    "port": Setting("PORT", "port to listen on; 0 takes a free one", "8080"),
    "trusted_proxies": Setting(
        "TRUSTED_PROXIES", "addresses of proxies whose word is taken for who calls, with commas between", "127.0.0.1,::1"
    ),
    "max_connections": Setting("MAX_CONNECTIONS", "connections at once; fewer where the system allows fewer open files", "2000"),
    "max_connections_of_address": Setting(
        "MAX_CONNECTIONS_OF_ADDRESS", "connections at once from one address; through a proxy: requests at once for one", "100"
    ),
    "max_header_bytes": Setting("MAX_HEADER_BYTES", "how long all headers of a request together may be", "16384"),
    "max_headers": Setting("MAX_HEADERS", "how many headers a request may have", "100"),
    "max_body_bytes": Setting("MAX_BODY_BYTES", "how long the body of a request may be", "1048576"),
    "header_seconds": Setting("HEADER_SECONDS", "how long the headers of a request may take to come", "10"),
    "body_seconds": Setting("BODY_SECONDS", "how long its body may take to come, and an answer to be read", "10"),
    "idle_seconds": Setting(
        "IDLE_SECONDS", "how long a connection is kept between two requests; longer than the proxy in front keeps it", "75"
    ),
    **{name: setting for channel in CHANNELS for name, setting in channel.settings.items()},
    "drain_seconds": Setting("DRAIN_SECONDS", "how long a stop waits for what is being answered", "6"),
    "lease_seconds": Setting(
        "LEASE_SECONDS", "after so long without a sign of life another process takes a conversation over", "30"
    ),
    "handoff": Setting(
        "HANDOFF",
        "on: patients on Telegram and in the web chat can write to the staff, who answer in STAFF_CHAT or on the clinic's page",
        "on with STAFF_CHAT, else off",
    ),
    "staff_reminder_minutes": Setting(
        "STAFF_REMINDER_MINUTES", "after so long without an answer to a patient the staff are reminded", "5"
    ),
    "patient_wait_minutes": Setting(
        "PATIENT_WAIT_MINUTES", "after so long without an answer a patient is told that it takes longer", "15"
    ),
    "keep_handoff_days": Setting(
        "KEEP_HANDOFF_DAYS", "how long what patients and staff wrote to each other is kept after its end", "30"
    ),
    "gaps": Setting("GAPS", "keep, redacted, what was not answered, for those who write the knowledge: on or off", "off"),
    "gaps_digest": Setting("GAPS_DIGEST", "tell STAFF_CHAT of it on Monday mornings: on or off", "off"),
    "gaps_days": Setting("GAPS_DAYS", "for how many days that is kept", "90"),
    "counts_days": Setting("COUNTS_DAYS", "how long it is kept how often something was asked; 0 counts nothing", "400"),
    "keep_dead_days": Setting("KEEP_DEAD_DAYS", "how long updates that could not be answered are kept", "7"),
    "clock_scale": Setting("CLOCK_SCALE", "how many times quicker waits pass (for tests)", "1"),
    "log_format": Setting("LOG_FORMAT", "json, or plain for people to read", "json"),
    "traces_url": Setting(
        "TRACES_URL", "where spans go by OTLP over HTTP, like http://127.0.0.1:4318 (needs infusion-bot[otel])", "no spans"
    ),
    "log_level": Setting("LOG_LEVEL", "debug, info, warning or error", "info"),
}


# -- what was given ----------------------------------------------------------------------------------------------------


def given_settings(flags: Mapping[str, object], env: Mapping[str, str]) -> dict[str, Given | None]:
    """Each setting as it was given; None where it was left out. ``flags``: by argparse's names.

    ``flags["config"]`` names a settings file: lines NAME=value, as in an environment file. What the clinic's own file says of
    channels (see ``clinic_file``) comes before the environment. Raises ConfigError, with all mistakes.
    """
    path = flags.get("config")
    file = read_file(Path(str(path)), "--config") if path is not None else {}
    own = _own(flags, env, file)
    found: dict[str, Given | None] = {}
    wrong = []
    for name in SETTINGS:
        try:
            found[name] = _given(name, flags, {**own, "environment": env, f"file {path}": file})
        except ConfigError as error:
            wrong.append(str(error))
    if wrong:
        raise ConfigError("\n".join(wrong))
    return found


def clinic_file(clinics: Path, name: str) -> Path | None:
    """The file with the settings of a clinic's channels, where there is one: in its folder, or beside its file."""
    return next((path for path in (clinics / name / "settings.env", clinics / f"{name}.env") if path.is_file()), None)


def clinics_folder(flags: Mapping[str, object], env: Mapping[str, str], file: Mapping[str, str]) -> Path:
    """The folder of the clinics, there or not; ``file``: what stands in the settings file."""
    places = {"environment": env, "file": file}
    clinics, knowledge = (_given(name, flags, places) for name in ("clinics", "knowledge"))
    folder = Path(knowledge.text) if knowledge is not None else knowledge_folder()
    return Path(clinics.text).expanduser() if clinics is not None else folder / "clinics"


def _own(flags: Mapping[str, object], env: Mapping[str, str], file: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What the clinic that is named has in its own file, by what that is called."""
    clinic = _given("clinic", flags, {"environment": env, "file": file})
    if clinic is not None and not CLINIC.fullmatch(clinic.text):
        return {}  # told when the setting is read
    path = clinic_file(clinics_folder(flags, env, file), clinic.text if clinic is not None else "default")
    return {} if path is None else {f"file {path}": read_file(path, "clinics", CLINIC_SETTINGS)}


def _given(name: str, flags: Mapping[str, object], places: Mapping[str, Mapping[str, str]]) -> Given | None:
    """None where the setting was left out; an empty variable counts as left out, an empty flag is a mistake."""
    setting = SETTINGS[name]
    flag = flags.get(name)
    if flag is not None:
        found = Given(f"{setting.variable} ({flag_of(name)})", str(flag).strip(), setting.secret, f"flag {flag_of(name)}")
        if not found.text or "\0" in found.text:
            raise found.wrong("is no value; leave the flag out to use the default")
        return found
    for place, values in places.items():
        text = values.get(setting.variable, "").strip()
        pointer = values.get(f"{setting.variable}_FILE", "").strip() if setting.secret else ""
        if text and pointer:
            raise ConfigError(f"{setting.variable} and {setting.variable}_FILE are both set; one of them is enough")
        if text:
            return Given(setting.variable, text, setting.secret, place)
        if pointer:
            text = _secret(pointer, f"{setting.variable}_FILE")
            return Given(setting.variable, text, setting.secret, f"{place}, {setting.variable}_FILE={pointer}")
    return None


def flag_of(name: str) -> str:
    """The flag of the setting that argparse calls ``name``."""
    return f"--{name.replace('_', '-')}"


def _secret(path: str, place: str) -> str:
    try:
        text = Path(path).read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        raise ConfigError(f"{place}: {path!r} cannot be read ({getattr(error, 'strerror', None) or 'it is no text'})") from error
    if not text:
        raise ConfigError(f"{place}: {path!r} is empty")
    return text


# -- names ----------------------------------------------------------------------------------------------------------


def variables(names: Iterable[str] = SETTINGS) -> dict[str, Setting]:
    """The settings, by what they may be called in an environment or a file."""
    return {
        name: one
        for one in (SETTINGS[name] for name in names)
        for name in ((one.variable, f"{one.variable}_FILE") if one.secret else (one.variable,))
    }


def misspelt(environment: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Variables that are no settings, but look like one; each with the one that it looks like, or "" where none is near.

    In an environment there is much that is not ours. Of names that other programs use none is as near (HOSTNAME to HOST,
    DATABASE to DATABASE_URL); a word that was left out is (TELEGRAM_TOKEN). What begins like ours is told without.
    """
    known = variables()
    found = []
    for name in sorted(environment.keys() - known.keys()):
        near = get_close_matches(name.upper(), known, 1, _NEAR)
        if near or (_OURS.fullmatch(name) and not _OF_SERVICES.fullmatch(name)):
            found.append((name, near[0] if near else ""))
    return tuple(found)


def refuse_misspelt(environment: Mapping[str, str]) -> None:
    """Raises ConfigError where a variable can only be a setting that was misspelt.

    That is one with the name of a setting of several words, which nobody else uses, while that setting is not given.
    """
    known = variables()
    wrong = [
        f"{name}: is no setting; is {near} meant?"
        for name, near in misspelt(environment)
        if "_" in near and not any(environment.get(other, "").strip() for other, one in known.items() if one is known[near])
    ]
    if wrong:
        raise ConfigError("\n".join([*wrong, "Rename it; or, where it is another program's, set the right one, too."]))


def read_file(path: Path, place: str, allowed: Iterable[str] = SETTINGS) -> dict[str, str]:
    """The settings in a file of lines NAME=value; # begins a comment, quotes around a value are dropped. Raises ConfigError.

    ``place``: what named the file; ``allowed``: the settings that may stand there.
    """
    try:
        lines = path.read_text("utf-8").splitlines() if path.stat().st_size <= _LARGEST_FILE else None
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{place}: {str(path)!r} cannot be read ({getattr(error, 'strerror', None) or 'it is not UTF-8'})"
        ) from error
    if lines is None:
        raise ConfigError(f"{place}: {str(path)!r} is too large for a settings file")
    known = variables(allowed)
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.removeprefix("export ").partition("=")
        name = name.strip()
        if equals and name not in known and name in variables():
            raise ConfigError(f"{path}:{number}: {name} holds for the whole process; set it in the environment, or by --config")
        if not equals or name not in known:
            # The line may hold a secret: only a name that looks like one is repeated.
            looks = equals and re.fullmatch(r"[A-Za-z_]{1,40}", name)
            near = get_close_matches(name.upper(), known, 1, _NEAR_IN_FILE) if looks else []
            shown = f"{name} is no setting{f'; is {near[0]} meant?' if near else ';'}" if looks else "this line is no setting;"
            raise ConfigError(f"{path}:{number}: {shown} allowed are {', '.join(sorted(known))}, each as NAME=value")
        if name in found:
            raise ConfigError(f"{path}:{number}: {name} is set twice")
        value = value.strip()
        found[name] = value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value
    return found
