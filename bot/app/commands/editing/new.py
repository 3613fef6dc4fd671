"""``kb new``: an entry or a boundary topic more, asked for field by field, or given by flags."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection
from pathlib import Path

from bot.app.commands.editing.candidate import mistakes_with, topic_files
from bot.app.commands.labelled import UsageError
from bot.app.commands.reviewing.output import write_whole
from bot.app.config import Settings
from bot.app.knowledge import open_knowledge
from bot.authoring.editing import skeletons
from bot.authoring.editing.lines import with_lines
from bot.authoring.editing.table import BOUNDARIES
from bot.authoring.lint import BOUNDARY_PHRASES, ENTRY_PHRASES
from bot.knowledge.model import Knowledge
from bot.language.nearest import as_id, choice, nearest

_REPLY = "My source does not cover this. Please ask your clinic."
_ELSEWHERE = {
    "clinic": "a clinic's file is written by: infusion-bot clinic init",
    "source": "a source is added by: infusion-bot kb source add",
}

Wrong = Callable[[str], str | None]  # what is wrong with an answer; None where nothing is


def run_new(args: argparse.Namespace, settings: Settings) -> int:
    if args.what in _ELSEWHERE:
        raise UsageError(_ELSEWHERE[args.what])
    knowledge = open_knowledge(settings)
    files = topic_files(settings.knowledge)
    ask = _Prompt(sys.stdin.isatty())
    question = ask("--question", args.question, "What do people ask, as one short question?", _question)
    suggested = as_id(question)
    id = ask("--id", args.id, f"Its id [{suggested}]:", lambda text: _id(text, knowledge), suggested)
    phrases = tuple(dict.fromkeys([question, *args.phrase, *ask.several("Other ways to ask it, one a line (empty: done):")]))
    if args.what == "entry":
        claims = ask(
            "--claims", args.claims, "Which claims does it say? ids, with commas between:", lambda text: _claims(text, knowledge)
        )
        file = ask(
            "--file", args.file, f"Which file? {', '.join(sorted(set(files) - {BOUNDARIES}))}:", lambda text: _file(text, files)
        )
        lines = skeletons.entry(id, question, phrases, [knowledge.claims[claim] for claim in _ids(claims)])
    else:
        file = BOUNDARIES
        lines = skeletons.boundary(id, question, phrases, _REPLY)
    text = with_lines(files[file], lines)
    if mistakes := mistakes_with({file: text}, settings):
        print("\n".join(mistakes))
        print("nothing was written", file=sys.stderr)
        return 1
    write_whole(settings.knowledge / file, text.encode(), "kb new")
    _tell_next(settings.knowledge / file, text.count("\n") - len(lines) + 1, args.what, question, len(phrases))
    return 0


def _tell_next(path: Path, line: int, what: str, question: str, phrases: int) -> None:
    least = ENTRY_PHRASES if what == "entry" else BOUNDARY_PHRASES
    print(f"{path}:{line}: written. Next:")
    print(f"  1. add phrases: it has {phrases}, and needs {least}")
    print(
        f"  2. put the {'answer' if what == 'entry' else 'reply'} into words of your own, and mend or delete what begins with #"
    )
    print(f'  3. infusion-bot kb check, kb lint, and: infusion-bot kb try "{question}"')
    print("  4. have it read by a person with medical training, who signs it (reviewed)")


class _Prompt:
    """What was given by a flag, else what somebody at a terminal types. Raises UsageError where there is neither."""

    def __init__(self, terminal: bool) -> None:
        self._terminal = terminal

    def __call__(self, flag: str, given: str | None, prompt: str, wrong: Wrong, otherwise: str = "") -> str:
        if given is None and not self._terminal:
            if not otherwise:
                raise UsageError(f"{flag} is needed where nobody can be asked")
            given = otherwise
        if given is not None:
            if told := wrong(given.strip()):
                raise UsageError(f"{flag}: {told}")
            return given.strip()
        while True:
            typed = _typed(f"{prompt} ") or otherwise
            if not (told := wrong(typed)):
                return typed
            print(f"  {told}")

    def several(self, prompt: str) -> list[str]:
        if not self._terminal:
            return []
        print(prompt)
        found = []
        while typed := _typed("  "):
            found.append(typed)
        return found


def _typed(prompt: str) -> str:
    try:
        return input(prompt).strip()
    except EOFError:
        raise UsageError("ended before all was said; nothing was written") from None


def _question(text: str) -> str | None:
    if not text:
        return "a question is needed, such as: How long does an infusion take?"
    return f"it has {len(text)} characters; at most 120 are allowed" if len(text) > 120 else None


def _id(text: str, knowledge: Knowledge) -> str | None:
    if not text or as_id(text) != text:
        meant = as_id(text)
        return f"{text!r} is no id; small letters, digits, - and _ are allowed, a letter first" + (
            f" ({meant}?)" if meant else ""
        )
    return f"{text} is there already; choose another" if knowledge.topic(text) is not None else None


def _ids(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in text.replace(";", ",").split(",") if part.strip()))


def _claims(text: str, knowledge: Knowledge) -> str | None:
    ids = _ids(text)
    if not 1 <= len(ids) <= 3:
        return f"one to three claims are needed, of: {', '.join(knowledge.claims)}"
    unknown = [id for id in ids if id not in knowledge.claims]
    if not unknown:
        return None
    if (meant := nearest(unknown[0], knowledge.claims)) is not None:
        return f"there is no claim {unknown[0]}; did you mean {meant}?"
    return f"there is no claim {unknown[0]}; allowed: {', '.join(knowledge.claims)}"


def _file(text: str, files: Collection[str]) -> str | None:
    known = sorted(set(files) - {BOUNDARIES})
    return None if text in known else f"{text!r} is no file of entries; {choice(text, known, len(known))}"
