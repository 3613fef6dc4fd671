"""Settings: flags before environment before defaults."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.app import config, paths
from bot.app.http.connections import ConnectionLimits
from bot.app.variables import SETTINGS
from bot.channels.declaration import ConfigError
from bot.channels.telegram.settings import BASE_URL

HOME = {"HOME": "/home/somebody"}


def test_without_flags_and_variables_the_defaults_hold() -> None:
    settings = config.read_settings({}, HOME)
    assert settings.knowledge == paths.knowledge_folder()
    assert settings.cache_dir == paths.cache_folder(HOME)
    assert (settings.clinic, settings.timezone, settings.conversation_minutes) == ("default", None, 1440)


@pytest.mark.parametrize(
    ("flag", "variable", "text", "field", "value"),
    [
        ("knowledge", "KNOWLEDGE", "/k", "knowledge", Path("/k")),
        ("clinic", "CLINIC", "lake-side_2", "clinic", "lake-side_2"),
        ("clinics", "CLINICS", "/c", "clinics", Path("/c")),
        ("tz", "TIMEZONE", "Asia/Tokyo", "timezone", ZoneInfo("Asia/Tokyo")),
        ("cache_dir", "CACHE_DIR", "/c", "cache_dir", Path("/c")),
        ("conversation_minutes", "CONVERSATION_MINUTES", "30", "conversation_minutes", 30),
    ],
)
def test_a_flag_beats_its_variable_and_that_the_default(flag: str, variable: str, text: str, field: str, value: object) -> None:
    assert getattr(config.read_settings({}, {**HOME, variable: f" {text} "}), field) == value
    assert getattr(config.read_settings({flag: text}, {**HOME, variable: "not this/../one"}), field) == value
    assert getattr(config.read_settings({}, {**HOME, variable: ""}), field) == getattr(config.read_settings({}, HOME), field)


@pytest.mark.parametrize(
    ("variable", "flag", "bad"),
    [
        ("CLINIC", "clinic", "../secret"),
        ("CLINIC", "clinic", "a/b"),
        ("TIMEZONE", "tz", "Mars"),
        ("TIMEZONE", "tz", "America"),
        ("TIMEZONE", "tz", "/etc/localtime"),
        ("TIMEZONE", "tz", "x" * 300),
        ("CONVERSATION_MINUTES", "conversation_minutes", "0"),
        ("CONVERSATION_MINUTES", "conversation_minutes", "-5"),
        ("CONVERSATION_MINUTES", "conversation_minutes", "1.5"),
        ("CONVERSATION_MINUTES", "conversation_minutes", "٣٠"),
        ("CONVERSATION_MINUTES", "conversation_minutes", "999999"),
    ],
)
def test_a_bad_value_is_named_with_its_variable(variable: str, flag: str, bad: str) -> None:
    with pytest.raises(ConfigError) as by_variable:
        config.read_settings({}, {**HOME, variable: bad})
    assert str(by_variable.value).startswith(f"{variable}: {bad!r} ")
    with pytest.raises(ConfigError) as by_flag:
        config.read_settings({flag: bad}, HOME)
    assert str(by_flag.value).startswith(f"{variable} (--{flag.replace('_', '-')}): {bad!r} ")


@pytest.mark.parametrize("empty", ["", "  ", "a\0b"], ids=["empty", "blanks", "NUL"])
def test_a_flag_without_a_value_is_a_mistake(empty: str) -> None:
    with pytest.raises(ConfigError, match="--knowledge"):
        config.read_settings({"knowledge": empty}, HOME)


@pytest.mark.parametrize(
    ("env", "colours"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
        ({"TERM": "xterm", "NO_COLOR": "0"}, False),
        ({"TERM": "dumb"}, False),
        ({}, False),
    ],
    ids=["terminal", "empty NO_COLOR", "any NO_COLOR", "dumb", "no TERM"],
)
def test_colours_are_for_terminals_that_want_them(env: dict[str, str], colours: bool) -> None:
    assert config.read_settings({}, {**HOME, **env}).colours is colours


def test_the_chosen_zone_beats_the_clinics_and_that_the_systems() -> None:
    chosen = config.read_settings({"tz": "Asia/Tokyo"}, HOME)
    none = config.read_settings({}, HOME)
    system = {"TZ": "Europe/Rome"}
    assert config.zone_for(chosen, "America/Chicago", system) == ZoneInfo("Asia/Tokyo")
    assert config.zone_for(none, "America/Chicago", system) == ZoneInfo("America/Chicago")
    assert config.zone_for(none, None, system) == ZoneInfo("Europe/Rome")
    with pytest.raises(ConfigError, match=r"clinics/default\.yaml, timezone: 'Mars'"):
        config.zone_for(none, "Mars", system)


def test_the_system_zone_has_a_name_where_the_system_gives_one(tmp_path: Path) -> None:
    database = tmp_path / "zoneinfo" / "America"
    database.mkdir(parents=True)
    (database / "Chicago").touch()
    link = tmp_path / "localtime"
    link.symlink_to(database / "Chicago")
    assert config.system_zone({}, link) == ZoneInfo("America/Chicago")
    assert config.system_zone({"TZ": ":Asia/Tokyo"}, link) == ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize("name", ["Nowhere/Land", ":Nowhere/Land", "America", "../etc", "zzz", "Europe/berlinn"])
def test_a_system_zone_that_is_none_is_named(name: str) -> None:
    with pytest.raises(ConfigError, match=rf"TZ: '{re.escape(name)}' is not a known time zone"):
        config.system_zone({"TZ": name})


@pytest.mark.parametrize("name", ["/usr/share/zoneinfo/Asia/Tokyo", ":/usr/share/zoneinfo/Asia/Tokyo", "Asia/Tokyo"])
def test_a_system_zone_may_be_a_file_of_the_database(name: str) -> None:
    assert config.system_zone({"TZ": name}) == ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize("name", ["CET-1CEST,M3.5.0,M10.5.0/3", "<+03>-3", "UTC0", "EST5EDT"])
def test_a_rule_is_left_to_the_system(name: str) -> None:
    assert config.system_zone({"TZ": name}) is not None


def test_a_system_zone_without_a_name_is_the_offset_of_now(tmp_path: Path) -> None:
    zone = config.system_zone({}, tmp_path / "localtime")
    now = datetime.now(UTC)
    assert now.astimezone(zone).utcoffset() == now.astimezone().utcoffset()


@pytest.mark.parametrize("model", ["auto", "small", "large", "off", "."])
def test_a_sentence_model_is_a_name_or_a_folder(model: str) -> None:
    assert config.read_settings({}, {**HOME, "MODEL": model}).model == model


@pytest.mark.parametrize(
    ("bad", "says"),
    [("huge", "folder that is there$"), ("lareg", "is large meant\\?$"), ("Off", "is off meant"), ("/no/such/folder", "there$")],
)
def test_a_model_that_is_none_is_told_with_the_nearest(bad: str, says: str) -> None:
    with pytest.raises(ConfigError, match=f"MODEL: '{bad}' is no sentence model: .*{says}"):
        config.read_settings({}, {**HOME, "MODEL": bad})


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as found:
        config.read_settings({"port": "x"}, {**HOME, "CLINIC": "../a", "LOG_LEVEL": "loud", "DRAIN_SECONDS": "2"})
    assert [line.split(":")[0] for line in str(found.value).splitlines()] == ["CLINIC", "LOG_LEVEL", "PORT (--port)"]
    with pytest.raises(ConfigError) as found:
        config.read_settings({"host": "", "port": ""}, HOME)
    assert [line.split(":")[0] for line in str(found.value).splitlines()] == ["HOST (--host)", "PORT (--port)"]


# -- serving ------------------------------------------------------------------------------------------------------

CANARY = "Canary-that_is_secret"
TOKEN = f"123456:{CANARY}"
SECRETS = {
    "TELEGRAM_BOT_TOKEN": TOKEN,
    "TELEGRAM_PROXY": f"http://me:{CANARY}@proxy.test",
    "WEBHOOK_SECRET": CANARY,
    "DATABASE_URL": f"postgresql://me:{CANARY}@db/bot",
}
SECRETS |= {"CHATWOOT_TOKEN": CANARY, "CHATWOOT_SECRET": CANARY, "CHATWOOT_PATH_SECRET": f"{CANARY}-long-enough"}
SECRETS |= {"GENERIC_SECRET": f"whsec_{base64.b64encode(CANARY.encode() * 2).decode()}"}


class _Served:
    """All that serving takes, by the names of settings: those of the process and those of each channel."""

    def __init__(self, serving: config.Serving) -> None:
        self._parts = (("", serving), *serving.channels.items())

    def __getattr__(self, name: str) -> Any:
        for channel, part in self._parts:
            for field in (name, name.removeprefix(f"{channel}_")):
                if hasattr(part, field):
                    return getattr(part, field)
        raise AttributeError(name)


def _serving(env: dict[str, str] | None = None, **flags: object) -> _Served:
    return _Served(config.read_settings(flags, {**HOME, **(env or {})}).serving)


def test_without_anything_set_nothing_is_served_and_nothing_is_public() -> None:
    serving = _serving()
    assert serving.data_dir == paths.data_folder(HOME)
    assert serving.database_url == f"sqlite:///{serving.data_dir / 'infusion-bot.db'}"
    assert (serving.host, serving.port) == ("127.0.0.1", 8080)
    assert (serving.telegram_bot_token, serving.webhook_url, serving.webhook_secret) == (None, None, None)
    assert (serving.telegram_base_url, serving.telegram_rate) == (BASE_URL, 30.0)
    assert (serving.drain_seconds, serving.lease_seconds, serving.keep_dead_days, serving.clock_scale) == (6, 30, 7, 1)
    assert serving.log_level == "info"


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("DATA_DIR", "/data", Path("/data")),
        ("DATABASE_URL", "memory:", "memory:"),
        ("HOST", "0.0.0.0", "0.0.0.0"),  # noqa: S104  # it is only read
        ("PORT", "0", 0),
        ("PORT", "65535", 65535),
        ("TELEGRAM_BOT_TOKEN", TOKEN, TOKEN),
        ("TELEGRAM_BASE_URL", "http://127.0.0.1:8081/bot", "http://127.0.0.1:8081/bot"),
        ("TELEGRAM_RATE", "12.5", 12.5),
        ("TELEGRAM_RATE", "OFF", None),
        ("WEBHOOK_URL", "https://bot.test/base/", "https://bot.test/base"),
        ("WEBHOOK_SECRET", CANARY, CANARY),
        ("DRAIN_SECONDS", "0", 0.0),
        ("LEASE_SECONDS", "2.5", 2.5),
        ("KEEP_DEAD_DAYS", "30", 30.0),
        ("GAPS", "On", True),
        ("GAPS_DAYS", "30", 30),
        ("GAPS_DIGEST", "on", True),
        ("COUNTS_DAYS", "0", 0),
        ("CLOCK_SCALE", "20", 20.0),
        ("LOG_LEVEL", "DEBUG", "debug"),
    ],
)
def test_what_serving_needs_comes_from_flag_variable_and_file(tmp_path: Path, variable: str, text: str, value: object) -> None:
    name = variable.lower()
    file = tmp_path / "settings"
    file.write_text(f"{variable}={text}\n", "utf-8")
    assert getattr(_serving({variable: text}), name) == value
    assert getattr(_Served(config.read_settings({name: text}, HOME).serving), name) == value
    assert getattr(_serving(config=str(file)), name) == value
    assert getattr(_serving({variable: "  "}), name) == getattr(_serving(), name)


def test_elsewhere_than_at_telegram_there_is_no_rate_until_one_is_set() -> None:
    elsewhere = {"TELEGRAM_BASE_URL": "http://127.0.0.1:8081/bot"}
    assert _serving(elsewhere).telegram_rate is None
    assert _serving({**elsewhere, "TELEGRAM_RATE": "5"}).telegram_rate == 5
    assert _serving({"TELEGRAM_RATE": "off"}).telegram_rate is None


def test_the_database_is_in_the_data_folder_unless_it_has_an_address() -> None:
    assert _serving({"DATA_DIR": "/data"}).database_url == "sqlite:////data/infusion-bot.db"
    assert _serving({"DATA_DIR": "/data", "DATABASE_URL": "memory:"}).database_url == "memory:"


@pytest.mark.parametrize(
    ("variable", "bad"),
    [
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "80.5"),
        ("PORT", "http"),
        ("TELEGRAM_BASE_URL", "api.telegram.org"),
        ("TELEGRAM_BASE_URL", "ftp://api.telegram.org"),
        ("TELEGRAM_BASE_URL", "http://api.telegram.org/bot?a=1"),
        ("TELEGRAM_RATE", "0"),
        ("TELEGRAM_RATE", "many"),
        ("WEBHOOK_URL", "bot.test"),
        ("WEBHOOK_URL", "https://me:pw@bot.test"),
        ("WEBHOOK_URL", "https://bot.test/a b"),
        ("DRAIN_SECONDS", "-1"),
        ("DRAIN_SECONDS", "1e3"),
        ("DRAIN_SECONDS", "nan"),
        ("LEASE_SECONDS", "0"),
        ("KEEP_DEAD_DAYS", "366"),
        ("GAPS", "yes"),
        ("GAPS_DAYS", "0"),
        ("GAPS_DAYS", "366"),
        ("COUNTS_DAYS", "4001"),
        ("COUNTS_DAYS", "1.5"),
        ("CLOCK_SCALE", "0"),
        ("CLOCK_SCALE", "\u0663"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_bad_value_of_serving_is_named_with_its_variable(variable: str, bad: str) -> None:
    with pytest.raises(ConfigError) as by_variable:
        _serving({variable: bad})
    assert str(by_variable.value).startswith(f"{variable}: {bad!r} ")
    with pytest.raises(ConfigError) as by_flag:
        config.read_settings({variable.lower(): bad}, HOME)
    assert str(by_flag.value).startswith(f"{variable} (--{variable.lower().replace('_', '-')}): {bad!r} ")


@pytest.mark.parametrize(
    ("variable", "bad"),
    [
        ("TELEGRAM_BOT_TOKEN", CANARY),
        ("TELEGRAM_BOT_TOKEN", f"12 3456:{CANARY}"),
        ("TELEGRAM_BOT_TOKEN", f"{TOKEN}/getMe"),
        ("TELEGRAM_BOT_TOKEN", f"bot{TOKEN}"),
        ("WEBHOOK_SECRET", f"{CANARY}!"),
        ("WEBHOOK_SECRET", CANARY * 20),
        ("WEBHOOK_SECRET", f"{CANARY}\u00e9"),
    ],
)
def test_a_bad_secret_is_not_repeated(tmp_path: Path, variable: str, bad: str) -> None:
    file, secret = tmp_path / "settings", tmp_path / "secret"
    file.write_text(f"{variable}={bad}\n", "utf-8")
    secret.write_text(bad, "utf-8")
    ways: list[tuple[dict[str, str], dict[str, object]]] = [
        ({variable: bad}, {}),
        ({}, {variable.lower(): bad}),
        ({}, {"config": str(file)}),
        ({f"{variable}_FILE": str(secret)}, {}),
    ]
    for env, flags in ways:
        with pytest.raises(ConfigError, match=variable) as found:
            _serving(env, **flags)
        assert CANARY not in _all_of(found.value)


def _all_of(error: BaseException | None) -> str:
    """What a traceback could show of ``error`` and what led to it."""
    return "" if error is None else f"{error}{_all_of(error.__cause__)}{_all_of(error.__context__)}"


def test_no_repr_shows_a_secret() -> None:
    settings = config.read_settings({}, {**HOME, **SECRETS, "WEBHOOK_URL": "https://bot.test"})
    serving = _Served(settings.serving)
    assert (serving.telegram_bot_token, serving.webhook_secret) == (TOKEN, CANARY)
    assert CANARY in serving.database_url
    for shown in (repr(settings), str(settings), f"{settings}", repr(settings.serving)):
        assert CANARY not in shown
        assert "https://bot.test" in shown


# -- secrets in files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variable", SECRETS)
def test_a_secret_may_come_from_a_file(tmp_path: Path, variable: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{SECRETS[variable]}\n", "utf-8")
    assert getattr(_serving({f"{variable}_FILE": str(secret)}), variable.lower()) == SECRETS[variable]
    settings = tmp_path / "settings"
    settings.write_text(f"{variable}_FILE={secret}\n", "utf-8")
    assert getattr(_serving(config=str(settings)), variable.lower()) == SECRETS[variable]


def test_only_a_secret_has_a_file() -> None:
    assert _serving({"HOST_FILE": "/nowhere"}).host == "127.0.0.1"
    assert {name for name, one in SETTINGS.items() if one.secret} == {name.lower() for name in SECRETS}


@pytest.mark.parametrize("variable", SECRETS)
@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda _: None, "No such file"),
        (lambda path: path.mkdir(), "directory"),
        (lambda path: path.write_bytes(b"\xff\xfe" + CANARY.encode()), "it is no text"),
        (lambda path: path.write_text(" \n"), "is empty"),
    ],
    ids=["missing", "folder", "bytes", "empty"],
)
def test_a_file_without_a_secret_is_named(tmp_path: Path, variable: str, make: Callable[[Path], object], says: str) -> None:
    make(tmp_path / "secret")
    with pytest.raises(ConfigError, match=f"{variable}_FILE: .*{says}") as found:
        _serving({f"{variable}_FILE": str(tmp_path / "secret")})
    assert CANARY not in str(found.value)


def test_a_secret_and_its_file_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(TOKEN, "utf-8")
    both = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_BOT_TOKEN_FILE": str(tmp_path / "secret")}
    with pytest.raises(ConfigError, match="both set") as found:
        _serving(both)
    assert CANARY not in str(found.value)
    assert _serving(both, telegram_bot_token="1:x").telegram_bot_token == "1:x"  # noqa: S105, S106


# -- a settings file ----------------------------------------------------------------------------------------------


def _file(tmp_path: Path, content: str | bytes) -> str:
    path = tmp_path / "settings"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def test_a_settings_file_is_read_as_people_write_it(tmp_path: Path) -> None:
    content = """
# comment
  # another
PORT=81
export HOST = ::1
CLINIC="lakeside"
TIMEZONE='Asia/Tokyo'
LOG_LEVEL=
DATABASE_URL=sqlite:////data/a=b#c.db
"""
    settings = config.read_settings({"config": _file(tmp_path, content)}, HOME)
    assert (settings.serving.port, settings.serving.host, settings.clinic) == (81, "::1", "lakeside")
    assert (settings.timezone, settings.serving.log_level) == (ZoneInfo("Asia/Tokyo"), "info")
    assert settings.serving.database_url == "sqlite:////data/a=b#c.db"


def test_flag_before_variable_before_file_before_default(tmp_path: Path) -> None:
    file = _file(tmp_path, "PORT=1\nCLINIC=of-the-file\n")
    assert [_serving({"PORT": "2"}, config=file, port="3").port, _serving({"PORT": "2"}, config=file).port] == [3, 2]
    assert [_serving(config=file).port, _serving().port] == [1, 8080]
    assert config.read_settings({"config": file}, HOME).clinic == "of-the-file"


def test_a_file_gives_way_to_a_variable_for_a_secret_too(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("1:other", "utf-8")
    file = _file(tmp_path, f"TELEGRAM_BOT_TOKEN={TOKEN}\n")
    assert _serving({"TELEGRAM_BOT_TOKEN_FILE": str(tmp_path / "secret")}, config=file).telegram_bot_token == "1:other"  # noqa: S105


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("PORT=1\nPROT=2\n", ":2: PROT is no setting; is PORT meant? allowed are "),
        ("ELSE=2\n", ":1: ELSE is no setting; allowed are "),
        ("PORT 1\n", ":1: this line is no setting"),
        (f"{CANARY}\n", ":1: this line is no setting"),
        (f"TELEGRAM BOT {CANARY}=1\n", ":1: this line is no setting"),
        ("HOST_FILE=/x\n", ":1: HOST_FILE is no setting"),
        ("port=1\n", ":1: port is no setting; is PORT meant?"),
        ("PORT=1\n\nPORT=2\n", ":3: PORT is set twice"),
        (f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_BOT_TOKEN={TOKEN}\n", ":2: TELEGRAM_BOT_TOKEN is set twice"),
        (f"TELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_BOT_TOKEN_FILE=/x\n", "are both set"),
        (b"PORT=\xff" + CANARY.encode(), "it is not UTF-8"),
        ("#" * 70_000, "is too large"),
    ],
)
def test_a_mistake_in_a_settings_file_is_named_by_its_line(tmp_path: Path, content: str | bytes, says: str) -> None:
    with pytest.raises(ConfigError) as found:
        _serving(config=_file(tmp_path, content))
    assert says in str(found.value)
    assert CANARY not in _all_of(found.value)


def test_a_settings_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--config: .*nothing.* cannot be read"):
        _serving(config=str(tmp_path / "nothing"))
    with pytest.raises(ConfigError, match="--config: "):
        _serving(config=str(tmp_path))


# -- proxies and limits -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("*", "would let anybody claim any address"),
        ("10.0.0.0/33", "is no list of addresses"),
        ("10.0.0.1/8", "is no list of addresses"),
        ("proxy", "is no list of addresses"),
        ("10.0.0.1,,10.0.0.2", "is no list of addresses"),
    ],
)
def test_whom_to_trust_is_said_exactly(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=f"TRUSTED_PROXIES: .* {says}"):
        config.read_settings({}, {"HOME": "/home/somebody", "TRUSTED_PROXIES": text})


def test_addresses_and_networks_may_be_trusted() -> None:
    read = config.read_settings({}, {"HOME": "/home/somebody", "TRUSTED_PROXIES": "10.0.0.1, 172.16.0.0/12,::1"})
    assert read.serving.trusted_proxies == "10.0.0.1,172.16.0.0/12,::1"


def test_each_limit_of_the_web_server_is_a_setting() -> None:
    given = {
        "MAX_CONNECTIONS": "11",
        "MAX_CONNECTIONS_OF_ADDRESS": "12",
        "MAX_HEADER_BYTES": "1300",
        "MAX_HEADERS": "14",
        "MAX_BODY_BYTES": "1500",
        "HEADER_SECONDS": "1.6",
        "BODY_SECONDS": "1.7",
        "IDLE_SECONDS": "1.8",
    }
    read = config.read_settings({}, {"HOME": "/home/somebody", **given})
    assert read.serving.limits == ConnectionLimits(11, 12, 1300, 14, 1500, 1.6, 1.7, 1.8)


def test_an_address_may_stand_in_brackets() -> None:
    assert config.read_settings({}, {"HOME": "/home/somebody", "HOST": "[::1]"}).serving.host == "::1"
