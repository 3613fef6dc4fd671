"""Half a Chatwoot is refused, and what is missing is named."""

from __future__ import annotations

import pytest

from bot.channels.declaration import ConfigError, Given, GivenSettings
from bot.channels.helpdesk.chatwoot.settings import SETTINGS, ChatwootSettings, read_settings

CANARY = "canary-that-opens-nothing"
WHOLE = {"chatwoot_url": "https://desk.test/", "chatwoot_token": CANARY, "chatwoot_secret": CANARY}


def given(**texts: str) -> ChatwootSettings:
    return read_settings(GivenSettings({name: Given(one.variable, texts[name], one.secret) if name in texts else None
                               for name, one in SETTINGS.items()}))  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "configured"),
    [
        pytest.param({}, False, id="none"),
        pytest.param(WHOLE, True, id="one-that-signs"),
        pytest.param(
            {"chatwoot_url": "https://desk.test", "chatwoot_token": CANARY, "chatwoot_path_secret": CANARY},
            True,
            id="one-too-old-to-sign",
        ),
    ],
)
def test_a_chatwoot_is_there_or_not(texts: dict[str, str], configured: bool) -> None:
    assert given(**texts).configured is configured
    assert CANARY not in repr(given(**texts))


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        pytest.param("chatwoot_url", "CHATWOOT_URL is not set", id="address"),
        pytest.param("chatwoot_token", "CHATWOOT_TOKEN is not set", id="token"),
        pytest.param("chatwoot_secret", "CHATWOOT_SECRET is not set", id="secret"),
    ],
)
def test_half_a_chatwoot_is_refused(missing: str, says: str) -> None:
    settings = given(**{name: text for name, text in WHOLE.items() if name != missing})
    with pytest.raises(ConfigError, match=says):
        _ = settings.configured


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        pytest.param("chatwoot_token", f"{CANARY} b", id="a-token-with-a-space"),
        pytest.param("chatwoot_secret", "short", id="a-short-secret"),
        pytest.param("chatwoot_path_secret", f"{CANARY}/..", id="a-path-in-a-path"),
        pytest.param("chatwoot_path_secret", "p" * 23, id="a-short-path"),
    ],
)
def test_a_secret_of_another_form_is_refused_and_not_repeated(name: str, bad: str) -> None:
    with pytest.raises(ConfigError, match=SETTINGS[name].variable) as found:
        given(**{name: bad})
    assert bad not in str(found.value)
