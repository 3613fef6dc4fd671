"""``make bench``, fourth part: fifty clinics in one process beside one clinic: memory, start, how long an answer takes.

Both in turn in one run, each asked over the API by one patient at a time, every time a question that nobody has asked before; of
the fifty each asks its own clinic. All clinics stand on the shipped knowledge, with texts of their own; ``--own`` of them have
phrases of their own, too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import aiohttp

from tests.places import QUESTIONS
from tests.running import Bot

_COUNTRIES = ("US", "GB", "IE", "CA", "AU")
_WARM = 10.0  # seconds in which what answers later is loaded


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds until it is ready, MB of resident memory, answers in milliseconds."""

    start: float
    memory: float
    answers: tuple[float, ...]

    def of(self, percent: int) -> float:
        return statistics.quantiles(self.answers, n=100)[percent - 1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clinics", type=int, default=50)
    parser.add_argument("--own", type=int, default=0, help="so many of them have phrases of their own")
    parser.add_argument("--questions", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--model", default="auto", help="the sentence model of both")
    asked = parser.parse_args()
    questions = [json.loads(line)["q"] for line in (QUESTIONS / "own.jsonl").read_text("utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as folder:
        # Learned once before, as a start measures reading and not learning.
        asyncio.run(_measure(Path(folder), asked.clinics, asked.own, [], asked.model))
        found: dict[int, list[Measured]] = {1: [], asked.clinics: []}
        for _ in range(asked.rounds):
            for number, measured in found.items():
                own = asked.own if number > 1 else 0
                some = [questions[i % len(questions)] for i in range(asked.questions)]
                measured.append(asyncio.run(_measure(Path(folder), number, own, some, asked.model)))
    _report(found)


async def _measure(folder: Path, clinics: int, own: int, questions: Sequence[str], model: str) -> Measured:
    place = _write(folder / f"clinics-{clinics}", clinics, own)
    settings = {
        "TELEGRAM_BOT_TOKEN": "",
        "API_RATE": "off",
        "CLINICS": str(place),
        "MODEL": model,
        "CACHE_DIR": str(folder / "cache"),
    }
    began = time.perf_counter()
    bot = Bot(folder / f"bot-{clinics}", settings)
    try:
        await bot.start(seconds=900)
        start = time.perf_counter() - began
        await asyncio.sleep(_WARM)
        return Measured(start, _resident(bot.pid), tuple([taken async for taken in _asked(bot.url, clinics, questions)]))
    finally:
        bot.kill()
        await bot.gone()


def _write(folder: Path, clinics: int, own: int) -> Path:
    folder.mkdir(exist_ok=True)
    for number in range(clinics):
        name = f"clinic{number:02}"
        country = _COUNTRIES[number % len(_COUNTRIES)]
        text = f"id: {name}\nname: Clinic {number}\ncountry: {country}\ncontact: Call 555 01{number:02}.\n"
        text += f'boundaries:\n  booking: "Clinic {number} books by telephone. {{contact}}"\n'
        if number < own:
            text += f"phrases:\n  infusion_length: [how long is a visit at the clinic on street number {number}]\n"
        (folder / f"{name}.yaml").write_text(text)
        (folder / f"{name}.env").write_text(f"WEB_ORIGINS=https://{name}.example\n")
    return folder


async def _asked(url: str, clinics: int, questions: Sequence[str]) -> AsyncIterator[float]:
    async with aiohttp.ClientSession() as session:
        for number, question in zip(count(), questions, strict=False):
            new = question.replace(" ", " " * (2 + number), 1)  # blanks change nothing but that it was never asked
            began = time.perf_counter()
            async with session.post(f"{url}/clinics/clinic{number % clinics:02}/api/v1/ask", json={"question": new}) as answer:
                await answer.read()
                if answer.status != 200:
                    raise RuntimeError(await answer.text())
            yield (time.perf_counter() - began) * 1000


def _resident(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1_048_576


_FIGURES: tuple[Callable[[Measured], float], ...] = (
    lambda one: one.start,
    lambda one: one.memory,
    lambda one: one.of(50),
    lambda one: one.of(99),
)


def _report(found: dict[int, list[Measured]]) -> None:
    one: tuple[float, ...] | None = None
    for number, measured in found.items():
        start, memory, p50, p99 = (statistics.median(map(of, measured)) for of in _FIGURES)
        print(f"{number:3} clinics: ready after {start:5.1f} s, {memory:5.0f} MB, an answer p50 {p50:5.1f} ms, p99 {p99:6.1f} ms")
        if one is not None:
            shares = ", ".join(f"{now / was:.2f}" for now, was in zip((start, memory, p50, p99), one, strict=True))
            print(f"             of one clinic: {shares}")
        one = (start, memory, p50, p99)


if __name__ == "__main__":
    main()
