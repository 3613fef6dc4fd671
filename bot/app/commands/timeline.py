"""``infusion-bot timeline``: clock times for the hours after an infusion, and the picture of the treatment."""

from __future__ import annotations

import argparse
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.app import config
from bot.app.commands.ask import speak_utf8, zone_name
from bot.app.commands.reviewing.output import write_whole
from bot.app.config import Settings
from bot.channels.declaration import ConfigError

if TYPE_CHECKING:
    from bot.knowledge.model import Knowledge
    from bot.timeline.end_time import EndTimes


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Adds ``timeline``."""
    parser = commands.add_parser("timeline", help="clock times for the hours after an infusion", parents=[common])
    parser.add_argument("--ended", metavar="TIME", help="when the infusion ended, like 14:10 or 2:10pm")
    parser.add_argument(
        "--date", metavar="DATE", help="on which day, like 2026-11-24 (default: the last twelve hours, else today)"
    )
    parser.add_argument("--picture", metavar="FILE", help="draw the course of the treatment into FILE, a .png or an .svg")
    parser.add_argument("--json", action="store_true", help="the times, or what the picture shows, as one JSON object")
    parser.set_defaults(run=_timeline)


def _timeline(args: argparse.Namespace, settings: Settings) -> int:
    from bot.app.knowledge import open_knowledge
    from bot.channels import batch, terminal

    if args.ended is None and (args.picture is None or args.date is not None):
        raise ConfigError("--ended is missing: when the infusion ended, like 14:10; for the picture alone, only --picture FILE")
    knowledge = open_knowledge(settings)
    told = [] if args.ended is None else [_clock_times(args, settings, knowledge)]
    told += [] if args.picture is None else [_picture(args.picture, knowledge)]
    if args.json:
        speak_utf8()
        text = "\n\n".join(text for text, _ in told)
        print(batch.dump({**{key: value for _, values in told for key, value in values.items()}, "text": text}))
        return 0
    look = terminal.look_of(knowledge, sys.stdout, settings.colours)
    print("\n\n".join(look.lay_out(text) if sys.stdout.isatty() else text for text, _ in told))
    return 0


def _clock_times(args: argparse.Namespace, settings: Settings, knowledge: Knowledge) -> tuple[str, dict[str, object]]:
    """The hours after the infusion, as text and as values."""
    from bot.dialogue.replies import Composer
    from bot.timeline import hours
    from bot.timeline.end_time import EndTimes

    zone = config.zone_for(settings, knowledge.clinic.timezone)
    now = datetime.now(zone)
    try:
        care = hours.clock_times(_ended(args.ended, args.date, now, EndTimes.of(knowledge.grammar)), knowledge)
    except (ValueError, LookupError) as error:
        raise ConfigError(f"--ended: {error}") from error
    text = Composer(knowledge).figured(hours.rendered(care, knowledge, now.date()))
    return text, {**hours.as_json(care), "timezone": zone_name(zone)}


def _picture(name: str, knowledge: Knowledge) -> tuple[str, dict[str, object]]:
    """Draws the picture into the file ``name``, whole or not at all; where it is and what it shows, as text and as values."""
    from bot.timeline import course, picture

    suffix = Path(name).suffix.lower()
    if suffix not in {".png", ".svg"}:
        raise ConfigError(f"--picture: {name!r} must end in .png or .svg")
    try:
        whole = course.course_from(knowledge)
    except LookupError as error:
        raise ConfigError(f"--picture: {error}") from error
    try:
        drawn = picture.png(whole, knowledge) if suffix == ".png" else picture.svg(whole, knowledge).encode()
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"--picture: a .png needs Pillow ({error}), which comes with infusion-bot[picture]; an .svg needs nothing"
        ) from error
    write_whole(Path(name), drawn, "--picture")
    return f"{name}\n\n{course.as_text(whole, knowledge)}", {"picture": name, "course": course.as_json(whole)}


def _ended(said: str, day: str | None, now: datetime, end_times: EndTimes) -> datetime:
    """When the infusion ended. Without a day, as in the chat: at that time within the last twelve hours, else today.

    Raises ConfigError, and ValueError for a time that the clocks of that day left out.
    """
    from bot.timeline import clock
    from bot.timeline.end_time import latest

    at = end_times.parse_time(said)
    if at is None:
        raise ConfigError(f"--ended: {said!r} is not a time of day; write it like 14:10 or 2:10pm")
    if day is None:
        return latest(at, now) or clock.local(now.date(), at, now.tzinfo or ZoneInfo("UTC"))
    try:
        on = date.fromisoformat(day)
    except ValueError as error:
        raise ConfigError(f"--date: {day!r} is not a day; write it like 2026-11-24") from error
    return clock.local(on, at, now.tzinfo or ZoneInfo("UTC"))
