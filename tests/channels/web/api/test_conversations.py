"""Tokens, and what a store knows of them."""

from __future__ import annotations

import asyncio
import hashlib
import re
from typing import Any

import pytest

from bot.channels.web.api.conversations import conversation_key, new_token
from bot.delivery.service import Rated, Service
from tests.channels.web.conftest import Line, Making, line_to
from tests.fakes.editions import metrics_of


def test_a_token_is_128_random_bits() -> None:
    tokens = {new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", token) for token in tokens)


def test_a_key_holds_the_hash_and_not_the_token() -> None:
    token = new_token()
    key = conversation_key("aurora", token)
    assert (key.clinic, key.channel) == ("aurora", "web")
    assert key.id == hashlib.sha256(token.encode()).hexdigest()
    assert conversation_key("aurora", "\ud800").id != key.id, "nothing that JSON can hold is a failure"


class _Ratings:
    def __init__(self) -> None:
        self.told: list[tuple[tuple[str, ...], tuple[str, ...]]] = []

    def rated(self, rated: Rated) -> None:
        self.told.append((rated.topics, rated.verdicts))


LENGTH, DRIVING = ("infusion_length",), ("driving",)


@pytest.mark.parametrize(
    ("given", "statuses", "told"),
    [
        pytest.param([{"helped": True}], [204], [(LENGTH, ("helped",))], id="helped"),
        pytest.param([{"helped": False}], [200], [(LENGTH, ("not_helped",))], id="not"),
        pytest.param([{"helped": False, "reason": "wrong"}], [200], [(LENGTH, ("not_helped", "wrong"))], id="why-at-once"),
        pytest.param(
            [{"helped": False}, {"helped": False, "reason": "missing"}],
            [200, 204],
            [(LENGTH, ("not_helped",)), (LENGTH, ("missing",))],
            id="why-after-it",
        ),
        pytest.param(
            [{"helped": False, "topics": list(DRIVING)}, {"helped": False, "reason": "unclear", "topics": list(DRIVING)}],
            [200, 204],
            [(DRIVING, ("not_helped",)), (DRIVING, ("unclear",))],
            id="of-an-answer-before",
        ),
        pytest.param(2 * [{"helped": True}], [204, 204], [(LENGTH, ("helped",))], id="helped-twice"),
        pytest.param(2 * [{"helped": False}], [200, 200], [(LENGTH, ("not_helped",))], id="not-twice"),
        pytest.param(2 * [{"helped": False, "reason": "wrong"}], [200, 204], [(LENGTH, ("not_helped", "wrong"))], id="why-twice"),
        pytest.param([{"helped": False, "topics": ["of_last_year"]}], [200], [], id="of-what-is-gone"),
        pytest.param([{"helped": False, "topics": []}], [200], [((), ("not_helped",))], id="of-no-answer"),
    ],
)
async def test_what_is_said_of_an_answer_counts_once(
    context: Making, given: list[dict[str, Any]], statuses: list[int], told: list[tuple[tuple[str, ...], tuple[str, ...]]]
) -> None:
    ratings, metrics = _Ratings(), metrics_of("default")
    async with line_to(context(service=Service(metrics, rating_observers=[ratings]))) as line:
        token = await line.start()
        await line("POST", "/ask", {"choice": "driving", "conversation": token})
        await line("POST", "/ask", {"choice": "infusion_length", "conversation": token})
        found = [await line("POST", "/feedback", {**one, "conversation": token}) for one in given]
    assert [one.status for one in found] == statuses
    assert ratings.told == told


async def test_two_presses_at_once_count_once(context: Making) -> None:
    ratings = _Ratings()
    async with line_to(context(service=Service(metrics_of("default"), rating_observers=[ratings]))) as line:
        token = await line.start()
        await line("POST", "/ask", {"choice": "driving", "conversation": token})
        body = {"helped": False, "reason": "wrong", "conversation": token}
        await asyncio.gather(*(line("POST", "/feedback", body) for _ in range(4)))
    assert ratings.told == [(DRIVING, ("not_helped", "wrong"))]


async def test_nothing_is_said_of_what_is_no_conversation(line: Line) -> None:
    for helped in (True, False):
        assert (await line("POST", "/feedback", {"conversation": "none", "helped": helped})).status == 404
