"""Two processes on one database: nothing is lost, nothing done twice, order is kept."""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict

import pytest

from bot.delivery.storage import Incoming, Lease, LeaseLost, Reminder, Storage, WorkOutcome
from bot.dialogue.conversation import ConversationKey
from tests.delivery.storage.stores import ANN, NOW, Clock, Opener, eventually, update

CONVERSATIONS, EACH = 50, 40


class Replica:
    """Works off what it holds, eight conversations at a time, and writes down in which order."""

    def __init__(self, store: Storage, done: dict[str, list[int]], chance: random.Random) -> None:
        self._store, self._done, self._chance = store, done, chance
        self._running: set[asyncio.Task[None]] = set()
        self._places = asyncio.Semaphore(8)

    async def take(self, updates: list[Incoming]) -> None:
        _, leases = await self._store.take(updates)
        self._begin(leases)

    async def sweep(self) -> None:
        self._begin(await self._store.claim(10))

    async def settle(self) -> None:
        while self._running:
            await asyncio.gather(*self._running)

    def _begin(self, leases: tuple[Lease, ...]) -> None:
        for lease in leases:
            task = asyncio.create_task(self._work(lease))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _work(self, lease: Lease | None) -> None:
        async with self._places:
            while lease is not None:
                work = lease.work[0]
                if self._chance.random() < 0.02:
                    await self._store.postpone(lease, work, 0)
                    return
                if self._chance.random() < 0.02:
                    await self._store.release([lease])
                    return
                await asyncio.sleep(0)
                held = lease
                lease = await self._store.finish(held, work, WorkOutcome(state=work.update.id))
                self._done[held.key.id].append(int(work.update.id.partition("-")[2]))


@pytest.mark.slow
async def test_two_replicas_lose_nothing_and_do_nothing_twice_in_order(shared_url: str, open_store: Opener) -> None:
    done: dict[str, list[int]] = defaultdict(list)
    chance = random.Random(4)
    stores = [await open_store(shared_url, owner) for owner in ("one", "two")]
    replicas = [Replica(store, done, chance) for store in stores]
    keys = [ConversationKey("aurora", "telegram", str(number)) for number in range(CONVERSATIONS)]

    async def deliver(key: ConversationKey) -> None:
        """Each update to both, again and again, before the next one: as a channel does that waits for each to be taken."""
        for number in range(EACH):
            one = update(f"{key.id}-{number}", key, received=time.time())
            await asyncio.gather(*(replica.take([one]) for replica in replicas))
            if chance.random() < 0.2:
                await chance.choice(replicas).take([one])

    async def sweep(replica: Replica) -> None:
        while True:
            await replica.sweep()
            await asyncio.sleep(0.02)

    sweeping = [asyncio.create_task(sweep(replica)) for replica in replicas]
    await asyncio.gather(*map(deliver, keys))
    await eventually(lambda: _is_drained(stores[0]), 60)
    for task in sweeping:
        task.cancel()
    await asyncio.gather(*sweeping, return_exceptions=True)
    for replica in replicas:
        await replica.settle()
    assert done == {key.id: list(range(EACH)) for key in keys}


async def _is_drained(store: Storage) -> bool:
    return (await store.counts()).waiting == 0


async def test_batches_in_opposite_order_do_not_wait_for_each_other(
    shared_url: str, open_store: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.storage.postgres.TRIES", 1)  # a deadlock is an error here
    stores = [await open_store(shared_url, owner) for owner in ("one", "two")]
    keys = [ConversationKey("aurora", "telegram", str(number)) for number in range(100)]
    for turn in range(10):
        updates = [update(f"{turn}-{key.id}", key) for key in keys]
        given = await asyncio.gather(stores[0].take(updates), stores[1].take(updates[::-1]))
        assert sum(new for new, _ in given) == len(keys)
        leases = [(store, lease) for store, (_, leases) in zip(stores, given, strict=True) for lease in leases]
        assert sorted(lease.key.id for _, lease in leases) == sorted(key.id for key in keys)
        random.Random(turn).shuffle(leases)
        await asyncio.gather(*(store.finish(lease, lease.work[0], WorkOutcome(state="x")) for store, lease in leases))


async def test_order_of_arrival_is_kept_whatever_the_ids(shared_url: str, open_store: Opener) -> None:
    store = await open_store(shared_url, "one")
    names = [str(number) for number in (9, 10, 100, 1, 55)]
    _, (lease,) = await store.take([update(name) for name in names])
    assert [work.update.id for work in lease.work] == names


async def test_a_lease_is_handed_to_the_other_when_it_runs_out(shared_url: str, clock: Clock, open_store: Opener) -> None:
    one, two = [await open_store(shared_url, owner, clock=clock) for owner in ("one", "two")]
    _, (lost,) = await one.take([update("1")])
    assert await two.take([update("1")]) == (0, ())
    assert await two.take([update("2")]) == (1, ())
    assert await two.claim(9) == ()
    clock.move(30)
    (lease,) = await two.claim(9)
    assert [(work.update.id, work.attempts) for work in lease.work] == [("1", 1), ("2", 0)]
    with pytest.raises(LeaseLost):
        await one.finish(lost, lost.work[0], WorkOutcome(state="lost"))
    await one.release([lost])
    assert await one.claim(9) == ()
    assert await two.finish(lease, lease.work[0], WorkOutcome()) is not None


async def test_one_claims_each_conversation(shared_url: str, open_store: Opener) -> None:
    stores = [await open_store(shared_url, owner) for owner in ("one", "two")]
    keys = [ConversationKey("aurora", "telegram", str(number)) for number in range(60)]
    _, leases = await stores[0].take([update(key.id, key) for key in keys])
    await stores[0].release(leases)
    given = await asyncio.gather(*(store.claim(7) for store in stores * 9))
    claimed = [lease.key.id for leases in given for lease in leases]
    claimed += [lease.key.id for lease in await stores[0].claim(60)]
    assert sorted(claimed) == sorted(key.id for key in keys)


async def test_a_reminder_comes_once_over_two_processes(shared_url: str, clock: Clock, open_store: Opener) -> None:
    stores = [await open_store(shared_url, owner, clock=clock) for owner in ("one", "two")]
    keys = [ConversationKey("aurora", "telegram", str(number)) for number in range(30)]
    _, leases = await stores[0].take([update(key.id, key) for key in keys])
    outcomes = [WorkOutcome(remind=(Reminder(f"r{lease.key.id}", NOW + 5, b"now"),)) for lease in leases]
    await asyncio.gather(*(stores[0].finish(one, one.work[0], out) for one, out in zip(leases, outcomes, strict=True)))
    clock.move(5)
    given = await asyncio.gather(*(store.claim(8) for store in stores * 6))
    # What one was about to claim the other passes over; the next look finds it.
    given.append(await stores[1].claim(60))
    claimed = [(lease.key.id, work.update.id) for leases in given for lease in leases for work in lease.work]
    assert sorted(claimed) == sorted((key.id, f"reminder:r{key.id}") for key in keys)
    assert (await stores[1].counts()).reminders == 0


async def test_one_process_holds_a_name(shared_url: str, clock: Clock, open_store: Opener) -> None:
    one, two = [await open_store(shared_url, owner, clock=clock) for owner in ("one", "two")]
    assert await one.hold("polling")
    assert not await two.hold("polling")
    assert await two.hold("cleaning")
    clock.move(20)
    assert await one.hold("polling"), "it renews"
    clock.move(20)
    assert not await two.hold("polling")
    clock.move(10)
    assert await two.hold("polling")
    assert not await one.hold("polling")


async def test_what_one_forgets_the_other_cannot_bring_back(shared_url: str, open_store: Opener) -> None:
    one, two = [await open_store(shared_url, owner) for owner in ("one", "two")]
    _, (lease,) = await one.take([update("1")])
    await two.forget(ANN)
    with pytest.raises(LeaseLost):
        await one.finish(lease, lease.work[0], WorkOutcome(state="back"))
    assert await one.load(ANN) is None
