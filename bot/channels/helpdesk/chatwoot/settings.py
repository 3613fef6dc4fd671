"""The settings of the Chatwoot channel."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.channels.declaration import ConfigError, GivenSettings, Setting

NAME = "chatwoot"
SETTINGS: Mapping[str, Setting] = {
    "chatwoot_url": Setting("CHATWOOT_URL", "where Chatwoot is, like https://desk.clinic.example", "no Chatwoot"),
    "chatwoot_token": Setting("CHATWOOT_TOKEN", "the access token of the agent bot there", "none", secret=True),
    "chatwoot_secret": Setting("CHATWOOT_SECRET", "what that agent bot's webhooks are signed with", "none", secret=True),
    "chatwoot_path_secret": Setting(
        "CHATWOOT_PATH_SECRET",
        "lets in the webhooks of a Chatwoot too old to sign, at /hooks/chatwoot/ and this: 24 to 256 of A-Z a-z 0-9 _ -",
        "only signed ones",
        secret=True,
    ),
}
_PRINTED = re.compile(r"[!-~]{8,512}")
_PATH_SECRET = re.compile(r"[A-Za-z0-9_-]{24,256}")


@dataclass(frozen=True, slots=True)
class ChatwootSettings:
    """``secret`` signs the webhooks; ``path_secret`` lets in those of a Chatwoot too old to sign."""

    url: str | None
    token: str | None = field(repr=False)
    secret: str | None = field(repr=False)
    path_secret: str | None = field(repr=False)

    @property
    def configured(self) -> bool:
        """Whether there is an address. Raises ConfigError."""
        signed = self.secret is not None or self.path_secret is not None
        if self.url is None and (signed or self.token is not None):
            raise ConfigError("CHATWOOT_URL is not set; it says where the Chatwoot is that the other settings are for")
        if self.url is not None and self.token is None:
            raise ConfigError("CHATWOOT_TOKEN is not set; Chatwoot shows the access token of the agent bot where it was made")
        if self.url is not None and not signed:
            raise ConfigError(
                "CHATWOOT_SECRET is not set; without it anybody could write to the webhook. Chatwoot shows it where the agent "
                "bot was made; a Chatwoot too old to have one can be let in by CHATWOOT_PATH_SECRET"
            )
        return self.url is not None


def read_settings(given: GivenSettings) -> ChatwootSettings:
    """Raises ConfigError."""
    return ChatwootSettings(
        url=given.url("chatwoot_url", "https://desk.clinic.example"),
        token=given.text("chatwoot_token", _PRINTED, "is no access token of Chatwoot"),
        secret=given.text("chatwoot_secret", _PRINTED, "is no secret: at least 8 characters, no spaces"),
        path_secret=given.text("chatwoot_path_secret", _PATH_SECRET, "is no such secret; 24 to 256 of A-Z a-z 0-9 _ - are"),
    )
