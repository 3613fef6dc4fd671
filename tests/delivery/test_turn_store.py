"""The store for turns without an inbox: that it fails is said, once, and that it works again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.delivery.storage import Storage, StorageError
from bot.delivery.storage.open import open_storage
from bot.delivery.turn_store import TurnStore
from bot.dialogue.conversation import ConversationKey

KEY = ConversationKey("default", "web", "one")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Failing:
    """A store that fails, or hangs, once it is told so."""

    def __init__(self, store: Storage) -> None:
        self._store = store
        self.fails = self.hangs = False
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        async def call(*given: object) -> object:
            self.calls[name] += 1
            if self.fails:
                raise StorageError("canary: away")
            if self.hangs:
                await asyncio.Event().wait()
            return await getattr(self._store, name)(*given)

        return call


class Watched:
    def __init__(self, storage: Any) -> None:
        self.clock = Clock()
        self.counts: Counter[str] = Counter()
        self.behind = Failing(storage)
        behind: Any = self.behind
        self.store = TurnStore(behind, "default", "web", self._count, 0.05, clock=self.clock)

    def _count(self, name: str) -> None:
        self.counts[name] += 1


@pytest.fixture
async def watched() -> AsyncIterator[Watched]:
    storage = open_storage("memory:", owner="one")
    await storage.start()
    yield Watched(storage)
    await storage.close()


@pytest.mark.parametrize("how", ["fails", "hangs"])
@pytest.mark.parametrize("call", ["load", "save", "forget"])
async def test_a_failure_is_said_once_and_so_is_its_end(
    watched: Watched, caplog: pytest.LogCaptureFixture, call: str, how: str
) -> None:
    caplog.set_level(logging.INFO)
    given = {"load": (KEY,), "save": (KEY, "state"), "forget": (KEY,)}[call]
    assert watched.store.state() == (True, "fine")
    setattr(watched.behind, how, True)
    for _ in range(3):
        with pytest.raises(StorageError):
            await getattr(watched.store, call)(*given)
    assert watched.store.state() == (False, "store failing")
    assert watched.counts == {"store_error": 3}
    assert [(one.getMessage(), one.__dict__["channel"]) for one in caplog.records] == [("the store fails", "web")]
    assert "canary" not in str(caplog.records[0].__dict__)
    setattr(watched.behind, how, False)
    await watched.store.load(KEY)
    assert watched.store.state()[0] is False, "that it can be read says nothing of a full disk"
    watched.clock.now += 7
    await watched.store.save(KEY, "state")
    assert watched.store.state() == (True, "fine")
    assert (caplog.records[-1].getMessage(), caplog.records[-1].__dict__["seconds"]) == ("the store works again", 7.0)
    assert len(caplog.records) == 2


async def test_that_every_second_write_works_is_no_end_of_it(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    """As on a full disk."""
    for number in range(10):
        watched.behind.fails = number % 2 == 0
        with contextlib.suppress(StorageError):
            await watched.store.save(KEY, "state")
        assert watched.store.state() == (False, "store failing")
        watched.clock.now += 0.1
    assert [one.getMessage() for one in caplog.records] == ["the store fails"]


async def test_who_waits_for_a_moment_alone_finds_nothing_wrong(watched: Watched) -> None:
    watched.behind.hangs = True
    with pytest.raises(TimeoutError):
        await watched.store.load(KEY, 0.01)
    assert watched.store.state() == (True, "fine")
    assert not watched.counts


async def test_it_is_tried_where_nobody_uses_it(watched: Watched) -> None:
    await watched.store.try_again()
    assert not watched.behind.calls, "what works is left alone"
    watched.behind.fails = True
    with pytest.raises(StorageError):
        await watched.store.load(KEY)
    await watched.store.try_again()
    assert watched.behind.calls == {"load": 1}, "as long as others use it, they notice"
    watched.clock.now += 6
    await watched.store.try_again()
    assert (watched.behind.calls["save"], watched.store.state()[0]) == (1, False)
    watched.behind.fails = False
    await watched.store.try_again()
    assert watched.behind.calls["save"] == 1, "just now it was"
    watched.clock.now += 6
    await watched.store.try_again()
    assert watched.store.state() == (True, "fine")
    assert await watched.store.load(ConversationKey("default", "web", "trial")) is None
