"""``infusion-bot completion``: a script by which a shell completes the commands and their flags."""

from __future__ import annotations

import argparse
from collections.abc import Callable

SHELLS = ("bash", "zsh", "fish")
_PLACES = """\
where it goes:
  bash  infusion-bot completion bash > ~/.local/share/bash-completion/completions/infusion-bot
  zsh   infusion-bot completion zsh > DIR/_infusion-bot, where DIR is one of $fpath
  fish  infusion-bot completion fish > ~/.config/fish/completions/infusion-bot.fish
"""


def add_command(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser], whole: Callable[[], argparse.ArgumentParser]
) -> None:
    """``whole`` makes the parser with all commands."""
    about = "print the script by which a shell completes commands and flags"
    raw = argparse.RawDescriptionHelpFormatter
    command = subparsers.add_parser("completion", help=about, description=about, epilog=_PLACES, formatter_class=raw)
    command.add_argument("shell", choices=SHELLS, help="which shell")
    command.set_defaults(run_unread=lambda args: _print(args.shell, whole()))


def _print(shell: str, parser: argparse.ArgumentParser) -> int:
    import shtab  # for this command alone

    print(shtab.complete(parser, shell))
    return 0
