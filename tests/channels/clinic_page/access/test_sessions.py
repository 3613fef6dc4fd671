"""Links open the page once; sessions end; a clinic sees its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.channels.clinic_page.access.sessions import Sessions, StaffNameError, hash_of
from bot.delivery.storage import Storage
from bot.delivery.storage.open import open_storage


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(store: Storage, clock: Clock) -> Sessions:
    return Sessions(store, "lake", hours=12, idle=60, clock=clock)


async def test_a_link_opens_the_page_once(sessions: Sessions) -> None:
    secret = await sessions.link("editor", "Eva")
    entered = await sessions.enter(secret)
    assert entered is not None
    token, session = entered
    assert (session.role, session.name) == ("editor", "Eva")
    assert await sessions.find(token) == session
    assert await sessions.enter(secret) is None


@pytest.mark.parametrize(("after", "opens"), [(899.0, True), (900.0, False)])
async def test_a_link_holds_for_a_quarter_of_an_hour(sessions: Sessions, clock: Clock, after: float, opens: bool) -> None:
    secret = await sessions.link("viewer", "Eva")
    clock.now += after
    assert (await sessions.enter(secret) is not None) is opens


async def test_of_many_who_use_a_link_at_once_one_comes_in(sessions: Sessions) -> None:
    secret = await sessions.link("viewer", "Eva")
    entered = await asyncio.gather(*(sessions.enter(secret) for _ in range(20)))
    assert sum(one is not None for one in entered) == 1


@asynccontextmanager
async def _at_work(url: str) -> AsyncIterator[Storage]:
    made = open_storage(url, owner="one")
    await made.start()
    yield made
    await made.close()


def test_what_is_kept_opens_nothing(tmp_path: Path, clock: Clock) -> None:
    async def enter() -> tuple[str, str, str]:
        async with _at_work(f"sqlite:///{tmp_path / 'bot.db'}") as kept:
            sessions = Sessions(kept, "lake", clock=clock)
            link, other = await sessions.link("staff", "Eva"), await sessions.link("staff", "Eva")
            token, _ = await sessions.enter(link) or ("", None)
            return link, other, token

    link, other, token = asyncio.run(enter())
    assert token
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert hash_of(other).encode() in files
    for secret in (link, other, token):
        assert secret.encode() not in files


async def test_a_session_ends_when_nothing_was_opened_for_an_hour(sessions: Sessions, clock: Clock) -> None:
    token, _ = await sessions.enter(await sessions.link("viewer", "Eva")) or ("", None)
    for _ in range(3):
        clock.now += 3500
        assert await sessions.find(token) is not None
    clock.now += 3500
    assert await sessions.find(token, alive=False) is not None
    clock.now += 101
    assert await sessions.find(token) is None, "a page that asks by itself is no sign of life"
    assert await sessions.listed() == ()


async def test_a_session_ends_after_its_hours_however_much_was_opened(sessions: Sessions, clock: Clock) -> None:
    token, _ = await sessions.enter(await sessions.link("viewer", "Eva")) or ("", None)
    for _ in range(23):
        clock.now += 1800
        assert await sessions.find(token) is not None
    clock.now += 1800
    assert await sessions.find(token) is None


async def test_who_leaves_or_is_revoked_is_out(sessions: Sessions) -> None:
    tokens = [(await sessions.enter(await sessions.link("viewer", name)) or ("", None))[0] for name in ("Eva", "Ned")]
    await sessions.leave(tokens[0])
    assert [one.name for one in await sessions.listed()] == ["Ned"]
    (left,) = await sessions.listed()
    assert await sessions.revoke(left.id) == "Ned"
    assert await sessions.revoke(left.id) is None
    assert [await sessions.find(token) for token in tokens] == [None, None]


async def test_another_clinics_link_session_and_log_are_none(sessions: Sessions, store: Storage, clock: Clock) -> None:
    other = Sessions(store, "hill", clock=clock)
    link = await sessions.link("staff", "Eva")
    assert await other.enter(link) is None
    token, session = await sessions.enter(link) or ("", None)
    assert session is not None, "and who tried it elsewhere did not use it up"
    assert await other.find(token) is None
    await other.leave(token)
    assert await other.revoke(session.id) is None
    await sessions.note("Eva", "signed in")
    assert await other.lines() == ()
    assert await other.listed() == ()
    assert await sessions.find(token) == session


async def test_the_log_has_the_latest_first_and_what_was_asked_for(sessions: Sessions, clock: Clock) -> None:
    for what in ("one", "two", "three"):
        await sessions.note("Eva", what, "x" * 1000)
        clock.now += 10
    lines = await sessions.lines()
    assert [line.what for line in lines] == ["three", "two", "one"]
    assert {len(line.detail) for line in lines} == {300}
    assert [line.what for line in await sessions.lines(since=1_000_010, before=1_000_020)] == ["two"]
    assert [line.what for line in await sessions.lines(most=1)] == ["three"]


@pytest.mark.parametrize("name", ["", " Eva", "Eva\n", "a\x00b", "x" * 61])
async def test_a_name_that_breaks_a_line_is_none(sessions: Sessions, name: str) -> None:
    with pytest.raises(StaffNameError, match="1 to 60 characters"):
        await sessions.link("viewer", name)


@pytest.mark.parametrize("secret", ["", "x" * 43 + "\n", "x" * 42, "é" * 43, "x" * 100_000])
async def test_what_is_no_secret_is_not_looked_for(sessions: Sessions, secret: str) -> None:
    assert await sessions.enter(secret) is None
    assert await sessions.find(secret) is None


async def test_what_ran_out_is_cleaned_away(store: Storage, clock: Clock) -> None:
    clock.now = 1000.0  # long ago by the store's clock
    sessions = Sessions(store, "lake", clock=clock)
    await sessions.enter(await sessions.link("viewer", "Eva"))
    await sessions.link("viewer", "Ned")
    await sessions.note("Eva", "signed in")
    await store.clean()
    assert await sessions.listed() == ()
    assert await sessions.lines() == ()
