"""``infusion-bot db backup|restore|copy|check``: the store as a whole."""

from __future__ import annotations

import argparse
import asyncio
import re
import stat
import sys
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.app.config import Settings
from bot.app.variables import SETTINGS
from bot.channels.declaration import ConfigError
from bot.delivery import logs
from bot.delivery.storage import StorageError
from bot.delivery.storage.copying import NOT_CARRIED, Carried
from bot.delivery.storage.open import postgres_address, sqlite_path
from bot.delivery.storage.schema.upgrade import NEWEST

if TYPE_CHECKING:
    from bot.delivery.storage.copying.findings import Findings

# What copies and looks over loads SQLAlchemy; `serve`, which is declared beside it, must not wait for that.
_PASSWORD = re.compile(r"://[^/@]*:[^/@]*@|[?&]password=")
_LARGEST_ADDRESS = 4096


def add_command(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    flags = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    group = flags.add_argument_group(
        "where the store is", "DATABASE_URL, of the environment or of the settings file, names another"
    )
    group.add_argument("--config", metavar="FILE", help="a settings file: lines NAME=value, as in deploy/env.example")
    group.add_argument("--data-dir", metavar="DIR", help=f"{SETTINGS['data_dir'].about} (DATA_DIR)")
    parser = subparsers.add_parser("db", help="the store as a whole: back it up, restore it, move it, look it over")
    commands = parser.add_subparsers(dest="db_command", metavar="COMMAND", required=True)

    about = "write the store into one file, while bots may be at work on it; it restores to SQLite and to PostgreSQL"
    command = commands.add_parser("backup", help=about, description=about, parents=[flags])
    command.add_argument("file", metavar="FILE", type=Path, help="a new file; only its owner can read it")
    command.set_defaults(run=_back_up)

    about = "put what a backup holds into the store that is set; the bot must be stopped"
    command = commands.add_parser("restore", help=about, description=about, parents=[flags])
    command.add_argument("file", metavar="FILE", type=Path, help="what `db backup` wrote, of this or an earlier version")
    command.add_argument("--replace", action="store_true", help="delete what the store holds first; else it must be empty")
    command.set_defaults(run=_restore)

    about = "copy the store that is set to another one, of the same or the other kind; the bot must be stopped"
    command = commands.add_parser("copy", help=about, description=about, parents=[flags])
    command.add_argument(
        "target",
        metavar="TARGET",
        help="sqlite:///FILE, postgresql://USER@HOST/NAME, or @FILE (@-: stdin) with such an address, as where it has a password",
    )
    command.add_argument("--replace", action="store_true", help="delete what the target holds first; else it must be empty")
    command.add_argument(
        "--running", action="store_true", help="though a bot is at work: what comes during the copy stays behind"
    )
    command.set_defaults(run=_copy)

    about = (
        "integrity, version of the tables, how many rows there are, and what no bot would ever find; 1 where something is wrong"
    )
    commands.add_parser("check", help=about, description=about, parents=[flags]).set_defaults(run=_check)


def _back_up(args: argparse.Namespace, settings: Settings) -> int:
    from bot.delivery.storage.copying import transfer

    async def work() -> int:
        _tell(await transfer.write_backup(settings.serving.database_url, args.file))
        print(f"{args.file} holds all of it, for its owner alone. Words of patients may be in it.")
        return 0

    return _run(work, "DATABASE_URL")


def _restore(args: argparse.Namespace, settings: Settings) -> int:
    from bot.delivery.storage.copying import transfer

    url = settings.serving.database_url

    async def work() -> int:
        await _may_write(url, args.replace)
        carried, _ = await transfer.carry(f"sqlite:///{args.file}", url)
        _tell(carried)
        keys = next((one.rows for one in carried if one.table == "api_keys"), 0)
        print("Restored." + (f" Of {keys} API keys some may have been revoked since: look through `keys list`." if keys else ""))
        return 0

    return _run(work, "restore")


def _copy(args: argparse.Namespace, settings: Settings) -> int:
    from bot.delivery.storage.copying import transfer

    url, target = settings.serving.database_url, _target(args.target)
    if url == target:
        raise ConfigError("TARGET: that is the store that is set")

    async def work() -> int:
        if not args.running:
            await transfer.refuse_at_work(url)
        await _may_write(target, args.replace)
        carried, changed = await transfer.carry(url, target)
        _tell(carried)
        if changed:
            print(
                "The store was written to meanwhile: what came since the copy began is not in it. Stop the bot, and copy again."
            )
            return 1
        print("Copied; each row was read back and is the same. Set DATABASE_URL to the target before the bot starts again.")
        return 0

    return _run(work, "copy")


async def _may_write(url: str, replace: bool) -> None:
    from bot.delivery.storage.copying import transfer

    await transfer.refuse_at_work(url)
    if not replace:
        try:
            await transfer.refuse_held(url)
        except StorageError as error:
            raise StorageError(f"{error}; with --replace that is deleted first") from None


def _target(text: str) -> str:
    """The address. Raises ConfigError, which does not repeat it."""
    if not text.startswith("@"):
        if _PASSWORD.search(text):
            raise ConfigError(
                "TARGET: a password on a command line is seen by all on the machine; put it into a file, and name @FILE"
            )
        return text
    try:
        found = _first_bytes(text[1:]).strip()
    except (OSError, ValueError) as error:
        raise ConfigError(f"TARGET: {text[1:]!r} cannot be read ({getattr(error, 'strerror', None) or 'no text'})") from error
    if not found or "\n" in found:
        raise ConfigError(f"TARGET: {text[1:]!r} must hold one line, the address")
    return found


def _first_bytes(path: str) -> str:
    """``-``: of what comes in: a file that root alone can read is no file to the account that this runs as."""
    if path == "-":
        return sys.stdin.read(_LARGEST_ADDRESS)
    with Path(path).open(encoding="utf-8") as file:
        return file.read(_LARGEST_ADDRESS)


def _check(args: argparse.Namespace, settings: Settings) -> int:
    from bot.delivery.storage.copying.findings import look_over
    from bot.delivery.storage.copying.opening import reading

    del args
    url = settings.serving.database_url

    async def work() -> int:
        async with reading(url) as tables:
            findings = await look_over(tables)
        wrong = [*findings.wrong, *_open_to_others(url)]
        _describe(findings)
        for line in wrong:
            print(f"wrong: {line}")
        if not wrong:
            print("Nothing is wrong with it.")
        return 1 if wrong else 0

    return _run(work, "DATABASE_URL")


def _describe(findings: Findings) -> None:
    if findings.revision is not None:
        state = "the newest" if findings.revision == NEWEST else f"the next start of a bot makes {NEWEST} of it"
        print(f"tables of revision {findings.revision}, {state}")
    _tell(Carried(table, rows) for table, rows in findings.rows.items())
    if findings.rows:
        print(f"{findings.waiting} updates wait")


def _open_to_others(url: str) -> list[str]:
    path = sqlite_path(url) if postgres_address(url) is None else None
    if path is None or not (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077:
        return []
    return [f"others than its owner can read {path} (mode {mode:04o}): chmod 600"]


def _tell(rows: Iterable[Carried]) -> None:
    for one in rows:
        if one.table not in NOT_CARRIED:
            print(f"{one.rows:>9} {one.table}")


def _run(work: Callable[[], Coroutine[Any, Any, int]], place: str) -> int:
    logs.start("error")
    try:
        return asyncio.run(work())
    except (StorageError, ValueError) as error:
        raise ConfigError(f"{place}: {error}") from error
