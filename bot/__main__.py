"""``python -m bot`` and ``infusion-bot``: argv in, exit code out."""

from __future__ import annotations

import sys

from bot.app.commands.main import run


def main() -> None:
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
