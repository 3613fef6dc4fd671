"""A database of PostgreSQL as a whole: what it cannot do is told without content."""

from __future__ import annotations

import pytest

from bot.delivery.storage import StorageError
from bot.delivery.storage.copying import TableNames
from bot.delivery.storage.copying.postgres_tables import reading, writing
from bot.delivery.storage.schema.tables import METADATA

CANARY = "zanzibar-canary"


async def test_what_an_error_ends_is_as_it_was(postgres_url: str) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012  the error is that of the block
        async with writing(postgres_url, list(METADATA.tables)) as tables:
            await tables.execute("INSERT INTO holds VALUES ($1, $2, 1.0)", "poll", "x")
            raise ZeroDivisionError
    async with reading(postgres_url) as tables:
        assert await tables.query("SELECT COUNT(*) FROM holds") == [(0,)]


async def test_a_snapshot_sees_what_was_there_when_it_began(postgres_url: str) -> None:
    async with reading(postgres_url) as before:
        assert await before.query("SELECT COUNT(*) FROM holds") == [(0,)]
        async with writing(postgres_url, ["inbox"]) as tables:
            await tables.execute("INSERT INTO holds VALUES ('poll', 'x', 1.0)")
        assert await before.query("SELECT COUNT(*) FROM holds") == [(0,)]


async def test_a_value_that_it_cannot_hold_is_told_without_it(postgres_url: str) -> None:
    async with writing(postgres_url, ["inbox"]) as tables:
        with pytest.raises(StorageError) as refused:
            await tables.write(TableNames("holds", ("name", "owner", "until")), [(f"{CANARY}\0", "x", 1.0)])
    assert CANARY not in str(refused.value)
    assert "PostgreSQL" in str(refused.value)


async def test_a_server_that_is_away_is_told() -> None:
    with pytest.raises(StorageError, match="PostgreSQL: ConnectionRefusedError"):
        async with reading("postgresql://bot@127.0.0.1:1/bot"):
            pass
