"""``infusion-bot config``: the settings as they hold, and where each comes from."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from bot.app.channels import CHANNELS
from bot.app.commands.operating.effective import EffectiveSetting, effective
from bot.app.config import Settings, environment, read_settings
from bot.app.serving import wiring
from bot.app.serving.clinics import served_together
from bot.app.variables import given_settings, misspelt
from bot.channels.declaration import ConfigError


def add_command(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], flags: argparse.ArgumentParser) -> None:
    """``flags``: those of all commands that read what serving needs."""
    about = "the settings as they hold, where each comes from, and what is wrong with them; of secrets only that they are set"
    command = subparsers.add_parser("config", help=about, description=about, parents=[flags])
    command.add_argument("--given", action="store_true", help="only those that somebody set")
    command.add_argument("--json", action="store_true", help="all of it, as JSON")
    command.set_defaults(run_unread=run)


def run(args: argparse.Namespace) -> int:
    """0: they are right; 1: a variable looks like a setting and is none; 2: one is wrong."""
    given = given_settings(vars(args), environment())
    settings, wrong = _read(args)
    names = _together(args, wrong)
    near = [
        f"{name}: is no setting{f'; is {one} meant?' if one else ', and is ignored'}" for name, one in misspelt(environment())
    ]
    shown = effective(given, settings)
    channels = [one.name for one in CHANNELS if settings.serving.channels[one.name].configured] if settings else None
    if args.json:
        listed = [asdict(one) for one in shown]
        print(json.dumps({"settings": listed, "channels": channels, "clinics": names, "wrong": wrong, "unknown": near}, indent=2))
    else:
        _print([one for one in shown if not args.given or not one.is_default])
        print(f"channels: {', '.join(channels)}" if channels is not None else "channels: none, as the settings are wrong")
        if names:
            print(f"clinics: {', '.join(names)}; --clinic NAME shows what holds for one")
        for line in [*wrong, *near]:
            print(line, file=sys.stderr)
    return 2 if wrong else 1 if near else 0


def _read(args: argparse.Namespace) -> tuple[Settings | None, list[str]]:
    """What was made of the settings, and what is wrong with them."""
    try:
        settings = read_settings(vars(args))
        wiring.check(settings.serving)
    except ConfigError as error:
        return None, str(error).splitlines()
    return settings, []


def _together(args: argparse.Namespace, wrong: list[str]) -> tuple[str, ...]:
    """The clinics that are served together; what is wrong with that goes to ``wrong``."""
    try:
        return () if wrong else served_together(vars(args), environment())
    except ConfigError as error:
        wrong += str(error).splitlines()
        return ()


def _print(settings: list[EffectiveSetting]) -> None:
    if not settings:
        print("nothing is set: the defaults hold")
        return
    name = max(len(one.variable) for one in settings)
    value = max(len(one.value) for one in settings)
    for one in settings:
        print(f"{one.variable:{name}}  {one.value:{value}}  {one.source}")
