"""What must be learned whole is learned by a process of its own, into the cache: it takes seconds of a processor, for which no
answer should wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys

from bot.app.config import Settings, environment_of_learner

# Long: a slow machine, busy with answers, learns the large model's vectors of all phrases.
_LONGEST = 3600.0
_NICE, _LOOK = 10, 0.1


class NotLearned(Exception):
    """It did not come to its end. The message says why."""


async def learn(settings: Settings) -> None:
    """Learns all that a start with ``settings`` needs. Raises NotLearned."""
    flags = {
        "--knowledge": settings.knowledge,
        "--clinic": settings.clinic,
        "--model": settings.model,
        **({"--clinics": settings.clinics} if settings.clinics is not None else {}),
    }
    arguments = [str(part) for pair in flags.items() for part in pair]
    command = [sys.executable, "-m", "bot", "kb", "learn", *arguments]
    nothing = subprocess.DEVNULL
    # Not by the loop, which forks and waits for it: beside threads that multiply matrices that can last, and no answer comes
    # meanwhile. This way the system starts the program without a copy of this one.
    child = await asyncio.to_thread(
        lambda: subprocess.Popen(command, env=environment_of_learner(settings), stdin=nothing, stdout=nothing, stderr=nothing)  # noqa: S603  # itself
    )
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
    if code:
        raise NotLearned(f"the process that learns ended with {code}; is there enough memory?")
