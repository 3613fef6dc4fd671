"""``infusion-bot kb source add`` and ``kb draft``: a document more, and the claims that it may give."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import yaml

from bot.app.commands.labelled import read_text
from bot.app.commands.reviewing.output import write_whole
from bot.app.config import Settings
from bot.app.knowledge import open_knowledge
from bot.authoring.sources.draft import drafted, proposals
from bot.authoring.sources.text import TextSection, sections_of, text_of
from bot.authoring.verify import changed_paragraphs
from bot.channels.declaration import ConfigError
from bot.knowledge.build import paragraph_hash
from bot.knowledge.model import Document, Knowledge
from bot.knowledge.schema import DOCUMENT
from bot.knowledge.yamlfile import Items, Mistakes, parse_yaml


def add_arguments(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    source = commands.add_parser("source", help="the documents that the knowledge comes from", parents=[common])
    parts = source.add_subparsers(dest="source_command", metavar="COMMAND", required=True)
    about = "add a document to sources.yaml, or see what a new version of it changes"
    command = parts.add_parser("add", help=about, description=about, parents=[common])
    command.add_argument("file", type=Path, metavar="FILE", help="plain text, Markdown or HTML")
    command.add_argument("--id", required=True, metavar="ID", help="its name in claims, like clinic-leaflet")
    command.add_argument("--title", required=True, metavar="TEXT", help="as patients read it in the source line")
    command.add_argument("--publisher", metavar="TEXT", help="who published it (default: the title)")
    command.add_argument("--link", metavar="URL", help="where it can be read")
    command.add_argument("--retrieved", metavar="DATE", help="when it was read there (default: today)")
    command.set_defaults(run=_add)
    about = "propose the claims of a document, for a person to finish; nothing of it is live"
    command = commands.add_parser("draft", help=about, description=about, parents=[common])
    command.add_argument("id", metavar="ID", help="the document in sources.yaml")
    command.add_argument("file", type=Path, metavar="FILE", help="the document itself")
    command.add_argument("--output", type=Path, metavar="FILE", help="where the proposals go (default: they are printed)")
    command.set_defaults(run=_draft)


def _add(args: argparse.Namespace, settings: Settings) -> int:
    knowledge = open_knowledge(settings)
    known = next((one for one in knowledge.documents if one.id == args.id), None)
    if known is not None:
        return _compare(knowledge, known, args.file)
    sections = _sections(args.file, args.title)
    told = "\n".join(_lines(args, sections)) + "\n"
    if mistakes := _mistakes(told):
        raise ConfigError("\n".join(mistakes))
    file = _file(settings)
    before = file.read_text("utf-8").rstrip() if file.exists() else ""
    write_whole(file, (f"{before}\n\n{told}" if before else told).encode(), "kb source add")
    count = sum(len(section.paragraphs) for section in sections)
    print(f"{args.id} stands in {file} now: {len(sections)} sections, {count} paragraphs")
    for section in sections:
        print(f"  {section.id}: {len(section.paragraphs)} paragraphs{f', below {section.heading!r}' if section.heading else ''}")
    print(f"Next: infusion-bot kb draft {args.id} {args.file} --output draft.yaml")
    return 0


def _draft(args: argparse.Namespace, settings: Settings) -> int:
    knowledge = open_knowledge(settings)
    known = next((one for one in knowledge.documents if one.id == args.id), None)
    if known is None:
        there = ", ".join(one.id for one in knowledge.documents)
        raise ConfigError(f"there is no document {args.id}; there is: {there}. Add it with: infusion-bot kb source add")
    if args.output is not None and args.output.exists():
        raise ConfigError(f"--output: {args.output} is there already, and is not overwritten")
    sections = _as_known(known, _sections(args.file, known.title))
    found = [*proposals(args.id, sections, knowledge.grammar)]
    texts = {(one.id, number): text for one in sections for number, text in enumerate(one.paragraphs, start=1)}
    told = drafted(args.id, found, texts, knowledge.grammar)
    if args.output is None:
        print(told, end="")
    else:
        write_whole(args.output, told.encode(), "--output")
        print(f"{len(found)} claims proposed in {args.output}; a person finishes them, then: infusion-bot kb check")
    open_questions = [one.id for one in sections if not any(proposal.section == one.id for proposal in found)]
    if open_questions:
        print(f"No figure, must or must not in: {', '.join(open_questions)}. What people ask there and the document does not")
        print("say belongs into a boundary topic (boundaries.yaml).")
    return 0


def _compare(knowledge: Knowledge, known: Document, file: Path) -> int:
    """What a new version of a document changes. Nothing is written: each claim is looked at by a person first."""
    found = [*changed_paragraphs(knowledge, known, text_of(file.name, read_text(file)))]
    for finding in found:
        print(finding)
    if not found:
        print(f"{known.id} is in sources.yaml already, and the file says the same")
        return 0
    print("Nothing is written. Look at the claims, then put what is new into sources.yaml.", file=sys.stderr)
    return 1


def _mistakes(told: str) -> Sequence[str]:
    """What the loader would say of the document."""
    mistakes = Mistakes()
    read = parse_yaml("sources.yaml", told.encode(), mistakes)
    for item in read.values if isinstance(read, Items) else ():
        DOCUMENT.read("sources.yaml", item, mistakes)
    return [line.partition(": ")[2] for line in mistakes.lines()]


def _as_known(known: Document, sections: Sequence[TextSection]) -> list[TextSection]:
    """The sections by the names that sources.yaml has for them."""
    names = {section.heading or "": section.id for section in known.sections}
    return [TextSection(names.get(one.heading, one.id), one.heading, one.paragraphs) for one in sections]


def _sections(file: Path, title: str) -> tuple[TextSection, ...]:
    sections = sections_of(text_of(file.name, read_text(file)), title)
    if not sections:
        raise ConfigError(f"{file}: no paragraph was found in it; plain text, Markdown and HTML are read")
    return sections


def _file(settings: Settings) -> Path:
    """The sources of the clinic that is named, else the base's. Raises ConfigError for a clinic that has no folder for them."""
    clinics = settings.clinics or settings.knowledge / "clinics"
    own = clinics / settings.clinic
    if own.is_dir():
        return own / "sources.yaml"
    if settings.clinic != "default":
        raise ConfigError(
            f"--clinic: {settings.clinic} is a single file, and its documents need a folder: "
            f"move {own}.yaml to {own / 'clinic.yaml'}"
        )
    return settings.knowledge / "sources.yaml"


def _lines(args: argparse.Namespace, sections: Sequence[TextSection]) -> Iterator[str]:
    yield f"- id: {args.id}"
    yield f"  title: {_scalar(args.title)}"
    yield f"  publisher: {_scalar(args.publisher or args.title)}"
    if args.link:
        yield f"  link: {_scalar(args.link)}"
    yield f"  retrieved: {args.retrieved or datetime.now(UTC).date()}"
    yield "  needs_signature: true  # what rests on it is told once a clinician has signed it: infusion-bot kb sign"
    yield "  sections:"
    for section in sections:
        yield f"    - id: {section.id}"
        yield f"      title: {_scalar(section.heading or args.title)}"
        if section.heading:
            yield f"      heading: {_scalar(section.heading)}"
        yield "      paragraphs:"
        yield from (f"        - {paragraph_hash(text)}" for text in section.paragraphs)


def _scalar(text: str) -> str:
    shown: str = yaml.safe_dump(text, allow_unicode=True, width=100_000)
    return shown.removesuffix("\n").removesuffix("\n...")
