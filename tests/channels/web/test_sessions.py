"""Tokens, and one turn at a time."""

from __future__ import annotations

import asyncio
import hashlib
import re

from bot.channels.web.sessions import Turns, key_of, mint


def test_a_token_is_128_random_bits() -> None:
    tokens = {mint() for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", token) for token in tokens)


def test_a_key_holds_the_hash_and_not_the_token() -> None:
    token = mint()
    key = key_of("aurora", token)
    assert (key.clinic, key.channel) == ("aurora", "web")
    assert key.id == hashlib.sha256(token.encode()).hexdigest()
    assert key_of("aurora", "\ud800").id != key.id, "nothing that JSON can hold is a failure"


async def test_turns_of_one_conversation_wait_for_each_other_and_others_do_not() -> None:
    turns, log = Turns(), []

    async def turn(id: str, name: str) -> None:
        with turns.of(id) as lock:
            async with lock:
                log.append(f"{name} begins")
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                log.append(f"{name} ends")

    await asyncio.gather(turn("a", "first"), turn("a", "second"), turn("b", "other"))
    assert log.index("first ends") < log.index("second begins")
    assert log.index("other begins") < log.index("first ends")


async def test_a_lock_is_kept_while_somebody_waits_for_it_and_then_gone() -> None:
    turns = Turns()
    with turns.of("a") as first:
        await first.acquire()
        with turns.of("a") as second:
            assert second is first
        assert len(turns) == 1
        with turns.of("a") as third:
            assert third is first, "one who left did not take it along"
        first.release()
    assert len(turns) == 0
