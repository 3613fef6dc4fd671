"""``infusion-bot kb rollback``: the files of a version that served, put back where they were."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.app.config import Settings
from bot.app.knowledge import open_knowledge
from bot.app.live.clinic import copy_folder
from bot.app.live.kept import KeptVersions, Version
from bot.app.live.sources import Source, source_of
from bot.channels.declaration import ConfigError
from bot.knowledge.load import KnowledgeError

_SHOWN = 5  # files that are named


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--to", metavar="VERSION", help="which version, as --list shows them (default: the one before)")
    command.add_argument("--list", action="store_true", help="show the versions that are kept, and change nothing")
    command.add_argument("--config", metavar="FILE", help="the settings file of the server")
    command.add_argument("--data-dir", metavar="DIR", help="folder of the server's data, where versions are kept (DATA_DIR)")


def run_rollback(args: argparse.Namespace, settings: Settings) -> int:
    source, kept = source_of(settings), KeptVersions(settings.serving.data_dir, settings.clinic)
    listed = kept.listed()
    if not listed:
        place = f"{settings.serving.data_dir} (DATA_DIR)"
        print(f"nothing is kept of the clinic {settings.clinic} in {place}; a version is kept when it serves", file=sys.stderr)
        return 1
    try:
        return _show(source, settings, listed) if args.list else _go_back(args.to, source, settings, kept)
    except OSError as error:
        raise ConfigError(f"{error.filename or settings.knowledge}: {error.strerror or error}") from error


def _show(source: Source, settings: Settings, listed: tuple[Version, ...]) -> int:
    with copy_folder(settings) as folder:
        here, _ = _copied(source, settings, folder)
    for one in listed:
        marks = [*(["set aside"] if one.aside else []), *(["in the folder now"] if one.files == here else [])]
        print(f"{one.name}  {_moment(one.at)}  {len(one.files)} files{'  ' if marks else ''}{', '.join(marks)}")
    return 0


def _go_back(to: str | None, source: Source, settings: Settings, kept: KeptVersions) -> int:
    with copy_folder(settings) as folder:
        (folder / "now").mkdir()
        here, wrong = _copied(source, settings, folder / "now")
        version = _chosen(to, kept, here)
        if version.files == here and not wrong:
            print(f"{version.name} is in the folder already; nothing is changed")
            return 0
        kept.copy(version, folder / "then")
        try:
            open_knowledge(source.within(settings, folder / "then"))
        except KnowledgeError as error:
            print("\n".join(error.mistakes))
            print(f"{version.name} is not in order for this program; nothing is changed", file=sys.stderr)
            return 1
        aside = kept.put_aside(source.copy_most(settings, folder / "again")[0]) if here else None
        done = kept.restore(version, source, wrong)
    print(f"{version.name} is set back, as it served on {_moment(version.at)}")
    for what, names in (("written", done.written), ("removed", done.removed)):
        if names:
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            print(f"  {what}: {', '.join(names[:_SHOWN])}{more}")
    if aside is not None:
        print(f"What was there is kept, too: infusion-bot kb rollback --to {aside}")
    print("A running server takes it within seconds: infusion-bot status")
    return 0


def _copied(source: Source, settings: Settings, folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The files that are there, and what is wrong with those that cannot be copied; nothing where the folder is gone."""
    try:
        copied, wrong = source.copy_most(settings, folder)
    except OSError:
        return {}, {}
    return dict(copied.files), dict(wrong)


def _chosen(to: str | None, kept: KeptVersions, here: dict[str, str]) -> Version:
    if to is None:
        version = kept.before(here)
        if version is None:
            raise ConfigError("there is no version before this one; --list shows those that are kept")
        return version
    found = [one for one in kept.listed() if one.name.startswith(to)]
    if len(found) != 1:
        names = ", ".join(one.name for one in kept.listed())
        raise ConfigError(f"--to: {to!r} is {'none' if not found else 'more than one'} of the versions that are kept: {names}")
    return found[0]


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
