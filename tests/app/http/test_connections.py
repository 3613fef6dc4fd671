"""Who has room, who has to make some, and what the log says of it."""

from __future__ import annotations

import logging
import resource
from collections import Counter

import pytest

from bot.app.http.connections import Connections, Refusals, room_for, trusted


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class One:
    gone = False

    def give_way(self) -> None:
        self.gone = True


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _enter(found: Connections, many: int, address: str = "192.0.2.1") -> list[One]:
    """Those of ``many`` that got in."""
    return [one for one in (One() for _ in range(many)) if found.enter(one, address)]


def test_there_is_room_for_so_many_in_all_and_from_one_address(clock: Clock) -> None:
    found = Connections(8, 3, clock=clock)
    assert [len(_enter(found, 5, f"192.0.2.{number}")) for number in range(4)] == [3, 3, 2, 0]
    assert len(found) == 8


def test_a_household_with_ipv6_is_one_address(clock: Clock) -> None:
    found = Connections(8, 3, clock=clock)
    assert [len(_enter(found, 2, f"2001:db8::{number}")) for number in range(3)] == [2, 1, 0]


def test_a_proxy_may_hold_all_but_what_is_left_for_others(clock: Clock) -> None:
    found = Connections(16, 3, trusted("192.0.2.1"), clock)
    assert len(_enter(found, 20)) == 14
    assert len(_enter(found, 20, "192.0.2.2")) == 2


def test_who_leaves_makes_room_once(clock: Clock) -> None:
    found = Connections(8, 2, clock=clock)
    first, _ = _enter(found, 2)
    found.leave(first)
    found.leave(first)
    assert len(_enter(found, 3)) == 1
    assert len(found) == 2


@pytest.mark.parametrize("address", ["192.0.2.1", "192.0.2.2"], ids=["for the same", "for another"])
def test_who_waits_longest_makes_room(clock: Clock, address: str) -> None:
    found = Connections(3, 3 if address.endswith("1") else 8, clock=clock)
    first, second, third = _enter(found, 3)
    assert _enter(found, 1, address) == []  # they have only just come: what they ask may be on its way
    clock.now += 1
    found.works(first)
    found.works(second)
    found.waits(second)
    assert len(_enter(found, 1, address)) == 1
    assert (first.gone, second.gone, third.gone) == (False, False, True)
    assert len(found) == 3


def test_who_is_answered_makes_no_room(clock: Clock) -> None:
    found = Connections(3, 3, clock=clock)
    for one in _enter(found, 3):
        found.works(one)
    clock.now += 100
    assert _enter(found, 1) == []


def test_one_address_makes_room_for_itself_alone(clock: Clock) -> None:
    found = Connections(10, 3, clock=clock)
    (other,) = _enter(found, 1, "192.0.2.2")
    mine = _enter(found, 3)
    clock.now += 1
    assert len(_enter(found, 3)) == 3
    assert all(one.gone for one in mine)
    assert not other.gone


def test_who_never_came_in_is_not_missed(clock: Clock) -> None:
    found = Connections(1, 1, clock=clock)
    one = One()
    found.waits(one)
    found.works(one)
    found.leave(one)
    assert (len(found), found._held) == (0, Counter())


# -- told -----------------------------------------------------------------------------------------------------------


def test_a_flood_is_one_line_a_minute(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    counted: list[str] = []
    found = Refusals(counted.append, clock)
    with caplog.at_level(logging.WARNING):
        for _ in range(100):
            found.note("http_crowded")
        found.note("http_slow")
        clock.now += 61
        found.note("http_crowded")
    told = [(record.reason, record.count) for record in caplog.records]  # type: ignore[attr-defined]  # through ``extra``
    assert told == [("http_crowded", 1), ("http_slow", 1), ("http_crowded", 100)]
    assert len(counted) == 102


# -- proxies --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "found"),
    [("10.0.0.1", True), ("172.16.9.9", True), ("::1", True), ("10.0.0.2", False), ("fe80::1%eth0", False), ("", False)],
)
def test_a_proxy_is_known_by_address_or_network(address: str, found: bool) -> None:
    assert trusted("10.0.0.1,172.16.0.0/12,::1")(address) is found


@pytest.mark.parametrize("text", ["10.0.0.0/33", "10.0.0.1/8", "proxy", "", "*", "10.0.0.1,,10.0.0.2"])
def test_what_is_no_address_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # of several kinds
        trusted(text)


# -- the system's limit ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "wanted", "room"),
    [
        ((1024, 4096), 2000, 2000),
        ((1024, 1024), 2000, 704),
        ((256, 256), 2000, 128),
        ((1024, resource.RLIM_INFINITY), 2000, 2000),
        ((4096, 4096), 100, 100),
    ],
)
def test_there_are_fewer_connections_than_open_files(
    monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int], wanted: int, room: int
) -> None:
    """The limits of this process stay as they are."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    assert room_for(wanted) == room


def test_a_system_that_does_not_raise_its_limit_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ValueError

    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 10_240))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert room_for(2000) == 128
