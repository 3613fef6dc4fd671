"""A webhook has a secret of the right form, or there is none."""

from __future__ import annotations

import base64

import pytest

from bot.channels.declaration import ConfigError, Given, GivenSettings
from bot.channels.helpdesk.generic.settings import SETTINGS, GenericSettings, read_settings

CANARY = f"whsec_{base64.b64encode(b'canary that opens nothing').decode()}"


def given(**texts: str) -> GenericSettings:
    return read_settings(GivenSettings({name: Given(one.variable, texts[name], one.secret) if name in texts else None
                               for name, one in SETTINGS.items()}))  # fmt: skip


@pytest.mark.parametrize("size", [24, 64], ids=["shortest", "longest"])
def test_a_secret_is_taken_as_standard_webhooks_writes_it(size: int) -> None:
    secret = f"whsec_{base64.b64encode(b'x' * size).decode()}"
    assert given(generic_secret=secret).secret == secret


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(CANARY.removeprefix("whsec_"), id="no-prefix"),
        pytest.param("whsec_", id="nothing-behind-it"),
        pytest.param("whsec_%%%", id="no-base64"),
        pytest.param(f"whsec_{base64.b64encode(b'x' * 23).decode()}", id="too-short"),
        pytest.param(f"whsec_{base64.b64encode(b'x' * 65).decode()}", id="too-long"),
    ],
)
def test_another_secret_is_refused_and_not_repeated(bad: str) -> None:
    with pytest.raises(ConfigError) as found:
        given(generic_secret=bad)
    says = "is no secret of a webhook; whsec_ and 24 to 64 random bytes in base64 are"
    assert str(found.value) == f"GENERIC_SECRET: the value {says}"


def test_the_address_of_replies_stays_as_it_was_written() -> None:
    assert given(generic_secret=CANARY, generic_reply_url="https://desk.test/r/").reply_url == "https://desk.test/r/"


def test_without_a_secret_there_is_no_webhook_and_no_address_of_replies() -> None:
    assert not given().configured
    assert given(generic_secret=CANARY).configured
    with pytest.raises(ConfigError, match="GENERIC_SECRET is not set"):
        _ = given(generic_reply_url="https://desk.test/r").configured
    assert CANARY not in repr(given(generic_secret=CANARY))
