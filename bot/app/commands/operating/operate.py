"""The commands of who runs the bot: ``serve``, ``status``, ``stats``, ``gaps``, ``telegram``, ``inbox``, ``forget``, ``keys``."""

from __future__ import annotations

import argparse
import asyncio
import logging
import re
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bot.app.channels import CHANNELS
from bot.app.commands.operating import config as config_command
from bot.app.commands.operating import db, doctor, gaps, stats
from bot.app.commands.operating.status import run_status
from bot.app.commands.operating.store import shown, with_store
from bot.app.config import Settings, environment
from bot.app.editions import LoadedEditions, print_progress
from bot.app.knowledge import open_knowledge
from bot.app.live.clinic import open_clinic
from bot.app.serving import serve, wiring
from bot.app.serving.clinics import PREFIX, open_clinics, served_together
from bot.app.serving.process import Served
from bot.app.variables import SETTINGS, flag_of, misspelt
from bot.channels.declaration import ConfigError, needing
from bot.channels.telegram.settings import NAME, TelegramSettings
from bot.channels.web.api import keys
from bot.delivery import logs
from bot.delivery.storage import Kept, Storage
from bot.delivery.storage.operations.people import count_gaps
from bot.dialogue.conversation import ConversationKey

if TYPE_CHECKING:
    from telegram import Bot

_log = logging.getLogger(__name__)
_COMMON = {"knowledge", "clinic", "clinics", "tz", "model"}  # flags that every command has


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Each command sets ``run``: (namespace, settings) -> exit code."""
    flags = serving_flags(common)

    about = "run the channels that are configured, until it is stopped"
    subparsers.add_parser("serve", help=about, description=about, parents=[flags]).set_defaults(run=_serve)

    about = "ask the running server which knowledge it answers from, and why not from a newer one"
    subparsers.add_parser("status", help=about, description=about, parents=[flags]).set_defaults(run=run_status)

    stats.add_command(subparsers, flags)
    gaps.add_command(subparsers, flags)

    telegram = subparsers.add_parser("telegram", help="set up the bot's account at Telegram, look how it is", parents=[flags])
    commands = telegram.add_subparsers(dest="telegram_command", metavar="COMMAND", required=True)
    about = "set commands, descriptions and menu; without --apply it only shows what it would change"
    command = commands.add_parser("setup", help=about, description=about, parents=[flags])
    command.add_argument("--apply", action="store_true", help="make the changes")
    command.set_defaults(run=_setup)
    about = "who the bot is, its webhook, how many updates wait, the last error"
    commands.add_parser("status", help=about, description=about, parents=[flags]).set_defaults(run=_status)

    config_command.add_command(subparsers, flags)
    doctor.add_command(subparsers, flags)

    inbox = subparsers.add_parser("inbox", help="what waits, what was given up; try that again", parents=[flags])
    commands = inbox.add_subparsers(dest="inbox_command", metavar="COMMAND", required=True)
    about = "how many updates wait, and the dead letters"
    command = commands.add_parser("list", help=about, description=about, parents=[flags])
    command.add_argument("--limit", type=int, default=50, metavar="N", help="at most so many dead letters (default: 50)")
    command.set_defaults(run=_list)
    about = "put dead letters back into the inbox"
    command = commands.add_parser("requeue", help=about, description=about, parents=[flags])
    command.add_argument("ids", nargs="+", metavar="ID", help="ids as `inbox list` shows them")
    names = [one.name for one in CHANNELS]
    command.add_argument("--channel", choices=names, default=names[0], help=f"their channel (default: {names[0]})")
    command.set_defaults(run=_requeue)

    about = "delete all that is kept about one conversation; without --apply it only shows how much that is"
    command = subparsers.add_parser("forget", help=about, description=about, parents=[flags])
    command.add_argument("--channel", choices=names, required=True, help="where the person writes")
    command.add_argument(
        "--conversation",
        metavar="NAME",
        required=True,
        help="the chat's number, the browser's token, the desk's conversation",
    )
    command.add_argument("--apply", action="store_true", help="delete it")
    command.set_defaults(run=_forget)

    db.add_command(subparsers)

    keys = subparsers.add_parser("keys", help="keys of servers that ask over the API", parents=[flags])
    commands = keys.add_subparsers(dest="keys_command", metavar="COMMAND", required=True)
    about = "make a key; it is shown once, and only a hash of it is kept"
    command = commands.add_parser("add", help=about, description=about, parents=[flags])
    command.add_argument("name", metavar="NAME", help="what the key is called in the list, like the server that gets it")
    command.set_defaults(run=_add_key)
    about = "the keys, with those that were revoked"
    commands.add_parser("list", help=about, description=about, parents=[flags]).set_defaults(run=_list_keys)
    about = "revoke a key; running servers refuse it within seconds"
    command = commands.add_parser("revoke", help=about, description=about, parents=[flags])
    command.add_argument("name", metavar="NAME", help="its name")
    command.set_defaults(run=_revoke_key)


def serving_flags(common: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Those of all commands that read what serving needs."""
    flags = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS, parents=[common])
    group = flags.add_argument_group("serving", "each may also come from the environment, or from the settings file")
    group.add_argument("--config", metavar="FILE", help="a settings file: lines NAME=value, as in deploy/env.example")
    for name, setting in SETTINGS.items():
        if name not in _COMMON:
            about = f"{setting.about} ({setting.variable}; default: {setting.default})".replace("%", "%%")
            if setting.secret:
                group.add_argument(flag_of(name), action=_SecretFlag, variable=setting.variable, help=argparse.SUPPRESS)
            else:
                group.add_argument(flag_of(name), metavar="VALUE", help=about)
    return flags


class _SecretFlag(argparse.Action):
    """Whoever may list a machine's processes reads their flags, so no secret is one; an address without a password may be."""

    def __init__(self, option_strings: Sequence[str], dest: str, variable: str, **more: Any) -> None:
        super().__init__(option_strings, dest, **more)
        self._variable = variable

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: Any = None) -> None:
        if self._variable != "DATABASE_URL" or not re.match(r"memory:|sqlite:", str(values)):
            variable = self._variable
            parser.error(
                f"{option} may hold a secret, and others read flags: set {variable}, or {variable}_FILE to a file with it"
            )
        setattr(namespace, self.dest, values)


def _serve(args: argparse.Namespace, settings: Settings) -> int:
    if hasattr(signal, "SIGHUP"):  # a terminal that hangs up, or a reload before it serves, ends nothing
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    wiring.check(settings.serving)
    logs.start(settings.serving.log_level, plain=settings.serving.log_format == "plain")
    for name, near in misspelt(environment()):
        meant = f"; is {near} meant?" if near else ""
        _log.warning("no such setting", extra={"reason": f"{name} is no setting and is ignored{meant}"})
    return serve.run(settings, _served(vars(args), settings))


def _served(flags: Mapping[str, object], settings: Settings) -> Served:
    if names := served_together(flags, environment()):
        found = open_clinics(names, flags, environment(), print_progress, learns=False)
        clinics = tuple((one.settings, f"{PREFIX}{one.name}") for one in found.live)
        return Served(clinics, LoadedEditions(one.edition for one in found.live), tuple(found.live), found.failed)
    clinic = open_clinic(settings, learns=False)
    return Served(((settings, ""),), LoadedEditions([clinic.edition]), (clinic,))


# -- telegram -------------------------------------------------------------------------------------------------------


def _setup(args: argparse.Namespace, settings: Settings) -> int:
    from bot.channels.telegram import account  # half a second that `serve` may not need

    knowledge = open_knowledge(settings)
    return _with_telegram(settings, lambda bot, _: account.set_up(bot, knowledge, args.apply, print))


def _status(args: argparse.Namespace, settings: Settings) -> int:
    from bot.channels.telegram import account  # as above

    del args
    return _with_telegram(settings, lambda bot, given: account.status(bot, print, given.webhook_url))


def _with_telegram(settings: Settings, work: Callable[[Bot, TelegramSettings], Awaitable[int]]) -> int:
    given = settings.serving.channels[NAME]
    if not isinstance(given, TelegramSettings) or (token := given.bot_token) is None:
        raise ConfigError("TELEGRAM_BOT_TOKEN is not set; BotFather gives one")

    with needing("telegram", "TELEGRAM_BOT_TOKEN"):
        from bot.channels.telegram.api.client import client  # as above

    async def run() -> int:
        async with client(token, given.base_url, given.proxy) as bot:
            return await work(bot, given)

    logs.start("error")
    return asyncio.run(run())


# -- inbox ----------------------------------------------------------------------------------------------------------


def _list(args: argparse.Namespace, settings: Settings) -> int:
    async def work(storage: Storage) -> int:
        counts = await storage.counts()
        since = f", the oldest since {shown(counts.oldest)}" if counts.oldest else ""
        print(f"{counts.waiting} waiting{since}; {counts.dead} dead letters; {counts.reminders} reminders")
        for letter in await storage.dead_letters(args.limit):
            print(f"{letter.key.channel} {letter.id}  {letter.reason}, {letter.attempts} tries, given up {shown(letter.buried)}")
        return 0

    return with_store(settings, work)


def _requeue(args: argparse.Namespace, settings: Settings) -> int:
    async def work(storage: Storage) -> int:
        found = await storage.requeue(args.channel, args.ids)
        print(f"{found} of {len(args.ids)} put back")
        return 0 if found == len(args.ids) else 1

    return with_store(settings, work)


# -- forget ---------------------------------------------------------------------------------------------------------


def _forget(args: argparse.Namespace, settings: Settings) -> int:
    channel = next(one for one in CHANNELS if one.name == args.channel)
    name = channel.conversation(settings.serving.channels[args.channel], args.conversation)
    key = ConversationKey(settings.clinic, args.channel, name)

    async def work(storage: Storage) -> int:
        kept = await storage.kept(key)
        asked = await storage.run(lambda: count_gaps(key), write=False)
        if kept == Kept(0, 0, 0, 0, 0) and not asked:
            print("nothing is kept under that name: is it right? What is older than a conversation lasts is gone by itself")
            return 1
        print(
            f"{'what was spoken of' if kept.state else 'nothing of what was spoken of'}, {kept.waiting} messages that wait, "
            f"{kept.reminders} reminders, {kept.dead} dead letters, {kept.handed_over} lines of a talk with the staff, "
            f"{asked} unanswered questions of this month that may be theirs"
        )
        if not args.apply:
            print("Nothing is changed. With --apply it is deleted.")
        else:
            await storage.forget(key)
            await storage.clean()
            print("Deleted. For two days the numbers of the messages that were answered stay, and not whose they were.")
            if settings.serving.gaps:
                print("Unanswered questions of earlier months stay for GAPS_DAYS at most; they lead to nobody any more.")
        return 0

    return with_store(settings, work)


# -- keys -----------------------------------------------------------------------------------------------------------


def _add_key(args: argparse.Namespace, settings: Settings) -> int:
    open_knowledge(settings)  # a key of a clinic that is not there would open nothing, and nobody would say why

    async def work(storage: Storage) -> int:
        try:
            secret = await keys.make(storage, settings.clinic, args.name, time.time())
        except keys.KeyNameError as error:
            raise ConfigError(f"{args.name!r}: {error}") from error
        print(secret)
        return 0

    return with_store(settings, work)


def _list_keys(args: argparse.Namespace, settings: Settings) -> int:
    del args

    async def work(storage: Storage) -> int:
        for key in await keys.listed(storage, settings.clinic):
            until = f", revoked {shown(key.revoked)}" if key.revoked is not None else ""
            print(f"{key.name}  made {shown(key.created)}{until}")
        return 0

    return with_store(settings, work)


def _revoke_key(args: argparse.Namespace, settings: Settings) -> int:
    async def work(storage: Storage) -> int:
        if not await keys.revoke(storage, settings.clinic, args.name, time.time()):
            raise ConfigError(f"there is no valid key called {args.name!r}; `keys list` shows all")
        print(f"{args.name} is revoked")
        return 0

    return with_store(settings, work)
