"""``kb try``: the same questions to the folder as it was and as it is, and what differs."""

from __future__ import annotations

import argparse
import difflib
import io
import shutil
import subprocess
import tarfile
import tempfile
import textwrap
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.app.commands.labelled import UsageError
from bot.app.config import Settings
from bot.app.editions import dialogue_for
from bot.app.knowledge import open_knowledge
from bot.app.live.clinic import copy_folder
from bot.app.live.kept import KeptVersions
from bot.app.live.sources import source_of
from bot.app.paths import knowledge_folder
from bot.dialogue.conversation import Conversation, Reply
from bot.dialogue.events import Said
from bot.knowledge.load import KnowledgeError, clinics_of
from bot.knowledge.model import Knowledge

_WIDTH = 78


def run_try(args: argparse.Namespace, settings: Settings) -> int:
    after = open_knowledge(settings)
    before, name = _before(args.before, settings)
    print(f"before: {name}\nafter:  {_edited(settings)}")
    if before.version == after.version:
        print("nothing has changed between them")
    asked = [dialogue_for(knowledge, settings) for knowledge in (before, after)]
    now = datetime.now(UTC)
    for question in args.questions:
        old, new = (dialogue.turn(Said(question), Conversation(greeted=True), now)[0] for dialogue in asked)
        print()
        print("\n".join(compared(question, old, new)))
    return 0


def compared(question: str, old: Reply, new: Reply) -> list[str]:
    """What two replies to a question say, as lines: once where they are the same, else what differs."""
    if (old.text, _topic(old)) == (new.text, _topic(new)):
        return [f"? {question}", f"  same:   {_told(new)}", *_wrapped(new.text, "    ")]
    told = [f"? {question}", f"  before: {_told(old)}", f"  after:  {_told(new)}"]
    if old.text == new.text:
        return [*told, "  the same words", *_wrapped(new.text, "    ")]
    lines = difflib.ndiff(_wrapped(old.text, ""), _wrapped(new.text, ""))
    return [*told, *(f"  {line.rstrip()}" for line in lines if not line.startswith("?"))]


def _wrapped(text: str, blanks: str) -> list[str]:
    return [
        blanks + line
        for paragraph in text.split("\n")
        for line in textwrap.wrap(paragraph, _WIDTH - 4, break_on_hyphens=False, break_long_words=False) or [""]
        if line
    ]


def _topic(reply: Reply) -> str:
    parts = ", ".join(part.entry or part.boundary or "" for part in reply.parts)
    return parts or reply.urgent or ", ".join(choice.id for choice in reply.choices)


def _told(reply: Reply) -> str:
    return f"{_topic(reply) or 'no topic'} ({reply.kind}, confidence {reply.confidence:.2f})"


# -- what it was before ------------------------------------------------------------------------------------------------


def _before(given: str | None, settings: Settings) -> tuple[Knowledge, str]:
    """What to compare with, and its name for people: a folder, a revision of git, or a version that served."""
    folder = _edited(settings)
    if given is not None and Path(given).is_dir():
        return _opened(settings, Path(given), given), given
    if (archive := _archive(folder, given or "HEAD")) is not None:
        with tempfile.TemporaryDirectory() as place:
            with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
                packed.extractall(place, filter="data")
            if settings.clinic == "default" or settings.clinic in clinics_of(settings.knowledge, Path(place)):
                name = f"{folder} at {given or 'HEAD'}"
                return _opened(settings, Path(place), name), name
    if (served := _served(given, settings)) is not None:
        return served
    if given is not None:
        what = (
            "no folder, no revision of a git checkout that the knowledge is in, and no version that is kept (kb rollback --list)"
        )
        raise UsageError(f"--before: {given} is {what}")
    if settings.clinic != "default":
        name = "the knowledge without this clinic"
        return _opened(replace(settings, clinic="default", clinics=None), settings.knowledge, name), name
    if folder.resolve() == knowledge_folder().resolve():
        raise UsageError("there is nothing to compare with; name a folder with --before, such as a copy made before the change")
    name = "the knowledge that comes with the bot"
    return _opened(settings, knowledge_folder(), name), name


def _edited(settings: Settings) -> Path:
    """The folder in which an editor of this clinic works."""
    return settings.knowledge if settings.clinic == "default" else settings.clinics or settings.knowledge / "clinics"


def _opened(settings: Settings, folder: Path | None, name: str) -> Knowledge:
    try:
        if settings.clinic != "default" and folder is not None and settings.clinic in clinics_of(settings.knowledge, folder):
            return open_knowledge(replace(settings, clinics=folder))  # of clinics
        return open_knowledge(settings, folder)
    except KnowledgeError as error:
        raise KnowledgeError([f"{name} (before): {error.mistakes[0]}"]) from None


def _served(given: str | None, settings: Settings) -> tuple[Knowledge, str] | None:
    """The version that is named, else the one that served last and is not what is in the folder now."""
    kept, source = KeptVersions(settings.serving.data_dir, settings.clinic), source_of(settings)
    if not kept.listed():
        return None
    try:
        with copy_folder(settings) as place:
            if given is None:
                (place / "now").mkdir()
                version = kept.before(dict(source.copy_most(settings, place / "now")[0].files))
            else:
                version = next((one for one in kept.listed() if one.name.startswith(given)), None)
            if version is None:
                return None
            kept.copy(version, place / "then")
            name = f"version {version.name}, which served"
            try:
                return _opened(source.within(settings, place / "then"), None, name), name
            except UsageError:
                if given is not None:
                    raise
                return None  # of an earlier release of the program, which read other files
    except OSError as error:
        raise UsageError(f"{settings.serving.data_dir}: {error.strerror or error}") from None


def _archive(folder: Path, revision: str) -> bytes | None:
    """The folder at a git revision, packed; None where there is none of it."""
    git = shutil.which("git")
    if git is None or revision.startswith("-"):
        return None

    def run(place: Path, *args: str) -> bytes | None:
        done = subprocess.run([git, "-C", str(place), *args], capture_output=True, check=False)  # noqa: S603  # no shell
        return done.stdout if done.returncode == 0 else None

    found = run(folder, "rev-parse", "--show-toplevel", "--show-prefix")
    if found is None:
        return None
    top, _, prefix = found.decode().partition("\n")
    return run(Path(top), "archive", "--format=tar", f"{revision}:{prefix.strip().rstrip('/')}")
