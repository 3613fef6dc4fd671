"""``infusion-bot chat|ask``: one question or many, or a conversation."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from bot.app import config
from bot.app.config import Settings
from bot.channels.declaration import ConfigError


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Adds ``chat`` and ``ask``."""
    commands.add_parser("chat", help="talk to the bot", parents=[common]).set_defaults(run=_chat)
    parser = commands.add_parser("ask", help="ask one question, or many with --batch", parents=[common])
    parser.add_argument("question", nargs="*", help="the question; quotes are not needed")
    parser.add_argument("--batch", metavar="FILE", help="JSON Lines with q (conversation, now, timezone); - for standard input")
    parser.add_argument("--json", action="store_true", help="the reply as one JSON object")
    parser.add_argument("--explain", action="store_true", help="also how the reply was found")
    parser.add_argument("--now", metavar="ISO", help="answer as at that moment, like 2026-11-24T14:10")
    parser.set_defaults(run=_ask)


def _chat(args: argparse.Namespace, settings: Settings) -> int:
    from bot.app.editions import open_dialogue
    from bot.channels import terminal

    del args
    dialogue = open_dialogue(settings)
    knowledge = dialogue.knowledge
    zone = config.zone_for(settings, knowledge.clinic.timezone)
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    chat = terminal.TerminalChat(dialogue, knowledge, lambda: datetime.now(zone), zone_name(zone))
    terminal.run(chat, knowledge, sys.stdin, sys.stdout, settings.colours)
    return 0


def _ask(args: argparse.Namespace, settings: Settings) -> int:
    if args.batch is not None:
        if args.question:
            raise ConfigError(f"--batch: the questions come from {args.batch}; leave out {' '.join(args.question)!r}")
        return _ask_batch(args, settings)
    from bot.app.editions import open_dialogue
    from bot.channels import batch, terminal
    from bot.dialogue.conversation import Conversation, as_json
    from bot.dialogue.events import Said
    from bot.dialogue.trace import trace_lines

    dialogue = open_dialogue(settings)
    knowledge = dialogue.knowledge
    zone = config.zone_for(settings, knowledge.clinic.timezone)
    now = _moment(args.now, zone, settings) if args.now is not None else datetime.now(zone)
    # There is no conversation to open: no disclaimer.
    reply, _ = dialogue.turn(Said(" ".join(args.question)), Conversation(greeted=True, timezone=zone_name(zone)), now)
    if args.json:
        speak_utf8()
        print(batch.dump({**as_json(reply), **({"why": list(trace_lines(reply.trace))} if args.explain else {})}))
        return 0
    print(terminal.look_of(knowledge, sys.stdout, settings.colours).lay_out(reply.text) if sys.stdout.isatty() else reply.text)
    if args.explain:
        print("", *trace_lines(reply.trace), sep="\n")
    return 0


def _ask_batch(args: argparse.Namespace, settings: Settings) -> int:
    from bot.app.editions import open_dialogue
    from bot.channels import batch

    with _lines(args.batch) as (lines, size):
        dialogue = open_dialogue(settings)
        zone = config.zone_for(settings, dialogue.knowledge.clinic.timezone)
        now = _moment(args.now, zone, settings) if args.now is not None else None
        clock = batch.Clock(lambda: now or datetime.now(zone), zone, chosen=settings.timezone is not None)
        progress = batch.Progress(sys.stderr, size, shared=sys.stdout.isatty()) if sys.stderr.isatty() else None
        speak_utf8()
        try:
            bad = batch.run(lines, sys.stdout, dialogue, clock, settings.conversation_minutes, args.explain, progress)
        except IsADirectoryError as error:
            raise ConfigError(f"--batch: {args.batch!r} cannot be read ({error.strerror})") from error
    return 1 if bad else 0


@contextmanager
def _lines(name: str) -> Iterator[tuple[BinaryIO, int | None]]:
    """The lines of a file with its size, or those of standard input as they come."""
    if name == "-":
        yield sys.stdin.buffer, None
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115  # closed below; only its opening is tried here
    except (OSError, ValueError) as error:
        raise ConfigError(f"--batch: {name!r} cannot be read ({getattr(error, 'strerror', None) or error})") from error
    with file:
        yield file, os.fstat(file.fileno()).st_size or None


def _moment(text: str, zone: tzinfo, settings: Settings) -> datetime:
    from bot.channels.batch import moment

    try:
        return moment(text, zone, chosen=settings.timezone is not None)
    except ValueError as error:
        raise ConfigError(f"--now: {error}") from error


def zone_name(zone: tzinfo) -> str | None:
    """The IANA name of ``zone``, where it has one."""
    return zone.key if isinstance(zone, ZoneInfo) else None


def speak_utf8() -> None:
    """JSON is UTF-8, whatever the terminal speaks."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
