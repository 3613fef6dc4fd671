"""The store for turns without an inbox: how long it is waited for, and what is counted."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.delivery.storage import Storage, StorageError
from bot.delivery.storage.open import open_storage
from bot.delivery.storage.turn_store import TurnStore
from bot.dialogue.conversation import ConversationKey

KEY = ConversationKey("default", "web", "one")


class Failing:
    """A store that fails, or hangs, once it is told so."""

    def __init__(self, store: Storage) -> None:
        self._store = store
        self.fails = self.hangs = False

    def __getattr__(self, name: str) -> Any:
        async def call(*given: object) -> object:
            if self.fails:
                raise StorageError("canary: away")
            if self.hangs:
                await asyncio.Event().wait()
            return await getattr(self._store, name)(*given)

        return call


class Turns:
    def __init__(self, storage: Any) -> None:
        self.counts: Counter[str] = Counter()
        self.behind = Failing(storage)
        behind: Any = self.behind
        self.store = TurnStore(behind, self._count, 0.05)

    def _count(self, name: str) -> None:
        self.counts[name] += 1


@pytest.fixture
async def turns() -> AsyncIterator[Turns]:
    storage = open_storage("memory:", owner="one")
    await storage.start()
    yield Turns(storage)
    await storage.close()


async def test_what_is_saved_is_loaded_until_it_is_forgotten(turns: Turns) -> None:
    await turns.store.save(KEY, "state")
    assert await turns.store.load(KEY) == "state"
    await turns.store.forget(KEY)
    assert await turns.store.load(KEY) is None
    assert not turns.counts


@pytest.mark.parametrize("how", ["fails", "hangs"])
@pytest.mark.parametrize("call", ["load", "save", "forget", "keys"])
async def test_a_store_that_fails_or_does_not_answer_in_time_is_counted(turns: Turns, call: str, how: str) -> None:
    given = {"load": (KEY,), "save": (KEY, "state"), "forget": (KEY,), "keys": ("default",)}[call]
    setattr(turns.behind, how, True)
    with pytest.raises(StorageError) as raised:
        await getattr(turns.store, call)(*given)
    assert "canary" not in str(raised.value)
    assert turns.counts == {"store_error": 1}


async def test_who_waits_for_a_moment_alone_finds_nothing_wrong(turns: Turns) -> None:
    turns.behind.hangs = True
    with pytest.raises(TimeoutError):
        await turns.store.load(KEY, 0.01)
    assert not turns.counts
