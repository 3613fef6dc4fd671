"""The commands of ``infusion-bot``: functions (namespace, settings) -> exit code.

Exit codes: 0 fine, 1 findings or malformed lines, 2 usage or settings.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from zoneinfo import ZoneInfo

from bot.app import config
from bot.app.config import ConfigError, Settings
from bot.version import __version__

# Everything that reads knowledge or fits a matcher is imported by the command that needs it: `--help` must not wait for numpy.
if TYPE_CHECKING:
    from bot.dialogue.policy import Dialogue
    from bot.knowledge.model import Knowledge

_EXAMPLES = """\
examples:
  infusion-bot chat                                  talk to the bot
  infusion-bot ask how long does an infusion take    one question, one answer
  infusion-bot timeline --ended 14:10                the hours after an infusion
  infusion-bot ask --batch questions.jsonl           many questions, as JSON Lines
  infusion-bot kb check                              is the knowledge folder in order?
  infusion-bot serve                                 answer on the web, on Telegram, in help desks

Settings may also come from the environment: KNOWLEDGE, CLINIC, TIMEZONE, MODEL, CACHE_DIR, CONVERSATION_MINUTES; what serving
needs besides is shown by: infusion-bot serve --help
"""
_OPERATING = {
    "serve": "run the channels that are configured, until it is stopped",
    "telegram": "set up the bot's account at Telegram, look how it is",
    "inbox": "what waits, what was given up; try that again",
    "keys": "keys of servers that ask over the API",
}


def run(argv: Sequence[str]) -> int:
    """Runs one command and returns its exit code. Raises nothing that an outside mistake can cause."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without our quotation marks still gets the answer
    try:
        code = _run(argv)
        sys.stdout.flush()
    except BrokenPipeError:
        _let_go_of_stdout()
        return 0
    except KeyboardInterrupt:
        return 130
    return code


def _run(argv: Sequence[str]) -> int:
    from bot.knowledge.load import KnowledgeError  # noqa: PLC0415  # light, but it reads yaml

    parser = _parser(editing=not {"kb", "model"}.isdisjoint(argv), operating=not _OPERATING.keys().isdisjoint(argv))
    try:
        args = parser.parse_args(argv)
    except SystemExit as left:  # after --help, --version and mistakes; argparse has said what there is to say
        return left.code if isinstance(left.code, int) else 0
    if args.command is None:
        parser.print_help()
        return 0
    try:
        code: int = args.run(args, config.read(vars(args)))
    except ConfigError as error:
        return _refuse(str(error))
    except KnowledgeError as error:
        return _refuse(*error.mistakes)
    return code


def _refuse(*lines: str) -> int:
    for line in lines:
        print(line, file=sys.stderr)
    return 2


def _let_go_of_stdout() -> None:
    """Nobody reads on (``| head -1``): what is left in the buffer must not fail once more when the interpreter ends."""
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, sys.stdout.fileno())
    finally:
        os.close(null)


# -- the command line -----------------------------------------------------------------------------------------------


def _parser(editing: bool, operating: bool) -> argparse.ArgumentParser:
    """``editing``, ``operating``: with the tools for the knowledge, for serving, which import much; else only their names."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    shared = common.add_argument_group("settings")
    shared.add_argument("--knowledge", metavar="DIR", help="the knowledge folder (default: the one that comes with the bot)")
    shared.add_argument(
        "--model", metavar="auto|off|DIR", help="the sentence model: the installed one, none, or a folder (default: auto)"
    )
    shared.add_argument("--clinic", metavar="NAME", help="the clinic's file in DIR/clinics (default: default)")
    shared.add_argument("--tz", metavar="ZONE", help="time zone, like America/Chicago (default: the clinic's, else the system's)")

    parser = argparse.ArgumentParser(
        prog="infusion-bot",
        description="Answers questions about ketamine infusions from reviewed text with its source, or says that it cannot.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[common],
    )
    parser.add_argument("--version", action="version", version=f"infusion-bot {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("chat", help="talk to the bot", parents=[common]).set_defaults(run=_chat)
    _add_ask(commands.add_parser("ask", help="ask one question, or many with --batch", parents=[common]))
    _add_timeline(commands.add_parser("timeline", help="clock times for the hours after an infusion", parents=[common]))
    if editing:
        from bot.app.commands import kb, model  # noqa: PLC0415

        kb.add_commands(commands, common)
        model.add_commands(commands, common)
    else:
        commands.add_parser("kb", help="check, measure and calibrate a knowledge folder")
    if operating:
        from bot.app.commands import operate  # noqa: PLC0415

        operate.add_commands(commands, common)
    else:
        for name, about in _OPERATING.items():
            commands.add_parser(name, help=about)
    return parser


def _add_ask(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("question", nargs="*", help="the question; quotes are not needed")
    parser.add_argument("--batch", metavar="FILE", help="JSON Lines with q (conversation, now, timezone); - for standard input")
    parser.add_argument("--json", action="store_true", help="the reply as one JSON object")
    parser.add_argument("--explain", action="store_true", help="also how the reply was found")
    parser.add_argument("--now", metavar="ISO", help="answer as at that moment, like 2026-11-24T14:10")
    parser.set_defaults(run=_ask)


def _add_timeline(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ended", metavar="TIME", help="when the infusion ended, like 14:10 or 2:10pm")
    parser.add_argument(
        "--date", metavar="DATE", help="on which day, like 2026-11-24 (default: the last twelve hours, else today)"
    )
    parser.add_argument("--picture", metavar="FILE", help="draw the course of the treatment into FILE, a .png or an .svg")
    parser.add_argument("--json", action="store_true", help="the times, or what the picture shows, as one JSON object")
    parser.set_defaults(run=_timeline)


# -- chat and ask ---------------------------------------------------------------------------------------------------


def _chat(args: argparse.Namespace, settings: Settings) -> int:
    from bot.channels import terminal  # noqa: PLC0415

    del args
    knowledge, dialogue = _open(settings)
    zone = config.zone_for(settings, knowledge.clinic.timezone)
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    chat = terminal.Chat(dialogue, knowledge, lambda: datetime.now(zone), _name(zone))
    terminal.run(chat, knowledge, sys.stdin, sys.stdout, settings.colours)
    return 0


def _ask(args: argparse.Namespace, settings: Settings) -> int:
    if args.batch is not None:
        if args.question:
            raise ConfigError(f"--batch: the questions come from {args.batch}; leave out {' '.join(args.question)!r}")
        return _ask_batch(args, settings)
    from bot.channels import batch, terminal  # noqa: PLC0415
    from bot.dialogue.replyjson import as_json  # noqa: PLC0415
    from bot.knowledge.model import Conversation  # noqa: PLC0415

    knowledge, dialogue = _open(settings)
    zone = config.zone_for(settings, knowledge.clinic.timezone)
    now = _moment(args.now, zone, settings) if args.now is not None else datetime.now(zone)
    # There is no conversation to open: no disclaimer.
    reply, _ = dialogue.respond(" ".join(args.question), Conversation(greeted=True, timezone=_name(zone)), now)
    if args.json:
        _speak_utf8()
        print(batch.dump({**as_json(reply), **({"why": list(reply.why)} if args.explain else {})}))
        return 0
    print(terminal.look_of(knowledge, sys.stdout, settings.colours).lay_out(reply.text) if sys.stdout.isatty() else reply.text)
    if args.explain:
        print("", *reply.why, sep="\n")
    return 0


def _ask_batch(args: argparse.Namespace, settings: Settings) -> int:
    from bot.channels import batch  # noqa: PLC0415

    with _lines(args.batch) as (lines, size):
        knowledge, dialogue = _open(settings)
        zone = config.zone_for(settings, knowledge.clinic.timezone)
        now = _moment(args.now, zone, settings) if args.now is not None else None
        clock = batch.Clock(lambda: now or datetime.now(zone), zone, chosen=settings.timezone is not None)
        progress = batch.Progress(sys.stderr, size, shared=sys.stdout.isatty()) if sys.stderr.isatty() else None
        _speak_utf8()
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


def _open(settings: Settings) -> tuple[Knowledge, Dialogue]:
    from bot.dialogue.policy import Dialogue  # noqa: PLC0415
    from bot.knowledge.load import load  # noqa: PLC0415
    from bot.matching.training import open_matcher  # noqa: PLC0415

    knowledge = load(settings.knowledge, settings.clinic)
    return knowledge, Dialogue(
        knowledge, open_matcher(knowledge, settings.cache_dir, lambda line: print(line, file=sys.stderr), settings.model)
    )


def _moment(text: str, zone: tzinfo, settings: Settings) -> datetime:
    from bot.channels.batch import moment  # noqa: PLC0415

    try:
        return moment(text, zone, chosen=settings.timezone is not None)
    except ValueError as error:
        raise ConfigError(f"--now: {error}") from error


def _name(zone: tzinfo) -> str | None:
    return zone.key if isinstance(zone, ZoneInfo) else None


def _speak_utf8() -> None:
    """JSON is UTF-8, whatever the terminal speaks."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")


# -- timeline -------------------------------------------------------------------------------------------------------


def _timeline(args: argparse.Namespace, settings: Settings) -> int:
    from bot.channels import batch, terminal  # noqa: PLC0415
    from bot.knowledge.load import load  # noqa: PLC0415

    if args.ended is None and (args.picture is None or args.date is not None):
        raise ConfigError("--ended is missing: when the infusion ended, like 14:10; for the picture alone, only --picture FILE")
    knowledge = load(settings.knowledge, settings.clinic)
    told = [] if args.ended is None else [_clock_times(args, settings, knowledge)]
    told += [] if args.picture is None else [_picture(args.picture, knowledge)]
    if args.json:
        _speak_utf8()
        text = "\n\n".join(text for text, _ in told)
        print(batch.dump({**{key: value for _, values in told for key, value in values.items()}, "text": text}))
        return 0
    look = terminal.look_of(knowledge, sys.stdout, settings.colours)
    print("\n\n".join(look.lay_out(text) if sys.stdout.isatty() else text for text, _ in told))
    return 0


def _clock_times(args: argparse.Namespace, settings: Settings, knowledge: Knowledge) -> tuple[str, dict[str, object]]:
    """The hours after the infusion, as text and as values."""
    from bot.dialogue.replies import Composer  # noqa: PLC0415
    from bot.timeline import hours  # noqa: PLC0415

    zone = config.zone_for(settings, knowledge.clinic.timezone)
    now = datetime.now(zone)
    try:
        care = hours.aftercare(_ended(args.ended, args.date, now), knowledge)
    except (ValueError, LookupError) as error:
        raise ConfigError(f"--ended: {error}") from error
    text = Composer(knowledge).figured(hours.told(care, knowledge, now.date()))
    return text, {**hours.as_json(care), "timezone": _name(zone)}


def _picture(name: str, knowledge: Knowledge) -> tuple[str, dict[str, object]]:
    """Draws the picture into the file ``name``, whole or not at all; where it is and what it shows, as text and as values."""
    from bot.timeline import course, picture  # noqa: PLC0415

    suffix = Path(name).suffix.lower()
    if suffix not in {".png", ".svg"}:
        raise ConfigError(f"--picture: {name!r} must end in .png or .svg")
    try:
        whole = course.of(knowledge)
    except LookupError as error:
        raise ConfigError(f"--picture: {error}") from error
    try:
        drawn = picture.png(whole, knowledge) if suffix == ".png" else picture.svg(whole, knowledge).encode()
    except ModuleNotFoundError as error:
        raise ConfigError(f"--picture: a .png needs Pillow ({error}); an .svg needs nothing") from error
    _write_whole(name, drawn)
    return f"{name}\n\n{course.as_text(whole, knowledge)}", {"picture": name, "course": course.as_json(whole)}


def _write_whole(name: str, content: bytes) -> None:
    """Writes beside and moves into place: nobody sees half a picture, and an old one stays if the new one fails."""
    path = Path(name)
    beside = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        try:
            beside.write_bytes(content)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise ConfigError(f"--picture: {name!r} cannot be written ({getattr(error, 'strerror', None) or error})") from error


def _ended(said: str, day: str | None, now: datetime) -> datetime:
    """When the infusion ended. Without a day, as in the chat: at that time within the last twelve hours, else today.

    Raises ConfigError, and ValueError for a time that the clocks of that day left out.
    """
    from bot.timeline import end_time, hours  # noqa: PLC0415

    at = end_time.parse_time(said)
    if at is None:
        raise ConfigError(f"--ended: {said!r} is not a time of day; write it like 14:10 or 2:10pm")
    if day is None:
        recent = end_time.ending(f"my infusion ended at {at:%H:%M}", now)
        return recent.ended if recent else hours.local(now.date(), at, now.tzinfo or ZoneInfo("UTC"))
    try:
        on = date.fromisoformat(day)
    except ValueError as error:
        raise ConfigError(f"--date: {day!r} is not a day; write it like 2026-11-24") from error
    return hours.local(on, at, now.tzinfo or ZoneInfo("UTC"))
