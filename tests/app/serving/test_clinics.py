"""Which clinics a process serves together, the settings of each, and what keeps one from being served."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app.serving.clinics import ServedClinics, open_clinics, served_together
from bot.channels.declaration import ConfigError
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.web.settings import WebSettings
from tests import folders

NUMBERS = folders.CLINIC.partition("\n")[2]
TOKENS = ("1001:" + "a" * 35, "1002:" + "b" * 35)


@pytest.fixture(scope="session")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("learned")


@pytest.fixture
def env(tmp_path: Path, learned: Path) -> dict[str, str]:
    folder = folders.write(tmp_path / "bread")
    given = {"KNOWLEDGE": folder, "CLINICS": tmp_path / "clinics", "CACHE_DIR": learned, "DATA_DIR": tmp_path / "data"}
    (tmp_path / "clinics").mkdir()
    return {"HOME": str(tmp_path), "MODEL": "off", "TIMEZONE": "UTC", **{name: str(path) for name, path in given.items()}}


def write(env: dict[str, str], name: str, settings: str | None, text: str = NUMBERS, *, folder: bool = False) -> None:
    """A clinic as a file, or as a ``folder``; ``settings`` None: it has no settings file."""
    place = Path(env["CLINICS"])
    if folder:
        (place / name).mkdir()
    (place / (f"{name}/clinic.yaml" if folder else f"{name}.yaml")).write_text(f"id: {name}\n{text}")
    if settings is not None:
        (place / (f"{name}/settings.env" if folder else f"{name}.env")).write_text(settings)


def opened(env: dict[str, str]) -> ServedClinics:
    return open_clinics(served_together({}, env), {}, env, lambda _: None)


def test_those_with_settings_are_served_together(env: dict[str, str]) -> None:
    write(env, "lake", "WEB_ORIGINS=https://lake.example\n", folder=True)
    write(env, "hill", "# nothing of its own\n")
    write(env, "draft", None)
    assert served_together({}, env) == ("hill", "lake")


@pytest.mark.parametrize("named", [{"clinic": "lake"}, {}])
def test_one_that_is_named_is_served_alone(env: dict[str, str], named: dict[str, str]) -> None:
    write(env, "lake", "")
    assert served_together(named, env if named else {**env, "CLINIC": "lake"}) == ()


def test_without_settings_files_it_is_one(env: dict[str, str]) -> None:
    write(env, "lake", None)
    assert served_together({}, env) == ()


def test_each_has_its_own_settings_over_those_that_hold_for_all(env: dict[str, str]) -> None:
    write(env, "lake", f"TELEGRAM_BOT_TOKEN={TOKENS[0]}\nWEB_ORIGINS=https://lake.example\n")
    write(env, "hill", f"TELEGRAM_BOT_TOKEN={TOKENS[1]}\n", folder=True)
    found = opened({**env, "API_RATE": "7", "WEB_ORIGINS": "https://all.example"})
    assert [one.name for one in found.live] == ["hill", "lake"]
    assert not found.failed
    for one, token, origin in zip(found.live, reversed(TOKENS), ("https://all.example", "https://lake.example"), strict=True):
        telegram, web = (one.settings.serving.channels[name] for name in ("telegram", "web"))
        assert isinstance(telegram, TelegramSettings)
        assert isinstance(web, WebSettings)
        assert (telegram.bot_token, web.origins, web.api_rate) == (token, (origin,), 7)
    first, second = (one.edition.dialogue for one in found.live)
    assert first.matcher is second.matcher


def test_a_token_for_all_is_refused_and_not_shown(env: dict[str, str]) -> None:
    write(env, "lake", "")
    with pytest.raises(ConfigError, match=r"TELEGRAM_BOT_TOKEN: each clinic has its own; write it into .*lake\.env") as told:
        served_together({}, {**env, "TELEGRAM_BOT_TOKEN": TOKENS[0]})
    assert TOKENS[0] not in str(told.value)


@pytest.mark.parametrize(
    ("settings", "text", "says"),
    [
        ("PORT=80\n", NUMBERS, r"bad\.env:1: PORT holds for the whole process; set it in the environment"),
        ("WEB_ORIGIN=x\n", NUMBERS, r"bad\.env:1: WEB_ORIGIN is no setting; is WEB_ORIGINS meant\?"),
        ("WEB_ORIGINS=nowhere\n", NUMBERS, r"WEB_ORIGINS: 'nowhere' is no list of sites"),
        ("WEBHOOK_URL=https://bot.example\nTELEGRAM_BOT_TOKEN=" + TOKENS[1], NUMBERS, "WEBHOOK_SECRET is not set"),
        (f"TELEGRAM_BOT_TOKEN={TOKENS[0]}\n", NUMBERS, r"TELEGRAM_BOT_TOKEN: the bot 1001 is a_lake's, too"),
        ("", "country: Narnia\n" + NUMBERS, r"clinics/bad\.yaml:2: country: 'Narnia' is not a country code"),
        ("", NUMBERS + NUMBERS, r"clinics/bad\.yaml:5: the key emergency stands here twice"),
    ],
)
def test_one_that_cannot_be_served_leaves_the_others(env: dict[str, str], settings: str, text: str, says: str) -> None:
    write(env, "a_lake", f"TELEGRAM_BOT_TOKEN={TOKENS[0]}\n")
    write(env, "bad", settings, text)
    write(env, "zoo", "")
    found = opened(env)
    assert [one.name for one in found.live] == ["a_lake", "zoo"]
    (told,) = found.failed.values()
    with pytest.raises(ConfigError, match=says):
        raise ConfigError("\n".join(told))
    assert not any(token in line for token in TOKENS for line in told)


def test_where_none_can_be_served_all_that_is_wrong_is_told(env: dict[str, str]) -> None:
    write(env, "bad", "PORT=80\n")
    write(env, "worse", "", "country: Narnia\n" + NUMBERS)
    with pytest.raises(
        ConfigError, match=r"(?s)bad: .*PORT holds for the whole.*worse: clinics/worse\.yaml:2: country: 'Narnia'"
    ):
        opened(env)
