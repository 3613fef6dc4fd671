"""Alarms reach the staff, and who waits is not forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from bot.delivery.handoff.handoffs import Handoffs, Places
from bot.delivery.handoff.watch import HandoffWatch
from bot.delivery.service import Turned
from bot.delivery.storage import Storage, StorageError
from bot.dialogue.conversation import Conversation, ConversationKey, Floor, Kind, Reply
from bot.dialogue.events import Said
from tests.delivery.storage.stores import ANN, Clock

BOT = Floor()


def _turn(kind: Kind = "urgent", key: ConversationKey = ANN, floor: Floor = BOT) -> Turned:
    before = Conversation(floor=floor)
    return Turned(key, "", Said("words"), Reply(kind, "", urgent="suicide"), before, before, 7.0)


async def _no_wait(_: float) -> None:
    await asyncio.sleep(0)


@pytest.fixture
def handoffs(store: Storage, clock: Clock) -> Handoffs:
    return Handoffs(store, ANN.clinic, Places(staff="telegram"), clock)


@pytest.mark.parametrize(
    ("turn", "told"),
    [
        pytest.param(_turn(), 1, id="alarm"),
        pytest.param(_turn("answer"), 0, id="answer"),
        pytest.param(_turn(floor=Floor("staff")), 0, id="the-staff-have-it"),
        pytest.param(_turn(key=ConversationKey(ANN.clinic, "web", "")), 0, id="of-no-conversation"),
        pytest.param(_turn(key=ConversationKey("elsewhere", "web", "x")), 0, id="of-another-clinic"),
    ],
)
async def test_danger_goes_to_the_staff_of_its_clinic(handoffs: Handoffs, store: Storage, turn: Turned, told: int) -> None:
    watch = HandoffWatch()
    watch.add(handoffs, 60, 60)
    watch.turned(turn)
    watch.turned(turn)
    await watch.drained()
    leases = await store.claim(9)
    assert [len(lease.work) for lease in leases] == [1] * told
    assert all(b"words" not in lease.work[0].update.payload for lease in leases)


async def test_an_alarm_is_tried_again(handoffs: Handoffs, store: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []
    run = store.run

    async def failing(begin: object, *, write: bool = True) -> object:
        tries.append(1)
        if len(tries) < 3:
            raise StorageError("away")
        return await run(begin, write=write)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "run", failing)
    watch = HandoffWatch(sleep=_no_wait)
    watch.add(handoffs, 60, 60)
    watch.turned(_turn())
    await watch.drained()
    assert len(tries) == 3
    assert len(await store.claim(9)) == 1


async def test_who_waits_is_looked_for(handoffs: Handoffs, clock: Clock) -> None:
    looked = asyncio.Event()

    async def sleep(_: float) -> None:
        if clock.now > opened.opened:
            looked.set()
        clock.now += 61
        await asyncio.sleep(0)

    opened = await handoffs.open(ANN, "", "person", "en", "1")
    watch = HandoffWatch(sleep=sleep)
    watch.add(handoffs, 60, 6000)
    running: Awaitable[None] = asyncio.ensure_future(watch.run())
    await looked.wait()
    running.cancel()  # type: ignore[attr-defined]
    assert [line.text for line in await handoffs.messages(opened.id)] == ["opened", "reminded"]
