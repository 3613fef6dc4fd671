"""Who is connected: how many in all and from one address, and who has to make room when there are too many.

A connection costs a descriptor, and without one left nobody is heard any more, nor does the store open its file. So the limit is
below what the system allows, and one connection that only waits makes room for another that comes.
"""

from __future__ import annotations

import ipaddress
import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.channels.requests.addresses import caller

try:
    import resource
except ImportError:  # not on Windows, which has no such limit
    resource = None  # type: ignore[assignment]

_log = logging.getLogger(__name__)
# For the store, the channels' own connections (an answer under way has one: `delivery.inbox.Limits.workers`), logs, libraries,
# and those who are still being told that there is no room.
_KEPT_BACK = 320
# Seconds. So long the first bytes of somebody who has connected may take, also where there is no room. Over loopback and from a
# proxy they come with the connection; a handshake over a phone's network is over before it counts.
_FRESH = 0.25
# Of what proxies may hold, so much is left to others, as one part in so many.
_OTHERS = 8
_SILENCE = 60.0  # seconds between two lines on the same reason


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """``connections`` in all; ``of_address`` from one address, and requests at once for one address behind a proxy.

    Seconds: ``header``, ``body``: until it is there whole; ``idle``: between two requests. ``headers``: how many lines.
    """

    connections: int = 2000
    of_address: int = 100
    header_bytes: int = 16_384
    headers: int = 100
    body_bytes: int = 1 << 20
    header_seconds: float = 10.0
    body_seconds: float = 10.0
    idle_seconds: float = 75.0


class Connection(Protocol):
    def give_way(self) -> None:
        """Close: another one needs the place."""


class Connections:
    """All that are open. ``trusts``: whether that address is a proxy, behind which are many."""

    def __init__(
        self,
        most: int,
        of_address: int,
        trusts: Callable[[str], bool] = lambda _: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._of_address = of_address
        self._trusts = trusts
        self._clock = clock
        self._open: dict[Connection, str] = {}
        self._held: Counter[str] = Counter()
        # Those that wait for a request, and since when; the longest first.
        self._waiting: OrderedDict[Connection, float] = OrderedDict()
        self._waiting_of: dict[str, OrderedDict[Connection, float]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, one: Connection, address: str) -> bool:
        """Whether there is room for ``one``; then it waits for its first request."""
        name = caller(address)
        most = self._most - self._most // _OTHERS if self._trusts(address) else self._of_address
        if self._held[name] >= most and not self._displace(self._waiting_of.get(name)):
            return False
        if len(self._open) >= self._most and not self._displace(self._waiting):
            return False
        self._open[one] = name
        self._held[name] += 1
        self.waits(one)
        return True

    def leave(self, one: Connection) -> None:
        """It is closed; also where it never entered, or left before."""
        name = self._open.pop(one, None)
        if name is not None:
            self._end_waiting(one, name)
            self._held[name] -= 1
            if not self._held[name]:
                del self._held[name]

    def waits(self, one: Connection) -> None:
        """For a request, from now on."""
        name = self._open.get(one)
        if name is not None:
            self._end_waiting(one, name)
            now = self._clock()
            self._waiting[one] = now
            self._waiting_of.setdefault(name, OrderedDict())[one] = now

    def works(self, one: Connection) -> None:
        """On a request, until it ``waits`` again."""
        if (name := self._open.get(one)) is not None:
            self._end_waiting(one, name)

    def _end_waiting(self, one: Connection, name: str) -> None:
        if self._waiting.pop(one, None) is not None:
            here = self._waiting_of[name]
            del here[one]
            if not here:
                del self._waiting_of[name]

    def _displace(self, waiting: OrderedDict[Connection, float] | None) -> bool:
        if not waiting:
            return False
        one, since = next(iter(waiting.items()))
        if self._clock() - since < _FRESH:
            return False
        self.leave(one)
        one.give_way()
        return True


class Refusals:
    """What was refused, counted for each reason and told in the log, but not for each one: a flood must not flood the log too."""

    def __init__(self, count: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._count = count
        self._clock = clock
        self._told: dict[str, float] = {}
        self._since: Counter[str] = Counter()

    def note(self, reason: str) -> None:
        """``reason`` is one of the events of ``Metrics``."""
        self._count(reason)
        self._since[reason] += 1
        now = self._clock()
        if now - self._told.get(reason, -_SILENCE) >= _SILENCE:
            self._told[reason] = now
            _log.warning("refused", extra={"reason": reason, "count": self._since.pop(reason)})


def trusted(addresses: str) -> Callable[[str], bool]:
    """Whether an address is one of ``addresses``, or in a network there; commas stand between them. Raises ValueError."""
    networks = [ipaddress.ip_network(one) for one in addresses.split(",")]

    def trusts(address: str) -> bool:
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in networks)

    return trusts


def room_for(wanted: int) -> int:
    """How many connections the system allows, ``wanted`` at the most. The soft limit of open files is raised to the hard one."""
    if resource is None:
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
        except (OSError, ValueError):
            pass  # macOS allows less than it says; what there is has to do
    if soft == resource.RLIM_INFINITY:
        return wanted
    room = min(wanted, soft - min(_KEPT_BACK, soft // 2))
    if room < wanted:
        _log.warning("fewer connections than are set: the limit of open files is low", extra={"count": room})
    return room
