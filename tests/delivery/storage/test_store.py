"""The contract of the Storage, over all three databases."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.delivery.storage import (
    OVERTAKEN,
    ApiKey,
    Counts,
    Incoming,
    Kept,
    Lease,
    LeaseLost,
    Reminder,
    Storage,
    StorageError,
    WorkOutcome,
)
from bot.delivery.storage import store as store_module
from bot.delivery.storage.open import open_storage
from bot.delivery.storage.operations.single import Keep
from bot.delivery.storage.operations.steps import Begin, Query, Transaction, Write
from bot.delivery.storage.sqlite import Sqlite
from bot.delivery.storage.store import Store, StoreSettings
from bot.dialogue.conversation import ConversationKey
from tests.delivery.storage.stores import ANN, BEN, NOW, Clock, Opener, update

LEASE = 30


async def lease_of(store: Storage, *updates: Incoming) -> Lease:
    _, (lease,) = await store.take(updates)
    return lease


async def lease_of_next(store: Storage, lease: Lease, outcome: WorkOutcome, following: Incoming) -> Lease:
    await store.take([following])
    found = await store.finish(lease, lease.work[0], outcome)
    assert found is not None
    return found


async def finish_all(store: Storage, lease: Lease | None) -> list[str]:
    ids = []
    while lease is not None:
        ids.append(lease.work[0].update.id)
        lease = await store.finish(lease, lease.work[0], WorkOutcome())
    return ids


def ids(lease: Lease) -> list[str]:
    return [work.update.id for work in lease.work]


async def test_a_fresh_update_comes_with_the_lease_of_its_conversation(store: Storage) -> None:
    given = replace(update("1"), expires=NOW + 5)
    new, (lease,) = await store.take([given])
    assert new == 1
    assert (lease.key, lease.state) == (ANN, None)
    assert [work.update for work in lease.work] == [given]
    assert (lease.work[0].attempts, dict(lease.work[0].sent)) == (0, {})


async def test_several_conversations_are_leased_at_once_each_in_order(store: Storage) -> None:
    given = [update("10"), update("9", BEN), update("2"), update("1", BEN), update("3")]
    new, leases = await store.take(given)
    assert new == 5
    assert {lease.key: ids(lease) for lease in leases} == {ANN: ["10", "2", "3"], BEN: ["9", "1"]}


async def test_an_update_is_taken_once(store: Storage) -> None:
    new, (lease,) = await store.take([update("1"), update("1")])
    assert new == 1
    assert ids(lease) == ["1"]
    assert await store.take([update("1")]) == (0, ())
    assert await store.finish(lease, lease.work[0], WorkOutcome()) is None
    assert await store.take([update("1"), update("1", BEN)]) == (0, ()), "not after it was done either"


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(ConversationKey("aurora", "web", "ann"), id="channel"),
        pytest.param(ConversationKey("borealis", "telegram", "ann"), id="clinic"),
        pytest.param(ConversationKey("aurora/telegram", "ann", ""), id="slash"),
        pytest.param(ConversationKey("aurora%2Ftelegram", "ann/", "%25"), id="percent"),
    ],
)
async def test_ids_of_another_channel_or_clinic_are_others(store: Storage, other: ConversationKey) -> None:
    await store.take([update("1")])
    new, (lease,) = await store.take([update("1", other)])
    assert new == 1
    assert lease.key == lease.work[0].update.key == other


async def test_what_comes_while_a_conversation_is_held_comes_with_finishing(store: Storage) -> None:
    lease = await lease_of(store, update("1"))
    assert await store.take([update("2"), update("3")]) == (2, ())
    following = await store.finish(lease, lease.work[0], WorkOutcome())
    assert following is not None
    assert (ids(following), following.fence) == (["2", "3"], lease.fence)
    assert await finish_all(store, following) == ["2", "3"]
    assert (await store.counts()).waiting == 0
    assert await store.claim(9) == ()


async def test_takes_and_finishes_that_run_together_lose_nothing(store: Storage) -> None:
    lease = await lease_of(store, update("0"))
    seen = ["0"]

    async def work_off() -> None:
        current: Lease | None = lease
        while current is not None:
            current = await store.finish(current, current.work[0], WorkOutcome())
            if current is not None:
                seen.append(current.work[0].update.id)

    working = asyncio.create_task(work_off())
    taken = await asyncio.gather(*(store.take([update(str(n))]) for n in range(1, 30)))
    await working
    for _, leases in taken:
        for further in leases:
            seen += await finish_all(store, further)
    assert seen == [str(n) for n in range(30)]


async def test_of_a_flood_a_lease_brings_the_first_and_finishing_brings_the_rest(store: Storage) -> None:
    lease = await lease_of(store, *(update(str(n)) for n in range(45)))
    assert ids(lease) == [str(n) for n in range(20)]
    assert await finish_all(store, lease) == [str(n) for n in range(45)]


@pytest.mark.parametrize(
    ("outcome", "remembered"),
    [
        pytest.param(WorkOutcome(state='{"greeted": "ñ"}'), '{"greeted": "ñ"}', id="saved"),
        pytest.param(WorkOutcome(), "before", id="stays"),
        pytest.param(WorkOutcome(state=""), "before", id="empty-stays"),
        pytest.param(WorkOutcome(state=None), None, id="forgotten"),
    ],
)
async def test_finishing_says_what_is_remembered(store: Storage, outcome: WorkOutcome, remembered: str | None) -> None:
    await store.save(ANN, "before")
    lease = await lease_of(store, update("1"))
    assert lease.state == "before"
    await store.finish(lease, lease.work[0], outcome)
    assert await store.load(ANN) == remembered
    assert (await lease_of(store, update("2"))).state == remembered
    assert await store.load(BEN) is None


async def test_a_conversation_expires(store: Storage, clock: Clock) -> None:
    await store.save(ANN, "state")
    clock.move(24 * 3600 - 1)
    assert await store.load(ANN) == "state"
    clock.move(1)
    assert await store.load(ANN) is None
    assert (await lease_of(store, update("1"))).state is None


async def test_the_same_is_saved_by_many_at_once_and_the_last_counts(store: Storage) -> None:
    await asyncio.gather(*(store.save(ANN, str(n)) for n in range(20)))
    assert await store.load(ANN) == "19"


async def test_a_postponed_update_holds_back_its_conversation_and_no_other(store: Storage, clock: Clock) -> None:
    lease = await lease_of(store, update("1"), update("2"))
    await store.postpone(lease, lease.work[0], 10)
    assert await store.take([update("3")]) == (1, ())
    assert (await lease_of(store, update("4", BEN))).key == BEN
    clock.move(9)
    assert await store.claim(9) == ()
    clock.move(1)
    (claimed,) = await store.claim(9)
    assert [(work.update.id, work.attempts) for work in claimed.work] == [("1", 1), ("2", 0), ("3", 0)]
    assert claimed.fence > lease.fence


async def test_a_postponement_need_not_count(store: Storage, clock: Clock) -> None:
    lease = await lease_of(store, update("1"))
    await store.postpone(lease, lease.work[0], 0, counted=False)
    (claimed,) = await store.claim(9)
    assert claimed.work[0].attempts == 0


@pytest.mark.parametrize("other", ["lakeside", "lake/side", "lake%2Fside"])
async def test_work_of_a_clinic_waits_for_who_serves_it(store: Storage, clock: Clock, other: str) -> None:
    theirs = ConversationKey(other, ANN.channel, ANN.id)
    for key in (ANN, theirs):
        lease = await lease_of(store, update("1", key))
        await store.postpone(lease, lease.work[0], 10)
    clock.move(10)
    assert await store.claim(9, ["nobody", "lake"]) == ()
    assert [lease.key for lease in await store.claim(9, [other])] == [theirs]
    assert [lease.key for lease in await store.claim(9, [ANN.clinic, other])] == [ANN]


async def test_work_that_is_due_comes_with_the_next_update(store: Storage, clock: Clock) -> None:
    lease = await lease_of(store, update("1"))
    await store.postpone(lease, lease.work[0], 10)
    clock.move(10)
    assert ids(await lease_of(store, update("2"))) == ["1", "2"]


@pytest.mark.parametrize("by", ["claim", "take"])
@pytest.mark.parametrize("held", ["postponed", "leased"])
async def test_a_clock_of_leases_that_begins_anew_holds_back_nobody(store: Storage, clock: Clock, held: str, by: str) -> None:
    lease = await lease_of(store, update("1"))
    if held == "postponed":
        await store.postpone(lease, lease.work[0], 9999)
    assert await store.hold("polling")
    clock.move(-3600)
    assert await store.hold("polling")
    if by == "claim":
        await store.clean()
    leases = await store.claim(9) if by == "claim" else (await store.take([update("2")]))[1]
    assert [ids(one)[0] for one in leases] == ["1"]


async def test_nothing_is_put_off_for_longer_than_ten_minutes(store: Storage, clock: Clock) -> None:
    lease = await lease_of(store, update("1"))
    await store.postpone(lease, lease.work[0], 9999)
    clock.move(599)
    assert await store.claim(9) == ()
    clock.move(1)
    assert len(await store.claim(9)) == 1


async def test_a_time_of_day_that_is_set_back_holds_back_nobody(shared_url: str, open_store: Opener) -> None:
    store = await open_store(shared_url, "one")
    assert isinstance(store, Store)
    for id in ("1", "2"):
        lease = await lease_of(store, update(id))
        await store.postpone(lease, lease.work[0], 0)
        back = store._settings.clock() - 3600
        store._settings = replace(store._settings, clock=lambda back=back: back)  # type: ignore[misc]
        (lease,) = await store.claim(9)
        await store.finish(lease, lease.work[0], WorkOutcome())


@pytest.mark.parametrize("by", ["claim", "take"])
async def test_a_lease_that_runs_out_is_handed_over_and_its_holder_fenced(store: Storage, clock: Clock, by: str) -> None:
    lost = await lease_of(store, update("1"), update("2"))
    clock.move(LEASE - 1)
    assert await store.claim(9) == ()
    clock.move(1)
    leases = await store.claim(9) if by == "claim" else (await store.take([update("3")]))[1]
    (lease,) = leases
    assert lease.fence > lost.fence
    assert [work.attempts for work in lease.work[:2]] == [1, 0]
    for call in (
        store.finish(lost, lost.work[0], WorkOutcome(state="lost")),
        store.finish(lost, lost.work[0], WorkOutcome(forget=True)),
        store.bury(lost, lost.work[0], "lost"),
        store.postpone(lost, lost.work[0], 0),
        store.note(lost, lost.work[0], "0", "sent"),
    ):
        with pytest.raises(LeaseLost):
            await call
    await store.renew([lost])
    await store.release([lost])
    assert await store.claim(9) == ()
    assert await store.load(ANN) is None
    assert (await finish_all(store, lease))[:2] == ["1", "2"]


async def test_a_lease_that_ran_out_holds_while_nobody_took_the_conversation(store: Storage, clock: Clock) -> None:
    lease = await lease_of(store, update("1"))
    clock.move(LEASE + 1)
    assert await store.finish(lease, lease.work[0], WorkOutcome()) is None


async def test_a_renewed_lease_holds_longer(store: Storage, clock: Clock) -> None:
    lease = await lease_of(store, update("1"))
    clock.move(20)
    await store.renew([lease, replace(lease, key=BEN)])
    clock.move(20)
    assert await store.claim(9) == ()
    assert await store.finish(lease, lease.work[0], WorkOutcome()) is None


async def test_a_released_lease_can_be_claimed_with_no_attempt_counted(store: Storage) -> None:
    lease = await lease_of(store, update("1"))
    await store.release([lease])
    with pytest.raises(LeaseLost):
        await store.finish(lease, lease.work[0], WorkOutcome())
    (claimed,) = await store.claim(9)
    assert (claimed.fence, claimed.work[0].attempts) == (lease.fence + 1, 0)


async def test_a_lease_released_in_the_commit_that_takes_more_goes_to_the_taker(store: Storage) -> None:
    lease = await lease_of(store, update("1"))
    _, (_, leases) = await asyncio.gather(store.release([lease]), store.take([update("2")]))
    assert [ids(one) for one in leases] == [["1", "2"]]


async def test_the_longest_waiting_is_claimed_first(store: Storage) -> None:
    keys = [ConversationKey("aurora", "telegram", str(n)) for n in range(4)]
    _, leases = await store.take([update(key.id, key, received=NOW - n) for n, key in enumerate(keys)])
    await store.release(leases)
    claimed = [lease.key.id for _ in range(3) for lease in await store.claim(2)]
    assert claimed == ["3", "2", "1", "0"]


async def test_the_journal_tells_the_next_holder_what_was_sent(store: Storage, clock: Clock) -> None:
    lease = await lease_of(store, update("1"), update("2"))
    for part, what in (("0", "unknown"), ("0", "sent"), ('pic\nture"', "unknown")):
        await store.note(lease, lease.work[0], part, what)
    clock.move(LEASE)
    (claimed,) = await store.claim(1)
    assert [dict(work.sent) for work in claimed.work] == [{"0": "sent", 'pic\nture"': "unknown"}, {}]


async def test_a_dead_letter_is_listed_and_requeued(store: Storage, clock: Clock) -> None:
    lease = await lease_of(store, update("1"), update("2"))
    await store.note(lease, lease.work[0], "0", "sent")
    following = await store.bury(lease, replace(lease.work[0], attempts=4), "failed")
    assert following is not None
    assert await finish_all(store, following) == ["2"]
    clock.move(5)
    other = await lease_of(store, update("3", BEN))
    assert await store.bury(other, other.work[0], "unreadable") is None
    letters = await store.dead_letters(9)
    assert [(letter.key, letter.id, letter.reason, letter.attempts, letter.buried) for letter in letters] == [
        (BEN, "3", "unreadable", 1, NOW + 5),
        (ANN, "1", "failed", 5, NOW),
    ]
    assert [letter.id for letter in await store.dead_letters(1)] == ["3"]
    assert await store.take([update("1")]) == (0, ()), "its id stays known"

    assert await store.requeue("web", ["1"]) == 0
    assert await store.requeue("telegram", ["1", "2", "none"]) == 1
    assert [letter.id for letter in await store.dead_letters(9)] == ["3"]
    (claimed,) = await store.claim(9)
    assert [(work.update, work.attempts, dict(work.sent)) for work in claimed.work] == [(update("1"), 0, {"0": "sent"})]


async def test_what_is_requeued_into_a_held_conversation_comes_with_finishing(store: Storage) -> None:
    lease = await lease_of(store, update("1"), update("2"))
    lease = await store.bury(lease, lease.work[0], "failed") or lease
    assert await store.requeue("telegram", ["1"]) == 1
    assert await store.claim(9) == ()
    following = await store.finish(lease, lease.work[0], WorkOutcome())
    assert following is not None
    assert ids(following) == ["1"]


async def _fill(store: Storage) -> Lease:
    """A conversation of which there is all that can be stored; the lease holds the updates 3 and 4."""
    await store.save(ANN, "state")
    lease = await lease_of(store, update("1"), update("2"), update("3"), update("4"))
    lease = await store.bury(lease, lease.work[0], "failed") or lease
    return await store.finish(lease, lease.work[0], WorkOutcome(remind=(Reminder("r", NOW + 60, b"remind"),))) or lease


@pytest.mark.parametrize("by", ["outcome", "call"])
async def test_a_forgotten_conversation_leaves_nothing_but_its_ids(store: Storage, clock: Clock, by: str) -> None:
    lease = await _fill(store)
    await store.save(BEN, "other")
    assert await store.counts() == Counts(waiting=2, oldest=NOW, dead=1, reminders=1)
    assert (await store.kept(ANN), await store.kept(BEN)) == (Kept(1, 2, 1, 1), Kept(1, 0, 0, 0))
    if by == "outcome":
        lease = await store.finish(lease, lease.work[0], WorkOutcome()) or lease
        assert await store.finish(lease, lease.work[0], WorkOutcome(state="x", forget=True)) is None
    else:
        await store.forget(ANN)
        with pytest.raises(LeaseLost):
            await store.finish(lease, lease.work[0], WorkOutcome(state="back"))
    assert await store.counts() == Counts(waiting=0, oldest=None, dead=0, reminders=0)
    assert (await store.kept(ANN), await store.kept(BEN)) == (Kept(0, 0, 0, 0), Kept(1, 0, 0, 0))
    assert await store.load(ANN) is None
    assert await store.load(BEN) == "other"
    clock.move(100)
    assert await store.claim(9) == ()
    assert await store.take([update(str(n)) for n in range(1, 5)]) == (0, ())
    assert ids(await lease_of(store, update("5"))) == ["5"]


@pytest.mark.parametrize("when", ["before", "together", "after"])
async def test_what_comes_after_an_update_that_forgets_is_worked_off(store: Storage, when: str) -> None:
    lease = await lease_of(store, update("1"))
    await store.save(ANN, "state")
    if when == "before":
        assert await store.take([update("2"), update("3")]) == (2, ())
    forgetting = store.finish(lease, lease.work[0], WorkOutcome(forget=True))
    if when == "together":
        following, (new, leases) = await asyncio.gather(forgetting, store.take([update("2"), update("3")]))
        assert new == 2
    else:
        following, leases = await forgetting, ()
    if when == "after":
        _, leases = await store.take([update("2"), update("3")])
    (found,) = [one for one in (following, *leases) if one is not None]
    assert found.state is None
    assert await finish_all(store, found) == ["2", "3"]


async def test_a_reminder_that_is_due_goes_with_what_is_forgotten(store: Storage, clock: Clock) -> None:
    lease = await lease_of(store, update("1"))
    lease = await lease_of_next(store, lease, WorkOutcome(remind=(Reminder("r", NOW + 60, b"remind"),)), update("2"))
    clock.move(70)
    await store.renew([lease])
    await store.claim(9)  # the reminder stands behind the update that forgets now
    await store.take([update("3")])
    following = await store.finish(lease, lease.work[0], WorkOutcome(forget=True))
    assert following is not None
    assert ids(following) == ["3"]


async def test_what_overtakes_is_in_the_journal_when_its_turn_comes(store: Storage) -> None:
    lease = await lease_of(store, update("1"), update("2"))
    assert not await store.overtake(update("1")), "it waits for nobody"
    assert await store.overtake(update("2"))
    assert not await store.overtake(update("2")), "somebody is at it"
    await store.overtook(update("2"))
    following = await store.finish(lease, lease.work[0], WorkOutcome())
    assert following is not None
    assert dict(following.work[0].sent) == {OVERTAKEN: "sent"}
    await store.finish(following, following.work[0], WorkOutcome())
    assert not await store.overtake(update("2")), "it is done"
    await store.overtook(update("2"))
    assert not await store.overtake(update("unknown"))


async def test_a_reminder_comes_into_the_inbox_when_it_is_due_and_once(store: Storage, clock: Clock) -> None:
    lease = await lease_of(store, update("1"))
    reminders = (Reminder("b", NOW + 60, b"second"), Reminder("a", NOW + 50, b"first"), Reminder("c", NOW + 90, b"third"))
    await store.finish(lease, lease.work[0], WorkOutcome(remind=reminders))
    clock.move(49)
    assert await store.claim(9) == ()
    clock.move(11)
    (claimed,) = await store.claim(9)
    assert [work.update for work in claimed.work] == [
        Incoming(ANN, "reminder:a", b"first", NOW + 50),
        Incoming(ANN, "reminder:b", b"second", NOW + 60),
    ]
    assert claimed.work[0].attempts == 0
    assert await finish_all(store, claimed) == ["reminder:a", "reminder:b"]
    assert await store.claim(9) == ()
    assert (await store.counts()).reminders == 1


async def test_a_reminder_that_is_due_while_its_conversation_is_held_comes_with_finishing(store: Storage, clock: Clock) -> None:
    lease = await lease_of(store, update("1"), update("2"))
    lease = await store.finish(lease, lease.work[0], WorkOutcome(remind=(Reminder("a", NOW, b"now"),))) or lease
    assert await store.claim(9) == ()
    following = await store.finish(lease, lease.work[0], WorkOutcome())
    assert following is not None
    assert ids(following) == ["reminder:a"]


async def test_what_is_to_come_is_read_by_its_conversation(store: Storage, clock: Clock) -> None:
    assert await store.reminders(ANN) == ()
    lease = await lease_of(store, update("1"))
    later, sooner = Reminder("a/b", NOW + 60, b"later"), Reminder("c", NOW + 50, b"sooner")
    await store.finish(lease, lease.work[0], WorkOutcome(remind=(later, sooner)))
    assert await store.reminders(ANN) == (sooner, later)
    assert await store.reminders(replace(ANN, id=f"{ANN.id}0")) == ()
    clock.move(55)
    await store.claim(9)
    assert await store.reminders(ANN) == (later,), "the other is in the inbox"


async def test_new_reminders_take_the_place_of_old_ones(store: Storage, clock: Clock) -> None:
    for number, remind in enumerate([(Reminder("a", NOW, b"old"),), (Reminder("b", NOW, b"new"),)]):
        lease = await lease_of(store, update(str(number)))
        await store.finish(lease, lease.work[0], WorkOutcome(unremind=True, remind=remind))
    (claimed,) = await store.claim(9)
    assert ids(claimed) == ["reminder:b"]


@pytest.mark.parametrize(
    ("state", "there", "expected"),
    [
        pytest.param("", None, "here", id="moves"),
        pytest.param("new", None, "new", id="saved-there"),
        pytest.param("", "there", "there", id="has-its-own"),
        pytest.param(None, "there", None, id="forgotten"),
    ],
)
async def test_a_conversation_moves(
    store: Storage, clock: Clock, state: str | None, there: str | None, expected: str | None
) -> None:
    await store.save(ANN, "here")
    if there:
        await store.save(BEN, there)
    lease = await lease_of(store, update("1"))
    lease = await lease_of_next(store, lease, WorkOutcome(remind=(Reminder("a", NOW + 9, b"old"),)), update("2"))
    outcome = WorkOutcome(state=state, moved=BEN, remind=(Reminder("b", NOW + 9, b"new"),))
    await store.finish(lease, lease.work[0], outcome)
    assert await store.load(ANN) is None
    assert await store.load(BEN) == expected
    clock.move(9)
    (claimed,) = await store.claim(9)
    assert (claimed.key, sorted(ids(claimed))) == (BEN, ["reminder:a", "reminder:b"])


async def test_counts_tell_the_oldest(store: Storage) -> None:
    await store.take([update("1", received=NOW - 5), update("2", BEN, received=NOW - 7)])
    assert await store.counts() == Counts(waiting=2, oldest=NOW - 7, dead=0, reminders=0)


async def test_cleaning_drops_what_has_run_out(store: Storage, clock: Clock) -> None:
    lease = await _fill(store)
    await finish_all(store, lease)
    waiting = await lease_of(store, update("5", BEN))
    clock.move(47 * 3600)
    await store.clean()
    assert await store.take([update("1")]) == (0, ())
    assert len(await store.dead_letters(9)) == 1
    clock.move(2 * 3600)
    await store.clean()
    assert await store.take([update("5", BEN)]) == (0, ()), "what waits stays"
    assert len(await store.dead_letters(9)) == 1
    clock.move(5 * 24 * 3600)
    await store.clean()
    assert await store.dead_letters(9) == ()
    new, (lease,) = await store.take([update("1")])
    assert new == 1, "an id is forgotten in the end"
    assert await store.finish(waiting, waiting.work[0], WorkOutcome()) is None


async def test_cleaning_drops_more_than_one_transaction_does(
    store: Storage, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.storage.operations.single.MOST_CLEANED", 3)
    await finish_all(store, await lease_of(store, *(update(str(n)) for n in range(10))))
    clock.move(49 * 3600)
    await store.clean()
    assert (await store.take([update(str(n)) for n in range(10)]))[0] == 10


async def test_a_conversation_whose_lease_row_was_dropped_gets_a_higher_fence(store: Storage, clock: Clock) -> None:
    lease = await lease_of(store, update("1"))
    await store.finish(lease, lease.work[0], WorkOutcome())
    clock.move(1)
    await store.clean()
    assert (await lease_of(store, update("2"))).fence > lease.fence


async def test_a_value_that_is_refused_fails_alone_and_is_not_told(store: Storage) -> None:
    lease = await lease_of(store, update("1"))
    given: Sequence[object] = await asyncio.gather(
        store.take([update("2", BEN)]),
        store.save(ANN, "canary \ud800"),
        store.finish(lease, lease.work[0], WorkOutcome()),
        store.take([update("\ud800", BEN)]),
        store.save(BEN, "kept"),
        return_exceptions=True,
    )
    assert [isinstance(one, Exception) for one in given] == [False, True, False, True, False]
    refused = given[1]
    assert isinstance(refused, StorageError)
    assert "canary" not in f"{refused} {refused.__cause__} {refused.args}"
    assert await store.load(BEN) == "kept"
    assert (await store.counts()).waiting == 1


async def test_one_lost_lease_does_not_fail_the_others_of_its_commit(store: Storage) -> None:
    _, (ann, ben) = await store.take([update("1"), update("2", BEN)])
    given = await asyncio.gather(
        store.finish(replace(ann, fence=ann.fence - 1), ann.work[0], WorkOutcome()),
        store.finish(ben, ben.work[0], WorkOutcome()),
        store.finish(ann, ann.work[0], WorkOutcome()),
        return_exceptions=True,
    )
    assert [type(one) for one in given] == [LeaseLost, type(None), type(None)]


async def test_a_store_that_is_not_open_says_so(url: str) -> None:
    store = open_storage(url, owner="one")
    await store.close()
    for call in (store.take([update("1")]), store.claim(1), store.load(ANN)):
        with pytest.raises(StorageError, match="not open"):
            await call
    await store.start()
    await store.save(ANN, "state")
    await store.close()
    await store.close()
    with pytest.raises(StorageError, match="not open"):
        await store.save(ANN, "state")


async def test_what_was_stored_is_there_after_a_restart(shared_url: str, clock: Clock, open_store: Opener) -> None:
    first = open_storage(shared_url, owner="one", clock=clock)
    await first.start()
    lease = await lease_of(first, update("1"))
    assert await first.hold("polling")
    await first.save(ANN, "state")
    await first.close()
    second = await open_store(shared_url, "two", clock=clock)
    assert await second.claim(9) == (), "its lease holds"
    assert await second.hold("polling"), "who closes lets go"
    clock.move(LEASE)
    (claimed,) = await second.claim(9)
    assert (claimed.fence, claimed.state, ids(claimed)) == (lease.fence + 1, "state", ["1"])


async def test_a_process_that_keeps_its_name_goes_on_at_once_after_it_was_killed(
    shared_url: str, clock: Clock, open_store: Opener
) -> None:
    before = await open_store(shared_url, "one", clock=clock)
    lost = await lease_of(before, update("1"))
    after = await open_store(shared_url, "one", clock=clock)
    (claimed,) = await after.claim(9)
    assert claimed.work[0].attempts == 1
    with pytest.raises(LeaseLost):
        await before.finish(lost, lost.work[0], WorkOutcome())


async def test_keys_are_kept_each_name_once(store: Storage) -> None:
    first, second = ApiKey("desk", "a" * 64, NOW, clinic="aurora"), ApiKey("site", "b" * 64, NOW + 1, clinic="aurora")
    assert await store.keys("aurora") == ()
    assert await store.add_key(second)
    assert await store.add_key(first)
    assert not await store.add_key(ApiKey("desk", "c" * 64, NOW + 2, clinic="aurora")), "the name is taken"
    assert await store.keys("aurora") == (first, second), "the oldest first"


async def test_a_key_is_revoked_once_and_its_name_stays_taken(store: Storage) -> None:
    await store.add_key(ApiKey("desk", "a" * 64, NOW, clinic="aurora"))
    assert await store.revoke_key("aurora", "desk", NOW + 5)
    assert not await store.revoke_key("aurora", "desk", NOW + 6)
    assert not await store.revoke_key("aurora", "nobody", NOW + 6)
    assert await store.keys("aurora") == (ApiKey("desk", "a" * 64, NOW, NOW + 5, clinic="aurora"),)
    assert not await store.add_key(ApiKey("desk", "b" * 64, NOW + 7, clinic="aurora"))


async def test_keys_of_clinics_are_apart(store: Storage) -> None:
    here, there = ApiKey("desk", "a" * 64, NOW, clinic="aurora"), ApiKey("desk", "b" * 64, NOW, clinic="borealis")
    assert await store.add_key(here)
    assert await store.add_key(there), "a name is taken in its own clinic"
    assert await store.revoke_key("aurora", "desk", NOW + 5)
    assert await store.keys("borealis") == (there,)


async def test_a_key_of_all_clinics_keeps_its_name_in_each(store: Storage) -> None:
    assert await store.add_key(ApiKey("desk", "a" * 64, NOW))
    assert not await store.add_key(ApiKey("desk", "b" * 64, NOW, clinic="aurora"))
    assert await store.keys("aurora") == await store.keys("borealis") == (ApiKey("desk", "a" * 64, NOW),)


async def test_a_key_that_is_revoked_is_so_for_every_process(shared_url: str, open_store: Opener) -> None:
    one, other = await open_store(shared_url, "one"), await open_store(shared_url, "other")
    await one.add_key(ApiKey("desk", "a" * 64, NOW, clinic="aurora"))
    await other.revoke_key("aurora", "desk", NOW + 5)
    assert [key.revoked for key in await one.keys("aurora")] == [NOW + 5]


async def test_of_two_keys_that_are_made_at_once_one_gets_the_name(store: Storage) -> None:
    made = await asyncio.gather(*(store.add_key(ApiKey("desk", letter * 64, NOW, clinic="aurora")) for letter in "abcdef"))
    assert sorted(made) == [False] * 5 + [True]
    assert len(await store.keys("aurora")) == 1


# -- how it is ------------------------------------------------------------------------------------------------------


class Full(Sqlite):
    """A database that nothing fits into; what writes nothing works."""

    full = False
    writes = 0

    async def run(self, begin: Begin[Any], *, write: bool = True) -> Any:
        self.writes += write
        statements = str(inspect.getclosurevars(begin).nonlocals) if write else ""
        if self.full and ("Save(" in statements or "Take(" in statements):
            raise StorageError("SQLite: SQLITE_FULL, the disk is full")
        return await super().run(begin, write=write)


@pytest.fixture
async def full(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Store, Full]]:
    monkeypatch.setattr(store_module, "_AGAIN", 0.01)
    database = Full(None, "FULL")
    store = Store(database, StoreSettings("one", Clock(), None, LEASE, 3600, Keep(3600, 3600, 3600), 1))
    await store.start()
    yield store, database
    await store.close()


async def test_whoever_meets_the_failure_it_is_known_and_told_once_until_it_can_write(
    full: tuple[Store, Full], caplog: pytest.LogCaptureFixture
) -> None:
    store, database = full
    assert store.trouble is None
    database.full = True
    for _ in range(20):
        with pytest.raises(StorageError):
            await store.save(ANN, "something")
        assert await store.claim(10) == ()  # it writes nothing, and so says nothing
        assert await store.load(ANN) is None
        assert store.trouble == "SQLite: SQLITE_FULL, the disk is full"
    before = database.writes
    while database.writes < before + 5:  # it has tried
        await asyncio.sleep(0.01)
    assert store.trouble is not None
    database.full = False
    while store.trouble is not None:
        await asyncio.sleep(0.01)
    await store.save(ANN, "something")
    lines = [(record.message, getattr(record, "reason", None)) for record in caplog.records]
    assert lines == [("the store fails", "SQLite: SQLITE_FULL, the disk is full"), ("the store works again", None)]
    assert await store.counts() == Counts(0, None, 0, 0)


async def test_a_value_that_is_refused_is_no_trouble_of_the_store(full: tuple[Store, Full]) -> None:
    store, _ = full
    with pytest.raises(StorageError):
        await store.save(ANN, "\ud800")
    assert store.trouble is None
    await store.save(ANN, "something")


async def test_a_store_that_does_not_open_says_why_until_it_does(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("no folder")
    store = open_storage(f"sqlite:///{tmp_path / 'folder' / 'bot.db'}", owner="one")
    with pytest.raises(StorageError):
        await store.start()
    assert store.trouble is not None
    (tmp_path / "folder").unlink()
    await store.start()
    assert store.trouble is None
    await store.close()


async def test_records_of_other_rooms_are_kept_in_transactions_of_their_own(store: Storage) -> None:
    await store.save(ANN, "here")

    def states() -> Transaction[list[str]]:
        rows = yield Query("SELECT state FROM conversations", ())
        return [state for (state,) in rows]

    def spoiled() -> Transaction[None]:
        yield Write("UPDATE conversations SET state = $1", [("spoiled",)])
        yield Query("SELECT nonsense FROM nowhere", ())

    assert await store.run(states, write=False) == ["here"]
    with pytest.raises(StorageError):
        await store.run(spoiled)
    assert await store.run(states, write=False) == ["here"]
