"""From the inbox to an answer: order, retries, dead letters, a store that fails, a stop; on a real database."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from bot.delivery.handler import Hopeless, Later
from bot.delivery.inbox import Delivery, Limits
from bot.delivery.journal import NO_JOURNAL, Journal, WorkJournal
from bot.delivery.metrics import Metrics
from bot.delivery.storage import Incoming, Storage, StorageError, Work, WorkOutcome
from bot.delivery.storage.open import open_storage
from bot.dialogue.conversation import ConversationKey

LEASE = 30.0
QUICK = Limits(again=0.01, sweep=0.005, clean=60, lease=LEASE)
ANN, BEN = ConversationKey("aurora", "here", "ann"), ConversationKey("aurora", "here", "ben")
Act = Callable[[Work, WorkJournal], Awaitable[WorkOutcome]]


class Clock:
    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class Flaky:
    """A store that raises StorageError in the operations that ``failing`` names ("all": in each).

    ``calls`` counts those that began, ``done`` those that succeeded.
    """

    trouble: str | None = None

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.failing: set[str] = set()
        self.calls, self.done = Counter[str](), Counter[str]()

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def call(*given: Any) -> Any:
            self.calls[name] += 1
            if self.failing & {name, "all"}:
                raise StorageError("away")
            found = await getattr(self._storage, name)(*given)
            self.done[name] += 1
            return found

        return call


class Handler:
    """Does what ``acts`` holds for an update's id, one after the other, then answers; "danger" in it is urgent."""

    def __init__(self) -> None:
        self.acts: defaultdict[str, list[Act]] = defaultdict(list)
        self.begun: list[str] = []
        self.answered: list[str] = []
        self.states: list[str | None] = []
        self.urgent: list[str] = []
        self.active = Counter[str]()

    async def handle(self, work: Work, state: str | None, journal: WorkJournal) -> WorkOutcome:
        id, conversation = work.update.id, work.update.key.id
        self.begun.append(id)
        self.active[conversation] += 1
        assert self.active[conversation] == 1, "two at once in one conversation"
        try:
            outcome = await self.acts[id].pop(0)(work, journal) if self.acts[id] else WorkOutcome(f"{state or ''}{id} ")
        finally:
            self.active[conversation] -= 1
        self.states.append(state)
        self.answered.append(id)
        return outcome

    async def is_urgent(self, update: Incoming) -> bool:
        return b"danger" in update.payload

    async def answer_urgent(self, update: Incoming, journal: Journal = NO_JOURNAL) -> bool:  # noqa: ARG002  # the protocol names it
        if b"broken" in update.payload:
            raise RuntimeError("a canary")
        if b"danger" in update.payload:
            self.urgent.append(update.id)
        return b"danger" in update.payload


def raising(error: Exception) -> Act:
    async def act(work: Work, journal: WorkJournal) -> WorkOutcome:
        raise error

    return act


def waiting(for_: asyncio.Event) -> Act:
    async def act(work: Work, journal: WorkJournal) -> WorkOutcome:
        await for_.wait()
        return WorkOutcome("waited")

    return act


class Desk:
    """One process: a store, a handler, a delivery."""

    def __init__(self, storage: Storage, clock: Clock, limits: Limits) -> None:
        self.store, self.clock = Flaky(storage), clock
        self.storage = cast("Storage", self.store)
        self.handler, self.metrics = Handler(), Metrics(("here",), ("aurora",))
        self.delivery = Delivery(self.storage, {("aurora", "here"): self.handler}, self.metrics, limits, clock)

    def update(self, id: str, key: ConversationKey = ANN, payload: bytes = b"how long?", **more: Any) -> Incoming:
        return Incoming(key, id, payload, self.clock(), **more)

    async def take(self, *ids: str, key: ConversationKey = ANN) -> int:
        return await self.delivery.take([self.update(id, key) for id in ids])

    async def idle(self) -> None:
        end = time.monotonic() + 8
        while self.delivery.busy or (await self.storage.counts()).waiting:
            assert time.monotonic() < end, "it is never done"
            await asyncio.sleep(0.002)

    async def looked(self) -> None:
        """Until what was due by now has been looked for."""
        before = self.store.done["claim"]
        await until(lambda: self.store.done["claim"] >= before + 2)
        await until(lambda: not self.delivery.busy)

    async def letters(self) -> list[tuple[str, str, int]]:
        return [(one.id, one.reason, one.attempts) for one in await self.storage.dead_letters(9)]

    def counted(self, *events: str) -> list[float]:
        return [self.metrics.value(event) for event in events]


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.002)


@asynccontextmanager
async def opened(
    url: str = "memory:", owner: str = "one", clock: Clock | None = None, limits: Limits = QUICK, start: bool = True
) -> AsyncIterator[Desk]:
    clock = clock or Clock()
    storage = open_storage(url, owner=owner, clock=clock, lease_seconds=LEASE, sync="NORMAL", scrub_seconds=0.01)
    await storage.start()
    desk = Desk(storage, clock, limits)
    if start:
        desk.delivery.start()
    try:
        yield desk
    finally:
        desk.store.failing.clear()
        await desk.delivery.stop(0)
        await storage.close()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with opened() as found:
        yield found


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'bot.db'}"


# -- answering ----------------------------------------------------------------------------------------------------


async def test_what_is_taken_is_answered_once(desk: Desk) -> None:
    assert [await desk.take("1", "2"), await desk.take("2", "3")] == [2, 1]
    await desk.idle()
    assert await desk.take("1", "3") == 0
    await desk.looked()
    assert desk.handler.begun == ["1", "2", "3"]
    assert desk.counted("taken", "known", "answered", "failed", "dead") == [3, 3, 3, 0, 0]
    assert b'infusion_bot_answer_seconds_count{channel="here",clinic="aurora"} 3.0' in desk.metrics.rendered()


async def test_each_turn_is_given_what_the_one_before_left(desk: Desk) -> None:
    await desk.take("1", "2")
    await desk.take("3")
    await desk.idle()
    assert desk.handler.states == [None, "1 ", "1 2 "]
    assert await desk.storage.load(ANN) == "1 2 3 "


async def test_a_conversation_keeps_its_order_and_never_overlaps(desk: Desk) -> None:
    ids = [str(number) for number in range(70)]  # more than one lease brings along
    for at in range(0, 70, 7):
        await desk.take(*ids[at : at + 7])
    await desk.idle()
    assert desk.handler.answered == ids


async def test_conversations_go_side_by_side(desk: Desk) -> None:
    open_ = asyncio.Event()
    for number in range(20):
        desk.handler.acts[str(number)].append(waiting(open_))
        await desk.take(str(number), key=replace(ANN, id=str(number)))
    await until(lambda: len(desk.handler.begun) == 20)
    assert desk.delivery.busy == 20
    open_.set()
    await desk.idle()


async def test_what_waits_from_before_is_worked_off_at_the_start(url: str) -> None:
    async with opened(url, start=False) as before:
        await before.storage.take([before.update("1"), before.update("2", BEN)])
    async with opened(url) as desk:
        await desk.idle()
        assert sorted(desk.handler.answered) == ["1", "2"]


async def test_no_more_are_claimed_than_there_are_workers(url: str) -> None:
    async with opened(url, start=False) as before:
        await before.storage.take([before.update(str(n), replace(ANN, id=str(n))) for n in range(9)])
    open_ = asyncio.Event()
    async with opened(url, limits=replace(QUICK, workers=4)) as desk:
        for number in range(9):
            desk.handler.acts[str(number)].append(waiting(open_))
        await until(lambda: len(desk.handler.begun) == 4)
        looks = desk.store.calls["counts"]
        await until(lambda: desk.store.calls["counts"] > looks + 2)
        assert len(desk.handler.begun) == 4
        open_.set()
        await desk.idle()


async def test_what_waits_is_shown(desk: Desk) -> None:
    desk.handler.acts["1"].append(waiting(asyncio.Event()))
    await desk.take("1")
    desk.clock.ahead += 7

    def age() -> float:
        (line,) = [
            line for line in desk.metrics.rendered().splitlines() if line.startswith(b"infusion_bot_oldest_waiting_seconds ")
        ]
        return float(line.split()[1])

    await until(lambda: 7 <= age() < 17)
    assert b"infusion_bot_waiting 1.0" in desk.metrics.rendered()


# -- failing ------------------------------------------------------------------------------------------------------


async def test_a_failed_try_is_repeated_after_pauses_that_double() -> None:
    async with opened(limits=replace(QUICK, again=10)) as desk:
        desk.handler.acts["1"] += [raising(RuntimeError("a canary"))] * 4
        await desk.take("1")
        for tries, pause in enumerate((10, 20, 40, 80), start=1):
            await desk.looked()
            desk.clock.ahead += pause - 2
            await desk.looked()
            assert len(desk.handler.begun) == tries
            desk.clock.ahead += 2.1
            await until(lambda tries=tries: len(desk.handler.begun) == tries + 1)  # type: ignore[misc]
        await desk.idle()
        assert desk.handler.answered == ["1"]
        assert desk.counted("failed", "postponed", "answered") == [4, 4, 1]
        assert await desk.letters() == []


async def test_five_failed_tries_make_a_dead_letter_and_hold_up_nobody(desk: Desk) -> None:
    desk.handler.acts["1"] += [raising(ValueError("a canary"))] * 9
    await desk.take("1", "2")
    await desk.take("3", key=BEN)
    await desk.idle()
    assert Counter(desk.handler.begun) == {"1": 5, "2": 1, "3": 1}
    assert desk.handler.answered[0] == "3"
    assert await desk.letters() == [("1", "tries", 5)]
    assert desk.counted("failed", "dead", "answered") == [5, 1, 2]


async def test_what_comes_after_a_failed_one_waits_for_it(desk: Desk) -> None:
    desk.handler.acts["1"] += [raising(RuntimeError()), raising(Later(0.01)), raising(RuntimeError())]
    await desk.take("1", "2", "3")
    await desk.idle()
    assert desk.handler.answered == ["1", "2", "3"]
    assert desk.handler.begun == ["1", "1", "1", "1", "2", "3"]


async def test_what_is_put_off_is_no_failed_try(desk: Desk) -> None:
    desk.handler.acts["1"] += [raising(Later(0.001))] * 20
    await desk.take("1", "2")
    await desk.idle()
    assert desk.handler.answered == ["1", "2"]
    assert desk.counted("failed", "postponed", "dead") == [0, 20, 0]


async def test_what_is_put_off_comes_again_when_it_said(desk: Desk) -> None:
    desk.handler.acts["1"].append(raising(Later(500)))
    await desk.take("1")
    await desk.looked()
    desk.clock.ahead += 490
    await desk.looked()
    assert desk.handler.begun == ["1"]
    desk.clock.ahead += 11
    await until(lambda: desk.handler.answered == ["1"])


async def test_what_is_hopeless_is_not_tried_again(desk: Desk) -> None:
    desk.handler.acts["1"].append(raising(Hopeless("refused")))
    await desk.take("1", "2")
    await desk.idle()
    assert desk.handler.begun == ["1", "2"]
    assert await desk.letters() == [("1", "refused", 1)]


async def test_a_dead_letter_that_is_put_back_is_tried_anew(desk: Desk) -> None:
    desk.handler.acts["1"] += [raising(RuntimeError())] * 5
    await desk.take("1")
    await desk.idle()
    assert await desk.storage.requeue("here", ["1"]) == 1
    await desk.idle()
    assert desk.handler.answered == ["1"]
    assert await desk.letters() == []


async def test_a_try_that_never_ends_is_a_failed_one() -> None:
    async with opened(limits=replace(QUICK, handling=0.02)) as desk:
        desk.handler.acts["1"].append(waiting(asyncio.Event()))
        await desk.take("1")
        await desk.idle()
        assert desk.handler.begun == ["1", "1"]
        assert desk.counted("failed", "answered") == [1, 1]


async def test_what_has_expired_is_not_worked_off(desk: Desk) -> None:
    await desk.delivery.take([desk.update("1", expires=desk.clock() - 1), desk.update("2", expires=desk.clock() + 60)])
    await desk.idle()
    assert desk.handler.begun == ["2"]
    assert desk.counted("expired", "answered", "dead") == [1, 1, 0]
    assert await desk.take("1") == 0


async def test_a_channel_that_nobody_serves_makes_dead_letters(desk: Desk) -> None:
    await desk.take("1", key=replace(ANN, channel="nowhere"))
    await desk.idle()
    assert await desk.letters() == [("1", "tries", 5)]


async def test_no_log_quotes_an_error(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.handler.acts["1"] += [raising(RuntimeError("a canary"))] * 5
    await desk.take("1")
    await desk.idle()
    assert [record.message for record in caplog.records] == ["update failed"] * 5 + ["dead letter"]
    assert "canary" not in caplog.text
    assert "canary" not in " ".join(str(record.__dict__) for record in caplog.records)


# -- the journal --------------------------------------------------------------------------------------------------


async def test_the_next_try_knows_what_was_sent(desk: Desk) -> None:
    seen: list[list[str | None]] = []

    async def act(work: Work, journal: WorkJournal) -> WorkOutcome:
        seen.append([journal.sent(f"{part}/3") for part in (1, 2, 3)])
        await journal.note(f"{len(seen)}/3", "unknown" if len(seen) == 2 else "sent")
        assert journal.sent(f"{len(seen)}/3")
        if len(seen) < 3:
            raise RuntimeError
        return WorkOutcome()

    desk.handler.acts["1"] += [act] * 3
    await desk.take("1")
    await desk.idle()
    assert seen == [[None, None, None], ["sent", None, None], ["sent", "unknown", None]]
    assert desk.store.calls["note"] == 2  # that the last part was sent is said by the commit that follows


@pytest.mark.parametrize(
    ("part", "what", "kept"), [("1/1", "sent", 0), ("1/1", "unknown", 1), ("1/1", "twice", 1), ("1/2", "sent", 1)]
)
async def test_only_that_the_last_part_was_sent_is_not_written_down(desk: Desk, part: str, what: str, kept: int) -> None:
    async def act(work: Work, journal: WorkJournal) -> WorkOutcome:
        await journal.note(part, what)
        return WorkOutcome()

    desk.handler.acts["1"].append(act)
    await desk.take("1")
    await desk.idle()
    assert desk.store.calls["note"] == kept


# -- a store that fails -------------------------------------------------------------------------------------------


async def test_danger_is_answered_though_nothing_can_be_stored_and_only_once(desk: Desk) -> None:
    desk.store.failing = {"all"}
    batch = [
        desk.update("1"),
        desk.update("2", BEN, b"broken"),
        desk.update("3", BEN, b"danger"),
        desk.update("4", payload=b"danger"),
    ]
    for _ in range(3):  # as often as Telegram tries
        with pytest.raises(StorageError):
            await desk.delivery.take(batch)
    assert desk.handler.urgent == ["3", "4"]
    assert desk.handler.begun == []
    assert desk.counted("urgent_unsaved", "taken") == [2, 0]
    desk.store.failing.clear()
    assert await desk.delivery.take(batch) == 4
    await desk.idle()
    assert sorted(desk.handler.answered) == ["1", "2", "3", "4"]


async def test_danger_does_not_wait_for_a_store_that_takes_its_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.delivery.inbox._URGENT", 0.02)  # or the test would take as long
    storage, open_ = desk.store._storage, asyncio.Event()

    async def slow(updates: list[Incoming]) -> Any:
        await open_.wait()
        return await storage.take(updates)

    desk.store.take = slow  # type: ignore[attr-defined]
    batch = [desk.update("1"), desk.update("2", BEN, b"danger")]
    taking = [asyncio.create_task(desk.delivery.take(batch)) for _ in range(2)]
    await until(lambda: desk.handler.urgent)
    assert not any(task.done() for task in taking)
    open_.set()
    assert sorted(await asyncio.gather(*taking)) == [0, 2]
    await desk.idle()
    assert desk.handler.urgent == ["2"]
    assert desk.metrics.value("urgent_unsaved") == 1


async def test_danger_that_could_not_be_answered_is_tried_when_it_comes_again(desk: Desk) -> None:
    desk.store.failing = {"take"}
    answer, tries = desk.handler.answer_urgent, 0

    async def once_broken(update: Incoming, journal: Journal = NO_JOURNAL) -> bool:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise RuntimeError("a canary")
        return await answer(update)

    desk.handler.answer_urgent = once_broken  # type: ignore[method-assign]
    for _ in range(3):
        with pytest.raises(StorageError):
            await desk.delivery.take([desk.update("1", payload=b"danger")])
    assert desk.handler.urgent == ["1"]


async def test_a_store_that_fails_as_it_should_not_is_a_store_that_fails(desk: Desk) -> None:
    async def broken(updates: object) -> Any:
        raise UnicodeEncodeError("utf-8", "a canary", 0, 1, "no")

    desk.store.take = broken  # type: ignore[attr-defined]
    with pytest.raises(StorageError) as found:
        await desk.delivery.take([desk.update("1", payload=b"danger")])
    assert "canary" not in str(found.value)
    assert desk.handler.urgent == ["1"]


async def test_only_so_many_are_remembered(desk: Desk) -> None:
    desk.store.failing = {"take"}
    with pytest.raises(StorageError):
        await desk.delivery.take([desk.update(str(number), payload=b"danger") for number in range(1100)])
    assert len(desk.delivery._urgent._unsaved) == 1000


async def test_it_works_as_long_as_nothing_is_wrong_with_the_store_and_goes_on_when_that_is_back(desk: Desk) -> None:
    desk.store.failing, desk.store.trouble = {"claim"}, "the disk is full"
    await until(lambda: desk.metrics.value("store_error") > 0)
    assert not desk.delivery.works
    desk.store.failing.clear()
    desk.store.trouble = None
    assert desk.delivery.works
    await desk.take("1")
    await desk.idle()


@pytest.mark.parametrize("operation", ["finish", "bury", "postpone"])
async def test_what_became_of_an_update_is_kept_until_it_can_be_stored(desk: Desk, operation: str) -> None:
    first = {"finish": [], "bury": [raising(Hopeless("refused"))], "postpone": [raising(Later(0.001))]}[operation]
    desk.handler.acts["1"] += first
    desk.store.failing = {operation}
    await desk.take("1", "2")
    await until(lambda: desk.store.calls[operation] >= 3)
    assert desk.handler.begun == ["1"]
    desk.store.failing.clear()
    await desk.idle()
    assert desk.handler.begun == (["1", "1", "2"] if operation == "postpone" else ["1", "2"])


async def test_a_store_that_fails_within_a_try_costs_none(desk: Desk) -> None:
    async def act(work: Work, journal: WorkJournal) -> WorkOutcome:
        await journal.note("1/2", "sent")
        return WorkOutcome()

    desk.handler.acts["1"] += [act] * 9
    desk.store.failing = {"note"}
    await desk.take("1")
    await until(lambda: len(desk.handler.begun) > 6)
    desk.store.failing.clear()
    await desk.idle()
    assert desk.counted("failed", "dead", "answered") == [0, 0, 1]


async def test_a_loop_that_fails_goes_on(desk: Desk) -> None:
    failed = asyncio.Event()

    async def broken(limit: int, clinics: Sequence[str]) -> Any:
        failed.set()
        raise RuntimeError("a canary")

    desk.store.claim = broken  # type: ignore[attr-defined]
    await asyncio.wait_for(failed.wait(), 5)
    del desk.store.claim
    await desk.looked()


# -- a stop -------------------------------------------------------------------------------------------------------


async def test_a_stop_finishes_what_is_being_answered(desk: Desk) -> None:
    open_ = asyncio.Event()
    desk.handler.acts["1"].append(waiting(open_))
    await desk.take("1", "2")
    await until(lambda: desk.handler.begun == ["1"])
    stopping = asyncio.create_task(desk.delivery.stop(5))
    open_.set()
    assert await stopping
    assert desk.handler.answered == ["1", "2"]


async def test_a_stop_ends_in_time_and_another_goes_on_at_once(url: str) -> None:
    async with opened(url) as first, opened(url, "two") as second:
        first.handler.acts["1"].append(waiting(asyncio.Event()))
        await first.take("1", "2")
        await until(lambda: first.handler.begun == ["1"])
        began = time.monotonic()
        assert not await first.delivery.stop(0.05)
        assert time.monotonic() - began < 1
        await second.idle()  # and no lease had to run out
        assert second.handler.answered == ["1", "2"]
        assert second.counted("failed", "dead") == [0, 0]


@pytest.mark.slow
async def test_a_stop_ends_in_time_whatever_hangs(desk: Desk) -> None:
    let_go = asyncio.Event()

    async def act(work: Work, journal: WorkJournal) -> WorkOutcome:
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue
        return WorkOutcome()

    async def hang(leases: object) -> None:
        await asyncio.Event().wait()

    desk.handler.acts["1"].append(act)
    desk.store.release = hang  # type: ignore[attr-defined]
    await desk.take("1")
    await until(lambda: desk.handler.begun == ["1"])
    began = time.monotonic()
    assert not await desk.delivery.stop(0.05)
    assert time.monotonic() - began < 3.5
    let_go.set()
    await until(lambda: not desk.delivery.busy)


async def test_a_stop_while_the_store_is_away_ends_too(desk: Desk) -> None:
    desk.handler.acts["1"].append(waiting(asyncio.Event()))
    await desk.take("1")
    await until(lambda: desk.handler.begun == ["1"])
    desk.store.failing = {"all"}
    assert not await desk.delivery.stop(0.05)


async def test_a_stop_waits_for_what_begins_meanwhile(desk: Desk) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    desk.handler.acts["1"].append(waiting(first))
    desk.handler.acts["2"].append(waiting(second))
    await desk.take("1")
    stopping = asyncio.create_task(desk.delivery.stop(30))
    await until(lambda: desk.handler.begun == ["1"])
    await desk.take("2", key=BEN)  # a request that was under way
    await until(lambda: desk.handler.begun == ["1", "2"])
    first.set()
    await until(lambda: desk.handler.answered == ["1"])
    second.set()
    assert await stopping
    assert desk.handler.answered == ["1", "2"]


async def test_near_its_end_a_stop_begins_nothing_more(url: str) -> None:
    async with opened(url) as first:
        open_ = asyncio.Event()
        first.handler.acts["1"].append(waiting(open_))
        await first.take("1", "2")
        await until(lambda: first.handler.begun == ["1"])
        stopping = asyncio.create_task(first.delivery.stop(3))
        await until(lambda: first.delivery._ending)
        open_.set()
        assert await stopping
        assert first.handler.answered == ["1"]
    async with opened(url, "two") as second:
        await second.idle()
        assert second.handler.answered == ["2"]
        assert second.counted("failed") == [0]


# -- danger behind others -----------------------------------------------------------------------------------------


def slowed(desk: Desk) -> asyncio.Event:
    """What is answered out of its turn waits for the event that comes back."""
    go_on, answer = asyncio.Event(), desk.handler.answer_urgent

    async def slow(update: Incoming, journal: Journal = NO_JOURNAL) -> bool:
        desk.handler.urgent.append("begun")
        await go_on.wait()
        return await answer(update, journal)

    desk.handler.answer_urgent = slow  # type: ignore[method-assign]
    return go_on


async def recorded(desk: Desk, id: str, told: list[str | None]) -> None:
    """What the journal of the update says when its turn comes."""

    async def act(work: Work, journal: WorkJournal) -> WorkOutcome:
        told.append(journal.sent("1/1"))
        return WorkOutcome("remembered")

    desk.handler.acts[id].append(act)


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "later"])
async def test_danger_behind_others_is_answered_at_once_and_remembered_in_its_turn(desk: Desk, together: bool) -> None:
    open_, told = asyncio.Event(), list[str | None]()
    desk.handler.acts["1"].append(waiting(open_))
    await recorded(desk, "3", told)
    updates = [desk.update("1"), desk.update("2"), desk.update("3", payload=b"danger")]
    for batch in [updates] if together else [[one] for one in updates]:
        await desk.delivery.take(batch)
    await until(lambda: desk.handler.urgent == ["3"])
    assert desk.handler.answered == []
    await desk.delivery.take(updates)  # it comes again
    open_.set()
    await desk.idle()
    assert desk.handler.answered == ["1", "2", "3"]
    assert (desk.handler.urgent, told) == (["3"], ["sent"])
    assert await desk.storage.load(ANN) == "remembered"
    assert desk.metrics.value("urgent_overtook") == 1


async def test_danger_behind_one_that_is_put_off_is_answered_at_once(desk: Desk) -> None:
    desk.handler.acts["1"].append(raising(Later(500)))
    await desk.take("1")
    await desk.looked()
    await desk.delivery.take([desk.update("2", payload=b"danger")])
    await until(lambda: desk.handler.urgent == ["2"])


async def test_danger_that_is_first_waits_for_nobody_and_is_answered_in_its_turn(desk: Desk) -> None:
    told = list[str | None]()
    await recorded(desk, "1", told)
    await desk.delivery.take([desk.update("1", payload=b"danger"), desk.update("2")])
    await desk.idle()
    assert (desk.handler.urgent, told) == ([], [None])


async def test_its_turn_waits_for_an_answer_out_of_turn_that_is_under_way(desk: Desk) -> None:
    first, told = asyncio.Event(), list[str | None]()
    answering = slowed(desk)
    desk.handler.acts["1"].append(waiting(first))
    await recorded(desk, "2", told)
    await desk.delivery.take([desk.update("1"), desk.update("2", payload=b"danger")])
    await until(lambda: desk.handler.urgent == ["begun"])
    first.set()
    await until(lambda: desk.handler.answered == ["1"])
    assert told == []
    answering.set()
    await desk.idle()
    assert told == ["sent"]


async def test_danger_that_could_not_be_answered_out_of_turn_has_its_turn(desk: Desk) -> None:
    async def broken(update: Incoming, journal: Journal = NO_JOURNAL) -> bool:
        raise RuntimeError("a canary")

    open_, told = asyncio.Event(), list[str | None]()
    desk.handler.answer_urgent = broken  # type: ignore[method-assign]
    desk.handler.acts["1"].append(waiting(open_))
    await recorded(desk, "2", told)
    await desk.delivery.take([desk.update("1"), desk.update("2", payload=b"danger")])
    await until(lambda: not desk.delivery._urgent.under_way)
    open_.set()
    await desk.idle()
    assert told == [None]


async def test_another_process_that_works_the_conversation_off_knows_what_was_answered_out_of_turn(url: str) -> None:
    async with opened(url) as first, opened(url, "two") as second:
        open_, told = asyncio.Event(), list[str | None]()
        first.handler.acts["1"].append(waiting(open_))
        await recorded(first, "2", told)
        await first.take("1")
        await until(lambda: first.handler.begun == ["1"])
        await second.delivery.take([second.update("2", payload=b"danger")])
        await until(lambda: second.metrics.value("urgent_overtook"))
        await until(lambda: not second.delivery._urgent.under_way)
        open_.set()
        await first.idle()
        assert (first.handler.urgent, second.handler.urgent, told) == ([], ["2"], ["sent"])


async def test_another_process_waits_for_an_answer_out_of_turn_that_is_under_way(url: str) -> None:
    async with opened(url) as first, opened(url, "two") as second:
        open_, told = asyncio.Event(), list[str | None]()
        answering = slowed(second)
        first.handler.acts["1"].append(waiting(open_))
        for one in (first, second):
            await recorded(one, "2", told)
        await first.take("1")
        await until(lambda: first.handler.begun == ["1"])
        await second.delivery.take([second.update("2", payload=b"danger")])
        await until(lambda: second.handler.urgent == ["begun"])
        open_.set()
        await until(lambda: first.handler.answered == ["1"])
        await first.looked()
        assert told == [], "its turn has come, and it waits"
        answering.set()
        await until(lambda: second.metrics.value("urgent_overtook"))
        first.clock.ahead += 1
        second.clock.ahead += 1
        await until(lambda: told)
        await first.idle()
        assert told == ["sent"]


async def test_an_answer_out_of_turn_that_another_process_never_finished_is_given_in_its_turn(url: str) -> None:
    async with opened(url) as first:
        open_, told = asyncio.Event(), list[str | None]()
        first.handler.acts["1"].append(waiting(open_))
        await recorded(first, "2", told)
        await first.take("1", "2")
        await until(lambda: first.handler.begun == ["1"])
        assert await first.storage.overtake(first.update("2"))  # by somebody who died then
        open_.set()
        await until(lambda: first.handler.answered == ["1"])
        first.clock.ahead += 11
        await first.idle()
        assert told == [None]


async def test_what_went_out_of_an_answer_out_of_turn_is_not_said_again(desk: Desk) -> None:
    async def halfway(update: Incoming, journal: Journal = NO_JOURNAL) -> bool:
        await journal.note("1/2", "sent")
        raise RuntimeError("a canary")

    open_, told = asyncio.Event(), list[str | None]()

    async def act(work: Work, journal: WorkJournal) -> WorkOutcome:
        told.extend([journal.sent("1/2"), journal.sent("2/2")])
        return WorkOutcome()

    desk.handler.answer_urgent = halfway  # type: ignore[method-assign]
    desk.handler.acts["1"].append(waiting(open_))
    desk.handler.acts["2"].append(act)
    await desk.delivery.take([desk.update("1"), desk.update("2", payload=b"danger")])
    await until(lambda: not desk.delivery._urgent.under_way)
    open_.set()
    await desk.idle()
    assert told == ["sent", None]


# -- leases -------------------------------------------------------------------------------------------------------


async def test_who_lost_the_lease_stores_nothing(url: str) -> None:
    clock, open_ = Clock(), asyncio.Event()
    async with opened(url, clock=clock, start=False) as first:
        first.handler.acts["1"].append(waiting(open_))
        await first.take("1", "2")
        await until(lambda: first.handler.begun == ["1"])
        clock.ahead += LEASE + 1  # it hung, say, and renewed nothing
        async with opened(url, "two", clock) as second:
            await second.idle()
            assert second.handler.answered == ["1", "2"]
            assert await second.storage.load(ANN) == "1 2 "
            open_.set()
            await until(lambda: not first.delivery.busy)
            assert first.counted("lease_lost", "answered") == [1, 0]
            assert first.handler.begun == ["1"]
            assert await second.storage.load(ANN) == "1 2 "


async def test_who_is_long_at_work_keeps_the_lease(url: str) -> None:
    clock, open_ = Clock(), asyncio.Event()
    async with opened(url, clock=clock) as first, opened(url, "two", clock) as second:
        first.handler.acts["1"].append(waiting(open_))
        await first.take("1")
        for _ in range(6):
            clock.ahead += LEASE / 2
            renewed = first.store.done["renew"]
            await until(lambda renewed=renewed: first.store.done["renew"] > renewed)  # type: ignore[misc]
            await second.looked()
        open_.set()
        await first.idle()
        assert (first.handler.answered, second.handler.begun) == (["1"], [])


async def test_one_that_kills_its_process_each_time_becomes_a_dead_letter(url: str) -> None:
    clock = Clock()
    for number in range(5):
        async with opened(url, f"p{number}", clock, start=False) as killed:
            if number == 0:
                await killed.storage.take([killed.update("1"), killed.update("2")])
            else:
                await killed.storage.claim(9)
        clock.ahead += LEASE + 1
    async with opened(url, "last", clock) as desk:
        await desk.idle()
        assert desk.handler.answered == ["2"]
        assert [(id, reason) for id, reason, _ in await desk.letters()] == [("1", "tries")]
