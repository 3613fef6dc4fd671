"""``make bench``, second part: from a webhook's POST to the send, beside a stock bot on the same fake Bot API in the same run.

The bot has core 0; the fake Bot API and the load, one process, have core 1. CPU is the bot's own, per update.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.botapi import Call, FakeBotApi, updates
from tests.places import QUESTIONS, ROOT
from tests.running import SECRET, TOKEN, Bot

_OWN = QUESTIONS / "own.jsonl"
_PUBLIC = "https://bot.test"
_IN_FLIGHT = 40
_TICKS = os.sysconf("SC_CLK_TCK")
CASES = {
    "stock python-telegram-bot, echo": ("-m", "benchmarks.stock"),
    "ours with an echo": ("-m", "benchmarks.echo"),
    "ours": ("-m", "bot", "serve"),
}


@dataclass(frozen=True)
class Load:
    """What one case did: updates a second, milliseconds of CPU an update, p50 and p99 in milliseconds, megabytes."""

    per_second: float
    cpu: float
    p50: float
    p99: float
    idle: float
    after: float
    ready: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6, help="of each load")
    parser.add_argument("--rounds", type=int, default=2, help="how often each case is measured, in turn")
    parser.add_argument(
        "--soak", type=int, default=0, metavar="UPDATES", help="also so many updates, and the memory at half and end"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_all(Path(folder), asked.seconds, asked.rounds, asked.soak))


async def _all(folder: Path, seconds: float, rounds: int, soak: int) -> None:
    if hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    questions = [json.loads(line)["q"] for line in _OWN.read_text("utf-8").splitlines()]
    await _fit(folder)
    print(f"one fsync here: {_fsync(folder):.1f} ms; a commit of SQLite with full sync: {_commit(folder):.1f} ms")
    found: dict[str, list[tuple[Load, Load]]] = {name: [] for name in CASES}
    for number in range(rounds):
        for name, command in CASES.items():
            found[name].append(await _case(folder / f"{name}-{number}", folder / "cache", command, questions, seconds))
    _report(found, rounds)
    if soak:
        await _soak(folder, questions, soak)


def _report(found: Mapping[str, Sequence[tuple[Load, Load]]], rounds: int) -> None:
    stock = statistics.median(full.cpu for full, _ in found["stock python-telegram-bot, echo"])
    print(f"\n{_IN_FLIGHT} updates in flight, median of {rounds}:")
    for name, loads in found.items():
        rate, cpu, p50, p99 = (
            statistics.median(getattr(full, one) for full, _ in loads) for one in ("per_second", "cpu", "p50", "p99")
        )
        tail = f"p50 {p50:6.1f}, p99 {p99:6.1f} ms"
        print(f"  {name:34} {rate:6.0f} updates/s {cpu:6.2f} ms CPU an update, {cpu / stock:4.2f} of stock; {tail}")
    print("\n100 updates a second, from POST to the send:")
    for name, loads in found.items():
        ready, cpu, p50, p99 = (
            statistics.median(getattr(slow, one) for _, slow in loads) for one in ("ready", "cpu", "p50", "p99")
        )
        last = loads[-1][1]
        print(
            f"  {name:34} p50 {p50:5.1f}, p99 {p99:6.1f} ms; {cpu:5.2f} ms CPU an update; ready in {ready:.2f} s; "
            f"{last.idle:.0f} MB idle, {last.after:.0f} MB after"
        )


async def _fit(folder: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "ask",
        "how long",
        cwd=ROOT,
        stdout=asyncio.subprocess.DEVNULL,
        env={**os.environ, "CACHE_DIR": str(folder / "cache"), "MODEL": "off"},
    )
    await process.wait()


class _Closed:
    """Keeps so many updates in flight: the next is injected when one is answered, each in a chat of its own."""

    def __init__(self, api: FakeBotApi, questions: Sequence[str]) -> None:
        self.api, self.questions = api, questions
        self.number, self.answered = 0, 0
        self.began: dict[int, float] = {}
        self.taken: list[float] = []
        self.open = False
        api.listeners.append(self.heard)

    def heard(self, call: Call) -> None:
        began = self.began.pop(call.chat or 0, None)
        if began is None or call.method != "sendmessage":
            return
        self.answered += 1
        self.taken.append((time.perf_counter() - began) * 1000)
        if self.open:
            self.next()

    def next(self) -> None:
        self.number += 1
        chat = 100_000 + self.number
        self.began[chat] = time.perf_counter()
        again, number = divmod(self.number, len(self.questions))
        # One that was asked before would be answered out of the dialogue's memo; blanks make it new, and change nothing else.
        question = self.questions[number].replace(" ", " " * (1 + again), 1)
        self.api.inject(updates.text(question, updates.user(chat)))


async def _case(
    folder: Path, cache: Path, command: tuple[str, ...], questions: Sequence[str], seconds: float
) -> tuple[Load, Load]:
    async with FakeBotApi(token=TOKEN) as api:
        bot = Bot(folder, _settings(api, cache), command)
        ready = await _started(bot, api, command)
        try:
            load = _Closed(api, questions)
            idle = _memory(bot.pid)
            load.open = True
            for _ in range(_IN_FLIGHT):
                load.next()
            await asyncio.sleep(1)  # warm
            full = await _measured(load, bot, seconds, idle, ready)
            load.open = False
            await _drained(load)
            slow = await _steady(load, bot, seconds, idle, ready)
        finally:
            bot.kill()
            await bot.gone()
    return full, slow


def _settings(api: FakeBotApi, cache: Path) -> dict[str, str]:
    return {
        "TELEGRAM_BASE_URL": api.base_url,
        "TELEGRAM_RATE": "off",
        "WEBHOOK_URL": _PUBLIC,
        "WEBHOOK_SECRET": SECRET,
        "CACHE_DIR": str(cache),
        "OPENBLAS_NUM_THREADS": "1",
        "LOG_LEVEL": "warning",
    }


async def _started(bot: Bot, api: FakeBotApi, command: tuple[str, ...]) -> float:
    """Starts the bot on core 0, and waits until the webhook is set; after how many seconds it was ready."""
    began = time.perf_counter()
    if "benchmarks.stock" in command:
        bot.settings["PORT"] = "18443"
    await bot.start(ready="benchmarks.stock" not in command)
    ready = time.perf_counter() - began
    if hasattr(os, "sched_setaffinity"):
        _pin(bot.pid)
    api.route(_PUBLIC, bot.url)
    async with asyncio.timeout(20):
        while not api.calls("setWebhook"):
            await asyncio.sleep(0.01)
    await _settled(bot)
    return ready


def _pin(pid: int) -> None:
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {0})


async def _settled(bot: Bot) -> None:
    """Until the bot has done ahead what it does in the background after a start."""
    before = -1.0
    while (now := _cpu(bot.pid)) - before > 0.02:
        before = now
        await asyncio.sleep(0.5)


async def _measured(load: _Closed, bot: Bot, seconds: float, idle: float, ready: float) -> Load:
    load.taken.clear()
    answered, cpu, began = load.answered, _cpu(bot.pid), time.perf_counter()
    await asyncio.sleep(seconds)
    taken, spent, many = time.perf_counter() - began, _cpu(bot.pid) - cpu, load.answered - answered
    return Load(many / taken, 1000 * spent / max(1, many), *_tail(load.taken), idle, _memory(bot.pid), ready)


async def _steady(load: _Closed, bot: Bot, seconds: float, idle: float, ready: float) -> Load:
    """An open loop: one hundred updates a second, whether or not they are answered."""
    load.taken.clear()
    answered, cpu, began = load.answered, _cpu(bot.pid), time.perf_counter()
    for number in range(int(100 * seconds)):
        await asyncio.sleep(max(0.0, began + number / 100 - time.perf_counter()))
        load.next()
    await _drained(load)
    taken, spent, many = time.perf_counter() - began, _cpu(bot.pid) - cpu, load.answered - answered
    return Load(many / taken, 1000 * spent / max(1, many), *_tail(load.taken), idle, _memory(bot.pid), ready)


async def _drained(load: _Closed) -> None:
    async with asyncio.timeout(30):
        while load.began:
            await asyncio.sleep(0.01)


async def _soak(folder: Path, questions: Sequence[str], count: int) -> None:
    async with FakeBotApi(token=TOKEN) as api:
        bot = Bot(folder / "soak", _settings(api, folder / "cache"), CASES["ours"])
        await _started(bot, api, CASES["ours"])
        try:
            load = _Closed(api, questions)
            idle, load.open = _memory(bot.pid), True
            for _ in range(_IN_FLIGHT):
                load.next()
            sizes = []
            for share in (0.5, 1.0):
                while load.answered < share * count:
                    await asyncio.sleep(0.2)
                    api.clear()
                sizes.append(_memory(bot.pid))
            print(f"\n{count} updates: {idle:.0f} MB idle, {sizes[0]:.0f} MB after half of them, {sizes[1]:.0f} MB at the end")
        finally:
            bot.kill()
            await bot.gone()


def _tail(taken: Sequence[float]) -> tuple[float, float]:
    return statistics.median(taken), statistics.quantiles(taken, n=100)[98]


def _cpu(pid: int) -> float:
    """Seconds of CPU that the process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory(pid: int) -> float:
    """Resident megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def _fsync(folder: Path) -> float:
    taken = []
    with (folder / "fsync").open("wb") as file:
        for _ in range(100):
            file.write(b"x" * 512)
            began = time.perf_counter()
            file.flush()
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def _commit(folder: Path) -> float:
    taken = []
    store = sqlite3.connect(folder / "commit.db")
    store.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (x)")
    for number in range(100):
        began = time.perf_counter()
        with store:
            store.execute("INSERT INTO t VALUES (?)", (number,))
        taken.append((time.perf_counter() - began) * 1000)
    store.close()
    return statistics.median(taken)


if __name__ == "__main__":
    main()
