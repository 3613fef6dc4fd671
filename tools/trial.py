"""``make trial``: what README and runbook say, done as somebody with a server would, and how long each step took.

Clone, build, install, start, ask, back up, restore, move to PostgreSQL and back, update, roll back: while a fake Telegram sends
messages all the time, of which none may be lost or answered twice. ``--short``, CI's, builds with what is here, and learns a
small folder. Everything lies in a temporary folder, everything listens on loopback. Exit code 1 where something did not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests import folders
from tests.fakes import postgres
from tests.fakes.botapi import FakeBotApi, updates
from tests.places import ROOT
from tests.running import Bot, Process

EACH = 0.1  # seconds between two messages
PATIENCE = 60.0


@dataclass
class Trial:
    """``home``: where everything lies; ``question`` and ``told``: what is asked on the web, and a word of the answer."""

    home: Path
    settings: Mapping[str, str]
    question: str
    told: str
    took: list[tuple[str, float]] = field(default_factory=list)

    @property
    def program(self) -> Path:
        return self.home / "server/opt/infusion-bot/current/bin/infusion-bot"

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.took.append((name, time.monotonic() - began))
        print(f"{self.took[-1][1]:8.1f} s  {name}", flush=True)

    async def infusion_bot(self, *arguments: str | Path, **given: str) -> str:
        """A command of the bot that is installed; RuntimeError where it fails."""
        env = {"PATH": os.environ["PATH"], "HOME": str(self.home), "DATA_DIR": str(self.home / "data"), **self.settings, **given}
        return await asyncio.to_thread(run, self.program, *arguments, env=env)

    def bot(self, **given: str) -> Bot:
        settings = {**self.settings, "DATA_DIR": str(self.home / "data"), "PYTHONPATH": "", **given}
        return Bot(self.home, settings, launch=self._launch)

    async def _launch(self, env: Mapping[str, str], log: int) -> Process:
        command = [str(self.program), "serve"]
        return await asyncio.create_subprocess_exec(*command, cwd=self.home, env=env, stdout=asyncio.subprocess.PIPE, stderr=log)


def run(*command: str | Path, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False, env=env, cwd=cwd)
    if done.returncode:
        raise RuntimeError(
            f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return done.stdout


def ask(url: str, question: str) -> str:
    """Over the API; the page that a browser would show is there, too."""
    with urllib.request.urlopen(f"{url}/", timeout=30) as page:  # noqa: S310  loopback
        if b"<html" not in page.read():
            raise RuntimeError("there is no page")
    body = json.dumps({"question": question}).encode()
    asking = urllib.request.Request(f"{url}/api/v1/ask", body, {"Content-Type": "application/json"})  # noqa: S310  as above
    with urllib.request.urlopen(asking, timeout=30) as answer:  # noqa: S310  as above
        return str(json.load(answer)["text"])


@contextlib.asynccontextmanager
async def messages(api: FakeBotApi) -> AsyncIterator[None]:
    """Somebody new writes, ten times a second, all the while."""

    async def write() -> None:
        for number in itertools.count(50_000):
            api.inject(updates.text("hello", updates.user(number)))
            await asyncio.sleep(EACH)

    task = asyncio.create_task(write())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def all_answered(api: FakeBotApi) -> str:
    """Waits until they are; then what came of them. RuntimeError where one was lost, or answered twice."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while api.stats().lost:
                await asyncio.sleep(0.1)
    found = api.stats()
    told = f"{found.updates} messages, {len(found.lost)} lost, {len(found.twice)} answered twice"
    if found.lost or found.twice:
        raise RuntimeError(told)
    return told


def install(trial: Trial, source: Path, python: Path, version: str) -> None:
    """``source``: the repository, whose version this is from now on."""
    (source / "bot/version.py").write_text(f'"""The release."""\n\n__version__ = "{version}"\n', "utf-8")
    shutil.rmtree(source / "dist", ignore_errors=True)
    run(python, "-m", "build", "--no-isolation", "--outdir", source / "dist", source)
    env = {**os.environ, "PYTHON": sys.executable}
    model = ["--without-model"] if trial.settings.get("MODEL") == "off" else []
    run(source / "deploy/install.sh", "--root", trial.home / "server", *model, env=env)


def clone(home: Path) -> Path:
    """What is committed; without a history, what lies here."""
    target = home / "clone"
    if (ROOT / ".git").exists():
        run("git", "clone", "--quiet", "--no-hardlinks", ROOT, target)
    else:
        shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns(".venv*", ".*cache", "__pycache__", "node_modules", "dist"))
    return target


async def walk(trial: Trial, source: Path, python: Path, api: FakeBotApi, server: postgres.Server) -> str:
    """The steps after the clone; what came of the messages."""
    data, url = trial.home / "data", server.url(server.create())
    with trial.step("make dist, install.sh"):
        await asyncio.to_thread(install, trial, source, python, "9.0.0")
    async with messages(api):
        with trial.step("the first start, until it is ready"):
            bot = trial.bot()
            await bot.start(seconds=900)
        with trial.step("ask in the web chat"):
            answer = await asyncio.to_thread(ask, bot.url, trial.question)
            if trial.told not in answer:
                raise RuntimeError(f"asked {trial.question!r}, it says {answer!r}")
        await trial.infusion_bot("keys", "add", "desk")
        with trial.step("db backup, the bot at work"):
            await trial.infusion_bot("db", "backup", trial.home / "backup.db")
        await stop(bot)
        with trial.step("db restore onto an empty machine"):
            await trial.infusion_bot("db", "restore", trial.home / "backup.db", DATA_DIR=str(trial.home / "another"))
            await trial.infusion_bot("db", "check", DATA_DIR=str(trial.home / "another"))
        (trial.home / "address").write_text(url, "utf-8")
        with trial.step("db copy to PostgreSQL, start on it"):
            await trial.infusion_bot("db", "copy", f"@{trial.home / 'address'}")
            bot = trial.bot(DATABASE_URL=url)
            await bot.start(seconds=PATIENCE)
        if "desk" not in await trial.infusion_bot("keys", "list", DATABASE_URL=url):
            raise RuntimeError("the key of the API was left behind")
        await stop(bot)
        for path in data.glob("infusion-bot.db*"):
            path.unlink()
        with trial.step("db copy back to SQLite"):
            await trial.infusion_bot("db", "copy", f"sqlite:///{data / 'infusion-bot.db'}", DATABASE_URL=url)
        with trial.step("update: make dist, install.sh, start"):
            await asyncio.to_thread(install, trial, source, python, "9.0.1")
            bot = trial.bot()
            await bot.start(seconds=PATIENCE)
        await stop(bot)
        with trial.step("roll back: install.sh --back, start"):
            await asyncio.to_thread(run, source / "deploy/install.sh", "--root", trial.home / "server", "--back")
            bot = trial.bot()
            await bot.start(seconds=PATIENCE)
        if "9.0.0" not in await trial.infusion_bot("--version"):
            raise RuntimeError("it is still the new release")
    told = await all_answered(api)
    await trial.infusion_bot("db", "check")
    await stop(bot)
    return told


async def stop(bot: Bot) -> None:
    bot.terminate()
    if await bot.gone():
        raise RuntimeError(f"it did not end well: {bot.log()[-2000:]}")


async def whole(home: Path, short: bool) -> str:
    async with FakeBotApi() as api:
        settings = {
            "TELEGRAM_BOT_TOKEN": api.token,
            "TELEGRAM_BASE_URL": api.base_url,
            "TELEGRAM_RATE": "1000",
            "TIMEZONE": "UTC",
        }
        settings["CACHE_DIR"] = str(home / "cache")
        if short:
            settings |= {"MODEL": "off", "KNOWLEDGE": str(folders.write(home / "knowledge"))}
            trial = Trial(home, settings, "how long in the oven for a loaf", "35 minutes")
        else:
            trial = Trial(home, {**settings, "MODEL": "auto"}, "how long does an infusion take?", "40 minutes to an hour")
        with trial.step("git clone"):
            source = clone(home)
        python = Path(sys.executable)
        if not short:
            with trial.step("make setup"):
                await asyncio.to_thread(run, "make", "setup", cwd=source)
            python = source / ".venv/bin/python"
        with postgres.running() as server:
            return await walk(trial, source, python, api, server)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="install from here, and learn a small folder")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="trial-") as home:
        try:
            print(asyncio.run(whole(Path(home), given.short)))
        except (RuntimeError, TimeoutError) as error:
            print(f"it does not hold: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
