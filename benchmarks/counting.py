"""``make bench``: what it costs to count replies, as a share of a reply, and how long a year of counts takes to be read.

One process, in turn with and without a counter, so that both see the same machine. A reply is ``Service.turn`` by the words alone
and the state as it is stored; what a channel does around it is left out, so the share of a whole answer is smaller.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from datetime import UTC, date, timedelta
from pathlib import Path

from bot.app.channels import CHANNELS
from bot.app.config import read_settings
from bot.app.editions import edition_of, open_dialogue
from bot.channels.edition import Edition
from bot.delivery.counting import records
from bot.delivery.counting.counter import HOURLY_DAYS, Counting
from bot.delivery.counting.measures import CountKey
from bot.delivery.counting.reading import Counted
from bot.delivery.metrics import Metrics
from bot.delivery.service import Service, Turned
from bot.delivery.storage import Storage
from bot.delivery.storage.open import open_storage
from bot.dialogue.conversation import ConversationKey
from bot.dialogue.events import Said
from bot.dialogue.state import ChatState, dump_state
from tests.places import QUESTIONS

_RATE = 50  # replies a second, for what a write costs each of them
_EVERY = 5  # seconds between two writes, as while serving
_NOW = 1_764_000_000.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="how often each is measured, in turn")
    parser.add_argument("--replies", type=int, default=100_000, help="counted over 400 days, and read")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_all(Path(folder), asked.rounds, asked.replies))


async def _all(folder: Path, rounds: int, replies: int) -> None:
    edition = edition_of(read_settings({"model": "off", "tz": "UTC"}), open_dialogue(read_settings({"model": "off"})))
    store = open_storage(f"sqlite:///{folder / 'bot.db'}", owner="bench")
    await store.start()
    try:
        await _cost(edition, store, rounds)
        await _reading(store, sorted(edition.knowledge.entries), replies)
    finally:
        await store.close()


async def _cost(edition: Edition, store: Storage, rounds: int) -> None:
    questions = [json.loads(line)["q"] for line in (QUESTIONS / "own.jsonl").read_text("utf-8").splitlines()]
    counting = Counting(store, lambda: {edition.clinic: UTC}, clock=lambda: _NOW)
    metrics = Metrics([one.name for one in CHANNELS])
    services = {"without": Service(metrics), "counted": Service(metrics, [counting], [counting])}
    taken: dict[str, list[float]] = {name: [] for name in services}
    writes: list[float] = []
    for round_ in range(rounds + 1):
        for name, service in services.items():
            # No question twice: outcomes are kept, and a reply that was is found in microseconds.
            asked = [f"{question} {round_} {name}" for question in questions]
            taken[name].append(await _asked(service, edition, asked, round_))
        began = time.perf_counter()
        await counting.write()
        writes.append(time.perf_counter() - began)
    (without, counted), write = (statistics.median(one[1:]) for one in taken.values()), statistics.median(writes[1:])
    heard = await _heard(edition, counting, questions)
    shared = write / (_RATE * _EVERY)
    print(f"a reply by the words alone, with its state: {1e6 * without:.0f} us of CPU; counted {1e6 * counted:.0f} us")
    print(f"to hear of it: {1e6 * heard:.1f} us, {100 * heard / without:.2f} % of a reply")
    print(f"a write every {_EVERY} s at {_RATE} replies/s: {1e3 * write:.1f} ms, {1e6 * shared:.1f} us a reply")
    print(f"together {100 * (heard + shared) / without:.2f} % of a reply (wanted: under 3)")
    for service in services.values():
        service.close()


async def _asked(service: Service, edition: Edition, questions: list[str], round_: int) -> float:
    """Seconds of CPU a reply."""
    began = time.process_time()
    for number, question in enumerate(questions):
        key = ConversationKey(edition.clinic, "web", str(number))
        _, memory = await service.turn(edition, key, Said(question), ChatState(), "", _NOW + round_)
        dump_state(memory)
    return (time.process_time() - began) / len(questions)


async def _heard(edition: Edition, counting: Counting, questions: list[str]) -> float:
    """Seconds of CPU that the counter takes for a reply: measured alone, as it is less than what two rounds differ by."""
    turns = []
    for question in questions:
        memory = ChatState().participant("").conversation
        reply, after = edition.dialogue.turn(Said(question), memory, edition.moment(_NOW))
        turns.append((Said(question), reply, memory, after))
    made = [
        Turned(ConversationKey(edition.clinic, "web", "7"), "", event, reply, before, after, _NOW + number)
        for number in range(20)
        for event, reply, before, after in turns
    ]
    began = time.process_time()
    for one in made:
        counting.turned(one)
    return (time.process_time() - began) / len(made)


async def _reading(store: Storage, entries: list[str], replies: int) -> None:
    chance, today = random.Random(7), date(2025, 11, 24)
    hour = records.first_hour(today, UTC) + 23
    counts: dict[CountKey, int] = {}
    for _ in range(replies):
        when = hour - int(chance.random() * 400 * 24)
        channel = chance.choice(("web", "telegram"))
        kind = chance.choices(("answer", "boundary", "fallback", "clarify", "smalltalk"), (60, 15, 10, 10, 5))[0]
        keys = [CountKey("clinic", "reply", when, channel, kind)]
        if kind in {"answer", "boundary"}:
            topic = entries[min(int(chance.expovariate(0.1)), len(entries) - 1)]
            keys.append(CountKey("clinic", "topic", when, channel, topic, "entry"))
        for key in keys:
            counts[key] = counts.get(key, 0) + 1
    await store.run(lambda: records.add(counts))
    began = time.perf_counter()
    while await store.run(lambda: records.fold("clinic", UTC, today - timedelta(days=HOURLY_DAYS))):
        pass
    print(f"\n{replies:,} replies over 400 days in {len(counts):,} hourly rows; folded in {time.perf_counter() - began:.1f} s")
    counted = Counted(store, lambda _: UTC)
    for days in (7, 30, 400):
        first, taken = today - timedelta(days=days - 1), []
        found = await counted.between("clinic", first, today)
        for _ in range(7):
            began = time.perf_counter()
            await counted.between("clinic", first, today)
            taken.append(time.perf_counter() - began)
        print(f"read of {days:3} days, {found.questions:,} questions: {1e3 * statistics.median(taken):.1f} ms")


if __name__ == "__main__":
    main()
