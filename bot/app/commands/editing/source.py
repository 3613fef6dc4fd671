"""``infusion-bot kb source add`` and ``kb draft``: a document more, and the claims that it may give."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import yaml

from bot.app.commands.labelled import read_text, write_text
from bot.app.config import Settings
from bot.app.knowledge import open_knowledge
from bot.authoring.sources.draft import drafted, proposals
from bot.authoring.sources.text import TextSection, sections_of, text_of_html
from bot.channels.declaration import ConfigError
from bot.knowledge.build import paragraph_hash
from bot.knowledge.model import Document, Knowledge

_ID = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_PAGES = frozenset({".html", ".htm", ".xhtml"})


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
    if not _ID.fullmatch(args.id):
        raise ConfigError(f"--id: {args.id!r} is no id; small letters, digits, - and _ are allowed, a letter first")
    retrieved = _day(args.retrieved)
    knowledge = open_knowledge(settings)
    known = next((one for one in knowledge.documents if one.id == args.id), None)
    if known is not None:
        return _compare(known, _as_known(known, _sections(args.file, known.title)), knowledge)
    sections = _sections(args.file, args.title)
    file = _file(settings)
    before = file.read_text("utf-8") if file.exists() else ""
    told = "\n".join(_lines(args, sections, retrieved))
    write_text(file, f"{before.rstrip()}\n\n{told}\n" if before.strip() else f"{told}\n")
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
        write_text(args.output, told)
        print(f"{len(found)} claims proposed in {args.output}; a person finishes them, then: infusion-bot kb check")
    open_questions = [one.id for one in sections if not any(proposal.section == one.id for proposal in found)]
    if open_questions:
        print(f"No figure, must or must not in: {', '.join(open_questions)}. What people ask there and the document does not")
        print("say belongs into a boundary topic (boundaries.yaml).")
    return 0


def _compare(known: Document, sections: Sequence[TextSection], knowledge: Knowledge) -> int:
    """What a new version of a document changes. Nothing is written: each claim is looked at by a person first."""
    changed = 0
    texts = {one.id: one for one in sections}
    for section in known.sections:
        now = [paragraph_hash(text) for text in texts[section.id].paragraphs] if section.id in texts else []
        for number, digest in enumerate(section.paragraphs, start=1):
            if digest not in now:
                cited = [
                    claim.id
                    for claim in knowledge.claims.values()
                    if (claim.place.document, claim.place.section, claim.place.paragraph) == (known.id, section.id, number)
                ]
                changed += 1
                what = "changed or gone" if section.id in texts else "gone, with its section"
                print(f"{known.id}, section {section.id}, paragraph {number}: {what}; claims: {', '.join(cited) or 'none'}")
        for number, digest in enumerate(now, start=1):
            if digest not in section.paragraphs:
                changed += 1
                print(f"{known.id}, section {section.id}: new in the file, paragraph {number}: {digest}")
    for name in texts.keys() - {section.id for section in known.sections}:
        changed += 1
        print(f"{known.id}: a section more in the file, {name}")
    if not changed:
        print(f"{known.id} is in sources.yaml already, and the file says the same")
        return 0
    print("Nothing is written: the document is in sources.yaml. Look at the claims, then put the new hashes in.", file=sys.stderr)
    return 1


def _as_known(known: Document, sections: Sequence[TextSection]) -> list[TextSection]:
    """The sections by the names that sources.yaml has for them."""
    names = {section.heading or "": section.id for section in known.sections}
    return [TextSection(names.get(one.heading, one.id), one.heading, one.paragraphs) for one in sections]


def _sections(file: Path, title: str) -> tuple[TextSection, ...]:
    text = read_text(file)
    sections = sections_of(text_of_html(text) if file.suffix.lower() in _PAGES else text, title)
    if not sections:
        raise ConfigError(f"{file}: no paragraph was found in it; plain text, Markdown and HTML are read")
    return sections


def _file(settings: Settings) -> Path:
    """The sources of the clinic that is named, where that is a folder; else the base's."""
    own = (settings.clinics or settings.knowledge / "clinics") / settings.clinic
    return (own if own.is_dir() else settings.knowledge) / "sources.yaml"


def _lines(args: argparse.Namespace, sections: Sequence[TextSection], retrieved: date) -> Iterator[str]:
    yield f"- id: {args.id}"
    yield f"  title: {_scalar(args.title)}"
    yield f"  publisher: {_scalar(args.publisher or args.title)}"
    if args.link:
        yield f"  link: {_scalar(args.link)}"
    yield f"  retrieved: {retrieved.isoformat()}"
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


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text) if text else datetime.now(UTC).date()
    except ValueError:
        raise ConfigError(f"--retrieved: {text!r} is no date; write it like 2026-11-24") from None
