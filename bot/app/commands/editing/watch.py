"""``kb watch``: the folder is checked at every save; only what is wrong is told, and once that all is well again."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from bot.app.commands.editing.candidate import checked
from bot.app.commands.labelled import UsageError
from bot.app.config import Settings
from bot.knowledge.overlay.logo import LOGOS

_MOST_MISSED = 3  # checks in a row: who saves without end is told what is true of some moment

_WATCHED = {".yaml", ".yml", ".txt", *(f".{kind}" for kind in LOGOS)}

Signature = dict[str, tuple[int, int, int]]  # by file: when it was saved, its size, which file it is


def run_watch(args: argparse.Namespace, settings: Settings) -> int:
    if not 0 < args.every <= 60:
        raise UsageError(f"--every: {args.every:g} is no number of seconds up to 60")
    places = [settings.knowledge, *([settings.clinics] if settings.clinics else [])]
    if not settings.knowledge.is_dir():
        raise UsageError(f"{settings.knowledge}: this is not a folder; name a knowledge folder with --knowledge")
    print(f"watching {settings.knowledge}; Ctrl+C ends it", flush=True)
    try:
        watch(lambda: signature(places), lambda: checked(settings)[1], _tell, lambda: time.sleep(args.every))
    except KeyboardInterrupt:
        print()
    return 0


def watch(
    look: Callable[[], Signature],
    check: Callable[[], tuple[str, ...]],
    tell: Callable[[str], None],
    wait: Callable[[], None],
) -> None:
    """Goes on until ``wait`` raises. What is still being saved is looked at again: two looks in a row must see the same."""
    seen: Signature | None = None
    told: tuple[str, ...] | None = None
    missed = 0
    while True:
        now = look()
        if now != seen:
            while (later := _later(look, wait)) != now:
                now = later
            mistakes = check()
            if look() != now and missed < _MOST_MISSED:
                missed += 1
                continue  # saved meanwhile: what was read may be of both
            seen, missed = now, 0
            if mistakes != told:
                tell("\n".join(mistakes) + f"\n{len(mistakes)} to mend" if mistakes else _fine(told))
            told = mistakes
        wait()


def _later(look: Callable[[], Signature], wait: Callable[[], None]) -> Signature:
    wait()
    return look()


def _fine(told: tuple[str, ...] | None) -> str:
    return "fine" if told is None else "fine again"


def signature(places: list[Path]) -> Signature:
    """What changes when a file is saved, removed or moved into place; hidden files are those of editors and of the system."""
    found: Signature = {}
    for path in (path for place in places for path in place.rglob("*")):
        if path.suffix not in _WATCHED or any(part.startswith(".") for part in path.parts[-3:]):
            continue
        try:
            stat = path.stat()
        except OSError:
            continue  # removed since it was listed
        found[str(path)] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    return found


def _tell(text: str) -> None:
    print(f"-- {datetime.now():%H:%M:%S}\n{text}", flush=True)  # noqa: DTZ005  # the editor's own clock
