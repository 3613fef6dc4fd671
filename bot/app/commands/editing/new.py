"""``kb new``: an entry or a boundary topic more, asked for field by field, or given by flags."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Collection
from pathlib import Path

from bot.app.commands.editing import clinic, source
from bot.app.commands.editing.place import OWN_TOPICS, EditedPlace, edited_place, named
from bot.app.commands.labelled import UsageError
from bot.app.config import Settings
from bot.app.knowledge import open_knowledge
from bot.authoring.editing import skeletons
from bot.authoring.editing.lines import with_lines
from bot.authoring.lint import BOUNDARY_PHRASES, ENTRY_PHRASES
from bot.knowledge.model import Knowledge
from bot.language.nearest import as_id, choice, nearest

_OWN_FILE = re.compile(r"topics/[A-Za-z0-9][A-Za-z0-9_-]*\.yaml")
_REPLY = "My source does not cover this. Please ask your clinic."

Wrong = Callable[[str], str | None]  # what is wrong with an answer; None where nothing is


def run_new(args: argparse.Namespace, settings: Settings) -> int:
    ask = _Prompt(sys.stdin.isatty())
    if args.what == "clinic":
        return _new_clinic(args, settings, ask)
    if args.what == "source":
        return _new_source(args, settings, ask)
    knowledge = open_knowledge(settings)
    place = edited_place(settings, args.make_folder)
    question = ask("--question", args.question, "What do people ask, as one short question?", _question)
    suggested = as_id(question)
    id = ask("--id", args.id, f"Its id [{suggested}]:", lambda text: _id(text, knowledge), suggested)
    phrases = tuple(dict.fromkeys([question, *args.phrase, *ask.several("Other ways to ask it, one a line (empty: done):")]))
    if args.what == "entry":
        claims = ask(
            "--claims", args.claims, "Which claims does it say? ids, with commas between:", lambda text: _claims(text, knowledge)
        )
        known = sorted({*place.texts} - {place.boundaries}) or [OWN_TOPICS]
        usual = "" if place.clinic is None else known[0]
        shown = f"Which file? {', '.join(known)}{f' [{usual}]' if usual else ''}:"
        file = ask("--file", args.file, shown, lambda text: _file(text, known, place), usual)
        lines = skeletons.entry(id, question, phrases, [knowledge.claims[claim] for claim in _ids(claims)])
    else:
        file = place.boundaries
        lines = skeletons.boundary(id, question, phrases, _REPLY)
    text = with_lines(place.texts.get(file, ""), lines)
    if mistakes := place.mistakes_with({file: text}, settings):
        print("\n".join(mistakes))
        print("nothing was written", file=sys.stderr)
        return 1
    place.write(file, text, "kb new")
    _tell_next(place.folder / file, text.count("\n") - len(lines) + 1, args.what, question, len(phrases), named(settings))
    return 0


def _new_clinic(args: argparse.Namespace, settings: Settings, ask: _Prompt) -> int:
    """What ``clinic init`` does, once it is said what the clinic is to be called."""
    asked = "What is the clinic called among the clinics? small letters, digits, - and _, such as lakeside:"
    id = ask("--id", args.id, asked, lambda text: None if as_id(text) == text and text else f"{text!r} is no name for a clinic")
    return clinic.run_init(clinic.arguments(id, ask_all=sys.stdin.isatty()), settings)


def _new_source(args: argparse.Namespace, settings: Settings, ask: _Prompt) -> int:
    """What ``kb source add`` does with the answers."""
    file = ask("--file", args.file, "Which file? plain text, Markdown or HTML:", _document)
    title = ask("--title", args.title, "Its title, as patients read it:", lambda text: None if text else "a title is needed")
    suggested = as_id(title).replace("_", "-")
    id = ask("--id", args.id, f"Its id [{suggested}]:", lambda text: None if as_id(text) == text else "no id", suggested)
    parser = argparse.ArgumentParser()
    source.add_arguments(parser.add_subparsers(), argparse.ArgumentParser(add_help=False))
    given = parser.parse_args(["source", "add", file, "--id", id, "--title", title])
    run: Callable[[argparse.Namespace, Settings], int] = given.run
    return run(given, settings)


def _document(text: str) -> str | None:
    return None if Path(text).is_file() else f"there is no file {text!r}"


def _tell_next(path: Path, line: int, what: str, question: str, phrases: int, flags: str) -> None:
    least = ENTRY_PHRASES if what == "entry" else BOUNDARY_PHRASES
    print(f"{path}:{line}: written. Next:")
    print(f"  1. add phrases: it has {phrases}, and needs {least}")
    print(
        f"  2. put the {'answer' if what == 'entry' else 'reply'} into words of your own, and mend or delete what begins with #"
    )
    print(f'  3. infusion-bot kb check{flags}, kb lint{flags}, and: infusion-bot kb try "{question}"{flags}')
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


def _file(text: str, known: Collection[str], place: EditedPlace) -> str | None:
    if text in known or (place.clinic is not None and _OWN_FILE.fullmatch(text)):
        return None
    return f"{text!r} is no file of entries; {choice(text, known, len(known))}"
