"""What must be learned whole is learned by a process of its own, into the cache: it takes seconds of a processor, for which no
answer should wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from typing import IO

from bot.app.config import Settings, environment_of_learner
from bot.app.editions import Part

# Long: a slow machine, busy with answers, learns the large model's vectors of all phrases.
_LONGEST = 3600.0
_NICE, _LOOK = 10, 0.1


class NotLearned(Exception):
    """It did not come to its end. The message says why."""


async def learn(settings: Settings, part: Part = "all", tell: Callable[[str], None] | None = None) -> None:
    """Learns what a start with ``settings`` needs, or a part of it; ``tell`` hears how far it is. Raises NotLearned."""
    flags = {
        "--knowledge": settings.knowledge,
        "--clinic": settings.clinic,
        "--model": settings.model,
        "--part": part,
        **({"--clinics": settings.clinics} if settings.clinics is not None else {}),
    }
    arguments = [str(part) for pair in flags.items() for part in pair]
    command = [sys.executable, "-m", "bot", "kb", "learn", *arguments]
    nothing = subprocess.DEVNULL
    # Not by the loop, which forks and waits for it: beside threads that multiply matrices that can last, and no answer comes
    # meanwhile. This way the system starts the program without a copy of this one.
    child = await asyncio.to_thread(
        lambda: subprocess.Popen(  # noqa: S603  # itself
            command, env=environment_of_learner(settings), stdin=nothing, stdout=nothing, stderr=subprocess.PIPE, text=True
        )
    )
    reading = asyncio.create_task(asyncio.to_thread(_read, child.stderr, tell or (lambda _: None)))
    with contextlib.suppress(AttributeError, OSError):  # not on every system, and a service may not be allowed to
        os.setpriority(os.PRIO_PROCESS, child.pid, _NICE)
    try:
        async with asyncio.timeout(_LONGEST):
            while (code := child.poll()) is None:  # noqa: ASYNC110  # a process sets no event
                await asyncio.sleep(_LOOK)
    except TimeoutError:
        raise NotLearned(f"learning took more than {_LONGEST:g} seconds") from None
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        await reading  # it ends with the process
    if code:
        raise NotLearned(f"the process that learns ended with {code}; is there enough memory?")


def _read(lines: IO[str] | None, tell: Callable[[str], None]) -> None:
    with lines if lines is not None else contextlib.nullcontext(()) as told:
        for line in told:
            tell(line.strip())
