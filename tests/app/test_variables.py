"""The settings that there are; what was set, and where; what looks like a setting and is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app.variables import SETTINGS, given_settings, misspelt, refuse_misspelt
from bot.channels.declaration import ConfigError


def test_each_setting_says_what_it_is() -> None:
    variables = [one.variable for one in SETTINGS.values()]
    assert len(set(variables)) == len(variables)
    assert all(one.about and one.default for one in SETTINGS.values())


def test_each_setting_says_where_it_was_given(tmp_path: Path) -> None:
    file, secret = tmp_path / "settings", tmp_path / "secret"
    file.write_text("PORT=1\nHOST=::1\nCLINIC=a\n", "utf-8")
    secret.write_text("1:x", "utf-8")
    env = {"HOST": "0.0.0.0", "CLINIC": "b", "TELEGRAM_BOT_TOKEN_FILE": str(secret)}  # noqa: S104  # it is only read
    given = given_settings({"clinic": "c", "config": file}, env)
    sources = {name: one.source for name, one in given.items() if one is not None}
    assert sources == {
        "port": f"file {file}",
        "host": "environment",
        "clinic": "flag --clinic",
        "telegram_bot_token": f"environment, TELEGRAM_BOT_TOKEN_FILE={secret}",
    }


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("WEB_ORIGIN", "WEB_ORIGINS"),
        ("TELEGRAM_TOKEN", "TELEGRAM_BOT_TOKEN"),
        ("TELEGRAM_BOT_TOKEN_FIL", "TELEGRAM_BOT_TOKEN_FILE"),
        ("DATABSE_URL", "DATABASE_URL"),
        ("TRUSTED_PROXY", "TRUSTED_PROXIES"),
        ("api_rate", "API_RATE"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("TELEGRAM_COLOUR", ""),
        ("CHATWOOT_ACCESS", ""),
        ("INFUSION_BOT_PORT_NUMBER", ""),
    ],
)
def test_a_misspelt_variable_is_told_with_the_nearest_setting(name: str, near: str) -> None:
    assert misspelt({name: "x", "PATH": "/bin", "API_KEY_RATE": "5"}) in (((name, near),), ())
    assert (misspelt({name: "x"}) == ()) is (name == "INFUSION_BOT_PORT_NUMBER")


USUAL = """PATH HOME HOSTNAME HOSTTYPE USER SHELL LANG LC_ALL TERM PWD TZ PYTHONPATH DATABASE POSTGRES_PASSWORD_FILE PGHOST
PGPORT INVOCATION_ID JOURNAL_STREAM STATE_DIRECTORY CACHE_DIRECTORY CREDENTIALS_DIRECTORY KUBERNETES_PORT API_KEY LOGNAME
KUBERNETES_SERVICE_HOST HTTP_PROXY HTTPS_PROXY NO_PROXY NO_COLOR SSL_CERT_FILE GPG_KEY PYTHON_VERSION MAKELEVEL MAIL
CHATWOOT_PORT CHATWOOT_SERVICE_HOST CHATWOOT_PORT_3000_TCP_ADDR TELEGRAM_BOT_API_SERVICE_PORT INFUSION_BOT_SERVICE_PORT_HTTP
WEB_CONCURRENCY API_URL WEBHOOK_PORT MODELS_PATH"""


def test_what_others_keep_in_an_environment_is_not_taken_for_a_setting() -> None:
    assert misspelt(dict.fromkeys(USUAL.split(), "x")) == ()


@pytest.mark.parametrize("name", ["WEB_ORIGIN", "TELEGRAM_TOKEN", "TELEGRAM_BOT_TOKEN_FIL", "LOGLEVEL"])
def test_a_name_that_can_only_be_a_misspelt_setting_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name}: is no setting; is [A-Z_]+ meant\\?\nRename it"):
        refuse_misspelt({name: "x", "PATH": "/bin"})


@pytest.mark.parametrize(
    "env",
    [
        {"HOSTS": "x", "CLINICC": "x", "MODELS": "x"},
        {"TELEGRAM_COLOUR": "x"},
        {"WEB_ORIGIN": "x", "WEB_ORIGINS": "https://clinic.example"},
        {"TELEGRAM_TOKEN": "x", "TELEGRAM_BOT_TOKEN_FILE": "/x"},
    ],
    ids=["words that others use", "nothing near", "the right one is there", "the right one is in a file"],
)
def test_a_name_that_may_be_anothers_is_no_mistake(env: dict[str, str]) -> None:
    refuse_misspelt(env)
    assert misspelt(env)
