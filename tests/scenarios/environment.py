"""A scenario's stage: the fake Bot API, the bot as processes of its own, and their store, over real sockets."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import socket
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import aiohttp
import asyncpg

from tests.fakes.botapi import FakeBotApi, Injected
from tests.places import ROOT
from tests.running import SECRET, TOKEN, Bot, Launch
from tests.scenarios.desks import make_desk
from tests.scenarios.patients import QUESTIONS, Asked, Talk, Tally

PUBLIC = "https://bot.test"
OURS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'infusion-bot' AND datname = current_database()"


@dataclass
class Environment:
    """``scale``: how many times quicker all clocks run, the fake's and the bot's; leases and what a socket waits for do not.

    ``database``: an URL, or "" for a SQLite file that all processes share. ``launch`` starts the bot (None: as everybody does).
    ``desk_kind``: with a help desk of that kind ("chatwoot", "generic"); then people ask there.
    """

    talk: Talk
    folder: Path
    cache: Path
    database: str = ""
    webhook: bool = False
    scale: float = 20.0
    settings: dict[str, str] = field(default_factory=dict)
    launch: Launch | None = None
    desk_kind: str = ""
    bots: list[Bot] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tally = Tally(self.talk)
        self.file = None if self.database else self.folder / "bot.db"
        self.database = self.database or f"sqlite:///{self.file}"
        self.api = FakeBotApi(self.settings.get("TELEGRAM_BOT_TOKEN", TOKEN), time_scale=self.scale)
        self.api.listeners.append(self.tally.hear)
        self.desk = make_desk(self.desk_kind, self.scale, self.tally.hear)

    async def __aenter__(self) -> Self:
        await self.api.__aenter__()
        if self.desk is not None:
            await self.desk.open()
        self._http = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        for bot in self.bots:
            if bot.alive:
                bot.kill()
        await asyncio.gather(*(bot.gone() for bot in self.bots))
        await self._http.close()
        if self.desk is not None:
            await self.desk.close()
        await self.api.__aexit__()

    # -- the bot ------------------------------------------------------------------------------------------------

    def bot(self, **settings: str) -> Bot:
        """One more process of the bot, not yet started. Behind the public address it is one of those that take turns."""
        port = _free_port()
        given = {
            "TELEGRAM_BASE_URL": self.api.base_url,
            "CACHE_DIR": str(self.cache),
            "DATABASE_URL": self.database,
            "CLOCK_SCALE": f"{self.scale:g}",
            "PORT": str(port),
            **({"WEBHOOK_URL": PUBLIC, "WEBHOOK_SECRET": SECRET} if self.webhook else {}),
            **(self.desk.settings if self.desk is not None else {}),
            **self.settings,
            **settings,
        }
        bot = Bot(self.folder / f"bot{len(self.bots)}", given, launch=self.launch)
        self.bots.append(bot)
        if self.desk is not None:
            self.desk.route([f"http://127.0.0.1:{one.settings['PORT']}" for one in self.bots])
        self.api.route(PUBLIC, [f"http://127.0.0.1:{one.settings['PORT']}" for one in self.bots])
        return bot

    async def start(self, **settings: str) -> Bot:
        """The same, started and ready."""
        bot = self.bot(**settings)
        await bot.start()
        if self.webhook:
            await until(lambda: self.api.hooks.webhook)
        return bot

    async def run(self, *words: str) -> tuple[int, str]:
        """Runs ``infusion-bot WORDS`` with the settings of the first bot; exit code and output."""
        env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **self.bots[0].settings}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            *words,
            cwd=ROOT,
            env=env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(30):
            output, _ = await process.communicate()
        return process.returncode or 0, output.decode()

    async def get(self, bot: Bot, page: str) -> tuple[int, str]:
        async with self._http.get(f"{bot.url}{page}") as answer:
            return answer.status, await answer.text()

    async def counted(self, event: str) -> int:
        """How often all bots that are alive have counted ``event``."""
        return sum([await self.counted_by(bot, event) for bot in self.bots if bot.alive])

    async def counted_by(self, bot: Bot, event: str) -> int:
        _, page = await self.get(bot, "/metrics")
        found = re.findall(rf'^infusion_bot_events_total{{.*event="{event}"}} (\S+)', page, re.MULTILINE)
        return int(sum(map(float, found)))

    async def says(self, bot: Bot, part: str, word: object) -> bool:
        """Whether the bot says ``word`` of that part of itself."""
        status, page = await self.get(bot, "/readyz")
        found = json.loads(page)
        assert status == (200 if found["ready"] else 503)
        return bool(found[part] == word)

    async def say(self, part: str, words: Sequence[object]) -> bool:
        """The same of all bots, in the order in which they were made."""
        return all([await self.says(bot, part, word) for bot, word in zip(self.bots, words, strict=True)])

    async def conflict(self) -> bool:
        """Whether any bot is not ready, as somebody else polls with its token."""
        found = [await self.says(bot, "telegram", "conflict") and await self.says(bot, "ready", False) for bot in self.bots]
        return any(found)

    # -- people -------------------------------------------------------------------------------------------------

    def ask(self, asked: Sequence[Asked], copies: int = 1) -> list[Injected]:
        if self.desk is not None:
            self.tally.ask(asked, [self.desk.ask(one.chat, QUESTIONS[one.question], copies) for one in asked])
            return []
        entries = self.api.inject([one.update for one in asked], copies=copies)
        self.tally.ask(asked, entries)
        return entries

    async def ask_slowly(self, asked: Sequence[Asked], rate: float) -> None:
        """``rate`` updates a real second."""
        began = time.monotonic()
        for number, one in enumerate(asked):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            self.ask([one])

    @property
    def mode(self) -> str:
        return f"{'webhook' if self.webhook else 'polling'} {'sqlite' if self.file else 'postgres'}"

    async def answered(self, count: int, seconds: float = 60) -> None:
        """Waits until so many updates are answered."""
        await until(lambda: self.tally.answered >= count, seconds, self.tally.shown)

    async def done(self, seconds: float = 60) -> None:
        """Waits until all that was asked is answered, and nothing waits in the fake or the store: no answer can follow."""
        await self.answered(self.tally.asked, seconds)
        await until(self.idle, seconds, lambda: f"{self.api.state.pending} not acknowledged; {self.tally.shown()}")

    async def idle(self) -> bool:
        """Whether nothing waits in the fake or the store."""
        quiet = self.desk is None or self.desk.quiet
        return not self.api.state.pending and quiet and not await self.read("SELECT ref FROM inbox WHERE payload IS NOT NULL")

    def helped(self, chat: int) -> bool:
        """Whether somebody in danger was answered."""
        if self.desk is not None:
            return any(self.talk.help in call.text for call in self.desk.said if call.chat == chat)
        return any(self.talk.help in call.text for call in self.api.calls("sendMessage", chat=chat) if call.delivered)

    def up(self) -> bool:
        """Whether the fake takes calls."""
        return "api" in self.api._servers

    # -- the store ----------------------------------------------------------------------------------------------

    async def waiting(self) -> set[int]:
        """The updates in the inbox."""
        refs = await self.read("SELECT ref FROM inbox WHERE payload IS NOT NULL")
        return self.desk.updates(refs) if self.desk is not None else _updates(refs)

    def dead_letters(self, wanted: set[int]) -> Callable[[], Awaitable[bool]]:
        """Whether the dead letters are the updates ``wanted``, and none else."""

        async def are_they() -> bool:
            return _updates(await self.read("SELECT ref FROM dead_letters")) == wanted

        return are_they

    async def read(self, statement: str) -> list[str]:
        """The first column of what ``statement`` finds in the store, also when nobody runs."""
        if self.file is None:
            return await self._read_postgres(statement)
        if not self.file.exists():
            return []
        if any(bot.alive for bot in self.bots):
            return _read_sqlite(self.file, statement)
        # Whoever closes the file last tidies it up, and that is for the bot to do.
        with tempfile.TemporaryDirectory() as folder:
            for part in self.file.parent.glob(f"{self.file.name}*"):
                shutil.copy(part, folder)
            return _read_sqlite(Path(folder) / self.file.name, statement)

    async def _read_postgres(self, statement: str) -> list[str]:
        connection = await asyncpg.connect(self.database)
        try:
            # What a process that was killed had asked to commit is still being committed.
            while not any(bot.alive for bot in self.bots) and await connection.fetchval(OURS):  # nobody tells
                await asyncio.sleep(0.01)
            return [row[0] for row in await connection.fetch(statement)]
        finally:
            await connection.close()


def _updates(refs: Sequence[str]) -> set[int]:
    """Those of people: what the bot wakes itself with has no number."""
    return {int(id) for ref in refs if (id := ref.rpartition("/")[2]).isdigit()}


def _read_sqlite(file: Path, statement: str) -> list[str]:
    with closing(sqlite3.connect(file, timeout=10)) as connection:
        return [row[0] for row in connection.execute(statement)]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def until(
    condition: Callable[[], object | Awaitable[object]], seconds: float = 10, shown: Callable[[], str] = lambda: ""
) -> float:
    """Waits until ``condition`` holds, and returns how long that took; fails with what ``shown`` says."""
    began = time.monotonic()
    while True:
        found = condition()
        if await found if isinstance(found, Awaitable) else found:
            return time.monotonic() - began
        assert time.monotonic() < began + seconds, f"waited {seconds} s in vain: {shown()}"
        await asyncio.sleep(0.01)
