"""Settings: flags before environment before defaults."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import config, paths
from bot.config import ConfigError

HOME = {"HOME": "/home/somebody"}


def test_without_flags_and_variables_the_defaults_hold() -> None:
    settings = config.read({}, HOME)
    assert settings.knowledge == paths.knowledge_folder()
    assert settings.cache_dir == paths.cache_folder(HOME)
    assert (settings.clinic, settings.timezone, settings.conversation_minutes) == ("default", None, 1440)


@pytest.mark.parametrize(
    ("flag", "variable", "text", "field", "value"),
    [
        ("knowledge", "KNOWLEDGE", "/k", "knowledge", Path("/k")),
        ("clinic", "CLINIC", "lake-side_2", "clinic", "lake-side_2"),
        ("tz", "TIMEZONE", "Asia/Tokyo", "timezone", ZoneInfo("Asia/Tokyo")),
        ("cache_dir", "CACHE_DIR", "/c", "cache_dir", Path("/c")),
        ("conversation_minutes", "CONVERSATION_MINUTES", "30", "conversation_minutes", 30),
    ],
)
def test_a_flag_beats_its_variable_and_that_the_default(flag: str, variable: str, text: str, field: str, value: object) -> None:
    assert getattr(config.read({}, {**HOME, variable: f" {text} "}), field) == value
    assert getattr(config.read({flag: text}, {**HOME, variable: "not this/../one"}), field) == value
    assert getattr(config.read({}, {**HOME, variable: ""}), field) == getattr(config.read({}, HOME), field)


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
        config.read({}, {**HOME, variable: bad})
    assert str(by_variable.value).startswith(f"{variable}: {bad!r} ")
    with pytest.raises(ConfigError) as by_flag:
        config.read({flag: bad}, HOME)
    assert str(by_flag.value).startswith(f"{variable} (--{flag.replace('_', '-')}): {bad!r} ")


@pytest.mark.parametrize("empty", ["", "  ", "a\0b"], ids=["empty", "blanks", "NUL"])
def test_a_flag_without_a_value_is_a_mistake(empty: str) -> None:
    with pytest.raises(ConfigError, match="--knowledge"):
        config.read({"knowledge": empty}, HOME)


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
    assert config.read({}, {**HOME, **env}).colours is colours


def test_the_chosen_zone_beats_the_clinics_and_that_the_systems() -> None:
    chosen = config.read({"tz": "Asia/Tokyo"}, HOME)
    none = config.read({}, HOME)
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


def test_a_system_zone_without_a_name_is_the_offset_of_now(tmp_path: Path) -> None:
    zone = config.system_zone({}, tmp_path / "localtime")
    now = datetime.now(UTC)
    assert now.astimezone(zone).utcoffset() == now.astimezone().utcoffset()
