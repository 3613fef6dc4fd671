"""The commands of who runs the bot: ``serve``, ``telegram setup|status``, ``inbox list|requeue``."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from bot import logs, serve
from bot.channels.telegram import setup
from bot.channels.telegram.intake import CHANNEL
from bot.config import SETTINGS, ConfigError, Settings
from bot.dialogue import Dialogue
from bot.fitted import open_matcher
from bot.knowledge import load
from bot.storage import Storage, StorageError

if TYPE_CHECKING:
    from telegram import Bot

_T = TypeVar("_T")
_COMMON = {"knowledge", "clinic", "tz", "model"}  # flags that every command has
_Commands = argparse._SubParsersAction  # noqa: SLF001  # argparse has no public name for it


def add_commands(subparsers: _Commands[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Each command sets ``run``: (namespace, settings) -> exit code."""
    flags = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS, parents=[common])
    group = flags.add_argument_group("serving", "each may also come from the environment, or from the settings file")
    group.add_argument("--config", metavar="FILE", help="a settings file: lines NAME=value, as in deploy/env.example")
    for name, setting in SETTINGS.items():
        if name not in _COMMON:
            about = f"{setting.about} ({setting.variable}; default: {setting.default})".replace("%", "%%")
            group.add_argument(f"--{name.replace('_', '-')}", metavar="VALUE", help=about)

    about = "run the channels that are configured, until it is stopped"
    subparsers.add_parser("serve", help=about, description=about, parents=[flags]).set_defaults(run=_serve)

    telegram = subparsers.add_parser("telegram", help="set up the bot's account at Telegram, look how it is", parents=[flags])
    commands = telegram.add_subparsers(dest="telegram_command", metavar="COMMAND", required=True)
    about = "set commands, descriptions and menu; without --apply it only shows what it would change"
    command = commands.add_parser("setup", help=about, description=about, parents=[flags])
    command.add_argument("--apply", action="store_true", help="make the changes")
    command.set_defaults(run=_setup)
    about = "who the bot is, its webhook, how many updates wait, the last error"
    commands.add_parser("status", help=about, description=about, parents=[flags]).set_defaults(run=_status)

    inbox = subparsers.add_parser("inbox", help="what waits, what was given up; try that again", parents=[flags])
    commands = inbox.add_subparsers(dest="inbox_command", metavar="COMMAND", required=True)
    about = "how many updates wait, and the dead letters"
    command = commands.add_parser("list", help=about, description=about, parents=[flags])
    command.add_argument("--limit", type=int, default=50, metavar="N", help="at most so many dead letters (default: 50)")
    command.set_defaults(run=_list)
    about = "put dead letters back into the inbox"
    command = commands.add_parser("requeue", help=about, description=about, parents=[flags])
    command.add_argument("ids", nargs="+", metavar="ID", help="ids as `inbox list` shows them")
    command.add_argument("--channel", default=CHANNEL, help=f"their channel (default: {CHANNEL})")
    command.set_defaults(run=_requeue)


def _serve(args: argparse.Namespace, settings: Settings) -> int:
    del args
    serve.check(settings)
    logs.start(settings.serving.log_level)
    knowledge = load(settings.knowledge, settings.clinic)

    def tell(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    return serve.run(settings, Dialogue(knowledge, open_matcher(knowledge, settings.cache_dir, tell, settings.model)))


# -- telegram -------------------------------------------------------------------------------------------------------


def _setup(args: argparse.Namespace, settings: Settings) -> int:
    knowledge = load(settings.knowledge, settings.clinic)
    return _with_telegram(settings, lambda bot: setup.set_up(bot, knowledge, args.apply, print))


def _status(args: argparse.Namespace, settings: Settings) -> int:
    del args
    return _with_telegram(settings, lambda bot: setup.status(bot, print))


def _with_telegram(settings: Settings, work: Callable[[Bot], Awaitable[int]]) -> int:
    if settings.serving.telegram_bot_token is None:
        raise ConfigError("TELEGRAM_BOT_TOKEN is not set; BotFather gives one")

    async def run() -> int:
        async with serve.telegram_bot(settings.serving) as bot:
            return await work(bot)

    logs.start("error")
    return asyncio.run(run())


# -- inbox ----------------------------------------------------------------------------------------------------------


def _list(args: argparse.Namespace, settings: Settings) -> int:
    async def work(storage: Storage) -> int:
        counts = await storage.counts()
        since = f", the oldest since {_shown(counts.oldest)}" if counts.oldest else ""
        print(f"{counts.waiting} waiting{since}; {counts.dead} dead letters; {counts.reminders} reminders")
        for letter in await storage.dead_letters(args.limit):
            print(f"{letter.key.channel} {letter.id}  {letter.reason}, {letter.attempts} tries, given up {_shown(letter.buried)}")
        return 0

    return _with_store(settings, work)


def _requeue(args: argparse.Namespace, settings: Settings) -> int:
    async def work(storage: Storage) -> int:
        found = await storage.requeue(args.channel, args.ids)
        print(f"{found} of {len(args.ids)} put back")
        return 0 if found == len(args.ids) else 1

    return _with_store(settings, work)


def _with_store(settings: Settings, work: Callable[[Storage], Awaitable[_T]]) -> _T:
    async def run() -> _T:
        storage = serve.storage_of(settings, secrets.token_hex(8))
        await storage.start()
        try:
            return await work(storage)
        finally:
            await storage.close()

    logs.start("error")
    try:
        return asyncio.run(run())
    except StorageError as error:
        raise ConfigError(f"DATABASE_URL: {error}") from error


def _shown(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
