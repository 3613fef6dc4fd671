"""Counts what one Telegram question passes in a running process: modules whose functions run, and calls from one to another.

``python -m tools.path [FOLDER]``: FOLDER holds a package ``bot`` (such as another checkout); without it, this one is counted. The
process polls a Bot API on loopback. The first question warms it; the second is counted, from the update to the reply.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.fakes.botapi import TOKEN, FakeBotApi, updates
from tests.places import ROOT

_CHILD = """
import json, os, runpy, signal, sys, threading

report, counting, seen, calls, packages = sys.argv[1], [False], set(), [0], [0]


def count(frame, event, arg):
    if event != "call" or not counting[0]:
        return
    here = frame.f_globals.get("__name__", "")
    if not here.startswith("bot."):
        return
    seen.add(here)
    before = frame.f_back
    while before is not None and not before.f_globals.get("__name__", "").startswith("bot."):
        before = before.f_back
    there = before.f_globals["__name__"] if before is not None else here
    calls[0] += there != here
    packages[0] += there.split(".")[1] != here.split(".")[1]


def switch(number, frame):
    counting[0] = number == signal.SIGUSR1
    if number == signal.SIGUSR2:
        with open(report + ".new", "w") as file:
            json.dump({"modules": sorted(seen), "calls": calls[0], "packages": packages[0]}, file)
        os.rename(report + ".new", report)


signal.signal(signal.SIGUSR1, switch)
signal.signal(signal.SIGUSR2, switch)
threading.setprofile(count)
sys.setprofile(count)
sys.argv = ["bot", "serve"]
runpy.run_module("bot", run_name="__main__")
"""


async def _until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(120):
        while not condition():
            await asyncio.sleep(0.02)


async def measure(folder: Path, question: str) -> dict[str, object]:
    """What ``question`` passes in the ``bot`` of ``folder``."""
    async with FakeBotApi() as api:
        with tempfile.TemporaryDirectory() as place:
            report = Path(place) / "report.json"
            given = {
                "TELEGRAM_BOT_TOKEN": TOKEN,
                "TELEGRAM_BASE_URL": api.base_url,
                "DATA_DIR": place,
                "PORT": "0",
                "MODEL": "off",
            }
            env = {"PATH": os.environ.get("PATH", ""), "HOME": os.environ.get("HOME", place), "PYTHONPATH": str(folder), **given}
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-c", _CHILD, str(report), cwd=folder, env=env, stdout=asyncio.subprocess.DEVNULL
            )
            try:
                for counted in (False, True):
                    if counted:
                        await asyncio.sleep(1.0)  # what the first one left to do is done
                        child.send_signal(signal.SIGUSR1)
                        await asyncio.sleep(0.1)
                    api.inject(updates.text(question), force=True)
                    await _until(lambda many=1 + counted: len(_said(api)) == many)  # type: ignore[misc]  # bound as it is now
                child.send_signal(signal.SIGUSR2)
                await _until(report.exists)
                found: dict[str, object] = json.loads(report.read_text())
                return found
            finally:
                child.kill()
                await child.wait()


def _said(api: FakeBotApi) -> list[object]:
    return [call for call in api.calls() if call.method == "sendmessage"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT)
    parser.add_argument("--question", default="How long does an infusion take?")
    parser.add_argument("--modules", action="store_true", help="name them")
    args = parser.parse_args()
    found = asyncio.run(measure(args.folder.resolve(), args.question))
    modules = found["modules"]
    assert isinstance(modules, list)
    print(f"{len(modules)} modules, {found['calls']} calls from one to another, {found['packages']} from one package to another")
    if args.modules:
        print("\n".join(modules))


if __name__ == "__main__":
    main()
