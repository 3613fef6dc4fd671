"""Brings the tables up to date.

Alembic and SQLAlchemy are loaded only when there is something to do: they take 0.5 s and 50 MB.
"""

from __future__ import annotations

import asyncio
import importlib
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.delivery.storage import StorageError

if TYPE_CHECKING:
    from sqlalchemy import Connection

NEWEST = "0008"  # the newest revision in migrations/versions; they sort by name
FOLDER = Path(__file__).parent / "migrations"
# Any number that nothing else in the database uses: replicas that start at once wait for each other here.
LOCK = 4_907_231_144


def is_behind(stored: str | None) -> bool:
    """Whether tables of the ``stored`` revision (None: there are none) are older than ours. StorageError: they are newer."""
    if stored is not None and stored > NEWEST:
        raise StorageError(f"the database is of a newer version of this program (its tables: {stored}, known here: {NEWEST})")
    return stored != NEWEST


def upgrade_sqlite(connect: Callable[[], sqlite3.Connection]) -> None:
    """On a connection that ``connect`` makes, in one transaction."""
    with closing(connect()) as plain:
        if _create(plain):
            return
    from sqlalchemy import create_engine, event
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.pool import NullPool

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.begin() as connection:
            migrate(connection)
    except SQLAlchemyError as error:
        raise _explain(error) from None


def _create(connection: sqlite3.Connection) -> bool:
    """Makes the newest tables in an empty database, without Alembic, so that a first start is quick. False: it is not empty."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        empty = connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None
        for statement in (FOLDER / "newest.sql").read_text("utf-8").split(";\n") if empty else ():
            connection.execute(statement)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return empty


async def upgrade_postgres(connect: Callable[[], Awaitable[Any]]) -> None:
    """As ``upgrade_sqlite``."""
    for module in ("sqlalchemy.ext.asyncio", "alembic.command"):
        await asyncio.to_thread(importlib.import_module, module)
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool, hide_parameters=True)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            await connection.run_sync(migrate)
    except SQLAlchemyError as error:
        raise _explain(error) from None
    finally:
        await engine.dispose()


def migrate(connection: Connection) -> None:
    """Run the migrations that are missing, in the transaction that ``connection`` is in."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _explain(error: Exception) -> StorageError:
    return StorageError(f"the tables could not be brought up to date ({type(getattr(error, 'orig', None) or error).__name__})")
