"""Telegram by polling or by webhook: what is taken, what is refused, and how fast."""

from __future__ import annotations

import pytest

from bot.channels.declaration import ConfigError, Given, GivenSettings
from bot.channels.telegram.settings import BASE_URL, SETTINGS, TelegramSettings, read_settings

CANARY = "canary-that_opens-nothing"
TOKEN = f"123456:{CANARY}"
HOOK = "https://bot.test"


def given(**texts: str) -> TelegramSettings:
    return read_settings(GivenSettings({name: Given(one.variable, texts[name], one.secret) if name in texts else None
                               for name, one in SETTINGS.items()}))  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "configured"),
    [
        pytest.param({}, False, id="nothing"),
        pytest.param({"webhook_url": HOOK}, False, id="a-webhook-of-nobody"),
        pytest.param({"telegram_bot_token": TOKEN}, True, id="polling"),
        pytest.param({"telegram_bot_token": TOKEN, "webhook_secret": CANARY}, True, id="a-secret-for-later"),
        pytest.param({"telegram_bot_token": TOKEN, "webhook_url": HOOK, "webhook_secret": CANARY}, True, id="webhook"),
    ],
)
def test_a_token_is_what_makes_it_a_channel(texts: dict[str, str], configured: bool) -> None:
    assert given(**texts).configured is configured
    assert CANARY not in repr(given(**texts))


def test_a_webhook_that_anybody_could_write_to_is_refused() -> None:
    with pytest.raises(ConfigError, match="WEBHOOK_SECRET is not set"):
        _ = given(telegram_bot_token=TOKEN, webhook_url=HOOK).configured


@pytest.mark.parametrize(
    ("texts", "rate"),
    [
        pytest.param({}, 30.0, id="at-telegram"),
        pytest.param({"telegram_base_url": BASE_URL}, 30.0, id="at-telegram-in-so-many-words"),
        pytest.param({"telegram_base_url": "http://127.0.0.1:8081/bot"}, None, id="elsewhere"),
        pytest.param({"telegram_base_url": "http://127.0.0.1:8081/bot", "telegram_rate": "5"}, 5.0, id="elsewhere-and-set"),
        pytest.param({"telegram_rate": "off"}, None, id="off"),
    ],
)
def test_only_telegram_itself_has_a_rate_that_nobody_set(texts: dict[str, str], rate: float | None) -> None:
    assert given(**texts).rate == rate


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        pytest.param("telegram_bot_token", CANARY, id="a-token-without-its-number"),
        pytest.param("telegram_bot_token", f"{TOKEN}/getMe", id="a-call-in-the-token"),
        pytest.param("webhook_secret", f"{CANARY}!", id="a-mark-in-the-secret"),
        pytest.param("webhook_secret", "s" * 257, id="a-long-secret"),
    ],
)
def test_a_secret_of_another_form_is_refused_and_not_repeated(name: str, bad: str) -> None:
    with pytest.raises(ConfigError, match=f"{SETTINGS[name].variable}: the value ") as found:
        given(**{name: bad})
    assert bad not in str(found.value)
