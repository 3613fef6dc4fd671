from __future__ import annotations

from bot.delivery.gaps import records
from bot.delivery.gaps.watching import Gap
from bot.delivery.storage import Storage
from bot.delivery.storage.operations.people import PERIOD, count_gaps
from tests.delivery.gaps.talk import ANN, BEN, DAY
from tests.delivery.storage.stores import NOW, Clock

TODAY = int(NOW // 86_400)


def gap(text: str, key: object = ANN, at: float = NOW) -> Gap:
    assert key in {ANN, BEN}
    return Gap(ANN if key is ANN else BEN, "unanswered", text, ("feeding",), at)


async def keep(store: Storage, *gaps: Gap, now: float = NOW, days: int = 30) -> None:
    await store.run(lambda: records.add(gaps, {"aurora": days}, {"aurora": bytes([int(now) % 251] * 32)}, now))


async def texts(store: Storage, since: int = 0) -> list[str]:
    return [one.text for one in await store.run(lambda: records.listed("aurora", since))]


async def test_what_is_kept_is_read_again_without_whose_it_was(store: Storage) -> None:
    await keep(store, gap("frost"), gap("hail", BEN), gap("snow"))
    found = await store.run(lambda: records.listed("aurora", 0))
    assert [(one.text, one.day, one.reason, one.told, one.state) for one in found] == [
        (text, TODAY, "unanswered", ("feeding",), "open") for text in ("frost", "hail", "snow")
    ]
    ann, ben, again = (one.person for one in found)
    assert ann == again != ben
    assert 0 <= ann < 256
    assert await store.run(lambda: records.listed("borealis", 0)) == ()
    assert DAY > TODAY  # nothing of a day that is still to come
    assert await texts(store, TODAY + 1) == []


async def test_a_state_is_marked(store: Storage) -> None:
    await keep(store, gap("frost"), gap("hail"))
    (first, _) = await store.run(lambda: records.listed("aurora", 0))
    await store.run(lambda: records.mark([first.seq], "done"))
    assert [one.state for one in await store.run(lambda: records.listed("aurora", 0))] == ["done", "open"]


async def test_retention_ends_and_is_shortened(store: Storage, clock: Clock) -> None:
    await keep(store, gap("old", at=NOW - 10 * 86_400), gap("new"))
    await store.clean()
    assert await texts(store) == ["old", "new"]
    await store.run(lambda: records.shorten("aurora", 5))
    await store.clean()
    assert await texts(store) == ["new"]
    clock.move(5 * 86_400)
    await store.clean()
    assert await texts(store) == []


async def test_forgetting_takes_what_may_be_theirs_and_no_other(store: Storage) -> None:
    await keep(store, gap("frost"), gap("hail", BEN))
    assert await store.run(lambda: count_gaps(ANN)) == 1
    await store.forget(ANN)
    assert await texts(store) == ["hail"]


async def test_when_its_period_is_over_a_question_is_nobodys(store: Storage, clock: Clock) -> None:
    await keep(store, gap("frost"), days=90)
    clock.move(PERIOD)
    await store.clean()
    assert await store.run(lambda: count_gaps(ANN)) == 0
    await keep(store, gap("hail", at=NOW + PERIOD), now=NOW + PERIOD)
    await store.forget(ANN)
    assert await texts(store) == ["frost"], "that of another period, whose key is gone, stays"
