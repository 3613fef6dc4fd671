"""``infusion-bot sheet``: the one-page leaflet for patients, as HTML or PDF."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app.commands.reviewing.output import write_whole
from bot.app.config import Settings, zone_for
from bot.channels.declaration import ConfigError

if TYPE_CHECKING:
    from bot.authoring.printing.leaflet import Leaflet
    from bot.knowledge.model import Knowledge

_USUAL = "leaflet.pdf"
_LETTER = {"US", "CA"}  # the others cut their paper by ISO 216
MISSING = "{option}: {what} needs a package that is not installed ({error}); install it with: pip install 'infusion-bot[print]'"


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Adds ``sheet``."""
    about = "print the one-page leaflet for patients: before, during, after, how long, when to call"
    parser = commands.add_parser("sheet", help=about, description=about, parents=[common])
    parser.add_argument("--output", default=_USUAL, metavar="FILE", help="a .pdf or an .html (default: %(default)s)")
    parser.add_argument(
        "--paper", choices=("letter", "a4"), help="default: letter where the clinic is in the US or Canada, else a4"
    )
    parser.add_argument("--language", metavar="TAG", help="the leaflet's language, where there is one in it, like en")
    parser.add_argument(
        "--link", metavar="ADDRESS", help="of the bot, for the QR code: https://t.me/NAME, or that of its web chat"
    )
    parser.add_argument("--topic", metavar="ID", help="what the QR code opens (default: the one that sheet.yaml names)")
    parser.set_defaults(run=_sheet)


def _sheet(args: argparse.Namespace, settings: Settings) -> int:
    from bot.app.knowledge import open_knowledge

    if Path(args.output).suffix.lower() not in {".pdf", ".html"}:
        raise ConfigError(f"--output: {args.output!r} must end in .pdf or .html")
    knowledge = open_knowledge(settings)
    spoken = knowledge.grammar.tag
    if args.language not in {None, spoken}:
        raise ConfigError(f"--language: there is no leaflet in {args.language!r}; this knowledge folder speaks {spoken}")
    if args.topic and not settings.link:
        raise ConfigError("--topic: the QR code needs the bot's address; name it with --link, or in the setting BOT_LINK")
    paper = args.paper or paper_of(knowledge)
    leaflet = _leaflet(knowledge, settings, args.topic)
    write_whole(Path(args.output), _printed(leaflet, paper, args.output), "--output")
    code = f"QR code to {leaflet.code.link}" if leaflet.code else "no QR code: --link ADDRESS gives one"
    print(f"{args.output}: one page, {paper}; {code}")
    if leaflet.unsigned:
        print("No clinician has signed this leaflet, and it says so. `infusion-bot kb sign --by NAME sheet` signs it.")
    return 0


def paper_of(knowledge: Knowledge) -> str:
    """The paper that the clinic's country prints on."""
    return "letter" if knowledge.clinic.country in _LETTER else "a4"


def _leaflet(knowledge: Knowledge, settings: Settings, topic: str | None) -> Leaflet:
    from bot.authoring.printing.leaflet import leaflet_of

    today = datetime.now(zone_for(settings, knowledge.clinic.timezone)).date()
    try:
        return leaflet_of(knowledge, today, settings.link, topic)
    except LookupError as error:
        raise ConfigError(f"sheet: {error.args[0]}") from error
    except ValueError as error:
        raise ConfigError(f"BOT_LINK (--link): {error}") from error
    except ModuleNotFoundError as error:
        raise ConfigError(MISSING.format(option="--link", what="a QR code", error=error)) from error


def _printed(leaflet: Leaflet, paper: str, output: str) -> bytes:
    try:
        if output.lower().endswith(".pdf"):
            from bot.authoring.printing.leaflet_pdf import leaflet_pdf

            return leaflet_pdf(leaflet, paper)
        from bot.authoring.printing.leaflet_html import leaflet_html

        return leaflet_html(leaflet, paper).encode()
    except ModuleNotFoundError as error:
        raise ConfigError(MISSING.format(option="--output", what="a PDF", error=error)) from error
    except LookupError as error:
        raise ConfigError(f"sheet: {error.args[0]}") from error
