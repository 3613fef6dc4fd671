"""The settings as they are shown: with their sources, and without a secret."""

from __future__ import annotations

import pytest

from bot.app.commands.operating.effective import HIDDEN, EffectiveSetting, effective, shown_address
from bot.app.config import read_settings
from bot.app.variables import SETTINGS, given_settings

HOME = {"HOME": "/home/somebody"}
CANARY = "canary1"


def _shown(env: dict[str, str]) -> dict[str, EffectiveSetting]:
    env = {**HOME, **env}
    return {one.variable: one for one in effective(given_settings({}, env), read_settings({}, env))}


def test_every_setting_is_shown_with_its_source() -> None:
    shown = _shown({"PORT": "81", "DATA_DIR": "/data"})
    assert list(shown) == [one.variable for one in SETTINGS.values()]
    assert shown["PORT"] == EffectiveSetting("PORT", "81", "environment", secret=False)
    assert (shown["HOST"].value, shown["HOST"].is_default) == ("127.0.0.1", True)


def test_a_default_that_lies_somewhere_is_shown_where_it_lies() -> None:
    shown = _shown({"DATA_DIR": "/data"})
    assert shown["DATABASE_URL"].value == "sqlite:////data/infusion-bot.db"
    assert shown["CACHE_DIR"].value == "/home/somebody/.cache/infusion-bot"


def test_of_a_secret_only_that_it_is_set_is_shown() -> None:
    secrets = {one.variable for one in SETTINGS.values() if one.secret} - {"DATABASE_URL"}
    shown = {one.variable: one for one in effective(given_settings({}, dict.fromkeys(secrets, CANARY)), None)}
    assert {name: shown[name].value for name in secrets} == dict.fromkeys(secrets, HIDDEN)
    assert CANARY not in str(shown)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("memory:", "memory:"),
        ("sqlite:////data/bot.db", "sqlite:////data/bot.db"),
        (f"postgresql://me:{CANARY}@db:5432/bot", "postgresql://…@db:5432/bot"),
        (f"postgresql+asyncpg://me:{CANARY}@db/bot?password={CANARY}", "postgresql+asyncpg://…@db/bot"),
        (f"postgresql://me:{CANARY}/@{CANARY}@db/bot", "postgresql://…@db/bot"),
        (f"postgresql://me:{CANARY}?{CANARY}@db/bot", HIDDEN),
        (f"postgresql://db/bot?password={CANARY}", HIDDEN),
        (f"postgresql://db/bot?password=a@{CANARY}", HIDDEN),
        (CANARY, HIDDEN),
    ],
)
def test_the_address_of_a_database_is_shown_without_its_password(url: str, shown: str) -> None:
    assert shown_address(url) == shown
