"""``infusion-bot gaps``: what was not answered, in groups; what could be added for it, tried before it is shown."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.app.commands.labelled import UsageError, read_questions
from bot.app.commands.operating.store import with_store
from bot.app.config import Settings
from bot.app.editions import dialogue_for, dialogue_near, open_dialogue
from bot.app.serving.gaps import ClinicGaps, KeptGroup, shown
from bot.authoring.gaps.proposals import GapProposal, yaml_lines
from bot.authoring.gaps.trial import Trial, Trials
from bot.authoring.score import LabelledQuestion
from bot.delivery.gaps import LEAST_PEOPLE, GapGroup, GapState
from bot.delivery.gaps.digest import digest
from bot.delivery.gaps.recorder import GapRecorder
from bot.delivery.gaps.records import DAY
from bot.delivery.storage import Storage
from bot.dialogue.conversation import ConversationKey
from bot.dialogue.policy import Dialogue
from bot.knowledge.model import Knowledge
from bot.language.redaction.redactor import redacted
from bot.language.text import normalise
from bot.matching.refit import NotKept

_WORDS = {
    "unanswered": "not answered",
    "unhelped": "did not help",
    "unchosen": "asked back, none chosen",
    "missed": "danger that was missed",
}
_MARKS: dict[str, tuple[GapState, str]] = {
    "done": ("done", "set a group aside as done; what is asked alike after that comes as a new group"),
    "ignore": ("ignored", "hide a group, also what is asked alike after that"),
}
_MOVED = 12


def add_command(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], flags: argparse.ArgumentParser) -> None:
    about = "what was not answered, in groups, and what could be added for it"
    days = argparse.ArgumentParser(add_help=False)
    days.add_argument("--days", type=int, default=365, metavar="N", help="so many days up to today (default: all that is kept)")
    parser = subparsers.add_parser("gaps", help=about, description=about, parents=[flags, days])
    parser.set_defaults(run=_list)
    commands = parser.add_subparsers(dest="gaps_command", metavar="COMMAND")
    about = "all questions of a group, and why they were not answered"
    command = commands.add_parser("show", help=about, description=about, parents=[flags, days])
    command.add_argument("id", metavar="ID", help="as the list shows it")
    command.set_defaults(run=_show)
    for name, (_, about) in _MARKS.items():
        command = commands.add_parser(name, help=about, description=about, parents=[flags, days])
        command.add_argument("ids", nargs="+", metavar="ID", help="as the list shows them")
        command.set_defaults(run=_mark)
    about = "what could be added, as YAML, tried on labelled questions and by lint before it is shown"
    command = commands.add_parser("propose", help=about, description=about, parents=[flags, days])
    command.add_argument("ids", nargs="*", metavar="ID", help="groups (default: all)")
    command.add_argument("--for", dest="topic", metavar="TOPIC", help="the entry or boundary topic that a group asks for")
    command.add_argument(
        "--questions", type=Path, action="append", default=[], metavar="FILE", help="labelled questions, as for kb score"
    )
    command.set_defaults(run=_propose)
    about = "danger that staff reported as missed, and whether it is heard now"
    command = commands.add_parser("missed", help=about, description=about, parents=[flags, days])
    command.add_argument("--report", action="store_true", help="report one: its words are read from the standard input")
    command.set_defaults(run=_missed)
    about = "the text that the staff's chat may get each week"
    commands.add_parser("digest", help=about, description=about, parents=[flags, days]).set_defaults(run=_digest)


@dataclass(frozen=True, slots=True)
class _Opened:
    """What a command works with; ``groups`` are those that may be shown."""

    gaps: ClinicGaps
    dialogue: Dialogue
    groups: list[KeptGroup]

    def find(self, id: str) -> KeptGroup:
        one = next((one for one in self.groups if one.id == id), None)
        if one is None:
            raise UsageError(f"{id}: there is no such group; `gaps` lists those that may be shown")
        return one


def _with_gaps(
    args: argparse.Namespace, settings: Settings, work: Callable[[_Opened], Awaitable[int]], days: int | None = None
) -> int:
    dialogue = open_dialogue(settings)

    async def opened(storage: Storage) -> int:
        gaps = ClinicGaps(storage, lambda _: dialogue)
        return await work(_Opened(gaps, dialogue, await gaps.kept(settings.clinic, days or args.days)))

    return with_store(settings, opened)


def _list(args: argparse.Namespace, settings: Settings) -> int:
    async def work(opened: _Opened) -> int:
        for one in opened.groups:
            print("\n".join(lines(shown(one, settings.clinic, opened.dialogue))))
        if not opened.groups:
            wanted = "" if settings.serving.gaps else "; GAPS is off, so nothing is kept"
            print(f"nothing is to be shown: what fewer than {LEAST_PEOPLE} people asked stays hidden{wanted}")
        return 0

    return _with_gaps(args, settings, work)


def lines(one: GapGroup, most: int = 3) -> Iterator[str]:
    """A group for people: what was asked, by how many, and why it was not answered."""
    reasons = ", ".join(f"{_WORDS[reason]} {count}" for reason, count in one.reasons)
    who = "" if one.reasons[0][0] == "missed" else f" of at least {one.people} people"
    many = f"{one.count} question{'s' * (one.count > 1)}"
    yield f"{one.id}  {many}{who}, {_day(one.first)} to {_day(one.last)}: {reasons}"
    yield from (f"    {text or '(no words were kept)'}" for text in one.texts[:most])
    if len(one.texts) > most:
        yield f"    … and {len(one.texts) - most} more in other words"
    if one.nearest:
        yield f"  nearest: {one.nearest} ({one.label})"
    yield f"  {one.why}"


def _day(day: int) -> str:
    return datetime.fromtimestamp(day * DAY, UTC).date().isoformat()


def _show(args: argparse.Namespace, settings: Settings) -> int:
    async def work(opened: _Opened) -> int:
        one = opened.find(args.id)
        print("\n".join(lines(shown(one, settings.clinic, opened.dialogue), most=len(one.rows))))
        return 0

    return _with_gaps(args, settings, work)


def _mark(args: argparse.Namespace, settings: Settings) -> int:
    state, _ = _MARKS[args.gaps_command]

    async def work(opened: _Opened) -> int:
        for id in args.ids:
            opened.find(id)
        for id in args.ids:
            await opened.gaps.mark(settings.clinic, id, state)
            print(f"{id}: {state}")
        return 0

    return _with_gaps(args, settings, work)


def _report(settings: Settings) -> int:
    words = sys.stdin.read()  # not a flag: others read flags, and a shell keeps them

    async def work(storage: Storage) -> int:
        key = ConversationKey(settings.clinic, "terminal", "staff")
        await GapRecorder(storage, {settings.clinic: settings.serving.gaps_days}, redacted).report_missed(key, words, time.time())
        print("reported, redacted; gaps missed lists it")
        return 0

    return with_store(settings, work)


def _missed(args: argparse.Namespace, settings: Settings) -> int:
    if args.report:
        return _report(settings)

    async def work(opened: _Opened) -> int:
        found = [one for one in opened.groups if one.missed]
        for one in found:
            for row in one.rows:
                heard = opened.dialogue.detector.detect(normalise(row.text)) if row.text else None
                now = f"heard now as {heard.level}" if heard is not None else "no words were kept"
                print(f"{one.id}  {_day(row.day)}  {row.text or '…'}  ({now})")
        if found:
            print("Examples of danger stand in knowledge/safety/examples/, a line each, in the file of their kind.")
        else:
            print("none was reported")
        return 0

    return _with_gaps(args, settings, work)


def _digest(args: argparse.Namespace, settings: Settings) -> int:
    async def work(opened: _Opened) -> int:
        text = digest([shown(one, settings.clinic, opened.dialogue) for one in opened.groups])
        print(text or "nothing to tell")
        return 0

    return _with_gaps(args, settings, work, 7 if args.days == 365 else args.days)


# -- proposals ---------------------------------------------------------------------------------------------------------


def _propose(args: argparse.Namespace, settings: Settings) -> int:
    questions = [one for path in args.questions for one in read_questions(path)]

    async def work(opened: _Opened) -> int:
        groups = [opened.find(id) for id in args.ids] or [one for one in opened.groups if not one.missed]
        if args.topic is not None and (len(groups) != 1 or opened.dialogue.knowledge.topic(args.topic) is None):
            raise UsageError(f"--for: {args.topic} is no topic, or there are {len(groups)} groups; name one ID and one topic")
        proposals = [one.proposal(opened.dialogue, args.topic) for one in groups]
        if not proposals:
            print("nothing is to be proposed")
            return 0
        trial = Trials(opened.dialogue, _maker(opened.dialogue, settings), _measured(questions, opened.dialogue)).run(proposals)
        for at, (one, proposal) in enumerate(zip(groups, proposals, strict=True)):
            print("\n".join(_told(one, proposal, trial.held.get(at), opened.dialogue.knowledge)), end="\n\n")
        print("\n".join(_tried(trial, "the labelled questions" if questions else "each topic's own question")))
        return 0

    return _with_gaps(args, settings, work)


def _maker(dialogue: Dialogue, settings: Settings) -> Callable[[Knowledge], Dialogue]:
    """Dialogues of changed knowledge: made from what is learned, where that is near enough."""

    def make(knowledge: Knowledge) -> Dialogue:
        try:
            return dialogue_near(knowledge, settings, dialogue)[0]
        except NotKept:
            return dialogue_for(knowledge, settings)

    return make


def _measured(questions: Sequence[LabelledQuestion], dialogue: Dialogue) -> Sequence[LabelledQuestion]:
    """Where no labelled questions are given: that each topic still answers the question that stands above it."""
    knowledge = dialogue.knowledge
    entries = [LabelledQuestion(one.question, one.claims[0], one.claims[1:]) for one in knowledge.entries.values()]
    return questions or [*entries, *(LabelledQuestion(one.question, f"out:{one.id}") for one in knowledge.boundaries.values())]


def _told(one: KeptGroup, proposal: GapProposal, held: str | None, knowledge: Knowledge) -> Iterator[str]:
    yield f"{one.id}  {len(one.rows)} questions of at least {one.people} people, like: {one.rows[0].text}"
    topic = knowledge.topic(proposal.topic) if proposal.topic is not None else None
    if topic is not None:
        state = f"not ready: {held}" if held else f"ready: {len(proposal.phrases)} phrases for {topic.id}"
        yield f"{state} ({topic.question})"
    else:
        yield "no topic comes near enough; a new one, to be filled:"
    if proposal.others:
        yield f"or, if one of these is meant (gaps propose {one.id} --for TOPIC): {', '.join(proposal.others)}"
    yield from yaml_lines(proposal, knowledge)


def _tried(trial: Trial, on: str) -> Iterator[str]:
    if not trial.ready:
        yield "none is ready"
        return
    right, wrong = (" before, ".join(map(str, two)) + " after" for two in (trial.right, trial.wrong))
    yield f"all that is ready, together, tried on {on}: right {right}; wrong {wrong}; lint finds no more than before"
    yield f"{len(trial.moved)} other questions would be answered otherwise" + (":" if trial.moved else "")
    for one in trial.moved[:_MOVED]:
        yield f"    {one.question[:90]!r}: {one.before} -> {one.after}"
    if len(trial.moved) > _MOVED:
        yield f"    … and {len(trial.moved) - _MOVED} more"
    print("phrases are what patients wrote: read each, and say it in other words where it tells of somebody", file=sys.stderr)
