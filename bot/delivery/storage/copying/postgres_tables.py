"""A PostgreSQL database for ``OpenTables``."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from typing import Any

import asyncpg

from bot.delivery.storage import StorageError
from bot.delivery.storage.copying import NUMBERED, TableNames
from bot.delivery.storage.operations.steps import Rows
from bot.delivery.storage.postgres import CONNECT_SECONDS, FAILURES, SETTINGS, explain

AT_ONCE = 1000
_NAME = "infusion-bot db"  # not that of a bot, see ``at_work``
_SECONDS = 3600.0  # for one statement: a large table takes its time
_AT_WORK = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1"
_VALUES = (ValueError, TypeError, OverflowError)


class PostgresTables:
    """``connection`` is in a transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def revision(self) -> str | None:
        if "alembic_version" not in await self.names():
            return None
        with explained():
            stored = await self._connection.fetchval("SELECT version_num FROM alembic_version")
        return None if stored is None else str(stored)

    async def ticks(self) -> float:
        with explained():
            return float(await self._connection.fetchval("SELECT extract(epoch FROM clock_timestamp())::float8"))

    async def at_work(self) -> bool:
        with explained():
            return bool(await self._connection.fetchval(_AT_WORK, SETTINGS["application_name"]))

    async def names(self) -> Collection[str]:
        return {str(name) for (name,) in await self.query("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")}

    async def query(self, statement: str) -> Rows:
        with explained():
            return [tuple(row) for row in await self._connection.fetch(statement)]

    async def read(self, table: TableNames) -> AsyncIterator[Rows]:
        columns = ", ".join(table.columns)
        with explained():
            cursor = await self._connection.cursor(f"SELECT {columns} FROM {table.name}")  # noqa: S608  names of our own
            while rows := await cursor.fetch(AT_ONCE):
                yield [tuple(row) for row in rows]

    async def write(self, table: TableNames, rows: Rows) -> None:
        with explained():
            await self._connection.copy_records_to_table(table.name, records=rows, columns=table.columns, timeout=_SECONDS)

    async def execute(self, statement: str, *values: object) -> None:
        with explained():
            await self._connection.execute(statement, *values)

    async def number(self) -> None:
        for table in NUMBERED:
            most = f"COALESCE((SELECT MAX(seq) FROM {table}), 0) + 1"  # noqa: S608  a name of our own
            await self.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'seq'), {most})")

    async def damage(self) -> Sequence[str]:
        """PostgreSQL says what is damaged when it reads it: counting reads every row."""
        return ()


@contextlib.contextmanager
def explained() -> Iterator[None]:
    try:
        yield
    except FAILURES as error:
        raise explain(error) from None
    except _VALUES as error:
        raise StorageError(f"PostgreSQL cannot hold a value ({type(error).__name__})") from None


@contextlib.asynccontextmanager
async def reading(dsn: str) -> AsyncIterator[PostgresTables]:
    """The snapshot of now; who writes meanwhile is not held up."""
    async with _connection(dsn) as connection:
        with explained():
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                yield PostgresTables(connection)


@contextlib.asynccontextmanager
async def writing(dsn: str, tables: Sequence[str]) -> AsyncIterator[PostgresTables]:
    """Others wait for ``tables`` until the end; all is kept, or, where an error ends it, nothing."""
    async with _connection(dsn) as connection:
        with explained():
            async with connection.transaction():
                await connection.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
                yield PostgresTables(connection)


@contextlib.asynccontextmanager
async def _connection(dsn: str) -> AsyncIterator[Any]:
    settings = {**SETTINGS, "application_name": _NAME, "statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
    with explained():
        connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS, command_timeout=_SECONDS, server_settings=settings)
    try:
        yield connection
    finally:
        connection.terminate() if connection.is_in_transaction() else await connection.close()
