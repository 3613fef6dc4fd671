"""What a supervisor is told, over a real socket as systemd opens one."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app.http.supervisor import keep_telling, tell, watched_seconds


@pytest.fixture(params=["path", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "notify") if request.param == "path" else f"@infusion-bot-{os.getpid()}"


@pytest.fixture
def listener(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        one.settimeout(10)
        yield one


def test_who_listens_is_told(listener: socket.socket, address: str) -> None:
    assert tell("READY=1", {"NOTIFY_SOCKET": address})
    assert listener.recv(99) == b"READY=1"


@pytest.mark.parametrize("env", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "/nowhere/at/all"}])
def test_where_nobody_listens_nothing_happens(env: dict[str, str]) -> None:
    assert not tell("READY=1", env)


@pytest.mark.parametrize(
    ("env", "seconds"),
    [
        pytest.param({}, None, id="unwatched"),
        pytest.param({"WATCHDOG_USEC": "30000000"}, 30.0, id="watched"),
        pytest.param({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0, id="this-one"),
        pytest.param({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None, id="another"),
        pytest.param({"WATCHDOG_USEC": "0"}, None, id="nought"),
        pytest.param({"WATCHDOG_USEC": "soon"}, None, id="no-number"),
    ],
)
def test_whether_this_process_is_watched(env: dict[str, str], seconds: float | None) -> None:
    assert watched_seconds(env) == seconds


async def test_signs_of_life_come_from_the_loop(listener: socket.socket, address: str) -> None:
    listener.setblocking(False)
    loop = asyncio.get_running_loop()
    telling = asyncio.create_task(keep_telling({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "60000"}))
    for _ in range(3):
        assert await asyncio.wait_for(loop.sock_recv(listener, 99), 10) == b"WATCHDOG=1"
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)
    with pytest.raises(BlockingIOError):
        listener.recv(99)


async def test_who_is_not_watched_tells_nothing(listener: socket.socket, address: str) -> None:
    await keep_telling({"NOTIFY_SOCKET": address})
    listener.setblocking(False)
    with pytest.raises(BlockingIOError):
        listener.recv(99)
