"""The settings that there are: what each is called in the environment, what it is for, what holds without it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.app.channels import CHANNELS
from bot.channels.declaration import Setting

# By the name of the flag, as argparse keeps it. What serves is only read by `serve` and its kin.
SETTINGS: Mapping[str, Setting] = {
    "knowledge": Setting("KNOWLEDGE", "the knowledge folder", "the one that comes with the bot"),
    "clinic": Setting("CLINIC", "the name of the clinic: of its file or folder among the clinics", "default"),
    "clinics": Setting("CLINICS", "the folder of the clinics", "clinics/ in the knowledge folder"),
    "tz": Setting("TIMEZONE", "time zone of the clinic's clocks, like America/Chicago", "the clinic file's, else the system's"),
    "cache_dir": Setting(
        "CACHE_DIR", "folder for what is learned from the knowledge once, and can be learned again", "~/.cache/infusion-bot"
    ),
    "model": Setting(
        "MODEL", "the sentence model: small, large, auto (the larger one that is installed), off, or a folder", "auto"
    ),
    "conversation_minutes": Setting("CONVERSATION_MINUTES", "a conversation that was silent for longer begins anew", "1440"),
    "data_dir": Setting(
        "DATA_DIR",
        "folder of the database, when that is SQLite, and of the versions of the knowledge that served",
        "~/.local/share/infusion-bot",
    ),
    "database_url": Setting(
        "DATABASE_URL",
        "sqlite:///FILE, postgresql://USER:PASSWORD@HOST/NAME, or memory: for nothing that lasts",
        "a SQLite file in DATA_DIR",
        secret=True,
    ),
    "reload": Setting("RELOAD", "take changed knowledge while serving: on, or off (then on SIGHUP alone)", "on"),
    "host": Setting("HOST", "address to listen on", "127.0.0.1"),
    "port": Setting("PORT", "port to listen on; 0 takes a free one", "8080"),
    "trusted_proxies": Setting(
        "TRUSTED_PROXIES", "addresses of proxies whose word is taken for who calls, with commas between", "127.0.0.1,::1"
    ),
    "max_connections": Setting("MAX_CONNECTIONS", "connections at once; fewer where the system allows fewer open files", "2000"),
    "max_connections_of_address": Setting(
        "MAX_CONNECTIONS_OF_ADDRESS", "connections at once from one address; through a proxy: requests at once for one", "100"
    ),
    "max_header_bytes": Setting("MAX_HEADER_BYTES", "how long all headers of a request together may be", "16384"),
    "max_headers": Setting("MAX_HEADERS", "how many headers a request may have", "100"),
    "max_body_bytes": Setting("MAX_BODY_BYTES", "how long the body of a request may be", "1048576"),
    "header_seconds": Setting("HEADER_SECONDS", "how long the headers of a request may take to come", "10"),
    "body_seconds": Setting("BODY_SECONDS", "how long its body may take to come, and an answer to be read", "10"),
    "idle_seconds": Setting(
        "IDLE_SECONDS", "how long a connection is kept between two requests; longer than the proxy in front keeps it", "75"
    ),
    **{name: setting for channel in CHANNELS for name, setting in channel.settings.items()},
    "drain_seconds": Setting("DRAIN_SECONDS", "how long a stop waits for what is being answered", "6"),
    "lease_seconds": Setting(
        "LEASE_SECONDS", "after so long without a sign of life another process takes a conversation over", "30"
    ),
    "keep_dead_days": Setting("KEEP_DEAD_DAYS", "how long updates that could not be answered are kept", "7"),
    "clock_scale": Setting("CLOCK_SCALE", "how many times quicker waits pass (for tests)", "1"),
    "log_level": Setting("LOG_LEVEL", "debug, info, warning or error", "info"),
}
