"""Fetching updates: stored before they are confirmed, whatever happens in between; over a socket."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest
from telegram import Bot

from bot.channels.telegram.updates.intake import UPDATES
from bot.channels.telegram.updates.polling import Poller
from bot.delivery.storage import Incoming, Storage, StorageError
from bot.delivery.storage.open import open_storage
from tests.channels.telegram.conftest import Clock, open_bot, until
from tests.fakes.botapi import FakeBotApi, updates

# The module says so itself when it is imported; here each test has filters of its own.
pytestmark = pytest.mark.filterwarnings("ignore:Please use 'Bot.getUpdates'")
SPEED = 100.0


class Inbox:
    """Where what is fetched goes. ``failing`` is how often it fails first."""

    def __init__(self) -> None:
        self.taken: list[Incoming] = []
        self.failing = 0
        self.counts = Counter[str]()

    async def take(self, found: Sequence[Incoming]) -> int:
        if self.failing:
            self.failing -= 1
            raise StorageError("away")
        self.taken += found
        return len(found)

    def count(self, event: str) -> None:
        self.counts[event] += 1

    @property
    def ids(self) -> list[int]:
        return [int(update.id) for update in self.taken]


@pytest.fixture
async def store() -> AsyncIterator[Storage]:
    storage = open_storage("memory:", owner="one")
    await storage.start()
    yield storage
    await storage.close()


@asynccontextmanager
async def polling(bot: Bot, store: Storage, inbox: Inbox, speed: float = SPEED) -> AsyncIterator[Poller]:
    poller = Poller(bot, store, inbox.count, "aurora", speed)
    task = asyncio.create_task(poller.run(inbox.take))
    try:
        yield poller
    finally:
        task.cancel()
        (ended,) = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(ended, asyncio.CancelledError)


async def test_what_waited_is_fetched_once_and_confirmed(api: FakeBotApi, store: Storage) -> None:
    waiting = [entry.id for entry in api.inject(updates.crowd(250))]
    inbox = Inbox()
    async with open_bot(api) as bot, polling(bot, store, inbox) as poller:
        await until(lambda: not api.info()["pending"])
        assert poller.state == "polling"
    assert inbox.ids == waiting
    assert {update.key.clinic for update in inbox.taken} == {"aurora"}
    (cleared,) = api.calls("deleteWebhook")
    assert cleared.params.get("drop_pending_updates", "false").lower() == "false"


async def test_all_kinds_are_asked_for_each_time(api: FakeBotApi, store: Storage) -> None:
    async with open_bot(api) as bot, polling(bot, store, Inbox()):
        api.inject(updates.text("a"))
        await until(lambda: len(api.calls("getUpdates")) >= 2)
    for call in api.calls("getUpdates"):
        assert all(kind in call.params["allowed_updates"] for kind in UPDATES)
    assert api.calls("getUpdates")[0].params.get("offset") is None


async def test_what_is_not_stored_is_not_confirmed(api: FakeBotApi, store: Storage) -> None:
    api.inject(updates.crowd(3))
    inbox = Inbox()
    inbox.failing = 2
    async with open_bot(api) as bot, polling(bot, store, inbox):
        await until(lambda: len(inbox.taken) == 3)
    assert [call.params.get("offset") for call in api.calls("getUpdates")[:3]] == [None, None, None]
    assert inbox.counts["store_error"] == 2


async def test_one_that_nobody_can_read_holds_up_no_other(api: FakeBotApi, store: Storage) -> None:
    api.inject([updates.unknown(), updates.malformed_callback(), updates.text("a")], force=True)
    inbox = Inbox()
    async with open_bot(api) as bot, polling(bot, store, inbox):
        await until(lambda: len(inbox.taken) == 3 and not api.info()["pending"])


async def test_a_second_poller_is_noticed_and_waited_for(api: FakeBotApi, store: Storage) -> None:
    inbox = Inbox()
    other = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    fault = api.fault("refusal", methods="getUpdates", status=409, text=other)
    async with open_bot(api) as bot, polling(bot, store, inbox) as poller:
        await until(lambda: poller.state == "conflict" and inbox.counts["poll_conflict"] >= 2)
        fault.times = 0
        api.inject(updates.text("a"))
        await until(lambda: poller.state == "polling" and len(inbox.taken) == 1)
    assert len(api.calls("deleteWebhook")) == 1


async def test_a_webhook_that_somebody_sets_is_taken_back(api: FakeBotApi, store: Storage) -> None:
    inbox = Inbox()
    async with open_bot(api) as bot, polling(bot, store, inbox):
        await until(lambda: api.calls("getUpdates"))
        api.settings(time_scale=50)
        await bot.set_webhook("https://bot.test/hooks/telegram")
        await until(lambda: inbox.counts["poll_conflict"] >= 1)
        api.inject(updates.text("a"))
        await until(lambda: len(inbox.taken) == 1)
    assert not api.info()["webhook"]["url"]
    assert all(call.params.get("drop_pending_updates", "false").lower() == "false" for call in api.calls("deleteWebhook"))


async def test_an_api_that_is_away_is_waited_for(api: FakeBotApi, store: Storage) -> None:
    inbox = Inbox()
    await api.down()
    async with open_bot(api) as bot, polling(bot, store, inbox) as poller:
        await until(lambda: poller.state == "unreachable")
        await api.up()
        await until(lambda: poller.state == "polling" or api.calls("getUpdates"))
        await api.down()
        await until(lambda: poller.state == "unreachable")
        api.inject(updates.text("a"))
        await api.up()
        await until(lambda: len(inbox.taken) == 1)
        assert poller.state == "polling"


@pytest.mark.parametrize("methods", [("getUpdates", "deleteWebhook"), ("getUpdates",)], ids=["at once", "later"])
@pytest.mark.parametrize(("status", "text"), [(401, "Unauthorized"), (404, "Not Found"), (400, "Logged out")])
async def test_a_bot_that_is_refused_is_told_with_the_reason(
    api: FakeBotApi, store: Storage, caplog: pytest.LogCaptureFixture, methods: tuple[str, ...], status: int, text: str
) -> None:
    fault = api.fault("refusal", methods=methods, status=status, text=text)
    inbox = Inbox()
    async with open_bot(api) as bot, polling(bot, store, inbox) as poller:
        await until(lambda: poller.state == "refused")
        well, shown = poller.shown
        assert not well
        assert shown.startswith("refused: ")
        fault.times = 0
        api.inject(updates.text("a"))
        await until(lambda: len(inbox.taken) == 1)
        assert poller.shown == (True, "polling")
    assert any(getattr(record, "reason", "") for record in caplog.records)


async def test_a_server_that_does_not_wait_for_updates_is_not_asked_all_the_time(api: FakeBotApi, store: Storage) -> None:
    api.settings(long_polling=False)
    inbox = Inbox()
    async with open_bot(api) as bot, polling(bot, store, inbox, speed=5):
        await until(lambda: len(api.calls("getUpdates")) >= 4)
        first, *_, last = api.calls("getUpdates")[:4]
        assert last.at - first.at >= 0.55
        api.inject([*updates.crowd(250)])
        await until(lambda: len(inbox.taken) == 250)


async def test_a_flood_is_waited_out_however_quick_the_clock_is(api: FakeBotApi, store: Storage) -> None:
    api.fault("flood", methods="getUpdates", times=1, seconds=1)
    inbox = Inbox()
    async with open_bot(api) as bot, polling(bot, store, inbox):
        await until(lambda: inbox.counts["flood"] == 1)
        api.inject(updates.text("a"))
        await until(lambda: len(inbox.taken) == 1)
    assert api.violations() == []
    assert (inbox.counts["api_error"], inbox.counts["poll_conflict"]) == (0, 0)
    first, second = api.calls("getUpdates")[:2]
    assert second.at - first.at >= 1


async def test_an_error_in_the_inbox_does_not_end_it(api: FakeBotApi, store: Storage) -> None:
    class Broken(Inbox):
        async def take(self, found: Sequence[Incoming]) -> int:
            if not self.counts["broken"]:
                self.count("broken")
                raise RuntimeError("a canary")
            return await super().take(found)

    api.inject(updates.text("a"))
    inbox = Broken()
    async with open_bot(api) as bot, polling(bot, store, inbox):
        await until(lambda: len(inbox.taken) == 1)


class Away:
    """A store that says nothing of leases while it is away."""

    def __init__(self, storage: Storage) -> None:
        self._storage, self.away = storage, False

    async def hold(self, name: str) -> bool:
        if self.away:
            raise StorageError("away")
        return await self._storage.hold(name)


async def test_while_the_store_is_away_updates_are_looked_at_and_not_confirmed(api: FakeBotApi, store: Storage) -> None:
    away = Away(store)
    seen: list[int] = []

    class Looking(Inbox):
        async def take(self, found: Sequence[Incoming]) -> int:
            seen.extend(int(update.id) for update in found)
            if away.away:
                raise StorageError("away")
            return await super().take(found)

    inbox = Looking()
    (first,) = api.inject(updates.text("a"))
    async with open_bot(api) as bot, polling(bot, cast("Storage", away), inbox):
        await until(lambda: inbox.ids == [first.id])
        away.away = True
        (second,) = api.inject(updates.text("b"))
        await until(lambda: seen.count(second.id) >= 2)
        assert inbox.ids == [first.id]
        away.away = False
        await until(lambda: inbox.ids == [first.id, second.id])


async def test_a_store_that_takes_its_time_holds_up_no_other(
    api: FakeBotApi, store: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.telegram.updates.polling._STORE_SECONDS", 0.05)  # or the test would take as long
    open_ = asyncio.Event()
    seen: list[list[int]] = []

    class Slow(Inbox):
        async def take(self, found: Sequence[Incoming]) -> int:
            seen.append([int(update.id) for update in found])
            await open_.wait()
            return await super().take(found)

    inbox = Slow()
    api.settings(time_scale=SPEED)  # Telegram gives one update alone to who asks for the same again at once
    (first,) = api.inject(updates.text("a"))
    async with open_bot(api) as bot, polling(bot, store, inbox):
        await until(lambda: seen)
        (second,) = api.inject(updates.text("b"))
        await until(lambda: [first.id, second.id] in seen)
        assert api.info()["pending"] == 2
        open_.set()
        await until(lambda: not api.info()["pending"])
    assert set(inbox.ids) == {first.id, second.id}


async def test_of_two_on_one_store_one_polls_until_it_dies(api: FakeBotApi, tmp_path: Path) -> None:
    url, clock = f"sqlite:///{tmp_path / 'bot.db'}", Clock()
    stores = [open_storage(url, owner=name, clock=clock) for name in ("one", "two")]
    for one in stores:
        await one.start()
    first, second = Inbox(), Inbox()
    async with open_bot(api) as bot, open_bot(api) as other:
        async with polling(bot, stores[0], first):
            await until(lambda: api.calls("getUpdates"))
            async with polling(other, stores[1], second) as follower:
                await until(lambda: follower.state == "standby")
                api.inject(updates.text("a"))
                await until(lambda: len(first.taken) == 1)
                await until(lambda: not api.info()["pending"])  # else it comes to the second one as well
                assert first.counts["poll_conflict"] == second.counts["poll_conflict"] == 0
        async with polling(other, stores[1], second) as follower:
            await until(lambda: follower.state == "standby")
            clock.ahead += 31  # the lease of the first runs out
            api.inject(updates.text("b"))
            await until(lambda: len(second.taken) == 1)
            assert follower.state == "polling"
    for one in stores:
        await one.close()
