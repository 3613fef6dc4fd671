"""Group commit: one transaction for all that waits, a result for each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from bot.delivery.storage import LeaseLost, StorageError
from bot.delivery.storage.group_commit import MOST, CommitRefused, GroupCommit
from bot.delivery.storage.operations.grouped import Operation, Result, Save
from tests.delivery.storage.stores import ANN


class Commits:
    """Commits when it is let; fails on a batch with ``poison`` in it, and says what it was asked for."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.open = asyncio.Event()
        self.begun = asyncio.Event()
        self.error: Exception = CommitRefused("refused")

    async def __call__(self, asked: Sequence[Operation]) -> list[Result]:
        states = [one.state for one in asked if isinstance(one, Save)]
        self.batches.append(states)
        self.begun.set()
        await self.open.wait()
        if "poison" in states:
            raise self.error
        return [LeaseLost() if state == "lost" else (int(state), ()) for state in states]


@pytest.fixture
def commits() -> Commits:
    return Commits()


@pytest.fixture
async def group(commits: Commits) -> AsyncIterator[GroupCommit]:
    group = GroupCommit(commits)
    group.start()
    yield group
    commits.open.set()
    await group.close()


async def ask(group: GroupCommit, commits: Commits, *states: str) -> list[object]:
    """The first alone, the others while that one is being committed."""
    tasks = [asyncio.create_task(group.do(Save(ANN, states[0])))]
    await commits.begun.wait()
    tasks += [asyncio.create_task(group.do(Save(ANN, state))) for state in states[1:]]
    await asyncio.sleep(0)
    commits.open.set()
    return list(await asyncio.gather(*tasks, return_exceptions=True))


async def test_what_comes_while_one_commits_is_committed_together(group: GroupCommit, commits: Commits) -> None:
    assert await ask(group, commits, "1", "2", "3", "4") == [(number, ()) for number in (1, 2, 3, 4)]
    assert commits.batches == [["1"], ["2", "3", "4"]]


async def test_a_batch_has_an_end(group: GroupCommit, commits: Commits) -> None:
    await ask(group, commits, *(str(number) for number in range(MOST + 6)))
    assert [len(batch) for batch in commits.batches] == [1, MOST, 5]


async def test_each_gets_its_own_exception(group: GroupCommit, commits: Commits) -> None:
    _, first, second = await ask(group, commits, "1", "lost", "2")
    assert isinstance(first, LeaseLost)
    assert second == (2, ())


@pytest.mark.parametrize("error", [CommitRefused("refused"), ZeroDivisionError()], ids=["refused", "mistake-of-ours"])
async def test_one_that_cannot_be_done_fails_alone(group: GroupCommit, commits: Commits, error: Exception) -> None:
    commits.error = error
    assert await ask(group, commits, "1", "2", "poison", "3") == [(1, ()), (2, ()), error, (3, ())]


async def test_a_store_that_fails_is_asked_once_for_all(group: GroupCommit, commits: Commits) -> None:
    commits.error = StorageError("away")
    assert await ask(group, commits, "1", "2", "poison") == [(1, ()), commits.error, commits.error]
    assert len(commits.batches) == 2
    assert await group.do(Save(ANN, "4")) == (4, ()), "and again later"


async def test_who_is_cancelled_takes_nobody_along(group: GroupCommit, commits: Commits) -> None:
    first = asyncio.create_task(group.do(Save(ANN, "1")))
    second = asyncio.create_task(group.do(Save(ANN, "2")))
    await commits.begun.wait()
    first.cancel()
    commits.open.set()
    assert await second == (2, ())
    assert first.cancelled()


async def test_closing_does_first_what_was_asked_for(commits: Commits) -> None:
    group = GroupCommit(commits)
    group.start()
    asked = [asyncio.create_task(group.do(Save(ANN, str(number)))) for number in range(3)]
    await asyncio.sleep(0)
    commits.open.set()
    await group.close()
    assert await asyncio.gather(*asked) == [(0, ()), (1, ()), (2, ())]
    with pytest.raises(StorageError, match="not open"):
        await group.do(Save(ANN, "4"))
