"""The first learning: knowledge that was never learned serves at once, hears danger, and answers as soon as it can.

What is learned soonest comes first: what danger sounds like; the words of questions; what the sentence model makes of them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable

from bot.app.live.clinic import Built, LiveClinic, copy_folder
from bot.app.live.learner import NotLearned, learn

_log = logging.getLogger(__name__)
Make = Callable[[], Built]
Swap = Callable[[Built], Awaitable[None]]


async def learn_first(
    clinic: LiveClinic,
    in_thread: Callable[[Make], Awaitable[Built]],
    swap: Swap,
) -> None:
    """Learns what the edition of ``clinic`` lacks; ``swap`` is given each one that knows more.

    Ends early where another edition serves by then.

    Raises KnowledgeError where the files are no longer those of the edition, and are not in order.
    """
    began, version = time.monotonic(), clinic.version

    async def better(make: Make) -> bool:
        built = await in_thread(make)
        if clinic.version != version or built.edition.knowledge.version != version:
            return False
        await swap(built)
        return True

    with copy_folder(clinic.settings) as folder:
        copied = clinic.source.copy(clinic.settings, folder)
        try:
            for part in clinic.lacking:
                await learn(copied.settings, part, clinic.progressed)
                if not await better(lambda: clinic.build_at_once(copied)):
                    return
        except NotLearned as error:
            _log.warning("learning in this process", extra={"clinic": clinic.name, "reason": str(error)})
        # Where the other process could not: it was ended, or the cache cannot be written. Answers are slower meanwhile.
        if clinic.lacking and not await better(lambda: clinic.build_whole(copied)):
            return
    _log.info("all is learned", extra={"clinic": clinic.name, "seconds": round(time.monotonic() - began, 1)})
