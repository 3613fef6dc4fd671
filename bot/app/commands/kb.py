"""``infusion-bot kb ...``: the tools of those who write the knowledge. Exit codes: 0 fine, 1 findings, 2 usage or settings."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from bot.app.commands.editing import source
from bot.app.commands.editing.candidate import checked
from bot.app.commands.editing.copied import note_of_copy
from bot.app.commands.editing.diff import run_diff
from bot.app.commands.editing.register import add_editing
from bot.app.commands.evaluate import run_calibrate, run_score
from bot.app.commands.labelled import read_text
from bot.app.commands.operating import rollback
from bot.app.commands.reviewing.output import write_whole
from bot.app.commands.reviewing.review import run_report, run_review, run_sign
from bot.app.config import Settings
from bot.app.detector import open_detector
from bot.app.editions import dialogue_for, matcher_for, print_progress
from bot.app.knowledge import open_knowledge
from bot.authoring.calibrate import Rates
from bot.knowledge import schema
from bot.knowledge.load import clinics_of


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """The ``kb`` command and its own commands. Each sets ``run``: (namespace, settings) -> exit code."""
    parser = subparsers.add_parser("kb", help="check, measure and calibrate a knowledge folder", parents=[common])
    commands = parser.add_subparsers(dest="kb_command", metavar="COMMAND", required=True)

    def add(name: str, run: Any, about: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=about, description=about, parents=[common])
        command.set_defaults(run=run)
        return command

    add("check", _check, "load the folder strictly and report every mistake")
    verify = add("verify", _verify, "compare hashes and figures with the article")
    verify.add_argument("--article", type=Path, metavar="FILE", help="the article as plain text")
    verify.add_argument("--document", metavar="ID", help="which document of sources.yaml it is (when there are several)")
    source.add_arguments(commands, common)
    add("coverage", _coverage, "which paragraphs, figures and claims no entry serves")
    add("lint", _lint, "does each phrase find its own entry; near-duplicates; reading level; length")
    rollback.add_arguments(
        add("rollback", rollback.run_rollback, "go back to a version that served: its files are put back into the folder")
    )
    learning = add("learn", _learn, "learn ahead what a start with this knowledge needs, into the cache folder")
    learning.add_argument(
        "--part", choices=("danger", "words", "all"), default="all", help="what danger sounds like; words alone; all (default)"
    )
    schema = add("schema", _schema, "write the JSON Schemas for editors")
    schema.add_argument("--check", action="store_true", help="only say whether the committed ones are true")
    scoring = add("score", run_score, "labelled questions: right, offered, wrong, refused; urgent recall")
    scoring.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="JSON Lines with q, label, also, style; or conversations with id, turns, now",
    )
    scoring.add_argument("--json", action="store_true", help="figures as JSON")
    scoring.add_argument("--rank", action="store_true", help="the matcher alone: top-1, top-3, AUROC for label out")
    scoring.add_argument("--phrases", type=Path, metavar="TRAIN", help="with --rank: labelled phrases to match against")
    scoring.add_argument("--all", action="store_true", help="list every question that went wrong, not the worst alone")
    calibration = add("calibrate", run_calibrate, "choose the thresholds by cross-validation, write calibration.yaml")
    calibration.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="labelled questions; none: the folder's own phrases, held out"
    )
    calibration.add_argument(
        "--wrong", type=float, default=Rates().wrong, help="stated rate of wrong answers (default %(default)s)"
    )
    calibration.add_argument(
        "--strangers",
        nargs="*",
        default=[],
        type=Path,
        metavar="FILE",
        help="questions on other subjects, beside those of the folder",
    )
    calibration.add_argument("--dry-run", action="store_true", help="print, do not write")
    add("review", run_review, "which texts no clinician has signed, or which have changed since")
    sign = add("sign", run_sign, "record that somebody with medical training has read texts as they are now")
    sign.add_argument("--by", required=True, metavar="NAME", help="who has read them")
    sign.add_argument("--on", metavar="DATE", help="on which day, like 2026-11-24 (default: today)")
    sign.add_argument("--review-by", metavar="DATE", help="when it is due again, or never (default: a year later)")
    sign.add_argument("--all", action="store_true", help="all texts")
    sign.add_argument("ids", nargs="*", metavar="ID", help="a text, or the beginning of several, like danger.alarm")
    sign.add_argument("--report", metavar="TEXTS", help="sign only if the texts are those of that report")
    report = add("report", run_report, "make the document that a clinician reads and signs, as HTML or PDF")
    report.add_argument("--output", default="report.pdf", metavar="FILE", help="a .pdf or an .html (default: %(default)s)")
    report.add_argument("--paper", choices=("letter", "a4"), help="default: that of the clinic's country")
    diff = add("diff", run_diff, "which labelled questions change their reply between two folders, or two clinics")
    diff.add_argument("old", type=Path, help="a knowledge folder, or the name of a clinic")
    diff.add_argument("new", type=Path, help="the same")
    diff.add_argument("--questions", type=Path, action="append", metavar="FILE", required=True)
    add_editing(add)


# -- content ----------------------------------------------------------------------------------------------------


def _check(args: argparse.Namespace, settings: Settings) -> int:
    del args
    loaded, mistakes = checked(settings)
    if mistakes:
        print("\n".join(mistakes))
        print(f"{len(mistakes)} mistakes; clinics without any: {', '.join(loaded) or 'none'}", file=sys.stderr)
        return 1
    knowledge = next(iter(loaded.values()))
    if (copied := note_of_copy(settings.knowledge)) is not None:
        print(copied, file=sys.stderr)
    phrases = sum(len(topic.phrases) for topic in knowledge.topics)
    print(
        f"fine: {len(knowledge.claims)} claims, {len(knowledge.entries)} entries, {len(knowledge.boundaries)} boundary topics, "
        f"{phrases} phrases, version {knowledge.version}; clinics: {', '.join(clinics_of(settings.knowledge, settings.clinics))}"
    )
    return 0


def _verify(args: argparse.Namespace, settings: Settings) -> int:
    from bot.authoring.sources.text import text_of
    from bot.authoring.verify import verify  # the content tools are not needed to answer

    article = text_of(args.article.name, read_text(args.article)) if args.article else None
    return _report(
        verify(open_knowledge(settings), article, args.document),
        "every hash and figure agrees with the article" if article else "the ledger agrees with itself (no article given)",
    )


def _coverage(args: argparse.Namespace, settings: Settings) -> int:
    from bot.authoring.coverage import coverage, coverage_counts

    del args
    knowledge = open_knowledge(settings)
    counted = ", ".join(f"{served} of {all_} {what}" for what, (served, all_) in coverage_counts(knowledge).items())
    print(f"served: {counted}")
    return _report(coverage(knowledge), "every paragraph, figure and claim is served")


def _lint(args: argparse.Namespace, settings: Settings) -> int:
    from bot.app.paths import knowledge_folder
    from bot.authoring.lint import lint

    del args
    knowledge = open_knowledge(settings)
    own = settings.knowledge.resolve() == knowledge_folder().resolve()
    return _report(lint(knowledge, matcher_for(knowledge, settings), own, date.today()), "nothing to complain of")  # noqa: DTZ011  # the editor's own day


def _learn(args: argparse.Namespace, settings: Settings) -> int:
    knowledge = open_knowledge(settings)
    if args.part == "danger":
        open_detector(knowledge, settings.cache_dir, print_progress)
    else:
        dialogue_for(knowledge, replace(settings, model="off") if args.part == "words" else settings)
    print(f"fine: {args.part} is learned that version {knowledge.version} needs, in {settings.cache_dir}")
    return 0


def _report(found: Iterable[Any], fine: str) -> int:
    findings = list(found)
    for finding in findings:
        print(finding)
    errors = [finding for finding in findings if not getattr(finding, "warning", False)]
    print(f"{len(errors)} findings, {len(findings) - len(errors)} warnings" if findings else f"fine: {fine}")
    return 1 if errors else 0


def _schema(args: argparse.Namespace, settings: Settings) -> int:
    folder = settings.knowledge / "schema"
    stale = []
    if not args.check and not folder.exists():
        folder.mkdir()
    for name in schema.FILES:
        text = json.dumps(schema.json_schema(name), indent=2, ensure_ascii=False) + "\n"
        path = folder / f"{name}.json"
        if path.is_file() and path.read_text("utf-8") == text:
            continue
        stale.append(path)
        if not args.check:
            write_whole(path, text.encode(), "kb schema")
    for path in stale:
        print(f"{path}: {'is not what the loader expects; run kb schema' if args.check else 'written'}")
    if not stale:
        print("fine: the schemas are true")
    return 1 if stale and args.check else 0
