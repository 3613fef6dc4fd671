"""The commands of ``infusion-bot``: functions (namespace, settings) -> exit code.

Exit codes: 0 fine, 1 findings or malformed lines, 2 usage or settings.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from bot.app import config
from bot.app.commands import ask, timeline
from bot.app.commands.operating import completion
from bot.app.variables import refuse_misspelt
from bot.channels.declaration import ConfigError
from bot.version import __version__

# Everything that reads knowledge or fits a matcher is imported by the command that needs it: `--help` must not wait for numpy.

_EXAMPLES = """\
examples:
  infusion-bot chat                                  talk to the bot
  infusion-bot ask how long does an infusion take    one question, one answer
  infusion-bot timeline --ended 14:10                the hours after an infusion
  infusion-bot ask --batch questions.jsonl           many questions, as JSON Lines
  infusion-bot kb check                              is the knowledge folder in order?
  infusion-bot serve                                 answer on the web, on Telegram, in help desks

Settings may also come from the environment: KNOWLEDGE, CLINIC, TIMEZONE, MODEL, CACHE_DIR, CONVERSATION_MINUTES; what serving
needs besides is shown by: infusion-bot serve --help; what holds, and why: infusion-bot config
"""
_EDITING = {
    "kb": "check, measure and calibrate a knowledge folder",
    "clinic": "begin a clinic's own file or folder; who may open its page",
    "sheet": "print the one-page leaflet for patients",
    "model": "is the sentence model there; install it",
}
_OPERATING = {
    "serve": "run the channels that are configured, until it is stopped",
    "status": "ask the running server which knowledge it answers from, and why not from a newer one",
    "stats": "what patients asked, by day, hour and topic; what helped, and what did not",
    "gaps": "what was not answered, in groups, and what could be added for it",
    "config": "the settings as they hold, where each comes from, and what is wrong with them",
    "doctor": "look whether all is there that a start needs",
    "telegram": "set up the bot's account at Telegram, look how it is",
    "inbox": "what waits, what was given up; try that again",
    "forget": "delete all that is kept about one conversation",
    "db": "the store as a whole: back it up, restore it, move it, look it over",
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
    from bot.knowledge.load import KnowledgeError  # light, but it reads yaml

    operating = not {*_OPERATING, "clinic"}.isdisjoint(argv)  # who may open its page stands in the store
    parser = _parser(editing=not _EDITING.keys().isdisjoint(argv), operating=operating)
    try:
        args = parser.parse_args(argv)
    except SystemExit as left:  # after --help, --version and mistakes; argparse has said what there is to say
        return left.code if isinstance(left.code, int) else 0
    if args.command is None:
        parser.print_help()
        return 0
    try:
        if hasattr(args, "run_unread"):  # it says itself what is wrong with the settings
            return int(args.run_unread(args))
        if args.command in _OPERATING:
            refuse_misspelt(config.environment())
        code: int = args.run(args, config.read_settings(vars(args)))
    except ConfigError as error:
        return _refuse(*str(error).splitlines())
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


def whole_parser() -> argparse.ArgumentParser:
    """That of all commands, with all of their flags."""
    return _parser(editing=True, operating=True)


def _parser(editing: bool, operating: bool) -> argparse.ArgumentParser:
    """``editing``, ``operating``: with the tools for the knowledge, for serving, which import much; else only their names."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    shared = common.add_argument_group("settings")
    shared.add_argument("--knowledge", metavar="DIR", help="the knowledge folder (default: the one that comes with the bot)")
    shared.add_argument(
        "--model",
        metavar="small|large|auto|off|DIR",
        help="the sentence model; auto, the default, is the larger one that is installed",
    )
    shared.add_argument("--clinic", metavar="NAME", help="the clinic's file or folder among the clinics (default: default)")
    shared.add_argument("--clinics", metavar="DIR", help="the folder of the clinics (default: clinics/ in the knowledge folder)")
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
    ask.add_commands(commands, common)
    timeline.add_command(commands, common)
    if editing:
        from bot.app.commands import kb, model
        from bot.app.commands.editing import clinic
        from bot.app.commands.reviewing import sheet

        sheet.add_command(commands, common)
        kb.add_commands(commands, common)
        of_clinic = clinic.add_command(commands, common)
        if operating:
            from bot.app.commands.operating import operate, page

            page.add_commands(of_clinic, operate.serving_flags(common))
        model.add_commands(commands, common)
    else:
        for name, about in _EDITING.items():
            commands.add_parser(name, help=about)
    if operating:
        from bot.app.commands.operating import operate

        operate.add_commands(commands, common)
    else:
        for name, about in _OPERATING.items():
            commands.add_parser(name, help=about)
    completion.add_command(commands, whole_parser)
    return parser
