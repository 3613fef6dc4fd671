"""``infusion-bot kb score|calibrate|diff``: labelled questions, measured, and the thresholds chosen on them."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.app.commands.labelled import (
    UsageError,
    holds_conversations,
    read_conversations,
    read_questions,
    tell_labels,
)
from bot.app.commands.reviewing.output import write_whole
from bot.app.config import Settings
from bot.app.detector import open_detector
from bot.app.editions import WITH_LARGE, WITH_SMALL, matcher_for, matchers_for, print_progress
from bot.app.knowledge import open_knowledge
from bot.authoring.calibrate import CAUTIONS, FOLDS, rates_for
from bot.authoring.conversations import ScoredTurn, conversation_figures, score_conversation, unknown_labels_of
from bot.authoring.held_out import (
    WORDS,
    CalibrationPair,
    asker,
    cases,
    choose_each,
    choose_out_of_fold,
    held_out_cases,
    held_out_strangers,
    phrase_matcher,
    score_out_of_fold,
    stranger_cases,
)
from bot.authoring.score import (
    OUTCOMES,
    LabelledQuestion,
    Ranked,
    Scored,
    danger_right,
    figures,
    rank_figures,
    score,
    unknown_labels,
)
from bot.dialogue.conversation import Reply
from bot.dialogue.policy import Dialogue
from bot.dialogue.trace import trace_lines
from bot.knowledge.model import Calibration, Knowledge
from bot.matching.matcher import Matcher
from bot.matching.training import understanding
from bot.safety.detector import DangerDetector

_WORST = 40


def run_score(args: argparse.Namespace, settings: Settings) -> int:
    if args.rank:
        return _score_rank(args, settings)
    knowledge = open_knowledge(settings)
    matcher, detector = matcher_for(knowledge, settings), open_detector(knowledge, settings.cache_dir, print_progress)
    told: dict[str, Any] = {}
    unknown = False
    for name, path in _named(args.files).items():
        if holds_conversations(path):
            conversations = read_conversations(path)
            unknown |= tell_labels(path, unknown_labels_of(conversations, knowledge))
            turns = [score_conversation(one, Dialogue(knowledge, matcher, detector)) for one in conversations]
            told[name] = conversation_figures(turns)
            if not args.json:
                _print_conversations(name, told[name], turns, None if args.all else _WORST)
            continue
        questions = read_questions(path)
        unknown |= tell_labels(path, unknown_labels(questions, knowledge))
        scored, how = _scored(questions, path, knowledge, matcher, detector)
        told[name] = {"how": how, **figures(scored)}
        for by, of in (("by style", _style), ("by kind", _sort)):
            if len(names := sorted({of(q) for q in questions if of(q)})) > 1:
                told[name][by] = {one: figures([each for each in scored if of(each.question) == one]) for one in names}
        if not args.json:
            _print_score(name, how, told[name], scored, None if args.all else _WORST)
    if args.json:
        print(json.dumps(told, indent=2))
    return 1 if unknown else 0


def _scored(
    questions: Sequence[LabelledQuestion], path: Path, knowledge: Knowledge, matcher: Matcher, detector: DangerDetector
) -> tuple[list[Scored], str]:
    """The questions with their replies; out-of-fold where the thresholds were chosen on this very file."""
    if _hash(path) not in knowledge.calibration.chosen_on:
        dialogue = Dialogue(knowledge, matcher, detector)
        return score(questions, asker(dialogue)), "thresholds were not chosen on these questions"
    chosen = choose_out_of_fold(questions, knowledge, matcher, rates_for(knowledge.clinic.caution))
    how = f"out-of-fold: for each fifth the thresholds were chosen on the other {FOLDS - 1} fifths alone"
    return score_out_of_fold(questions, knowledge, matcher, detector, chosen), how


def _style(question: LabelledQuestion) -> str:
    return question.style


def _sort(question: LabelledQuestion) -> str:
    return question.sort


def _print_score(name: str, how: str, told: dict[str, Any], scored: Sequence[Scored], most: int | None) -> None:
    print(f"{name}: {len(scored)} questions ({how})")
    _print_figures(told, "  ")
    for by in ("by style", "by kind"):
        for one, figures_of_one in told.get(by, {}).items():
            print(f"  {one}:")
            _print_figures(figures_of_one, "    ")
    if listed := _worst_first(scored):
        print("  worst first:")
    for each in listed[:most]:
        print(
            f"    {each.outcome:17} {each.reply.confidence:.2f}  {each.question.q[:90]!r} "
            f"wanted {_wanted(each.question)}, got {each.reply.kind}: {_got(each.reply)}"
        )


# What became of questions, worst first: danger that nobody heard before all, and what was only refused or asked back behind all
# else. Where two are as bad, the surer one comes first.
_WORST_FIRST = (
    {("urgent", "missed")},
    {("calm", "false alarm")},
    {("numbers", "missed")},
    {("urgent", "heard")},  # with an alarm of the wrong kind
    {("today", "missed")},
    {("answerable", "wrong"), ("answerable", "false alarm"), ("out", "answered wrongly"), ("out", "false alarm")},
    {("urgent", "numbers")},
    {("calm", "numbers"), ("numbers", "alarm"), ("today", "alarm")},
    {("calm", "today"), ("today", "numbers")},
    {("answerable", "refused"), ("answerable", "offered"), ("out", "asked back")},
)


def _worst_first(scored: Sequence[Scored]) -> list[Scored]:
    found: list[Scored] = []
    for some in _WORST_FIRST:
        bad = [one for one in scored if (one.question.kind, one.outcome) in some and not _is_fine(one)]
        # Being sure makes a wrong answer worse, and a refusal no worse.
        found += sorted(bad, key=lambda one: -one.reply.confidence) if some is not _WORST_FIRST[-1] else bad
    return found


def _is_fine(one: Scored) -> bool:
    return one.outcome == "heard" and danger_right(one.question, one.reply) is not False


def _wanted(question: LabelledQuestion) -> str:
    return f"{question.label} ({question.sort})" if question.sort else question.label


def _got(reply: Reply) -> str:
    """What was told, and what of danger acted on it."""
    of_danger = reply.helpline or reply.kind in {"support", "handoff"}
    return (
        reply.urgent
        or (of_danger and "; ".join(trace_lines(replace(reply.trace, questions=()))))
        or ", ".join(reply.claims)
        or reply.boundary
        or ", ".join(choice.id for choice in reply.choices)
        or reply.kind
    )


def _print_conversations(
    name: str, told: Mapping[str, float], conversations: Sequence[Sequence[ScoredTurn]], most: int | None
) -> None:
    print(
        f"{name}: turns right {told['turns right']} of {told['turns']} ({told['turns right share']:.1%}), "
        f"whole conversations {told['whole right']} of {told['conversations']} ({told['whole right share']:.1%})"
    )
    wrong = [turn for one in conversations for turn in one if not turn.right]
    for turn in wrong[:most]:
        print(f"    {turn.utterance[:90]!r} wanted {', '.join(turn.labels)}, got {turn.reply.kind}: {_got(turn.reply)}")


def _print_figures(told: dict[str, Any], indent: str) -> None:
    kinds = [kind for kind in OUTCOMES if kind in told]
    for kind in (*kinds, "all") if len(kinds) > 1 or not indent.startswith("   ") else kinds:
        if kind in told:
            values = told[kind]
            shares = [
                f"{name} {int(value)} ({values[f'{name} share']:.1%})" if f"{name} share" in values else f"{name} {int(value)}"
                for name, value in values.items()
                if not name.endswith("share")
            ]
            shares += [
                f"{name.removesuffix(' share')} {value:.1%}"
                for name, value in values.items()
                if name.endswith(" share") and name.removesuffix(" share") not in values
            ]
            print(f"{indent}{kind}: {', '.join(shares)}")


def _score_rank(args: argparse.Namespace, settings: Settings) -> int:
    if args.phrases is None:
        raise UsageError("--rank needs --phrases TRAIN.jsonl, the labelled phrases to match against")
    train = read_questions(args.phrases)
    knowledge = open_knowledge(settings)
    rank = phrase_matcher(
        [(one.q, one.label) for one in train],
        knowledge.lexicon,
        knowledge.calibration,
        lambda matcher: understanding(matcher, knowledge.calibration, settings.cache_dir, print_progress, settings.model),
    )
    told = {}
    for name, path in _named(args.files).items():
        ranked = [Ranked(question.label, *rank(question.q)) for question in read_questions(path)]
        told[name] = rank_figures(ranked)
        if not args.json:
            print(
                f"{name}: "
                + ", ".join(
                    f"{what} {value:.0f}" if what.endswith("scope") else f"{what} {value:.4f}"
                    for what, value in told[name].items()
                )
            )
    if args.json:
        print(json.dumps(told, indent=2))
    return 0


# -- calibrating ------------------------------------------------------------------------------------------------


def run_calibrate(args: argparse.Namespace, settings: Settings) -> int:
    knowledge = open_knowledge(settings)
    if not 0 <= args.wrong <= 1:
        raise UsageError(f"--wrong: {args.wrong:g} is no rate; a number from 0 to 1 is (0.04 is 4 %)")
    ranked: dict[str, list[CalibrationPair]]
    if args.files:
        questions = [question for path in args.files for question in read_questions(path)]
        strange = [question.q for path in args.strangers for question in read_questions(path)]
        ranked = {
            section: [*cases(questions, matcher), *held_out_strangers(knowledge, matcher), *stranger_cases(strange, matcher)]
            for section, matcher in matchers_for(knowledge, settings).items()
        }
        on = "; ".join(f"{len(read_questions(path))} questions of {path.name}" for path in args.files)
        strangers = len(knowledge.strangers) + len(strange)
        on += f"; {strangers} messages on other subjects" if strangers else ""
    else:
        ranked = {WITH_SMALL: [(case, None) for case in held_out_cases(knowledge)]}
        on = f"{len(ranked[WITH_SMALL])} of the folder's own phrases, each held out"
    if not any(case for pairs in ranked.values() for case, _ in pairs):
        raise UsageError("there is nothing to calibrate on: no question that has a word in it and a label of a topic")
    chosen = {caution: choose_each(ranked, knowledge, rates_for(caution, args.wrong)) for caution in CAUTIONS}
    if WITH_SMALL not in chosen["normal"]:
        print("without the sentence model: its thresholds are left out, and the careful defaults hold for it", file=sys.stderr)
    if WITH_LARGE not in chosen["normal"]:
        print("without the large sentence model: those with the other one hold for it", file=sys.stderr)
    text = _calibration_text(chosen, on, args.wrong, [_hash(path) for path in (*args.files, *args.strangers)])
    print(text)
    if not args.dry_run:
        write_whole(settings.knowledge / "calibration.yaml", text.encode(), "kb calibrate")
    return 0


def _calibration_text(chosen: Mapping[str, Mapping[str, Calibration]], on: str, wrong: float, hashes: Sequence[str]) -> str:
    """The file. ``chosen`` by caution, then by section; ``wrong`` is the rate of wrong answers of the normal one."""
    normal, low, high = (rates_for(caution, wrong) for caution in ("normal", "low", "high"))
    by_section = {section: {caution: one[section] for caution, one in chosen.items()} for section in chosen["normal"]}
    lines = [
        "# yaml-language-server: $schema=schema/calibration.json",
        "# How sure is sure. Written by `infusion-bot kb calibrate`; change the command, not the file.",
        "",
        "method: >-",
        "  A logistic regression on the figures of the first three matches gives a confidence; the thresholds answer most while",
        f"  wrong answers stay at or below {normal.wrong:.1%} of the answerable and {normal.out_wrong:.1%} of the out-of-source,",
        f"  and at most {normal.asked:.0%} are asked back; of messages on other subjects at most",
        f"  {normal.strangers_answered:.1%} are answered and {normal.strangers_asked:.0%} asked back. Chosen on {on}.",
        f"  The other cautions, in the same order: low {low.wrong:.1%}, {low.out_wrong:.1%}, {low.asked:.0%};",
        f"  high {high.wrong:.1%}, {high.out_wrong:.1%}, {high.asked:.0%}. Within these rates a wrong answer costs as much as",
        f"  {low.price:g} right ones with low caution, {normal.price:g} with normal and {high.price:g} with high.",
        *_chosen_lines(by_section.pop(WORDS), ("answer", "boundary", "clarify", "lead", "sure")),
    ]
    for section, of in by_section.items():
        lines += [f"{section}:", *(f"  {line}" for line in _chosen_lines(of, ("answer", "boundary", "clarify", "lead")))]
    if hashes:
        lines += ["chosen_on:", *(f"  - {one}" for one in hashes)]
    return "\n".join(lines) + "\n"


def _chosen_lines(chosen: Mapping[str, Calibration], names: Sequence[str]) -> list[str]:
    def thresholds(caution: str, indent: str) -> list[str]:
        return [f"{indent}{name}: {getattr(chosen[caution], name):g}" for name in names]

    return [
        "weights:",
        *(f"  {name}: {value:.4f}" for name, value in chosen["normal"].weights.items()),
        *(["boundary_weights:"] if chosen["normal"].boundary_weights else []),
        *(f"  {name}: {value:.4f}" for name, value in chosen["normal"].boundary_weights.items()),
        "thresholds:",
        *thresholds("normal", "  "),
        "cautions:",
        *(line for caution in ("low", "high") for line in (f"  {caution}:", *thresholds(caution, "    "))),
    ]


# -- files ------------------------------------------------------------------------------------------------------


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _named(paths: Sequence[Path]) -> dict[str, Path]:
    """The files by name; by their whole path where two have the same name."""
    names = [path.name for path in paths]
    return {path.name if names.count(path.name) == 1 else str(path): path for path in paths}
