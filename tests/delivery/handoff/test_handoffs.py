"""What becomes of a hand-off, in each database: nothing twice, nothing to the wrong side, one of the staff at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bot.delivery.handoff import HandoffMessage, State
from bot.delivery.handoff.handoffs import Handoffs, Places
from bot.delivery.storage import Lease, Storage, WorkOutcome
from bot.dialogue.conversation import ConversationKey
from tests.delivery.storage.stores import ANN, BEN, Clock, Opener

CLOSED: tuple[State, ...] = ("closed",)
PLACES = Places(frozenset({"telegram"}), "telegram")


@pytest.fixture
def handoffs(store: Storage, clock: Clock) -> Handoffs:
    return Handoffs(store, ANN.clinic, PLACES, clock)


async def _woken(store: Storage) -> list[tuple[str, str]]:
    """Which conversations were woken, and by which update; all of it is done then."""
    found = []
    for lease in await store.claim(50):
        left: Lease | None = lease
        while left is not None:
            found.append((left.key.id, left.work[0].update.id))
            left = await store.finish(left, left.work[0], WorkOutcome())
    return sorted(found)


def _lines(messages: Sequence[HandoffMessage]) -> list[tuple[str, str, str]]:
    return [(one.side, one.author, one.text) for one in messages]


async def test_a_talk_from_beginning_to_end(handoffs: Handoffs, store: Storage, clock: Clock) -> None:
    one = await handoffs.open(ANN, "", "person", "en", "1")
    assert (one.state, one.waiting, len(one.name)) == ("open", clock(), 4)
    assert await _woken(store) == [(f"staff:{one.id}", f"handoff:staff:{one.id}/opened")]
    clock.now += 5
    assert (await handoffs.from_patient(one.id, "2", "may I eat?")).outcome == "done"
    assert (await handoffs.claim(one.id, "3", "Eva")).outcome == "done"
    said = await handoffs.from_staff(one.id, "4", "Eva", "yes")
    assert said.handoff is not None
    assert (said.handoff.state, said.handoff.claimed_by, said.handoff.waiting, said.handoff.answered) == (
        "claimed",
        "Eva",
        None,
        clock(),
    )
    assert (await handoffs.close(one.id, "5", "Eva")).outcome == "done"
    assert _lines(await handoffs.messages(one.id)) == [
        ("notice", "", "opened"),
        ("patient", "", "may I eat?"),
        ("notice", "Eva", "claimed"),
        ("staff", "Eva", "yes"),
        ("notice", "Eva", "closed"),
    ]
    assert await _woken(store) == [
        (ANN.id, f"handoff:patient:{one.id}/3"),
        (ANN.id, f"handoff:patient:{one.id}/4"),
        (ANN.id, f"handoff:patient:{one.id}/5"),
        *[(f"staff:{one.id}", f"handoff:staff:{one.id}/{id}") for id in "2345"],
    ]
    assert await handoffs.find(ANN, "") is None
    assert [closed.id for closed in await handoffs.listing(CLOSED)] == [one.id]


async def test_what_comes_again_is_done_once(handoffs: Handoffs, store: Storage) -> None:
    one = await handoffs.open(ANN, "", "person", "en", "1")
    assert (await handoffs.open(ANN, "", "lost", "en", "1")).id == one.id
    assert (await handoffs.open(ANN, "", "lost", "en", "other")).id == one.id
    for wanted in ("done", "known", "known"):
        assert (await handoffs.from_patient(one.id, "2", "hello")).outcome == wanted
        assert (await handoffs.from_staff(one.id, "3", "Eva", "hi")).outcome == wanted
        assert (await handoffs.close(one.id, "4", "Eva")).outcome == ("done" if wanted == "done" else "known")
    assert len(await handoffs.messages(one.id)) == 4
    assert len(await _woken(store)) == 6
    assert (await handoffs.open(ANN, "", "person", "en", "1")).state == "closed", "the first press again is no second talk"
    assert (await handoffs.open(ANN, "", "person", "en", "5")).state == "open"


async def test_many_at_once_lose_nothing_and_keep_their_order(shared_url: str, open_store: Opener, clock: Clock) -> None:
    stores = [await open_store(shared_url, name, clock=clock) for name in ("one", "two")]
    both = [Handoffs(store, ANN.clinic, PLACES, clock) for store in stores]
    opened = await asyncio.gather(*(each.open(ANN, "", "person", "en", str(n)) for n, each in enumerate(both)))
    assert len({one.id for one in opened}) == 1
    id = opened[0].id

    async def side(which: int) -> None:
        for n in range(12):
            await asyncio.gather(
                *(each.from_patient(id, f"p{which}-{n}", f"p{which}-{n}") for each in both),
                *(each.from_staff(id, f"s{which}-{n}", "Eva", f"s{which}-{n}") for each in both),
            )

    await asyncio.gather(side(0), side(1))
    told = [one.text for one in await both[0].messages(id)][1:]
    assert len(told) == 48
    for start in ("p0", "p1", "s0", "s1"):
        assert [text for text in told if text.startswith(start)] == [f"{start}-{n}" for n in range(12)]


async def test_one_of_the_staff_answers_at_a_time(handoffs: Handoffs) -> None:
    one = await handoffs.open(ANN, "", "person", "en", "1")
    assert (await handoffs.from_staff(one.id, "2", "Eva", "hi")).outcome == "done"
    refused = await handoffs.from_staff(one.id, "3", "Tom", "hi")
    assert refused.outcome == "taken"
    assert refused.handoff is not None
    assert refused.handoff.claimed_by == "Eva"
    assert (await handoffs.claim(one.id, "4", "Tom")).outcome == "taken"
    assert (await handoffs.claim(one.id, "5", "Tom", takes_over=True)).outcome == "done"
    assert (await handoffs.from_staff(one.id, "6", "Eva", "hm")).outcome == "taken"
    assert (await handoffs.release(one.id, "7", "Tom")).outcome == "done"
    assert (await handoffs.from_staff(one.id, "8", "Eva", "me again")).outcome == "done"
    assert [line.text for line in await handoffs.messages(one.id) if line.side == "staff"] == ["hi", "me again"]


async def test_two_of_one_name_are_told_apart_by_their_accounts(handoffs: Handoffs) -> None:
    one = await handoffs.open(ANN, "", "person", "en", "1")
    assert (await handoffs.from_staff(one.id, "2", "Eva", "hi", staff="11")).outcome == "done"
    assert (await handoffs.from_staff(one.id, "3", "Eva", "hi", staff="12")).outcome == "taken"


async def test_after_the_end_nothing_is_taken(handoffs: Handoffs, store: Storage) -> None:
    one = await handoffs.open(ANN, "", "person", "en", "1")
    assert (await handoffs.leave(one.id, "2")).outcome == "done"
    await _woken(store)
    assert (await handoffs.from_patient(one.id, "3", "x")).outcome == "closed"
    assert (await handoffs.from_staff(one.id, "4", "Eva", "x")).outcome == "closed"
    assert (await handoffs.close(one.id, "5", "Eva")).outcome == "closed"
    assert await _woken(store) == []


async def test_who_asks_for_what_is_new_hears_of_the_end_as_well(handoffs: Handoffs) -> None:
    assert await handoffs.news(ANN, "") is None
    first = await handoffs.open(ANN, "", "person", "en", "1")
    await handoffs.close(first.id, "2", "Eva")
    over = await handoffs.news(ANN, "")
    assert over is not None
    assert (over[0].id, over[0].state, [one.text for one in over[1]]) == (first.id, "closed", ["opened", "closed"])
    second = await handoffs.open(ANN, "", "person", "en", "3")
    there = await handoffs.news(ANN, "", over[1][-1].seq)
    assert there is not None
    assert (there[0].id, [one.text for one in there[1]]) == (second.id, ["opened"])
    assert await handoffs.news(ANN, "another") is None
    assert await handoffs.news(BEN, "") is None


async def test_another_clinic_sees_and_does_nothing(handoffs: Handoffs, store: Storage, clock: Clock) -> None:
    one = await handoffs.open(ANN, "", "person", "en", "1")
    other = Handoffs(store, "elsewhere", PLACES, clock)
    assert await other.read(one.id) is None
    assert await other.listing() == ()
    assert (await other.from_staff(one.id, "2", "Eva", "x")).outcome == "unknown"
    assert (await handoffs.from_staff("nonsense", "3", "Eva", "x")).outcome == "unknown"
    assert len(await handoffs.messages(one.id)) == 1


async def test_a_patient_of_a_channel_that_reads_for_itself_is_not_woken(handoffs: Handoffs, store: Storage) -> None:
    key = ConversationKey(ANN.clinic, "web", "x")
    one = await handoffs.open(key, "", "person", "en", "1")
    await handoffs.from_staff(one.id, "2", "Eva", "hi")
    assert {where for where, _ in await _woken(store)} == {f"staff:{one.id}"}


async def test_nobody_waits_unheard(handoffs: Handoffs, store: Storage, clock: Clock) -> None:
    one = await handoffs.open(ANN, "", "person", "en", "1")
    assert await handoffs.remind(60, 300) == 0
    clock.now += 61
    assert [await handoffs.remind(60, 300) for _ in range(2)] == [1, 0]
    clock.now += 300
    assert [await handoffs.remind(60, 300) for _ in range(2)] == [1, 0]
    assert [line.text for line in await handoffs.messages(one.id)] == ["opened", "reminded", "told"]
    await handoffs.from_staff(one.id, "2", "Eva", "hi")
    clock.now += 1000
    assert await handoffs.remind(60, 300) == 0
    await handoffs.from_patient(one.id, "3", "and now?")
    clock.now += 61
    assert await handoffs.remind(60, 300) == 1


async def test_danger_is_marked_and_told_where_nobody_has_taken_over(handoffs: Handoffs, store: Storage) -> None:
    one = await handoffs.open(ANN, "", "person", "en", "1")
    heard = await handoffs.heard(one.id, "2", "self_harm")
    assert heard.handoff is not None
    assert heard.handoff.alarm == "self_harm"
    await _woken(store)
    for _ in range(2):
        await handoffs.alarm(BEN, "", "overdose", 5.0)
    ((where, _),) = await _woken(store)
    assert where == "staff"


async def test_the_first_place_holds(handoffs: Handoffs) -> None:
    one = await handoffs.open(ANN, "", "person", "en", "1")
    for where in ("topic 7", "topic 8"):
        placed = await handoffs.place(one.id, where)
        assert placed is not None
        assert placed.place == "topic 7"


async def test_what_is_forgotten_leaves_figures_alone(handoffs: Handoffs, store: Storage) -> None:
    one, other = [await handoffs.open(key, "7", "person", "en", "1") for key in (ANN, BEN)]
    assert (await store.kept(ANN)).handed_over == 1
    await handoffs.place(one.id, "topic 7")
    await store.forget(ANN)
    assert (await store.kept(ANN)).handed_over == 0
    gone = await handoffs.read(one.id)
    assert gone is not None
    assert (gone.state, gone.key.id, gone.who, gone.place) == ("closed", "", "", "topic 7"), "the staff are told that it ended"
    assert await handoffs.messages(one.id) == ()
    assert len(await handoffs.messages(other.id)) == 1


async def test_some_days_after_the_end_what_was_said_is_gone(handoffs: Handoffs, store: Storage, clock: Clock) -> None:
    one, other = [await handoffs.open(key, "7", "person", "en", "1") for key in (ANN, BEN)]
    await handoffs.from_patient(one.id, "2", "words")
    await handoffs.close(one.id, "3", "Eva")
    clock.now += 29 * 86_400
    await store.clean()
    assert len(await handoffs.messages(one.id)) == 3
    clock.now += 2 * 86_400
    await store.clean()
    assert await handoffs.messages(one.id) == ()
    left = await handoffs.read(one.id)
    assert left is not None
    assert (left.key, left.who) == (ConversationKey(ANN.clinic, ANN.channel, ""), "")
    assert len(await handoffs.messages(other.id)) == 1, "one that goes on is not touched"
    clock.now += 400 * 86_400
    await store.clean()
    assert await handoffs.read(one.id) is None
