"""Edits taken while it serves: looked for five times a second, or when asked (SIGHUP), built beside what serves, swapped whole.

Polling, and no library that is told by the system: a look at sixty files takes a millisecond, is as good on network disks, in
containers and on every system, and needs nothing installed. What was found changed must hold still for a moment, so that a file
half written, an editor's temporary one, and several saved together are not taken for what they will be.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from bot.app.editions import LoadedEditions, tell_unsigned
from bot.app.live.clinic import Built, LiveClinic, copy_folder
from bot.app.live.first import learn_first
from bot.app.live.learner import NotLearned, learn
from bot.app.live.sources import Copied, Seen
from bot.channels.declaration import ConfigError
from bot.delivery.metrics import Metrics
from bot.knowledge.load import KnowledgeError
from bot.matching.refit import NotKept
from bot.version import __version__

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
# Seconds between two looks: an edit is taken when two of them see the same. Who never ends writing waits for the other.
_LOOK, _LONGEST = 0.2, 5.0
# Seconds after which a build gives the interpreter to an answer that waits for it; usually 0.005.
_SWITCH = 0.001
_TOLD = 5  # mistakes in a line of the log; `kb check` shows all


class Reloader:
    """Takes the edits of the clinics that serve. ``watch``: look for them; else only when asked."""

    def __init__(self, clinics: Sequence[LiveClinic], editions: LoadedEditions, metrics: Metrics, *, watch: bool) -> None:
        self._clinics = clinics
        self._editions = editions
        self._metrics = metrics
        self._watch = watch
        self._asked = asyncio.Event()
        # One: two that build at once would take the processors from those who are answered.
        self._thread = ThreadPoolExecutor(1, "knowledge")
        self._learning = asyncio.Semaphore(1)  # a base that many clinics share is learned once
        self._taking: dict[str, asyncio.Task[None]] = {}
        for clinic in clinics:
            metrics.serves(clinic.name, clinic.since, refused=False)
            self._tell_refused(clinic)

    def ask(self) -> None:
        """Look now, whether or not somebody watches, and say what became of it."""
        self._asked.set()

    def shown(self) -> Mapping[str, Mapping[str, object]]:
        """What serves, by clinic, as JSON."""
        return {clinic.name: clinic.shown() for clinic in self._clinics}

    async def run(self) -> None:
        """For ever."""
        first = [asyncio.create_task(self._learn_first(clinic)) for clinic in self._clinics if clinic.lacking]
        try:
            while True:
                asked = await self._next()
                for clinic in self._clinics:
                    await self._look(clinic, asked)
        finally:
            for task in first:
                task.cancel()
            await asyncio.gather(*first, return_exceptions=True)
            for clinic in self._clinics:
                await self._stop(clinic)
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _learn_first(self, clinic: LiveClinic) -> None:
        """What a start did not find. An edit that is saved meanwhile is learned after it."""

        async def swap(built: Built) -> None:
            self._editions.swap(built.edition)
            clinic.took_over(built.edition, whole=True)
            clinic.lacking = built.lacking
            await self._in_thread(lambda: _quietly(built.edition.dialogue.warm))

        try:
            async with self._learning:
                await learn_first(clinic, lambda make: self._in_thread(lambda: _quietly(make)), swap)
        except (KnowledgeError, ConfigError):
            _log.info("knowledge was edited before it was learned", extra={"clinic": clinic.name})  # and that is told for itself
        except Exception:  # noqa: BLE001  # whatever it is, danger is heard on
            _log.exception("knowledge could not be learned", extra={"clinic": clinic.name})
        finally:
            if clinic.learning == "first":
                clinic.learning, clinic.progress = None, ""

    @property
    def lacking(self) -> tuple[str, ...]:
        """The clinics that do not have yet all that answers are made with."""
        return tuple(clinic.name for clinic in self._clinics if clinic.lacking)

    @property
    def answers(self) -> bool:
        """Whether a clinic does that edits are taken for; at a first start all hear danger alone."""
        return not self._clinics or any(clinic.edition.dialogue.matcher.learned for clinic in self._clinics)

    async def _next(self) -> bool:
        """Waits for the next look; whether somebody asked for it."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._asked.wait(), _LOOK if self._watch else None)
        asked = self._asked.is_set()
        self._asked.clear()
        return asked

    async def _look(self, clinic: LiveClinic, asked: bool) -> None:
        seen = await self._in_thread(clinic.source.look)
        if seen == clinic.seen and not asked:
            return
        clinic.seen = await self._held_still(clinic, seen)
        await self._stop(clinic)
        self._taking[clinic.name] = asyncio.create_task(self._take(clinic))

    async def _held_still(self, clinic: LiveClinic, seen: Seen) -> Seen:
        began = time.monotonic()
        while time.monotonic() - began < _LONGEST:
            await asyncio.sleep(_LOOK)
            again = await self._in_thread(clinic.source.look)
            if again == seen:
                break
            seen = again
        return seen

    async def _stop(self, clinic: LiveClinic) -> None:
        """Nothing is made any more of an edit that another one follows."""
        if (task := self._taking.pop(clinic.name, None)) is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _take(self, clinic: LiveClinic) -> None:
        try:
            with copy_folder(clinic.settings) as folder:
                copied = await self._in_thread(lambda: clinic.source.copy(clinic.settings, folder))
                if await self._in_thread(clinic.source.look) == clinic.seen:
                    await self._build(clinic, copied)
                else:  # it was written to meanwhile
                    clinic.seen = {}
        except (KnowledgeError, ConfigError, NotLearned) as error:
            clinic.refuse(error)
            self._tell_refused(clinic)
        except Exception:  # noqa: BLE001  # whatever it is, what serves goes on serving
            _log.exception("an edit could not be taken", extra={"clinic": clinic.name})
            clinic.refuse(RuntimeError("this edit could not be taken, and the fault is not in its files: the log says where"))
            self._metrics.reloaded(clinic.name, "failed")
            self._metrics.serves(clinic.name, clinic.since, refused=True)

    async def _build(self, clinic: LiveClinic, copied: Copied) -> None:
        """In a second, where what changed is little; and then, or else at once, by learning all of it."""
        hasty = None
        try:
            hasty = await self._in_thread(lambda: _quietly(lambda: clinic.build(copied)))
            if hasty is None:
                self._tell_unchanged(clinic)
            if hasty is None or await self._swap(clinic, copied, hasty):
                return
        except NotKept:
            _log.info("knowledge is learned", extra={"clinic": clinic.name})
        clinic.learning = "next" if hasty is None else "this"
        try:
            async with self._learning:
                await learn(copied.settings)
            built = await self._learned(clinic, copied)
        except NotLearned as error:
            if hasty is None:
                raise
            _log.warning("knowledge could not be learned whole", extra={"clinic": clinic.name, "reason": str(error)})
            return
        finally:
            clinic.learning = None
        if built is not None:
            await self._swap(clinic, copied, built)

    async def _learned(self, clinic: LiveClinic, copied: Copied) -> Built | None:
        try:
            return await self._in_thread(lambda: _quietly(lambda: clinic.build(copied)))
        except NotKept:
            place = clinic.settings.cache_dir
            raise NotLearned(f"what was learned of this edit is not in {place}; can that be written (CACHE_DIR)?") from None

    async def _swap(self, clinic: LiveClinic, copied: Copied, built: Built) -> bool:
        """Whether that is all that there is to do."""
        new = built.edition.knowledge.version != clinic.version
        self._editions.swap(built.edition)
        clinic.took_over(built.edition, whole=built.whole)
        if new:
            told = {"clinic": clinic.name, "knowledge": clinic.version, "seconds": round(built.seconds, 2)}
            _log.info("knowledge is live", extra=told)
            self._metrics.introduce(__version__, clinic.name, clinic.version)
            tell_unsigned(built.edition, self._metrics)
            self._metrics.reloaded(clinic.name, "ok")
            self._metrics.serves(clinic.name, clinic.since, refused=False)
            await self._keep(clinic, copied)
        # After the swap: who edits need not wait for it, and who asks waits for the words of his question alone.
        await self._in_thread(lambda: _quietly(built.edition.dialogue.warm))
        return built.whole

    async def _keep(self, clinic: LiveClinic, copied: Copied) -> None:
        version = clinic.version
        try:
            await self._in_thread(lambda: clinic.kept.keep(version, copied))
        except OSError as error:
            reason = f"one cannot go back to it: {error.strerror or error}"
            _log.warning("knowledge could not be kept", extra={"clinic": clinic.name, "knowledge": version, "reason": reason})

    def _tell_unchanged(self, clinic: LiveClinic) -> None:
        clinic.refused = None
        _log.info("knowledge is the same", extra={"clinic": clinic.name, "knowledge": clinic.version})
        self._metrics.reloaded(clinic.name, "same")
        self._metrics.serves(clinic.name, clinic.since, refused=False)

    def _tell_refused(self, clinic: LiveClinic) -> None:
        if clinic.refused is None:
            return
        mistakes = clinic.refused.mistakes
        told = {"clinic": clinic.name, "knowledge": clinic.version, "count": len(mistakes), "reason": "; ".join(mistakes[:_TOLD])}
        _log.error("knowledge refused, the last good one serves", extra=told)
        self._metrics.reloaded(clinic.name, "refused")
        self._metrics.serves(clinic.name, clinic.since, refused=True)

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _quietly(work: Callable[[], _T]) -> _T:
    """Does ``work`` without the collector, which would look at all that is made again and again, a tenth of a second at a time.

    What was made stays, and has no circles: an edition is gone with its last reference.
    """
    interval = sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(_SWITCH)
    try:
        return work()
    finally:
        sys.setswitchinterval(interval)
        gc.freeze()
        gc.enable()
