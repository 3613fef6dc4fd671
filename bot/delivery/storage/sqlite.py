"""SQLite: one connection, used by one thread, so that no statement crosses threads.

With aiosqlite every statement crosses to a thread and back: a transaction of four SELECTs took 0.8 to 0.9 ms of CPU, as one piece
of work on a thread 0.1 to 0.16 ms.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from bot.delivery.storage import StorageError
from bot.delivery.storage.group_commit import CommitRefused
from bot.delivery.storage.operations.steps import Begin, Enter, Query, Rows, Step, Transaction, Write
from bot.delivery.storage.schema.upgrade import upgrade_sqlite

T = TypeVar("T")
OLDEST = (3, 35)  # RETURNING
BUSY_SECONDS = 5.0
# A write-ahead log of this many pages (40 MB) is written back at a commit; long before, `scrub` does it beside the commits.
BACKSTOP_PAGES = 10_000
_NUMBERS = tuple(map(str, range(1, 100)))
ENTER = """
INSERT INTO inbox (ref, conversation, payload, received, expires) VALUES (?, ?, ?, ?, ?) ON CONFLICT (ref) DO NOTHING
"""
HINTS = {
    "SQLITE_BUSY": f"another process has locked it for longer than {BUSY_SECONDS:.0f} s",
    "SQLITE_CANTOPEN": "the file cannot be opened",
    "SQLITE_CORRUPT": "the file is damaged",
    "SQLITE_FULL": "the disk is full",
    "SQLITE_IOERR": "the disk cannot be read or written",
    "SQLITE_NOTADB": "the file is something else",
    "SQLITE_READONLY": "the file cannot be written",
}
# What is wrong with a value, not with the store: SQLite's own, and a text that is no valid Unicode.
BAD_VALUE = (
    sqlite3.DataError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    UnicodeError,
    OverflowError,
)


class Sqlite:
    """Runs transactions on the file at ``path`` (None: in memory, gone at the end). ``sync``: FULL or NORMAL."""

    def __init__(self, path: Path | None, sync: str) -> None:
        self._path = path
        self._sync = sync
        # The name is shared by the connections of this object alone.
        self._target = f"file:{uuid.uuid4().hex}?mode=memory&cache=shared" if path is None else str(path)
        self._connection: sqlite3.Connection | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._scrubber: ThreadPoolExecutor | None = None

    async def start(self) -> None:
        if sqlite3.sqlite_version_info < OLDEST:
            raise StorageError(f"SQLite {sqlite3.sqlite_version} is too old; {'.'.join(map(str, OLDEST))} is needed")
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "sqlite")
            self._scrubber = ThreadPoolExecutor(1, "sqlite scrub")
        await self._on(self._thread, self._open)

    async def close(self) -> None:
        """The last connection that closes a file writes the log back and removes it."""
        thread, scrubber = self._thread, self._scrubber
        self._thread = self._scrubber = None
        if thread is not None and scrubber is not None:
            await self._on(scrubber, bool)  # what it is at is done first
            scrubber.shutdown()
            await self._on(thread, self._shut)
            thread.shutdown()

    async def run(self, begin: Begin[T], *, write: bool = True) -> T:
        """Do the transaction that ``begin`` makes. ``write`` False: it only reads, and waits for no lock."""
        return await self._on(self._thread, lambda: self._transact(begin(), write=write))

    def ticks(self) -> float:
        """Since the machine started: those who share a file share the machine."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()

    async def revision(self) -> str | None:
        return await self._on(self._thread, self._read_revision)

    async def upgrade(self) -> None:
        await self._on(self._thread, lambda: upgrade_sqlite(self.connect))

    async def vacuum(self) -> None:
        """Nothing to do: ``secure_delete`` overwrites what is removed when it is."""

    async def scrub(self) -> bool:
        """Write the log back and truncate it, so that the files hold no copy of what was removed; False if others kept it busy.

        On a thread and connection of its own: most is copied without a lock (PASSIVE), those who write wait for the rest alone.
        """
        return await self._on(self._scrubber, self._checkpoint) if self._path else True

    def connect(self) -> sqlite3.Connection:
        if self._path is not None:
            _make_private(self._path)
        connection = sqlite3.connect(
            self._target, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=self._path is None
        )
        try:
            _keep_a_log(connection)
            connection.execute(f"PRAGMA synchronous = {self._sync}")
            connection.execute(f"PRAGMA wal_autocheckpoint = {BACKSTOP_PAGES}")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.create_function("split_part", 3, _split_part, deterministic=True)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    async def _on(self, thread: ThreadPoolExecutor | None, work: Callable[[], T]) -> T:
        if thread is None:
            raise StorageError("the store is not open")
        try:
            return await asyncio.get_running_loop().run_in_executor(thread, work)
        except BAD_VALUE as error:
            raise CommitRefused(f"the store refuses a value ({type(error).__name__})") from None
        except (sqlite3.Error, OSError) as error:
            raise StorageError(explain(error)) from None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self.connect()
        return self._connection

    def _read_revision(self) -> str | None:
        return _revision_in(self._open())

    def _shut(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _transact(self, transaction: Transaction[T], *, write: bool) -> T:
        connection = self._open()
        try:
            connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            result = _perform(connection, transaction)
            connection.execute("COMMIT")
        except BaseException as error:
            self._recover(connection, error)
            raise
        return result

    def _recover(self, connection: sqlite3.Connection, error: BaseException) -> None:
        """Roll back. A connection on which SQLite failed over more than a value is not used again: its file may be gone."""
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            pass
        else:
            if not isinstance(error, sqlite3.Error) or isinstance(error, BAD_VALUE) or self._path is None:
                return
        self._shut()

    def _checkpoint(self) -> bool:
        connection = self.connect()
        try:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            ((busy, _, _),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            connection.close()
        return not busy


def _split_part(text: str, between: str, number: int) -> str:
    """PostgreSQL's function of this name."""
    parts = text.split(between)
    return parts[number - 1] if number <= len(parts) else ""


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Switch a new file to WAL. Of several processes that do it at once SQLite refuses some without waiting for the others."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


def _perform(connection: sqlite3.Connection, transaction: Transaction[T]) -> T:
    rows: Rows = ()
    try:
        step = next(transaction)
        while True:
            rows = _do(connection, step)
            step = transaction.send(rows)
    except StopIteration as end:
        result: T = end.value
        return result


def _do(connection: sqlite3.Connection, step: Step) -> Rows:
    match step:
        case Query(statement, values):
            given = [json.dumps(value) if isinstance(value, list) else value for value in values]
            return connection.execute(_translate(statement), numbered(given)).fetchall()
        case Write(statement, rows):
            connection.executemany(_translate(statement), map(numbered, rows))
            return ()
        case Enter(rows):
            # A row at a time: the module gives nothing back for many, and one takes 4 us.
            return [(row[0],) for row in rows if connection.execute(ENTER, row).rowcount]


def numbered(values: Sequence[object]) -> dict[str, object]:
    """``values`` as what stands for ?1, ?2 and so on: names to Python's module, and from 3.14 on no list does for names."""
    return dict(zip(_NUMBERS, values, strict=False))


@lru_cache(maxsize=256)
def _translate(statement: str) -> str:
    """A list comes as JSON; there is no lock but that of the whole database, which ``BEGIN IMMEDIATE`` takes."""
    for ours in (" FOR UPDATE SKIP LOCKED", " FOR UPDATE"):
        statement = statement.replace(ours, "")
    for number in range(1, 10):
        statement = statement.replace(f"= ANY (${number})", f"IN (SELECT value FROM json_each(?{number}))")  # noqa: S608  a number of our own
    return statement.replace("$", "?")


def stored_revision(path: Path) -> str | None:
    """Of the tables in the file at ``path``, which is read alone; None: there are none. Raises StorageError.

    Nothing is written beside it, either: a log or an index of somebody else's would keep the bot from its file.
    """
    still = not path.with_name(f"{path.name}-wal").exists()  # nobody has it open, or nothing waits to be written back
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?{'immutable=1' if still else 'mode=ro'}", uri=True)
        ) as connection:
            return _revision_in(connection)
    except sqlite3.Error as error:
        raise StorageError(explain(error)) from None


def _revision_in(connection: sqlite3.Connection) -> str | None:
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def _make_private(path: Path) -> None:
    """What is said to the bot is for its own account's eyes; SQLite gives the log the permissions of the file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def explain(error: Exception) -> str:
    """No content: SQLite's own name for the error, and what to look at."""
    if isinstance(error, sqlite3.Error):
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        hint = next((hint for start, hint in HINTS.items() if name.startswith(start)), "")
        return f"SQLite: {name}" + (f", {hint}" if hint else "")
    return f"SQLite: {type(error).__name__}, {os.strerror(error.errno) if isinstance(error, OSError) and error.errno else ''}"
