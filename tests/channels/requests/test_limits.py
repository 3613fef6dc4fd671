"""How often somebody is let in."""

from __future__ import annotations

import pytest

from bot.channels.requests.limits import RateLimit


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_minutes_worth_is_let_in_at_once_and_then_as_it_comes_back() -> None:
    clock = Clock()
    rate = RateLimit(60, clock)
    assert [rate.wait("ann") for _ in range(60)] == [0.0] * 60
    assert rate.wait("ann") == pytest.approx(1.0)
    assert rate.wait("ann") == pytest.approx(1.0), "who is refused does not wait longer for asking"
    assert rate.wait("ben") == 0.0
    clock.now += 1.5
    assert rate.wait("ann") == 0.0
    assert rate.wait("ann") == pytest.approx(0.5)
    clock.now += 3600
    assert [rate.wait("ann") for _ in range(61)] == [0.0] * 60 + [pytest.approx(1.0)]


def test_slow_rates_let_one_in() -> None:
    clock = Clock()
    rate = RateLimit(0.5, clock)
    assert rate.wait("ann") == 0.0
    assert rate.wait("ann") == pytest.approx(120.0)
    clock.now += 120
    assert rate.wait("ann") == 0.0


def test_what_costs_more_takes_more() -> None:
    clock = Clock()
    rate = RateLimit(600, clock)
    assert rate.wait("ann", 500) == 0.0
    assert rate.wait("ann", 200) == pytest.approx(10.0)
    assert rate.wait("ann", 100) == 0.0, "less is left, and that is there"
    assert rate.wait("ben", 601) > 0, "never"
    assert rate.wait("ben", 600) == 0.0
    clock.now += 10
    assert rate.wait("ann", 100) == 0.0
    assert rate.wait("ann", 1) > 0


def test_no_limit_is_none() -> None:
    rate = RateLimit(None)
    assert {rate.wait("ann") for _ in range(1000)} == {0.0}


def test_as_many_are_remembered_as_may_be_and_those_who_asked_last() -> None:
    rate = RateLimit(1, Clock(), most=3)
    for name in ("ann", "ben", "cleo", "ann", "dan"):
        rate.wait(name)
    assert list(rate._full_at) == ["cleo", "ann", "dan"]
    assert rate.wait("ann") > 0
    assert rate.wait("ben") == 0.0
