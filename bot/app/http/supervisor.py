"""What systemd is told of this process, where it started it with ``Type=notify``: that it listens, that it turns, that it stops.

Twenty lines of a documented protocol: a package of its own for it would be one more to keep an eye on.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping


def tell(state: str, environment: Mapping[str, str] | None = None) -> bool:
    """Send ``state`` ("READY=1"); False where nobody asked to be told, or nobody hears it."""
    address = (os.environ if environment is None else environment).get("NOTIFY_SOCKET", "")
    if not address or not hasattr(socket, "AF_UNIX"):
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(1)
            sender.sendto(state.encode(), f"\0{address[1:]}" if address.startswith("@") else address)
    except OSError:
        return False
    return True


def watched_seconds(environment: Mapping[str, str] | None = None) -> float | None:
    """After so long without a sign of life the supervisor ends this process; None: it does not watch."""
    env = os.environ if environment is None else environment
    if env.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    usec = env.get("WATCHDOG_USEC", "")
    return int(usec) / 1e6 if usec.isdecimal() and int(usec) else None


async def keep_telling(environment: Mapping[str, str] | None = None) -> None:
    """A sign of life three times as often as is asked for, until cancelled.

    From the loop that answers: where that hangs, nothing is told, and the supervisor starts the process anew.
    """
    seconds = watched_seconds(environment)
    while seconds is not None:
        tell("WATCHDOG=1", environment)
        await asyncio.sleep(seconds / 3)
