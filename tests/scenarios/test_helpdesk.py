"""What holds for Telegram holds for help desks: killed, told again and again, in order, without a store."""

from __future__ import annotations

import asyncio
import functools
import random
import time
from collections.abc import Callable

import pytest

from tests.fakes import postgres as harness
from tests.fakes.chatwoot import Conversation
from tests.fakes.chatwoot.state import AGENT
from tests.scenarios.conftest import Opener
from tests.scenarios.desks import ChatwootDesk, Desk
from tests.scenarios.environment import Environment, until
from tests.scenarios.patients import DANGER
from tests.scenarios.test_outage import RECOVERED, store_away

RATE = 100  # questions a second
KINDS = pytest.mark.parametrize("kind", ["chatwoot", "generic"])
FULL = pytest.mark.scenario


def desk_of(stage: Environment) -> Desk:
    assert stage.desk is not None
    return stage.desk


def lost(stage: Environment) -> list[int]:
    """What nobody answers: neither the bot did, nor did the staff see it at once."""
    excused = desk_of(stage).excused
    return [id for id in stage.tally.lost if id not in excused]


async def done(stage: Environment, seconds: float = 60) -> None:
    """Waits until all is answered or a person's, and nothing waits: no answer can follow."""
    await until(lambda: desk_of(stage).quiet and not lost(stage), seconds, stage.tally.shown)
    await until(stage.idle, seconds, stage.tally.shown)


@pytest.mark.slow
@KINDS
@pytest.mark.parametrize(
    ("size", "seed"),
    [
        pytest.param((60, 3, 2), 0, id="short"),
        *(pytest.param((250, 4, 3), run, id=f"full{run}", marks=FULL) for run in range(1, 6)),
    ],
)
@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
async def test_killed_it_loses_nothing(stage: Opener, database: str, kind: str, size: tuple[int, int, int], seed: int) -> None:
    chats, each, kills = size
    chance = random.Random(f"{seed} {kind} {database == ''}")
    in_flight: set[int] = set()
    async with stage(database=database, desk_kind=kind) as here:
        # With two of them, the other hears what comes while one is down.
        bots = [await here.start() for _ in range(2 if database else 1)]
        asking = asyncio.create_task(here.ask_slowly(here.talk.crowd(chats, each, among=here.talk.answered), RATE))
        for number in range(kills):
            wanted = int(chats * each * (number + chance.uniform(0.1, 0.6)) / (kills + 1))
            # Of Chatwoot's questions, those that come while the bot is down are the staff's.
            await until(lambda wanted=wanted: here.tally.asked - len(lost(here)) >= wanted, 60, here.tally.shown)  # type: ignore[misc]
            bot = bots[number % len(bots)]
            bot.kill()
            await bot.gone()
            in_flight |= {id for id in await here.waiting() if here.tally.answers.get(id)}
            await bot.start()
        await asking
        before = here.tally.asked
        here.ask(here.talk.crowd(20, first=50_000, among=here.talk.answered))  # all is as it was
        await done(here)
        excused = desk_of(here).excused
        missing = lost(here)
        after = set(list(here.tally.asked_at)[before:])
    print(f"\nkill {kind} {here.mode}: {here.tally.shown()}; {len(excused)} with the staff, {len(in_flight)} in flight")
    assert missing == []
    assert here.tally.twice <= (in_flight if kind == "chatwoot" else set())
    assert after & excused == set()
    assert (here.tally.inversions, here.tally.strange) == (0, 0)


@pytest.mark.slow
@KINDS
@pytest.mark.parametrize("size", [pytest.param((30, 2), id="short"), pytest.param((300, 8), id="full", marks=FULL)])
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
async def test_told_again_and_again_to_two_replicas(stage: Opener, database: str, kind: str, size: tuple[int, int]) -> None:
    async with stage(database=database, desk_kind=kind) as here:
        one, two = await asyncio.gather(here.start(), here.start())
        desk = desk_of(here)
        here.ask(here.talk.crowd(*size, among=here.talk.answered), copies=2)
        beside = sum(desk.again(bot.url) for bot in (one, two))
        await done(here, 200)
        one.terminate()
        await one.gone()
        await one.start()
        beside += sum(desk.again(bot.url) for bot in (one, two))
        await done(here)
        known = await here.counted("known")
    print(f"\nagain and again {kind}: {here.tally.shown()}; {beside} beside, {known} known")
    assert here.tally.asked == size[0] * size[1]
    assert (here.tally.lost, here.tally.twice, here.tally.strange) == ([], set(), 0)
    assert known > 0


@pytest.mark.slow
@KINDS
@pytest.mark.parametrize("size", [pytest.param((15, 8), id="short"), pytest.param((50, 40), id="full", marks=FULL)])
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
async def test_order_over_two_replicas(stage: Opener, database: str, kind: str, size: tuple[int, int]) -> None:
    async with stage(database=database, desk_kind=kind) as here:
        await asyncio.gather(here.start(), here.start())
        here.ask(here.talk.crowd(*size, among=here.talk.answered))
        await done(here, 200)
        shares = [await here.counted_by(bot, "answered") for bot in here.bots]
    print(f"\norder {kind}: {here.tally.shown()}; answered by {shares}")
    assert min(shares) > 0
    assert here.tally.inversions == 0
    assert (here.tally.lost, here.tally.twice, here.tally.strange) == ([], set(), 0)


@pytest.mark.slow
@KINDS
@pytest.mark.parametrize(
    ("database", "seconds"),
    [
        pytest.param("postgres", 2.0, id="postgres-short"),
        pytest.param("postgres", 20.0, id="postgres-full", marks=FULL),
        pytest.param("sqlite", 20.0, id="sqlite-full", marks=FULL),
    ],
    indirect=["database"],
)
async def test_the_store_is_away(stage: Opener, database: str, kind: str, seconds: float, request: pytest.FixtureRequest) -> None:
    server: harness.Server | None = request.getfixturevalue("postgres") if database else None
    async with stage(database=database, desk_kind=kind, scale=1.0) as here:
        bot = await here.start()
        desk = desk_of(here)
        among = here.talk.answered
        here.ask(here.talk.crowd(20, among=among))
        await here.answered(1)
        async with store_away(here, server):
            began = time.monotonic()
            desk.ask(1, DANGER)
            asking = asyncio.create_task(here.ask_slowly(here.talk.crowd(int(20 * (seconds + 2)), first=20_000, among=among), 20))
            urgent = await until(lambda: here.helped(1), 10)
            await until(lambda: here.says(bot, "store", "failing"), 10)
            await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
        ready = await until(lambda: here.says(bot, "ready", True), 30)
        await asking
        await done(here, 60)
        excused, missing = desk.excused, lost(here)
    print(f"\nstore away {kind} {here.mode}: {here.tally.shown()}; {len(excused)} with the staff")
    print(f"ready {ready:.2f}, urgent {urgent:.2f} s")
    assert urgent <= 5.0
    assert ready <= RECOVERED
    assert (missing, here.tally.twice, here.tally.inversions, here.tally.strange) == ([], set(), 0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
async def test_both_replicas_know_whose_conversation_it_is(stage: Opener, database: str) -> None:
    """Webhooks take turns between the two; what one hears of the staff holds for the other."""
    async with stage(database=database, desk_kind="chatwoot") as here:
        await asyncio.gather(here.start(), here.start())
        desk = desk_of(here)
        assert isinstance(desk, ChatwootDesk)
        fake = desk.fake
        assert len(fake.webhooks.urls) == 2

        async def after(talk: Conversation, *dones: Callable[[], object]) -> int:
            """How much more the patient sees of the bot once all is done."""
            before = len(talk.shown)
            for one in dones:
                one()
            await fake.quiet()
            await until(here.idle, 20)
            return len(talk.shown) - before

        for number in range(6):
            talk = fake.starts("Channel::Whatsapp")

            def asks(words: str = f"how long does an infusion take? ({number})", talk: Conversation = talk) -> None:
                fake.writes(talk, words)

            assert await after(talk, asks, asks, asks) == 3
            assert await after(talk, functools.partial(fake.echoes, talk, "This is the nurse, on the phone.")) == 0
            assert talk.status == "open"
            assert await after(talk, asks, asks) == 0
            assert await after(talk, functools.partial(asks, DANGER)) == 1
            assert await after(talk, asks, functools.partial(fake.sets, talk, "pending")) == 1  # what waits, told three times
            assert await after(talk, asks) == 1
            assert await after(talk, functools.partial(fake.assigns, talk, AGENT), asks) == 0
        shares = [await here.counted_by(bot, "answered") for bot in here.bots]
        dead = await here.counted("dead")
    assert min(shares) > 0
    assert dead == 0
