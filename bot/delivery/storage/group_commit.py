"""Group commit: operations that arrive while a transaction runs are done together in the next one, with one fsync for all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from bot.delivery.storage import StorageError
from bot.delivery.storage.operations.grouped import Operation, Result

Commit: TypeAlias = Callable[[Sequence[Operation]], Awaitable[list[Result]]]
# Those of the next batch wait for this one.
MOST = 200


class CommitRefused(StorageError):
    """The database refuses a value. Of a batch, the other operations are not to blame."""


class GroupCommit:
    """``commit`` does a batch in one transaction: all or nothing."""

    def __init__(self, commit: Commit) -> None:
        self._commit = commit
        self._queue: list[tuple[Operation, asyncio.Future[Result]]] = []
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="group commit")

    async def close(self) -> None:
        """What has been asked for is done first."""
        task, self._task = self._task, None
        if task is not None:
            self._wake.set()
            await task

    async def do(self, operation: Operation) -> Result:
        """The result of ``operation``, once it is durable. Whoever is cancelled meanwhile does not learn whether it was done."""
        if self._task is None:
            raise StorageError("the store is not open")
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._queue.append((operation, future))
        self._wake.set()
        return await future

    async def _run(self) -> None:
        while self._task is not None or self._queue:
            await self._wake.wait()
            batch, self._queue = self._queue[:MOST], self._queue[MOST:]
            if not self._queue and self._task is not None:
                self._wake.clear()
            if batch:
                await self._work_off(batch)

    async def _work_off(self, batch: list[tuple[Operation, asyncio.Future[Result]]]) -> None:
        try:
            results: Sequence[Result | Exception] = await self._commit([operation for operation, _ in batch])
        except asyncio.CancelledError:
            for _, future in batch:
                future.cancel()
            raise
        except Exception as error:  # noqa: BLE001  it goes to those who asked
            # One that cannot be done must not fail the others, now and whenever it is tried again. Where the store itself fails,
            # each would only fail alone.
            if len(batch) > 1 and (isinstance(error, CommitRefused) or not isinstance(error, StorageError)):
                for one in batch:
                    await self._work_off([one])
                return
            results = [error] * len(batch)
        for (_, future), result in zip(batch, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)
