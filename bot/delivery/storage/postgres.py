"""PostgreSQL, for several replicas: a few connections through asyncpg, which is loaded when this module is."""

from __future__ import annotations

import asyncio
import time
from typing import Any, TypeVar

import asyncpg

from bot.delivery.storage import StorageError
from bot.delivery.storage.group_commit import CommitRefused
from bot.delivery.storage.operations.steps import Begin, Enter, Query, Rows, Step, Transaction, Write
from bot.delivery.storage.schema.upgrade import upgrade_postgres

T = TypeVar("T")
CONNECT_SECONDS = 3.0
COMMAND_SECONDS = 10.0
VACUUM_SECONDS = 300.0
# Between two looks at the server's clock: ours stands still while the machine sleeps, and the server's may be set.
CLOCK_SECONDS = 0.5
MOST_CONNECTIONS = 4
TRIES = 5
SETTINGS = {
    "application_name": "infusion-bot",
    "jit": "off",  # compiling one of our statements takes longer than running it
    # A replica that is frozen in the middle of a transaction must not keep its locks.
    "idle_in_transaction_session_timeout": "10000",
    "statement_timeout": "10000",
}
# Numbers are drawn in the order in which the updates came; rows go in sorted by ref, so that two replicas to which the same
# updates are delivered do not wait for each other.
ENTER = """
INSERT INTO inbox (seq, ref, conversation, payload, received, expires)
SELECT seq, ref, conversation, payload, received, expires FROM (
    SELECT nextval(pg_get_serial_sequence('inbox', 'seq')) AS seq, u.*
    FROM unnest($1::text[], $2::text[], $3::bytea[], $4::float8[], $5::float8[])
        AS u (ref, conversation, payload, received, expires)
) numbered ORDER BY ref
ON CONFLICT (ref) DO NOTHING RETURNING ref
"""
_EMPTIED = "inbox, dead_letters, conversations, reminders, handoffs, handoff_messages"
AGAIN = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
# InternalClientError: what it says of a server that goes away in the middle of an answer.
FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)


class Postgres:
    """Runs transactions on the database that ``dsn`` names, READ COMMITTED."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._pool: Any = None
        self._ahead = 0.0  # of our monotonic clock, what the server's clock says
        self._asked = 0.0  # when it was asked last

    async def start(self) -> None:
        if self._pool is None:
            try:
                self._pool = await asyncpg.create_pool(
                    self._dsn,
                    min_size=1,
                    max_size=MOST_CONNECTIONS,
                    timeout=CONNECT_SECONDS,
                    command_timeout=COMMAND_SECONDS,
                    server_settings=SETTINGS,
                    reset=_leave,
                )
            except FAILURES as error:
                raise explain(error) from None

        try:
            async with self._connection() as connection:
                await self._set_clock(connection)
        except FAILURES as error:
            raise explain(error) from None

    def ticks(self) -> float:
        """The server's clock, as of the last half second: those of the replicas may differ by more than a lease."""
        return time.monotonic() + self._ahead

    async def _set_clock(self, connection: Any) -> None:
        before = time.monotonic()
        now = await connection.fetchval("SELECT extract(epoch FROM clock_timestamp())::float8")
        self._asked = time.monotonic()
        self._ahead = float(now) - (before + self._asked) / 2

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            try:
                await asyncio.wait_for(pool.close(), CONNECT_SECONDS)
            except FAILURES:
                pool.terminate()

    async def revision(self) -> str | None:
        try:
            async with self._connection() as connection:
                if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
                    return None
                stored = await connection.fetchval("SELECT version_num FROM alembic_version")
                return None if stored is None else str(stored)
        except FAILURES as error:
            raise explain(error) from None

    async def upgrade(self) -> None:
        try:
            await upgrade_postgres(self._connect)
        except FAILURES as error:
            raise explain(error) from None

    async def _connect(self) -> Any:
        """A connection of its own, without the settings of the others: for migrations."""
        return await asyncpg.connect(self._dsn, timeout=CONNECT_SECONDS)

    async def run(self, begin: Begin[T], *, write: bool = True) -> T:  # noqa: ARG002  reading waits for nobody here
        """Do the transaction that ``begin`` makes; it is made anew where the database asks to try again."""
        tries = 0
        while True:
            tries += 1
            try:
                return await self._transact(begin())
            except AGAIN as error:
                if tries == TRIES:
                    raise explain(error) from None
            except FAILURES as error:
                raise explain(error) from None
            except (ValueError, TypeError, OverflowError) as error:
                raise CommitRefused(f"the store refuses a value ({type(error).__name__})") from None

    async def scrub(self) -> bool:
        return True

    async def vacuum(self) -> None:
        """Overwrite what was removed, as far as PostgreSQL does."""
        try:
            async with self._connection() as connection:
                await connection.execute("SET statement_timeout = 0", timeout=COMMAND_SECONDS)
                try:
                    await connection.execute(f"VACUUM {_EMPTIED}", timeout=VACUUM_SECONDS)
                finally:
                    await connection.execute("RESET statement_timeout", timeout=COMMAND_SECONDS)
        except FAILURES as error:
            raise explain(error) from None

    def _connection(self) -> Any:
        if self._pool is None:
            raise StorageError("the store is not open")
        return self._pool.acquire(timeout=COMMAND_SECONDS)

    async def _transact(self, transaction: Transaction[T]) -> T:
        async with self._connection() as connection:
            if time.monotonic() - self._asked > CLOCK_SECONDS:
                await self._set_clock(connection)
            async with connection.transaction():
                return await _perform(connection, transaction)


async def _perform(connection: Any, transaction: Transaction[T]) -> T:
    try:
        step = next(transaction)
        while True:
            rows = await _do(connection, step)
            step = transaction.send(rows)
    except StopIteration as end:
        result: T = end.value
        return result


async def _do(connection: Any, step: Step) -> Rows:
    found: Rows
    match step:
        case Query(statement, values):
            found = await connection.fetch(statement, *values)
        case Write(statement, (row,)):
            # One round trip instead of two.
            found = await connection.fetch(statement, *row)
        case Write(statement, rows):
            await connection.executemany(statement, rows)
            found = ()
        case Enter(rows):
            found = await connection.fetch(ENTER, *(list(column) for column in zip(*rows, strict=True)))
    return found


async def _leave(_: Any) -> None:
    """Nothing is set on a connection that the next one must not see; asking the server to reset it costs a round trip."""


def explain(error: BaseException) -> StorageError:
    """No content: messages of the database quote values, so only the kind of the error is told."""
    state = getattr(error, "sqlstate", None)
    kind = type(error).__name__ + (f" {state}" if isinstance(state, str) else "")
    if isinstance(state, str) and state[:2] in {"22", "23"}:
        return CommitRefused(f"the store refuses a value (PostgreSQL: {kind})")
    if isinstance(error, OSError) and not isinstance(error, TimeoutError):
        kind += f" {error.strerror or ''}".rstrip()
    if isinstance(error, TimeoutError):
        kind = "no answer in time"
    return StorageError(f"PostgreSQL: {kind}")
