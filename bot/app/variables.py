"""The settings that there are: what each is called in the environment, what it is for, what holds without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TELEGRAM = "https://api.telegram.org/bot"


@dataclass(frozen=True, slots=True)
class Setting:
    """``variable`` names it in the environment and a settings file; a secret may come from the file that VARIABLE_FILE names."""

    variable: str
    about: str
    default: str = ""
    secret: bool = False


# By the name of the flag, as argparse keeps it. What serves is only read by `serve` and its kin.
SETTINGS: Mapping[str, Setting] = {
    "knowledge": Setting("KNOWLEDGE", "the knowledge folder", "the one that comes with the bot"),
    "clinic": Setting("CLINIC", "the name of the clinic's file in the folder's clinics/", "default"),
    "tz": Setting("TIMEZONE", "time zone of the clinic's clocks, like America/Chicago", "the clinic file's, else the system's"),
    "cache_dir": Setting(
        "CACHE_DIR", "folder for what is learned from the knowledge once, and can be learned again", "~/.cache/infusion-bot"
    ),
    "model": Setting("MODEL", "the sentence model: auto (if installed), off, or a folder", "auto"),
    "conversation_minutes": Setting("CONVERSATION_MINUTES", "a conversation that was silent for longer begins anew", "1440"),
    "data_dir": Setting("DATA_DIR", "folder of the database, when that is SQLite", "~/.local/share/infusion-bot"),
    "database_url": Setting(
        "DATABASE_URL",
        "sqlite:///FILE, postgresql://USER:PASSWORD@HOST/NAME, or memory: for nothing that lasts",
        "a SQLite file in DATA_DIR",
        secret=True,
    ),
    "host": Setting("HOST", "address to listen on", "127.0.0.1"),
    "port": Setting("PORT", "port to listen on; 0 takes a free one", "8080"),
    "telegram_bot_token": Setting("TELEGRAM_BOT_TOKEN", "the token that BotFather gave", "no Telegram", secret=True),
    "telegram_base_url": Setting("TELEGRAM_BASE_URL", "where the Bot API is, up to the token", TELEGRAM),
    "telegram_rate": Setting(
        "TELEGRAM_RATE",
        "messages a second over all chats; off: no limit until Telegram says so",
        "30 at api.telegram.org, off elsewhere",
    ),
    "webhook_url": Setting("WEBHOOK_URL", "public https address of this server; without it Telegram is polled", "polling"),
    "webhook_secret": Setting(
        "WEBHOOK_SECRET", "what Telegram must show at the webhook: 1 to 256 of A-Z a-z 0-9 _ -", "none", secret=True
    ),
    "web_origins": Setting(
        "WEB_ORIGINS",
        "sites that may embed the chat and call the API from their pages, like https://clinic.example, with commas between",
        "only its own pages",
    ),
    "trusted_proxies": Setting(
        "TRUSTED_PROXIES", "addresses of proxies whose word is taken for who calls, with commas between", "127.0.0.1,::1"
    ),
    "api_access": Setting("API_ACCESS", "open, or keys: who has no key only gets in by the chat's own page", "open"),
    "api_rate": Setting("API_RATE", "requests a minute from one address without a key; off: no limit", "120"),
    "api_key_rate": Setting("API_KEY_RATE", "requests a minute with one key; off: no limit", "6000"),
    "chatwoot_url": Setting("CHATWOOT_URL", "where Chatwoot is, like https://desk.clinic.example", "no Chatwoot"),
    "chatwoot_token": Setting("CHATWOOT_TOKEN", "the access token of the agent bot there", "none", secret=True),
    "chatwoot_secret": Setting("CHATWOOT_SECRET", "what that agent bot's webhooks are signed with", "none", secret=True),
    "chatwoot_path_secret": Setting(
        "CHATWOOT_PATH_SECRET",
        "lets in the webhooks of a Chatwoot too old to sign, at /hooks/chatwoot/ and this: 24 to 256 of A-Z a-z 0-9 _ -",
        "only signed ones",
        secret=True,
    ),
    "generic_secret": Setting(
        "GENERIC_SECRET",
        "what /hooks/generic is signed with: whsec_ and 24 to 64 bytes in base64",
        "no such webhook",
        secret=True,
    ),
    "generic_reply_url": Setting(
        "GENERIC_REPLY_URL", "where replies to /hooks/generic are sent, signed alike", "the answer to the webhook"
    ),
    "drain_seconds": Setting("DRAIN_SECONDS", "how long a stop waits for what is being answered", "6"),
    "lease_seconds": Setting(
        "LEASE_SECONDS", "after so long without a sign of life another process takes a conversation over", "30"
    ),
    "keep_dead_days": Setting("KEEP_DEAD_DAYS", "how long updates that could not be answered are kept", "7"),
    "clock_scale": Setting("CLOCK_SCALE", "how many times quicker waits pass (for tests)", "1"),
    "log_level": Setting("LOG_LEVEL", "debug, info, warning or error", "info"),
}
