"""What holds for PostgreSQL alone: it goes away and comes back, and tells no content."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

import asyncpg
import pytest

from bot.delivery.storage import StorageError, WorkOutcome
from bot.delivery.storage.open import open_storage
from bot.delivery.storage.operations.steps import Query, Rows, Transaction, Write
from bot.delivery.storage.postgres import explain
from tests.delivery.storage.stores import ANN, Opener, update
from tests.fakes.postgres import Server

if TYPE_CHECKING:
    from bot.delivery.storage.store import Store

CANARY = "canary-what-a-person-wrote"


async def test_a_database_that_was_away_is_used_again(postgres: Server, postgres_url: str, open_store: Opener) -> None:
    store = await open_store(postgres_url, "one")
    _, (lease,) = await store.take([update("1")])
    postgres.stop()
    try:
        for _ in range(2):
            began = time.monotonic()
            with pytest.raises(StorageError, match="PostgreSQL: ") as failed:
                await store.take([update("2")])
            assert time.monotonic() - began < 5
            assert failed.value.__suppress_context__
            with pytest.raises(StorageError):
                await store.claim(1)
        again = open_storage(postgres_url, owner="two")
        with pytest.raises(StorageError):
            await again.start()
    finally:
        postgres.start()
    assert await store.take([update("2")]) == (1, ())
    following = await store.finish(lease, lease.work[0], WorkOutcome())
    assert following is not None
    assert [work.update.id for work in following.work] == ["2"]
    await again.start()
    assert (await again.counts()).waiting == 1
    await again.close()


async def test_a_lock_that_another_keeps_fails_in_time_and_is_got_over(
    postgres_url: str, open_store: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.storage.postgres.COMMAND_SECONDS", 0.3)
    store = await open_store(postgres_url, "one")
    _, (lease,) = await store.take([update("1")])
    other = await asyncpg.connect(postgres_url)
    transaction = other.transaction()
    await transaction.start()
    await other.execute("SELECT 1 FROM leases FOR UPDATE")
    with pytest.raises(StorageError, match="no answer in time"):
        await store.finish(lease, lease.work[0], WorkOutcome())
    await transaction.rollback()
    await other.close()
    assert await store.finish(lease, lease.work[0], WorkOutcome()) is None


@pytest.mark.parametrize("state", [pytest.param("40P01", id="deadlock"), pytest.param("40001", id="serialization")])
@pytest.mark.parametrize("failures", [2, 5])
async def test_a_transaction_that_gives_way_is_tried_again(
    postgres_url: str, open_store: Opener, state: str, failures: int
) -> None:
    store = await open_store(postgres_url, "one")
    await store.save(ANN, "state")
    begun = 0

    def give_way() -> Transaction[Rows]:
        nonlocal begun
        begun += 1
        yield Write("UPDATE conversations SET state = state || $1", [("+",)])
        if begun <= failures:
            yield Query(f"DO $$ BEGIN RAISE EXCEPTION SQLSTATE '{state}'; END $$")
        return (yield Query("SELECT state FROM conversations"))

    run = cast("Store", store)._watched._database.run(give_way)
    if failures < 5:
        assert [tuple(row) for row in await run] == [("state+",)]
    else:
        with pytest.raises(StorageError, match=state):
            await run
        assert await store.load(ANN) == "state"


async def test_a_value_that_the_server_refuses_fails_alone(postgres_url: str, open_store: Opener) -> None:
    store = await open_store(postgres_url, "one")
    with pytest.raises(StorageError, match="refuses a value") as failed:
        await store.save(ANN, f"{CANARY}\0")
    assert CANARY not in f"{failed.value} {failed.value.args} {failed.value.__cause__}"
    assert failed.value.__suppress_context__


@pytest.mark.usefixtures("postgres_url")
async def test_a_socket_can_be_named(postgres: Server, postgres_database: str, open_store: Opener) -> None:
    store = await open_store(postgres.socket_url(postgres_database), "one")
    await store.save(ANN, "state")
    assert await store.load(ANN) == "state"


async def test_cleaning_vacuums(postgres: Server, postgres_url: str, open_store: Opener) -> None:
    store = await open_store(postgres_url, "one")
    _, (lease,) = await store.take([update("1")])
    await store.finish(lease, lease.work[0], WorkOutcome())
    database = postgres_url.rpartition("/")[2]
    dead = "CREATE EXTENSION IF NOT EXISTS pgstattuple; SELECT dead_tuple_count FROM pgstattuple('inbox')"
    assert postgres.execute(database, dead).splitlines()[-1] == "1"
    await store.clean()
    assert postgres.execute(database, dead).splitlines()[-1] == "0"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        pytest.param(
            asyncpg.UniqueViolationError(CANARY),
            "the store refuses a value (PostgreSQL: UniqueViolationError 23505)",
            id="server",
        ),
        pytest.param(asyncpg.InterfaceError(CANARY), "PostgreSQL: InterfaceError", id="client"),
        pytest.param(ConnectionRefusedError(111, "refused"), "PostgreSQL: ConnectionRefusedError refused", id="system"),
        pytest.param(TimeoutError(), "PostgreSQL: no answer in time", id="time"),
    ],
)
def test_an_error_is_told_by_its_kind(error: Exception, told: str) -> None:
    assert str(explain(error)) == told
