"""``infusion-bot stats``: what a clinic was asked, as it is counted, in the terminal or as a table of one's own."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, fields
from datetime import datetime, timedelta, tzinfo

from bot.app.commands.operating.store import with_store
from bot.app.config import Settings, zone_for
from bot.app.knowledge import open_knowledge
from bot.delivery.counting.reading import ClinicCounts, Counted, CountRow
from bot.delivery.storage import Storage
from bot.dialogue.ratings import REASONS
from bot.knowledge.model import Knowledge

_DAYS = 30
_MOST = 4000
_BAR = 40  # characters
_TOPICS = 15
_BY_DAY = 62  # so many days are shown a line each, more than that a month each
_WHY = {"wrong": "wrong", "unclear": "unclear", "not_asked": "not what was asked", "missing": "something missing"}


def add_command(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], flags: argparse.ArgumentParser) -> None:
    about = "what patients asked, by day, hour and topic; what helped, and what did not"
    command = subparsers.add_parser("stats", help=about, description=about, parents=[flags])
    command.add_argument("--days", type=_days, default=_DAYS, metavar="N", help=f"so many days up to today (default: {_DAYS})")
    command.add_argument("--csv", action="store_true", help="every count as it is kept, as CSV, in place of the summary")
    command.set_defaults(run=_stats)


def _days(text: str) -> int:
    days = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= days <= _MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days from 1 to {_MOST}")
    return days


def _stats(args: argparse.Namespace, settings: Settings) -> int:
    knowledge = open_knowledge(settings)
    zone = zone_for(settings, knowledge.clinic.timezone)
    last = datetime.now(zone).date()
    first = last - timedelta(days=args.days - 1)

    async def work(storage: Storage) -> int:
        counted = Counted(storage, lambda _: zone)
        if args.csv:
            _write(await counted.rows(settings.clinic, first, last))
        else:
            print("\n".join(lines(await counted.between(settings.clinic, first, last), knowledge, zone)))
        return 0

    return with_store(settings, work)


def _write(rows: Iterable[CountRow]) -> None:
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(one.name for one in fields(CountRow))
    table.writerows(astuple(row) for row in rows)


def lines(counts: ClinicCounts, knowledge: Knowledge, zone: tzinfo) -> Iterator[str]:
    """The summary, a line each."""
    replies = sum(counts.kinds.values())
    yield f"{counts.clinic}, {counts.first} to {counts.last} ({zone}): {counts.questions} questions, {replies} replies"
    if not replies:
        yield "Nothing was counted in these days."
        return
    yield from _chart("Questions by day" if len(counts.days) <= _BY_DAY else "Questions by month", _by_time(counts))
    if counts.hours_since is not None:
        older = any(one.replies for one in counts.days if one.day < counts.hours_since)
        since = f" (since {counts.hours_since}; older days are kept whole)" if older else ""
        yield from _chart(
            f"Questions by hour of the day{since}", {f"{hour:2}:00": many for hour, many in enumerate(counts.hours)}
        )
    yield from _shares("Replies by kind", counts.kinds)
    yield from _shares("Replies by channel", counts.channels)
    if counts.topics:
        yield from ("", "Most asked")
        for one in counts.topics[:_TOPICS]:
            yield f"  {one.count:6}  {_named(knowledge, one.topic)}{' (not covered)' if one.kind == 'boundary' else ''}"
    yield from _feedback(counts, knowledge)
    if counts.alarms:
        yield from ("", "Danger that was heard, once a talk", *(f"  {many:6}  {kind}" for kind, many in counts.alarms.items()))


def _by_time(counts: ClinicCounts) -> Mapping[str, int]:
    if len(counts.days) <= _BY_DAY:
        return {f"{one.day:%a} {one.day}": one.questions for one in counts.days}
    months: dict[str, int] = {}
    for one in counts.days:
        months[f"{one.day:%Y-%m}"] = months.get(f"{one.day:%Y-%m}", 0) + one.questions
    return months


def _chart(title: str, values: Mapping[str, int]) -> Iterator[str]:
    most = max(values.values())
    yield from ("", title)
    for name, value in values.items():
        yield f"  {name}  {'█' * round(_BAR * value / most) if most else ''} {value or ''}".rstrip()


def _shares(title: str, values: Mapping[str, int]) -> Iterator[str]:
    whole = sum(values.values())
    yield from ("", title)
    for name, value in values.items():
        yield f"  {value:6}  {100 * value / whole:3.0f} %  {name}"


def _feedback(counts: ClinicCounts, knowledge: Knowledge) -> Iterator[str]:
    said = counts.verdicts
    if not counts.feedback and not said["helped"] and not said["not_helped"]:
        return
    why = ", ".join(f"{_WHY[reason]} {said[reason]}" for reason in REASONS if said[reason])
    yield from ("", f"Did it help? {said['helped']} times yes, {said['not_helped']} times no{f': {why}' if why else ''}")
    for one in counts.feedback[:_TOPICS]:
        why = ", ".join(f"{_WHY[reason]} {many}" for reason, many in one.reasons.items() if many)
        yield f"  yes {one.helped:4}  no {one.not_helped:4}  {_named(knowledge, one.topic)}{f': {why}' if why else ''}"
    if wrong := counts.called_wrong:
        yield from ("", "Called wrong: have these read first")
        for one in wrong:
            yield f"  {one.reasons['wrong']:6}  {_named(knowledge, one.topic)}"


def _named(knowledge: Knowledge, topic: str) -> str:
    """As it is asked, with its id; one that the knowledge no longer has by its id alone."""
    found = knowledge.topic(topic)
    return f"{found.question} [{topic}]" if found is not None else f"[{topic}]"
