"""Writes docs/commands.md: every command with its arguments and flags, out of the program itself.

As Markdown of its own, not what --help prints: that is folded to the width of a terminal and worded by each release of Python.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.app.commands.main import whole_parser

PAGE = Path(__file__).resolve().parents[1] / "docs" / "commands.md"
_HEAD = """\
# Commands

What `infusion-bot --help` and `infusion-bot COMMAND --help` say, on one page; written by `make manual`. Exit codes: 0 fine, 1
findings, 2 usage or settings.
"""
# Groups of flags that many commands share: told once, at the end.
_SHARED = {
    "settings": "Every command that reads the knowledge takes these; each may come from the environment, too.",
    "serving": "Commands of who runs the bot take these besides; each may come from the environment or from the settings file. "
    "Secrets are no flags: [deploy/env.example](../deploy/env.example) lists all settings.",
}


def page() -> str:
    """The whole page."""
    parser = whole_parser()
    commands = list(_commands(parser, "infusion-bot"))
    listed = [f"| [`{name}`](#{_anchor(name)}) | {about} |" for name, about, _ in commands]
    parts = [_HEAD, "| command | does |\n|---|---|\n" + "\n".join(listed)]
    parts += ["\n\n".join(_section(name, about, one)) for name, about, one in commands]
    serving = next(one for name, _, one in commands if name == "infusion-bot serve")
    for group in serving._action_groups:
        if group.title in _SHARED:
            flags = _table(group._group_actions)
            parts.append(f"## Flags: {group.title}\n\n{_SHARED[group.title]}\n\n{flags}")
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _commands(parser: argparse.ArgumentParser, name: str) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    """Those below ``parser``, and theirs: name, what it does, itself."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            about = {one.dest: one.help or "" for one in action._choices_actions}
            for word, below in action.choices.items():
                yield f"{name} {word}", about.get(word, ""), below
                yield from _commands(below, f"{name} {word}")


def _section(name: str, about: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    own = [action for group in parser._action_groups if group.title not in _SHARED for action in group._group_actions]
    below = any(isinstance(one, argparse._SubParsersAction) for one in own)
    own = [one for one in own if not isinstance(one, argparse._SubParsersAction | argparse._HelpAction)]
    yield f"## {name}"
    said = (parser.description or about).strip().rstrip(".")
    yield f"{said[0].upper()}{said[1:]}."
    places = [f"[{_metavar(one)}]" if one.nargs in {"?", "*"} else _metavar(one) for one in own if not one.option_strings]
    shared = [title for title in _SHARED if any(group.title == title for group in parser._action_groups)]
    flags = "[flags]" if shared or any(one.option_strings for one in own) else ""
    yield "    " + " ".join(filter(None, [name, "COMMAND" if below else "", *places, flags]))
    if own:
        yield _table(own)
    if parser.epilog:
        yield "```\n" + parser.epilog.strip() + "\n```"
    if shared:
        yield "Besides: " + " and ".join(f"[{title}](#{_anchor(f'Flags: {title}')})" for title in shared) + "."


def _table(actions: Iterable[argparse.Action]) -> str:
    shown = [one for one in actions if one.help is not argparse.SUPPRESS]
    rows = [f"| `{_form(one)}` | {_said(one)} |" for one in shown]
    return "\n".join(["| | |", "|---|---|", *rows])


def _form(action: argparse.Action) -> str:
    form = f"{', '.join(action.option_strings)} {_metavar(action)}" if action.option_strings else _metavar(action)
    return form.strip().replace("|", "\\|")


def _metavar(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    names = action.metavar or ("{" + ",".join(map(str, action.choices)) + "}" if action.choices else action.dest.upper())
    name = " ".join(names) if isinstance(names, tuple) else names
    return f"{name} ..." if action.nargs in {"*", "+", argparse.REMAINDER} else name


def _said(action: argparse.Action) -> str:
    said = (action.help or "") % {"default": action.default, "prog": "infusion-bot"}
    return said.replace("|", "\\|")


def _anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-").replace(":", "")


def main() -> None:
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
