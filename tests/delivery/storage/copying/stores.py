"""A store that holds something of every kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date

from bot.channels.clinic_page.access.sessions import Sessions
from bot.delivery.counting.measures import CountKey
from bot.delivery.counting.reading import Counted
from bot.delivery.counting.records import add, fold
from bot.delivery.gaps.records import add as keep_gaps
from bot.delivery.gaps.records import listed
from bot.delivery.gaps.watching import Gap
from bot.delivery.handoff.handoffs import Handoffs
from bot.delivery.storage import ApiKey, Reminder, Storage, WorkOutcome
from bot.delivery.storage.open import open_storage
from tests.delivery.storage.stores import ANN, BEN, NOW, update

REMINDER = Reminder("evening", NOW + 50.0, b"\x00again")
KEYS = (ApiKey("old", "a1", 1.5, 2.5, "aurora"), ApiKey("desk", "b2", 3.25, None, "aurora"))
# What the commands say of it; a reminder waits, an update of Ben's was postponed, one of Ann's is done, one was given up.
ROWS = {
    "conversations": 1,
    "leases": 2,
    "inbox": 4,
    "dead_letters": 1,
    "reminders": 1,
    "api_keys": 2,
    "hour_counts": 2,
    "day_counts": 1,
    "handoffs": 1,
    "handoff_messages": 2,
    "page_links": 1,
    "page_sessions": 1,
    "page_audit": 1,
    "gaps": 1,
    "gap_keys": 1,
}
GAP = Gap(ANN, "unanswered", "does frost harm?", ("feeding",), NOW)


def stopped_clock() -> float:
    return NOW


async def fill(url: str, clock: Callable[[], float] | None = stopped_clock) -> None:
    store = open_storage(url, owner="filler", clock=clock)
    await store.start()
    _, (ann,) = await store.take([update("1"), update("2"), update("3")])
    going = await store.finish(ann, ann.work[0], WorkOutcome('{"said": "Straße \\u0000"}', remind=(REMINDER,)))
    assert going is not None
    left = await store.bury(going, going.work[0], "tries")
    assert left is not None
    _, (ben,) = await store.take([update("4", BEN)])
    await store.note(ben, ben.work[0], "0", "sent")
    await store.postpone(ben, ben.work[0], 500.0)
    for key in KEYS:
        assert await store.add_key(key)
    assert await store.revoke_key("aurora", "old", 2.5)
    counts = {CountKey("aurora", "topic", hour, "web", "driving", "entry"): 3 for hour in (1, 99, 100)}
    await store.run(lambda: add(counts))
    await store.run(lambda: fold("aurora", UTC, date(1970, 1, 2)))
    handoffs = Handoffs(store, "aurora", clock=stopped_clock)
    opened = await handoffs.open(ANN, "", "person", "en", "9")
    await handoffs.from_patient(opened.id, "10", "Straße")
    page = Sessions(store, "aurora", clock=stopped_clock)
    await page.enter(await page.link("editor", "Eva"))
    await page.link("viewer", "Ned")
    await page.note("Eva", "signed in")
    await _keep(store, GAP)
    await store.hold("poll")
    await store.close()  # Ann's lease is still held


async def _keep(store: Storage, gap: Gap) -> None:
    await store.run(lambda: keep_gaps([gap], {"aurora": 30}, {"aurora": b"s" * 32}, NOW))


async def expect_all(store: Storage) -> None:
    """It is all there, and all that waits can be taken at once, by whoever comes. ``store`` has the clock of `fill`."""
    assert await store.load(ANN) == '{"said": "Straße \\u0000"}'
    assert await store.reminders(ANN) == (REMINDER,)
    assert [(letter.id, letter.reason) for letter in await store.dead_letters(9)] == [("2", "tries")]
    assert await store.keys("aurora") == KEYS
    counted = await Counted(store, lambda _: UTC).rows("aurora", date(1970, 1, 1), date(1970, 1, 9))
    assert [(row.day.day, row.hour, row.count) for row in counted] == [(1, None, 3), (5, 3, 3), (5, 4, 3)]
    handoffs = Handoffs(store, "aurora", clock=stopped_clock)
    (handed,) = await handoffs.listing()
    assert [line.text for line in await handoffs.messages(handed.id)] == ["opened", "Straße"]
    assert (await handoffs.from_staff(handed.id, "11", "Eva", "hello")).outcome == "done", "a line gets a number of its own"
    page = Sessions(store, "aurora", clock=stopped_clock)
    assert [one.name for one in await page.listed()] == ["Eva"]
    assert [line.what for line in await page.lines()] == ["signed in"]
    await _keep(store, replace(GAP, text="and hail?"))  # with a number of its own, and the key that is there
    kept = await store.run(lambda: listed("aurora", 0))
    assert [(gap.text, gap.person == kept[0].person) for gap in kept] == [(GAP.text, True), ("and hail?", True)]
    waiting = {lease.key: lease.work for lease in await store.claim(9)}
    assert [work.update.payload for work in waiting[ANN]] == [update("3").payload]
    assert [(work.update.id, work.attempts, dict(work.sent)) for work in waiting[BEN]] == [("4", 1, {"0": "sent"})]
    new, _ = await store.take([update("1"), update("3"), update("5", BEN)])
    assert new == 1, "what was done is known, what is new gets a number of its own"
