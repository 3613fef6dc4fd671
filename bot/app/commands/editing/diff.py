"""``infusion-bot kb diff``: which labelled questions change their reply between two folders, or two clinics."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from bot.app.commands.labelled import read_questions
from bot.app.config import Settings
from bot.app.editions import dialogue_for
from bot.app.knowledge import open_knowledge
from bot.authoring.held_out import asker
from bot.authoring.score import score
from bot.dialogue.conversation import Reply
from bot.knowledge.load import clinics_of
from bot.knowledge.model import Knowledge


def _named_knowledge(name: Path, settings: Settings) -> Knowledge:
    """The folder ``name`` with the clinic of the settings, or the folder of the settings with the clinic ``name``."""
    if not name.is_dir() and str(name) in clinics_of(settings.knowledge, settings.clinics):
        return open_knowledge(replace(settings, clinic=str(name)))
    return open_knowledge(settings, name)


def run_diff(args: argparse.Namespace, settings: Settings) -> int:
    questions = [question for path in args.questions for question in read_questions(path)]
    before, after = (
        score(questions, asker(dialogue_for(knowledge, settings)))
        for knowledge in (_named_knowledge(args.old, settings), _named_knowledge(args.new, settings))
    )
    moved = [(a, b) for a, b in zip(before, after, strict=True) if _told(a.reply) != _told(b.reply)]
    for a, b in moved:
        better = f" ({a.outcome} -> {b.outcome})" if a.outcome != b.outcome else ""
        print(f"{a.question.q[:90]!r}: {_told(a.reply)} -> {_told(b.reply)}{better}")
    print(
        f"{len(moved)} of {len(questions)} questions changed their reply"
        if moved
        else f"fine: none of {len(questions)} questions changed its reply"
    )
    return 1 if moved else 0


def _told(reply: Reply) -> str:
    what = (
        reply.urgent
        or ", ".join(part.entry or part.boundary or "" for part in reply.parts)
        or ", ".join(c.id for c in reply.choices)
    )
    return f"{reply.kind} {what}".strip()
