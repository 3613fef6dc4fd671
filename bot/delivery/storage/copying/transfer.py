"""From one store to another: a backup of PostgreSQL, a restore, a move between the two databases."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.delivery.storage import StorageError
from bot.delivery.storage.copying import NOT_CARRIED, Carried, OpenTables, TableNames, sqlite_tables
from bot.delivery.storage.copying.opening import bring_up_to_date, reading, reading_newest, writing
from bot.delivery.storage.open import postgres_address, sqlite_path
from bot.delivery.storage.schema.tables import METADATA

NAMES = [table.name for table in METADATA.sorted_tables]
TABLES = [
    TableNames(table.name, tuple(column.name for column in table.columns))
    for table in METADATA.sorted_tables
    if table.name not in NOT_CARRIED
]
# Leases go by the clock of a machine, and by the names of its processes. The fence stays, so that it goes on rising.
_SET_FREE = """
UPDATE leases SET owner = NULL, due = CASE WHEN EXISTS (
    SELECT 1 FROM inbox WHERE inbox.conversation = leases.conversation AND inbox.payload IS NOT NULL
) THEN 0.0 ELSE NULL END
"""
_REVOKED = "SELECT revoked, hash FROM api_keys WHERE revoked IS NOT NULL"
# What a bot that is at work changes: what came, who held it, what is remembered, what was given up or put off, the keys.
_MARK = """
SELECT (SELECT COALESCE(MAX(seq), 0) FROM inbox), (SELECT COUNT(*) FROM inbox WHERE payload IS NOT NULL),
       (SELECT CAST(COALESCE(SUM(fence), 0) AS BIGINT) FROM leases),
       (SELECT COUNT(*) FROM conversations), (SELECT MAX(expires) FROM conversations),
       (SELECT COUNT(*) FROM reminders), (SELECT COUNT(*) FROM dead_letters), (SELECT COUNT(*) FROM api_keys),
       (SELECT COUNT(*) FROM api_keys WHERE revoked IS NOT NULL), (SELECT COALESCE(MAX(seq), 0) FROM handoff_messages)
"""


async def count(tables: OpenTables) -> Mapping[str, int]:
    """The rows of each of our tables that is there, at whatever revision."""
    there = await tables.names()
    return {name: (await tables.query(f"SELECT COUNT(*) FROM {name}"))[0][0] for name in NAMES if name in there}  # noqa: S608  our own


async def refuse_at_work(url: str) -> None:
    """Raises StorageError where a bot is at work on the store."""
    if _is_there(url):
        async with reading(url) as tables:
            if await tables.at_work():
                raise StorageError("a bot is at work on it; stop that first")


async def refuse_held(url: str) -> None:
    """Raises StorageError where the store holds anything."""
    if _is_there(url):
        async with reading(url) as tables:
            found = {name: rows for name, rows in (await count(tables)).items() if rows and name not in NOT_CARRIED}
        if found:
            raise StorageError(f"it holds something already ({', '.join(f'{rows} {name}' for name, rows in found.items())})")


async def carry(source: str, target: str) -> tuple[tuple[Carried, ...], bool]:
    """All of the store at ``source`` to the one at ``target``, both addresses; what is there is deleted.

    A key of the API that was revoked at the target stays so: a backup does not know of what was revoked since.
    Returns what was carried, and whether the source changed meanwhile: then what came after the beginning is not in the target.
    Raises StorageError; then the target is as it was, but for tables that were made or brought up to date.
    """
    async with reading_newest(source) as read:
        await bring_up_to_date(target)
        (before,) = await read.query(_MARK)
        async with writing(target, NAMES) as written:
            revoked = await written.query(_REVOKED)
            for name in NAMES:
                await written.execute(f"DELETE FROM {name}")  # noqa: S608  a name of our own
            carried = [await _carry(table, read, written) for table in TABLES]
            for moment, key in revoked:
                await written.execute("UPDATE api_keys SET revoked = $1 WHERE hash = $2 AND revoked IS NULL", moment, key)
            await written.execute(_SET_FREE)
            await written.number()
    async with reading_newest(source) as again:
        (after,) = await again.query(_MARK)
    return tuple(carried), after != before


async def write_backup(url: str, file: Path) -> tuple[Carried, ...]:
    """The store at ``url`` as it is now, as one SQLite ``file`` that its owner alone can read; bots may be at work on it.

    Of SQLite it has the revision that there is, of PostgreSQL the newest. Raises StorageError.
    """
    path = sqlite_path(url) if postgres_address(url) is None else None
    if path is not None:
        sqlite_tables.back_up(path, file)
    else:
        with sqlite_tables.private(file) as part:
            await carry(url, f"sqlite:///{part}")
            sqlite_tables.leave_the_log(part)
    async with reading(f"sqlite:///{file}") as tables:
        if damage := await tables.damage():
            raise StorageError(f"the backup is damaged: {damage[0]}")
        return tuple(Carried(name, rows) for name, rows in (await count(tables)).items())


async def _carry(table: TableNames, read: OpenTables, written: OpenTables) -> Carried:
    rows, given = 0, 0
    async for some in read.read(table):
        await written.write(table, some)
        rows += len(some)
        given += sum(map(_digest, some))
    kept, found = 0, 0
    async for some in written.read(table):
        kept += len(some)
        found += sum(map(_digest, some))
    if (rows, given) != (kept, found):
        raise StorageError(f"{table.name}: {rows} rows were read, {kept} are there afterwards, and they are not the same")
    return Carried(table.name, rows)


def _digest(row: Sequence[object]) -> int:
    """Sums of it tell whether two tables hold the same rows, in whatever order."""
    return int.from_bytes(hashlib.blake2b(repr(tuple(row)).encode("utf-8", "surrogatepass"), digest_size=8).digest())


def _is_there(url: str) -> bool:
    """A database of PostgreSQL must be; a file need not be."""
    path = sqlite_path(url) if postgres_address(url) is None else None
    return path is None or path.exists()
