"""One process on SQLite under steady load, while one call in a hundred fails in each way and the store is busy now and then.

``make soak MINUTES=30`` for as long as that; in `make scenarios` it lasts less than a minute.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from tests.scenarios.conftest import Opener
from tests.scenarios.environment import until

MINUTES = float(os.environ.get("SOAK_MINUTES", "0.6"))
RATE = 50  # updates a second
SHARE = 0.01  # of the calls, of each kind
SCALE = 20.0
# By kind: whether the call takes effect all the same, so that nobody but the person knows whether it arrived.
FAULTS: Mapping[str, tuple[bool, Mapping[str, float | int]]] = {
    "flood": (False, {"seconds": 5.0}),  # 429
    "error": (False, {"status": 500}),
    "reset": (False, {}),
    "drop": (True, {}),
    "hang": (True, {"seconds": 60.0}),  # longer than the bot waits
}
IN_DOUBT = {kind for kind, (delivered, _) in FAULTS.items() if delivered}
# Lines of the log that are nobody's business but a programmer's.
UNHANDLED = {
    *("update failed", "worker failed", "loop failed", "urgent failed", "update not taken", "a request failed"),
    *("a turn failed: %s", "an observer failed", "dead letter", "library"),
}


def memory(pid: int) -> float:
    """Megabytes in use."""
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


async def keep_busy(file: Path, every: float, seconds: float) -> None:
    """Holds the file locked for ``seconds``, again and again."""
    while True:
        await asyncio.sleep(every)
        with closing(sqlite3.connect(file, isolation_level=None, timeout=10)) as other:
            other.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(seconds)
            other.execute("ROLLBACK")


async def measure(pid: int, sizes: list[float]) -> None:
    while True:
        await asyncio.sleep(MINUTES * 60 / 20)
        sizes.append(memory(pid))


@pytest.mark.scenario
@pytest.mark.slow
async def test_under_steady_load_with_faults_nothing_is_lost_and_nothing_grows(stage: Opener) -> None:
    count = int(MINUTES * 60 * RATE)
    chats = max(50, min(1000, count // 20))
    sizes: list[float] = []
    async with stage(webhook=True, scale=SCALE, settings={"TELEGRAM_RATE": "1000"}) as here:
        bot = await here.start()
        here.api.limit({})
        for number, (kind, (_, how)) in enumerate(FAULTS.items()):
            here.api.fault(kind, methods="sendMessage", probability=SHARE, seed=number, **how)
        assert here.file is not None
        beside = [asyncio.create_task(keep_busy(here.file, 5, 0.25)), asyncio.create_task(measure(bot.pid, sizes))]
        began = time.monotonic()
        await here.ask_slowly(here.talk.crowd(chats, -(-count // chats))[:count], RATE)
        took = time.monotonic() - began
        here.api.clear_faults()
        await until(here.idle, 120, here.tally.shown)
        given_up = await here.counted("send_given_up")
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        log = bot.log()
        calls = here.api.calls("sendMessage")
    faults = {kind: sum(call.fault.startswith(kind) for call in calls) for kind in FAULTS}
    doubt = {call.chat for call in calls if call.delivered and call.fault in IN_DOUBT}
    unheard = Counter(call.chat for call in calls if not call.delivered and call.fault in {"error", "reset"})
    chat_of = {id: chat for (chat, _, _), id in here.tally.ids.items()}
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    unhandled = [line for line in lines if line["event"] in UNHANDLED]
    half = sizes[len(sizes) // 2 :]
    print(f"\nsoak: {count / took:.0f} updates/s for {took / 60:.1f} min; {here.tally.shown()}")
    print(f"  faults {faults}; {given_up} given up; {len(unhandled)} unhandled")
    print(f"  memory at each twentieth: {' '.join(f'{size:.0f}' for size in sizes)} MB")
    # A call that fails without a word of what became of it is made once more, and not a third time: two such in a row end it.
    assert len(here.tally.lost) <= given_up
    assert all(unheard[chat_of[id]] > 1 for id in here.tally.lost)
    # What took effect while its answer was cut off is sent once more, as it may not have arrived; nothing else comes twice.
    assert {chat_of[id] for id in here.tally.twice} <= doubt
    assert len(here.tally.twice) <= sum(faults[kind] for kind in IN_DOUBT)
    assert here.tally.most <= 2
    # Where one is lost, the next answer to the same question is taken for its own.
    assert here.tally.inversions <= len(here.tally.lost)
    assert here.tally.strange == 0
    assert all(faults.values()) or MINUTES < 0.5
    assert unhandled == []
    assert "Traceback" not in log
    assert max(half) - min(half) < 15, "memory grows"
