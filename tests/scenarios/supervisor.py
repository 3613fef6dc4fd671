"""A process in which the bot is loaded, and which forks one that serves whenever a scenario starts it.

A start costs three seconds of processor time, and the short forms need some forty. What is forked is a process of its own,
with its own settings, sockets and store, to be killed like any other; the long forms start the bot as everybody does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.places import ROOT

LARGEST = 65_536  # bytes of a request


class Child:
    """One that was forked; to be used as ``asyncio.subprocess.Process`` is."""

    def __init__(self, pid: int, line: socket.socket, stdout: asyncio.StreamReader) -> None:
        self.pid = pid
        self.stdout = stdout
        self.returncode: int | None = None
        self._line = line
        self._end = asyncio.create_task(self._ends())

    async def _ends(self) -> int:
        with self._line:
            self.returncode = int(await asyncio.get_running_loop().sock_recv(self._line, LARGEST))
        return self.returncode

    async def wait(self) -> int:
        return await self._end

    def send_signal(self, signal: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, signal)


class Supervisor:
    """Started when it is made; ``stop`` ends it."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self._place = folder / "supervisor"
        env = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT), "CACHE_DIR": str(cache), "OPENBLAS_NUM_THREADS": "1"}
        command = (sys.executable, "-m", "tests.scenarios.supervisor", str(self._place))
        self._process = subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"loaded\n"

    def stop(self) -> None:
        self._process.communicate(timeout=10)  # the end of its input is what it ends at, as it does when the tests are killed

    async def launch(self, env: Mapping[str, str], log: int) -> Child:
        """A bot with these variables; ``log`` is where its standard error goes."""
        reading, writing = os.pipe()
        line = socket.socket(socket.AF_UNIX)
        line.connect(str(self._place))
        socket.send_fds(line, [json.dumps(dict(env)).encode()], [writing, log])
        os.close(writing)
        line.setblocking(False)
        loop = asyncio.get_running_loop()
        pid = int(await loop.sock_recv(line, LARGEST))
        stdout = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdout), os.fdopen(reading, "rb"))
        return Child(pid, line, stdout)


def _main(place: str) -> int:
    # What the bot imports when it needs it is loaded ahead, too.
    import alembic.command  # noqa: F401, PLC0415
    import sqlalchemy.ext.asyncio  # noqa: F401, PLC0415
    import telegram  # noqa: F401, PLC0415

    from bot.app.commands.operating import operate  # noqa: F401, PLC0415
    from bot.app.config import read_settings  # noqa: PLC0415
    from bot.app.editions import open_dialogue  # noqa: PLC0415
    from bot.app.live import clinic  # noqa: PLC0415
    from bot.app.sharing import SharedParts  # noqa: PLC0415
    from bot.delivery.storage import postgres, sqlite  # noqa: F401, PLC0415

    dialogue = open_dialogue(read_settings({"model": "off"}), print)
    dialogue.warm()
    assert hasattr(clinic, "dialogue_for"), "what is put in its place is what serves"
    # Loaded before it is asked for.
    clinic.dialogue_for = lambda *_: dialogue
    SharedParts.knowledge = lambda *_: dialogue.knowledge  # type: ignore[method-assign]
    with socket.socket(socket.AF_UNIX) as listener, selectors.DefaultSelector() as events:
        listener.bind(place)
        listener.listen()
        events.register(listener, selectors.EVENT_READ)
        events.register(sys.stdin, selectors.EVENT_READ)
        sys.stdout.write("loaded\n")
        sys.stdout.flush()
        while True:
            for key, _ in events.select():
                if key.fileobj is listener:
                    _spawn(listener, events)
                elif key.fileobj is sys.stdin:
                    return _end(events)
                else:
                    _reap(key, events)


def _spawn(listener: socket.socket, events: selectors.BaseSelector) -> None:
    line, _ = listener.accept()
    request, files, _, _ = socket.recv_fds(line, LARGEST, 2)
    pid = os.fork()
    if pid == 0:
        listener.close()
        line.close()
        for number, file in enumerate(files, start=1):
            os.dup2(file, number)
        os._exit(_serve(json.loads(request)))
    for file in files:
        os.close(file)
    line.sendall(str(pid).encode())
    events.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, line))


def _reap(key: selectors.SelectorKey, events: selectors.BaseSelector) -> None:
    pid, line = key.data
    _, status = os.waitpid(pid, 0)
    events.unregister(key.fileobj)
    os.close(key.fd)
    with line, contextlib.suppress(OSError):  # who started it may be gone
        line.sendall(str(os.waitstatus_to_exitcode(status)).encode())


def _end(events: selectors.BaseSelector) -> int:
    for key in list(events.get_map().values()):
        if key.data is not None:
            os.kill(key.data[0], signal.SIGKILL)
    return 0


def _serve(env: Mapping[str, str]) -> int:
    from bot.app.commands import main  # noqa: PLC0415  # loaded long ago

    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(env)
    try:
        return main.run(["serve"])
    finally:
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1]))
