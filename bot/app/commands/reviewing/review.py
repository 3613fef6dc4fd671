"""``kb review`` and ``kb sign``: which texts a clinician has signed, and the signature."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from bot.app.commands.labelled import UsageError, read_text
from bot.app.commands.reviewing.output import write_whole
from bot.app.commands.reviewing.sheet import MISSING, paper_of
from bot.app.config import Settings, zone_for
from bot.app.knowledge import open_knowledge
from bot.authoring.printing.report import digest_of, in_a_year
from bot.authoring.signing import chosen, signed_texts, texts_beside, with_signatures, with_texts
from bot.channels.declaration import ConfigError
from bot.dialogue.reviews import STATES, Standing, counts, reviewables, standings
from bot.knowledge.load import KnowledgeError, ledger_path
from bot.knowledge.model import Signature

_LONGEST_NAME = 80
_MEANS = {
    "changed": "Changed after they were signed",
    "overdue": "Due for another review",
    "by hand": "With `reviewed` typed in, which says not of which text",
    "unsigned": "Never signed",
}


def run_review(args: argparse.Namespace, settings: Settings) -> int:
    """Every text without a signature that holds, by what is the matter with it and by file; 1 where there is one."""
    del args
    found = standings(open_knowledge(settings), _today())
    many = counts(found)
    for state in STATES:
        if state in many and state != "signed":
            print(f"{_MEANS[state]}: {many[state]}")
            print(*_by_file(one for one in found if one.state == state), "", sep="\n")
    left = len(found) - many.get("signed", 0)
    print(f"{len(found)} texts, {many.get('signed', 0)} with a signature that holds")
    if not any(one.signature for one in found):
        print("No clinician has signed a text of this folder.")
    if left:
        print("`infusion-bot kb report` makes the document to read; `infusion-bot kb sign --by NAME` records who has read it.")
    return 1 if left else 0


def _by_file(found: Iterable[Standing]) -> list[str]:
    files: dict[str, list[str]] = {}
    for one in found:
        signed = one.signature
        note = f" ({signed.by}, {signed.on})" if signed is not None else ""
        files.setdefault(one.text.file, []).append(f"{one.text.id}{note}")
    return [f"  {file}: {', '.join(ids)}" for file, ids in files.items()]


def run_report(args: argparse.Namespace, settings: Settings) -> int:
    """Writes the document that a clinician reads and signs."""
    from bot.authoring.printing.report import report_of

    if Path(args.output).suffix.lower() not in {".pdf", ".html"}:
        raise UsageError(f"--output: {args.output!r} must end in .pdf or .html")
    knowledge = open_knowledge(settings)
    ledgers = {ledger_path(settings.knowledge, clinic, settings.clinics) for clinic in ("default", settings.clinic)}
    words = {id: lines for ledger in ledgers for id, lines in signed_texts(_text_of(texts_beside(ledger))).items()}
    report = report_of(knowledge, datetime.now(zone_for(settings, knowledge.clinic.timezone)), words)
    paper = args.paper or paper_of(knowledge)
    unset: tuple[str, ...] = ()
    try:
        if args.output.lower().endswith(".pdf"):
            from bot.authoring.printing.report_pdf import report_pdf, unset_texts

            content, unset = report_pdf(report, paper), unset_texts(report)
        else:
            from bot.authoring.printing.report_html import report_html

            content = report_html(report, paper).encode()
    except ModuleNotFoundError as error:
        raise ConfigError(MISSING.format(option="--output", what="a PDF", error=error)) from error
    write_whole(Path(args.output), content, "--output")
    many = sum(len(group.texts) for group in report.groups)
    print(f"{args.output}: {many} texts, {paper}, texts {report.digest}")
    if unset:
        print(f"{len(unset)} texts are in scripts that the PDF's font lacks, and stand in the HTML form: {', '.join(unset)}")
    return 0


def run_sign(args: argparse.Namespace, settings: Settings) -> int:
    """Records that somebody read texts as they are now, in the ledger of the clinic, or of the folder where none is named."""
    name = " ".join(args.by.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise UsageError(f"--by: {args.by!r} is not a name; write who has read the texts, in at most {_LONGEST_NAME} characters")
    on = _day(args.on, "--on") if args.on else _today()
    if on > _today():
        raise UsageError(f"--on: {on} is still to come; sign on the day on which the texts were read")
    due = None if args.review_by == "never" else _day(args.review_by, "--review-by") if args.review_by else in_a_year(on)
    if due is not None and due <= on:
        raise UsageError(f"--review-by: {due} is not after {on}, the day of this review")
    if bool(args.ids) == args.all:
        raise UsageError("which texts? Name their ids (kb review lists them), or sign all of them with --all")
    try:
        knowledge = open_knowledge(settings)
    except KnowledgeError as error:
        raise KnowledgeError([*error.mistakes, "nothing was signed: kb check has to be fine first"]) from error
    texts = reviewables(knowledge)
    try:
        read = list(texts.values()) if args.all else chosen(args.ids, texts)
    except LookupError as error:
        raise UsageError(str(error.args[0])) from error
    if args.report and args.report != (now := digest_of(standings(knowledge, _today()))):
        raise UsageError(
            f"--report: the texts are not those of report {args.report} any more, but {now}; make it anew and read it"
        )
    path = ledger_path(settings.knowledge, settings.clinic, settings.clinics)
    new = {text.id: Signature(name, on, text.hash, due) for text in read}
    words = texts_beside(path)
    write_whole(words, with_texts(_text_of(words), read).encode(), "kb sign")
    write_whole(path, with_signatures(_text_of(path), new).encode(), "kb sign")
    again = f", due again on {due}" if due is not None else ""
    print(f"{path}: {len(new)} texts signed by {name} on {on}{again}")
    left = sum(one.state != "signed" for one in standings(open_knowledge(settings), _today()))
    print(f"{left} of {len(texts)} texts are still without a signature that holds" if left else "every text is signed")
    return 0


def _text_of(path: Path) -> str:
    return read_text(path) if path.exists() else ""


def _today() -> date:
    return date.today()  # noqa: DTZ011  # the editor's own day


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{option}: {text!r} is not a day; write it like 2026-11-24") from error
