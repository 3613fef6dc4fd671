"""The settings of the generic webhook."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.channels.declaration import ConfigError, Given, GivenSettings, Setting

NAME = "generic"
SETTINGS: Mapping[str, Setting] = {
    "generic_secret": Setting(
        "GENERIC_SECRET",
        "what /hooks/generic is signed with: whsec_ and 24 to 64 bytes in base64",
        "no such webhook",
        secret=True,
    ),
    "generic_reply_url": Setting(
        "GENERIC_REPLY_URL", "where replies to /hooks/generic are sent, signed alike", "the answer to the webhook"
    ),
}


@dataclass(frozen=True, slots=True)
class GenericSettings:
    """``reply_url`` None: the reply is the answer to the webhook."""

    secret: str | None = field(repr=False)
    reply_url: str | None

    @property
    def configured(self) -> bool:
        """Whether there is a secret. Raises ConfigError."""
        if self.reply_url is not None and self.secret is None:
            raise ConfigError(
                "GENERIC_SECRET is not set; without it anybody could write to the webhook. Take whsec_ and random bytes"
            )
        return self.secret is not None


def read_settings(given: GivenSettings) -> GenericSettings:
    """Raises ConfigError."""
    return GenericSettings(
        secret=_webhook_key(given.get("generic_secret")),
        # As it was written: what follows its host is the desk's own.
        reply_url=given.address("generic_reply_url", "https://desk.clinic.example/replies"),
    )


def _webhook_key(given: Given | None) -> str | None:
    """A secret as Standard Webhooks writes it."""
    if given is None:
        return None
    try:
        key = base64.b64decode(given.text.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if not given.text.startswith("whsec_") or not 24 <= len(key) <= 64:
        raise given.wrong("is no secret of a webhook; whsec_ and 24 to 64 random bytes in base64 are")
    return given.text
