"""The bot as a process of its own, as a person would start it: ``infusion-bot serve`` against whatever its settings name."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Protocol, Self

import aiohttp

from tests.places import ROOT

TOKEN = "123456789:test_token_of_no_bot"  # noqa: S105  # opens nothing
SECRET = "a-secret-for-tests"  # noqa: S105  # as above


class Process(Protocol):
    """What is needed of ``asyncio.subprocess.Process``."""

    pid: int
    stdout: asyncio.StreamReader | None

    @property
    def returncode(self) -> int | None: ...

    async def wait(self) -> int: ...

    def send_signal(self, signal: int) -> None: ...


# Starts a process: its environment, and the file that its standard error goes to.
Launch = Callable[[Mapping[str, str], int], Awaitable[Process]]


def launch_by(*command: str) -> Launch:
    """``python`` with those arguments."""

    async def launch(env: Mapping[str, str], log: int) -> Process:
        output = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT, env=env, stdout=output, stderr=log)

    return launch


class Bot:
    """One process of the bot. ``settings`` are variables of its environment; ``start`` returns when it is ready.

    It is started as ``python`` with the arguments ``command``, or by ``launch``.
    """

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, str],
        command: tuple[str, ...] = ("-m", "bot", "serve"),
        launch: Launch | None = None,
    ) -> None:
        self.folder = folder
        self._launch = launch or launch_by(*command)
        self.settings = {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "DATA_DIR": str(folder / "data"),
            "CACHE_DIR": str(folder / "cache"),
            "MODEL": "off",
            "HOST": "127.0.0.1",
            "PORT": "0",
            "TIMEZONE": "UTC",
            **settings,
        }
        self.url = ""
        self.output = b""  # what it has written to standard output, whole once it is gone
        self._process: Process | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.alive:
            self.kill()
        await self.gone()

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    async def start(self, ready: bool = True, seconds: float = 90) -> None:
        """Starts it; ``ready`` also waits until it says that it is. The first time it learns: 20 s on two idle cores."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log").open("ab") as log:
            env = {"PATH": os.environ.get("PATH", ""), "HOME": str(self.folder), "PYTHONPATH": str(ROOT), **self.settings}
            self._process = await self._launch(env, log.fileno())
        output = self._process.stdout
        if output is None:
            raise RuntimeError("no output")
        async with asyncio.timeout(seconds):
            while not self.url or ready:
                line = (await output.readline()).decode()
                self.output += line.encode()
                if not line:
                    raise RuntimeError(f"the bot ended: {self.log()[-2000:]}")
                if "http://" in line:
                    self.url = line.split()[-1]
                    break
            if ready:
                await self.ready(seconds)

    async def ready(self, seconds: float = 30) -> None:
        async with asyncio.timeout(seconds), aiohttp.ClientSession() as session:
            while not await self._is_ready(session):  # a process of its own sets no event
                await asyncio.sleep(0.02)

    async def _is_ready(self, session: aiohttp.ClientSession) -> bool:
        if not self.alive:
            raise RuntimeError(f"the bot ended: {self.log()[-2000:]}")
        try:
            async with session.get(f"{self.url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)

    async def gone(self) -> int:
        """Waits until it has ended; its exit code."""
        if self._process is None:
            return 0
        code = await self._process.wait()
        if self._process.stdout is not None:
            self.output += await self._process.stdout.read()
        self.url = ""
        return code

    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8", "replace")
