"""The settings of the Telegram channel."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.channels.declaration import ConfigError, GivenSettings, Setting

NAME = "telegram"
BASE_URL = "https://api.telegram.org/bot"
SETTINGS: Mapping[str, Setting] = {
    "telegram_bot_token": Setting("TELEGRAM_BOT_TOKEN", "the token that BotFather gave", "no Telegram", secret=True),
    "telegram_base_url": Setting("TELEGRAM_BASE_URL", "where the Bot API is, up to the token", BASE_URL),
    "telegram_rate": Setting(
        "TELEGRAM_RATE",
        "messages a second over all chats; off: no limit until Telegram says so",
        "30 at api.telegram.org, off elsewhere",
    ),
    "webhook_url": Setting("WEBHOOK_URL", "public https address of this server; without it Telegram is polled", "polling"),
    "webhook_secret": Setting(
        "WEBHOOK_SECRET", "what Telegram must show at the webhook: 1 to 256 of A-Z a-z 0-9 _ -", "none", secret=True
    ),
}
_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,256}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """``rate`` None: no limit until Telegram says so. ``webhook_url`` None: Telegram is polled."""

    bot_token: str | None = field(repr=False)
    base_url: str
    rate: float | None
    webhook_url: str | None
    webhook_secret: str | None = field(repr=False)

    @property
    def configured(self) -> bool:
        """Whether there is a token. Raises ConfigError."""
        if self.bot_token is None:
            return False
        if self.webhook_url is not None and self.webhook_secret is None:
            raise ConfigError("WEBHOOK_SECRET is not set; without it anybody could write to the webhook. Take random characters")
        return True


def read_settings(given: GivenSettings) -> TelegramSettings:
    """Raises ConfigError."""
    base = given.address("telegram_base_url", BASE_URL) or BASE_URL
    return TelegramSettings(
        bot_token=given.text("telegram_bot_token", _TOKEN, "is no bot token; BotFather's look like 123456:ABC..."),
        base_url=base,
        rate=given.rate("telegram_rate", 30.0 if base == BASE_URL else None),
        webhook_url=given.url("webhook_url", "https://bot.clinic.example"),
        webhook_secret=given.text("webhook_secret", _SECRET, "is no secret that Telegram takes; 1 to 256 of A-Z a-z 0-9 _ - are"),
    )
