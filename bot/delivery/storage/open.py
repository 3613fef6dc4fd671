"""Which Storage an address names."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

from bot.delivery.storage import Storage
from bot.delivery.storage.operations.single import Keep
from bot.delivery.storage.store import Database, Store, StoreSettings

ALLOWED = "memory:, sqlite:///path/to/file and postgresql://user:password@host/database"
POSTGRES = re.compile(r"postgres(ql)?(\+asyncpg)?://")
HOURS = 3600.0


def open_storage(
    url: str,
    *,
    owner: str,
    clock: Callable[[], float] | None = None,
    lease_seconds: float = 30,
    conversation_seconds: float = 24 * HOURS,
    keep_ids_seconds: float = 48 * HOURS,
    keep_dead_seconds: float = 7 * 24 * HOURS,
    keep_handoff_seconds: float = 30 * 24 * HOURS,
    scrub_seconds: float = 1,
    sync: str = "FULL",
) -> Storage:
    """The Storage at ``url``, not yet started. Raises ValueError, which never repeats the URL, as there may be a password in it;
    also where its driver is not installed.

    ``owner`` names this process, and no other that lives at the same time; if it keeps its name over a restart, what it had begun
    when it was killed is worked off at once, not when its leases run out. ``sync``, for SQLite alone: FULL (an update survives a
    power cut) or NORMAL. ``clock`` (Unix seconds) is for tests: else it is the time of day, and for leases
    the database's own.
    """
    if sync not in {"FULL", "NORMAL"}:
        raise ValueError("sync: FULL or NORMAL is allowed")
    keep = Keep(keep_ids_seconds, keep_dead_seconds, keep_handoff_seconds)
    settings = StoreSettings(owner, clock or time.time, clock, lease_seconds, conversation_seconds, keep, scrub_seconds)
    return Store(_database(url, sync), settings)


def _database(url: str, sync: str) -> Database:
    if (dsn := postgres_address(url)) is not None:
        try:
            from bot.delivery.storage.postgres import Postgres  # noqa: PLC0415  asyncpg takes 5 MB, and who has one file does not need it
        except ModuleNotFoundError as error:
            raise ValueError(f"{error.name} is not installed; it comes with: pip install 'infusion-bot[postgres]'") from error

        return Postgres(dsn)
    from bot.delivery.storage.sqlite import Sqlite  # noqa: PLC0415

    return Sqlite(sqlite_path(url), sync)


def postgres_address(url: str) -> str | None:
    """As the driver takes it; None: it is no address of PostgreSQL."""
    return POSTGRES.sub("postgresql://", url, count=1) if POSTGRES.match(url) else None


def sqlite_path(url: str) -> Path | None:
    """The file of an address that is none of PostgreSQL; None: in memory. Raises ValueError."""
    if url == "memory:":
        return None
    path = url.removeprefix("sqlite:///")
    if path == url or path in {"", ":memory:"} or path.endswith("/") or re.search(r"[?#\0]", path):
        raise ValueError(f"the address of the database is none of those allowed: {ALLOWED}")
    return Path(path)
