"""Telegram by polling or by webhook: what is taken, what is refused, and how fast."""

from __future__ import annotations

import pytest

from bot.channels.declaration import ConfigError, Given, GivenSettings
from bot.channels.telegram.settings import BASE_URL, SETTINGS, BusinessTerms, TelegramSettings, read_settings

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
        pytest.param("telegram_proxy", f"socks5://me:{CANARY}@proxy.test", id="another-kind-of-proxy"),
        pytest.param("telegram_proxy", f"http://me:{CANARY}@", id="a-proxy-nowhere"),
        pytest.param("webhook_secret", f"{CANARY}!", id="a-mark-in-the-secret"),
        pytest.param("webhook_secret", "s" * 257, id="a-long-secret"),
        pytest.param("webhook_secret", "five5", id="a-short-secret"),
        pytest.param("webhook_secret", "s" * 15, id="one-too-short"),
        pytest.param("webhook_secret", f"{CANARY} and more", id="blanks-in-the-secret"),
        pytest.param("webhook_secret", f"{CANARY}\u00e9", id="a-foreign-letter-in-the-secret"),
    ],
)
def test_a_secret_of_another_form_is_refused_and_not_repeated(name: str, bad: str) -> None:
    with pytest.raises(ConfigError, match=f"{SETTINGS[name].variable}: the value ") as found:
        given(**{name: bad})
    assert bad not in str(found.value)


@pytest.mark.parametrize(
    ("name", "bad", "said"),
    [
        pytest.param("telegram_base_url", "https://api.telegram.org", "/bot", id="without-/bot"),
        pytest.param("telegram_base_url", "https://api.telegram.org/", "/bot", id="with-a-slash"),
        pytest.param("telegram_base_url", "https://api.telegram.org/bot/", "/bot", id="with-a-slash-behind"),
        pytest.param("telegram_base_url", "https://api.telegram.org/robot", "/bot", id="almost"),
        pytest.param("telegram_base_url", "http://api.telegram.org/bot", "https", id="the-token-for-all-to-read"),
        pytest.param("telegram_base_url", "http://botapi.clinic.example/bot", "https", id="the-same-elsewhere"),
        pytest.param("telegram_base_url", "http://93.184.216.34:8081/bot", "https", id="the-same-by-number"),
        pytest.param("webhook_url", "http://bot.test", "https", id="a-webhook-that-telegram-does-not-call"),
        pytest.param("webhook_url", "http://127.0.0.1:8080", "https", id="the-same-here"),
    ],
)
def test_an_address_that_would_not_work_is_refused_with_what_would(name: str, bad: str, said: str) -> None:
    with pytest.raises(ConfigError) as found:
        given(**{name: bad})
    assert str(found.value).startswith(f"{SETTINGS[name].variable}: {bad!r} ")
    assert said in str(found.value).removeprefix(f"{SETTINGS[name].variable}: {bad!r}")


@pytest.mark.parametrize(
    "near",
    [
        "http://127.0.0.1:8081/bot", "http://[::1]:8081/bot", "http://localhost/bot", "http://telegram-bot-api:8081/bot",
        "http://10.0.0.7/a/b/bot", "http://botapi.clinic.internal/bot", "https://botapi.clinic.example/bot",
    ],
)  # fmt: skip
def test_a_server_of_ones_own_is_taken(near: str) -> None:
    assert given(telegram_base_url=near).base_url == near


def test_how_it_behaves_on_the_clinics_account_can_be_set() -> None:
    assert given().business == BusinessTerms(quiet=12 * 3600)
    terms = given(telegram_business_quiet="30", telegram_business_hours="mon-fri 17:00-09:00").business
    assert (terms.quiet, len(terms.hours or ())) == (1800, 1)
    assert given(telegram_business_hours="always").business.hours is None
    with pytest.raises(ConfigError, match="TELEGRAM_BUSINESS_HOURS: 'evenings' are no hours; write them like"):
        given(telegram_business_hours="evenings")


@pytest.mark.parametrize(
    ("text", "proxy"),
    [("http://p.test:3128", "http://p.test:3128"), ("https://me:pw@p.test/", "https://me:pw@p.test/"), ("off", ""), ("OFF", "")],
)
def test_a_proxy_is_taken_or_none_at_all(text: str, proxy: str) -> None:
    assert given().proxy is None
    assert given(telegram_proxy=text).proxy == proxy
    assert "p.test" not in repr(given(telegram_proxy=text))


def test_campaigns_are_listed_with_commas() -> None:
    assert given().campaigns == frozenset()
    assert given(telegram_campaigns="Facebook, spring-26").campaigns == {"facebook", "spring-26"}
    with pytest.raises(ConfigError, match="TELEGRAM_CAMPAIGNS: 'a b' are no names"):
        given(telegram_campaigns="a b")
