from __future__ import annotations

import asyncio
import time

import pytest

from bot.delivery.gaps import records
from bot.delivery.gaps.recorder import GapRecorder
from bot.delivery.service import Rated
from bot.delivery.storage import Storage
from bot.dialogue.conversation import ConversationKey, Reply
from bot.language.redaction.redactor import redacted
from tests.delivery.gaps.talk import ANN, AT, BEN, answered, refused, turned
from tests.delivery.storage.stores import Opener

NOBODY = ConversationKey("aurora", "web", "")
ELSEWHERE = ConversationKey("borealis", "web", "ann")


@pytest.fixture
async def memory(open_store: Opener) -> Storage:
    return await open_store("memory:", "one", clock=lambda: AT)


def recorder(storage: Storage) -> GapRecorder:
    return GapRecorder(storage, {"aurora": 30}, redacted, 0.01, lambda: AT)


async def texts(store: Storage, clinic: str = "aurora") -> list[tuple[str, str]]:
    return [(one.reason, one.text) for one in await store.run(lambda: records.listed(clinic, 0))]


async def test_only_clinics_that_want_it_and_conversations_are_heard(memory: Storage) -> None:
    heard = recorder(memory)
    for key in (ANN, NOBODY, ELSEWHERE):
        heard.turned(turned(f"does frost harm, call 086 123 4567 ({key.clinic})", refused(), key))
    heard.rated(Rated(ELSEWHERE, (), ("wrong",), AT))
    await heard.write()
    assert await texts(memory) == [("unanswered", "does frost harm, call [number] (aurora)")]
    assert await texts(memory, "borealis") == []


async def test_what_was_on_its_way_is_forgotten_too(memory: Storage) -> None:
    heard = recorder(memory)
    heard.turned(turned("does frost harm?", refused()))
    heard.turned(turned("does hail harm?", refused(), BEN))
    await heard.write()
    heard.turned(turned("and snow?", refused()))
    heard.turned(turned("forget me", Reply("smalltalk", "", forgets=True)))
    heard.turned(turned("and rain?", refused(), BEN))
    await heard.write()
    assert await texts(memory) == [("unanswered", "does hail harm?"), ("unanswered", "and rain?")]


async def test_what_the_store_does_not_take_waits(sqlite_url: str, open_store: Opener) -> None:
    store = await open_store(sqlite_url, "one", clock=lambda: AT)
    heard = recorder(store)
    await store.close()
    heard.turned(turned("does frost harm?", refused()))
    await heard.write()
    await store.start()
    assert await texts(store) == []
    await heard.write()
    assert await texts(store) == [("unanswered", "does frost harm?")]


async def test_a_missed_danger_is_kept_at_once_and_without_words_where_in_doubt(memory: Storage) -> None:
    heard = recorder(memory)
    await heard.report_missed(ANN, "my name is Ann Smith and I feel odd", AT)
    await heard.report_missed(ELSEWHERE, "with Feargal Crosby on the roof", AT)
    assert await texts(memory) == [("missed", "my name is [name] and I feel odd")]
    assert await texts(memory, "borealis") == [("missed", "")]


async def test_it_looks_by_itself(memory: Storage) -> None:
    heard = recorder(memory)
    work = asyncio.create_task(heard.run())
    heard.turned(turned("does frost harm?", refused()))
    async with asyncio.timeout(10):
        while not await texts(memory):
            await asyncio.sleep(0)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work


def test_hearing_takes_microseconds(memory: Storage) -> None:
    heard, turn = recorder(memory), turned("x " * 2000, answered("rising"))
    began = time.perf_counter()
    for _ in range(1000):
        heard.turned(turn)
    assert time.perf_counter() - began < 0.05  # 50 microseconds each, on the busiest machine
