"""A SQLite file for ``OpenTables``, and its backup while others write to it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from pathlib import Path

from bot.delivery.storage import StorageError
from bot.delivery.storage.copying import TableNames
from bot.delivery.storage.instance import is_taken
from bot.delivery.storage.operations.steps import Rows
from bot.delivery.storage.sqlite import BUSY_SECONDS, Sqlite, explain, numbered

AT_ONCE = 1000
# A disk that is slow, or a bot that holds the lock for long: as often as that is tried, a tenth of a second apart.
_PATIENCE = 100


class SqliteTables:
    """``connection`` is in a transaction. Blocks: no loop that answers may use it."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    async def revision(self) -> str | None:
        if "alembic_version" not in await self.names():
            return None
        rows = self._all("SELECT version_num FROM alembic_version")
        return str(rows[0][0]) if rows else None

    async def ticks(self) -> float:
        return Sqlite(self._path, "FULL").ticks()

    async def at_work(self) -> bool:
        return is_taken(self._path.parent)

    async def names(self) -> Collection[str]:
        return {str(name) for (name,) in self._all("SELECT name FROM sqlite_master WHERE type = 'table'")}

    async def query(self, statement: str) -> Rows:
        return self._all(statement)

    async def read(self, table: TableNames) -> AsyncIterator[Rows]:
        with explained(self._path):
            cursor = self._connection.execute(f"SELECT {_columns(table)} FROM {table.name}")  # noqa: S608  names of our own
            while rows := cursor.fetchmany(AT_ONCE):
                yield rows

    async def write(self, table: TableNames, rows: Rows) -> None:
        places = ", ".join("?" * len(table.columns))
        with explained(self._path):
            self._connection.executemany(f"INSERT INTO {table.name} ({_columns(table)}) VALUES ({places})", rows)  # noqa: S608

    async def execute(self, statement: str, *values: object) -> None:
        with explained(self._path):
            self._connection.execute(statement.replace("$", "?"), numbered(values))

    async def number(self) -> None:
        """SQLite takes the number after the highest."""

    async def damage(self) -> Sequence[str]:
        found = [str(line) for (line,) in self._all("PRAGMA integrity_check(20)") if line != "ok"]
        return [*found, *(f"a row of {row[0]} refers to nothing" for row in self._all("PRAGMA foreign_key_check"))]

    def _all(self, statement: str) -> Rows:
        with explained(self._path):
            return self._connection.execute(statement).fetchall()


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Two files are at hand: the message says which of them is meant."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StorageError(f"{path}: {explain(error)}") from None


@contextlib.contextmanager
def reading(path: Path) -> Iterator[SqliteTables]:
    """The snapshot of now; who writes meanwhile is not held up. Nothing is made where there is no file."""
    with explained(path), contextlib.closing(_look(path)) as connection:
        yield SqliteTables(connection, path)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[SqliteTables]:
    """Others wait until the end, or are told that the file is locked; all is kept, or, where an error ends it, nothing."""
    with explained(path), contextlib.closing(Sqlite(path, "FULL").connect()) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield SqliteTables(connection, path)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def back_up(path: Path, file: Path) -> None:
    """A copy of the store at ``path`` as it is now, of whatever revision, as one ``file`` that its owner alone can read.

    ``file`` must not exist. It appears under its name when it is whole and on the disk. Raises StorageError.
    """
    with private(file) as part:
        with explained(path), contextlib.closing(_look(path)) as source, contextlib.closing(_plain(part)) as target:
            for left in range(_PATIENCE, -1, -1):
                try:
                    source.backup(target)
                    break
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or not left:
                        raise
                    time.sleep(0.1)
        leave_the_log(part)


def leave_the_log(path: Path) -> None:
    """From now on the store is one file, with nothing beside it."""
    with explained(path), contextlib.closing(_plain(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()


@contextlib.contextmanager
def private(file: Path) -> Iterator[Path]:
    """A place to write ``file`` at, empty and for its owner alone; at the end it gets its name. Raises StorageError."""
    part = file.with_name(f".{file.name}.part")
    with explained(file):
        if file.exists():
            raise StorageError(f"{file} exists already; name another file, or take that one away")
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600))
        try:
            part.chmod(0o600)
            yield part
            with part.open("rb") as written:
                os.fsync(written.fileno())
            os.link(part, file)  # unlike a rename it never replaces what somebody else put there meanwhile
        except FileExistsError:
            raise StorageError(f"{file} exists already; name another file, or take that one away") from None
        finally:
            for end in ("", "-journal", "-wal", "-shm"):
                part.with_name(part.name + end).unlink(missing_ok=True)


def _look(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise StorageError(f"there is no file {path}")
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", BUSY_SECONDS, isolation_level=None, uri=True)
    try:
        connection.execute("BEGIN")
        connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchall()  # the snapshot is taken by the first look
    except BaseException:
        connection.close()
        raise
    return connection


def _plain(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, BUSY_SECONDS, isolation_level=None)


def _columns(table: TableNames) -> str:
    return ", ".join(table.columns)
