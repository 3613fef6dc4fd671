"""What patients asked: how much, when, what of, whether it helped; danger; who asked for a person, and how long they waited."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from math import inf
from statistics import median

from bot.channels.channel import Shared
from bot.channels.clinic_page.showing.charts import Column, column_chart, label_every
from bot.channels.clinic_page.showing.tables import Cell, ShownTable
from bot.channels.clinic_page.views import Shown, View, Visit
from bot.delivery.counting.reading import ClinicCounts, Counted
from bot.delivery.handoff.figures import HandoffFigure, figures
from bot.dialogue.ratings import REASONS
from bot.knowledge.model import Knowledge

PERIODS = (7, 30, 90)
_DEFAULT = 30
_SHOWN, _WRONG = 12, 5  # rows of a long table; its CSV has all of them
_MINUTE, _HOUR = 60, 3600
KINDS: Mapping[str, str] = {
    "answer": "Answered",
    "boundary": "Not covered by the source, said so",
    "clarify": "Asked back",
    "fallback": "Not understood",
    "smalltalk": "Small talk",
    "timeline": "Clock times after an infusion",
    "handoff": "Sent on to the clinic",
    "urgent": "Danger heard",
    "support": "Despair or worry heard",
}
ALARMS: Mapping[str, str] = {
    "self_harm": "Self-harm",
    "someone_else": "Somebody else in danger",
    "harm_to_others": "Harm to others",
    "violence": "Violence",
    "child": "A child in danger",
    "overdose": "Overdose",
    "medical": "Medical emergency",
    "accident": "Accident",
    "psychosis": "Psychosis",
    "despair": "Despair",
}
WHY: Mapping[str, str] = {
    "wrong": "Wrong",
    "unclear": "Unclear",
    "not_asked": "Not what was asked",
    "missing": "Something missing",
}
HANDED: Mapping[str, str] = {
    "person": "Wanted a person",
    "lost": "The bot did not understand",
    "failed": "The bot could not help",
    "boundary": "What only the clinic knows",
    "urgent": "After danger was heard",
    "alarm": "After danger was heard",
    "care": "Is not well",
    "reached_out": "The clinic wrote first",
}
# Seconds until the first answer, and how that is called.
_WAITS: Sequence[tuple[float, str]] = (
    (_MINUTE, "under a minute"),
    (5 * _MINUTE, "1 to 5 minutes"),
    (15 * _MINUTE, "5 to 15 minutes"),
    (_HOUR, "15 minutes to an hour"),
    (8 * _HOUR, "1 to 8 hours"),
    (inf, "longer"),
)


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """``value`` as it is written; ``note``: what it is out of."""

    name: str
    value: str
    note: str = ""


def view(shared: Shared) -> View:
    counted = Counted(shared.storage, lambda clinic: shared.editions.current(clinic).zone)

    async def show(visit: Visit) -> Shown:
        edition = shared.editions.current(shared.clinic)
        days = period(visit.request.query_params.get("days"))
        last = visit.now.date()
        first = last - timedelta(days=days - 1)
        counts = await counted.between(shared.clinic, first, last)
        since, before = (_begin(day, edition.zone) for day in (first, last + timedelta(days=1)))
        handed = await shared.storage.run(lambda: figures(shared.clinic, since, before), write=False)
        knowledge = edition.knowledge
        values = {
            "periods": PERIODS,
            "days": days,
            "first": first,
            "last": last,
            "figures": key_figures(counts, handed),
            "by_day": column_chart("Questions a day", _of_days(counts)),
            "by_hour": column_chart("Questions by hour of the day", _of_hours(counts)),
            "hours_since": counts.hours_since if counts.hours_since and counts.hours_since > first else None,
            "wrong": [(_named(knowledge, one.topic), one.reasons["wrong"]) for one in counts.called_wrong[:_WRONG]],
            "handoffs": shared.handoffs is not None,
        }
        return Shown("overview.html", values, tables_of(counts, handed, knowledge))

    return View("", "Overview", "viewer", show)


def period(given: str | None) -> int:
    """A number of days that is offered; another one is none."""
    return next((days for days in PERIODS if str(days) == given), _DEFAULT)


def _begin(day: date, zone: tzinfo) -> float:
    return datetime.combine(day, time(), zone).timestamp()


# -- figures --------------------------------------------------------------------------------------------------------


def key_figures(counts: ClinicCounts, handed: Sequence[HandoffFigure]) -> tuple[KeyFigure, ...]:
    said = counts.verdicts["helped"] + counts.verdicts["not_helped"]
    waits = [one.waited for one in handed if one.waited is not None]
    return (
        KeyFigure("Questions", f"{counts.questions:,}", f"{sum(counts.kinds.values()):,} replies"),
        KeyFigure("Not understood", _share(counts.kinds.get("fallback", 0), sum(counts.kinds.values())), "of replies"),
        KeyFigure("Helped", _share(counts.verdicts["helped"], said), f"of {said:,} who said"),
        KeyFigure("Danger heard", f"{sum(counts.alarms.values()):,}", "once a talk"),
        KeyFigure("Asked for a person", f"{len(handed):,}", f"{len(waits):,} answered"),
        KeyFigure("Waited", duration(median(waits)) if waits else "–", "median until the first answer"),
    )


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "–"


def duration(seconds: float) -> str:
    """To two places at the most: 40 s, 12 min, 3 h 20 min."""
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    minutes = round(seconds / _MINUTE)
    hours, rest = divmod(minutes, 60)
    return f"{minutes} min" if not hours else f"{hours} h {rest} min" if rest else f"{hours} h"


def _of_days(counts: ClinicCounts) -> list[Column]:
    every = label_every(len(counts.days))
    count = len(counts.days)
    return [
        # Labels count back from today, which always has one.
        Column(one.questions, f"{one.day:%a %d %b}: {one.questions}", f"{one.day.day} {one.day:%b}" if not at % every else "")
        for at, one in zip(range(count - 1, -1, -1), counts.days, strict=True)
    ]


def _of_hours(counts: ClinicCounts) -> list[Column]:
    return [
        Column(many, f"{hour}:00 to {hour + 1}:00: {many}", f"{hour}:00" if not hour % 6 else "")
        for hour, many in enumerate(counts.hours)
    ]


# -- tables ---------------------------------------------------------------------------------------------------------


def tables_of(counts: ClinicCounts, handed: Sequence[HandoffFigure], knowledge: Knowledge) -> tuple[ShownTable, ...]:
    topics = [(_named(knowledge, one.topic), _covered(one.kind), one.count) for one in counts.topics]
    feedback: list[tuple[Cell, ...]] = [
        (_named(knowledge, one.topic), one.helped, one.not_helped, *(one.reasons[reason] for reason in REASONS))
        for one in counts.feedback
    ]
    why = tuple(WHY[reason] for reason in REASONS)
    days = [(one.day.isoformat(), one.questions, one.replies) for one in counts.days]
    return (
        ShownTable("days", "Questions and replies by day", ("Day", "Questions", "Replies"), days[::-1]),
        ShownTable("hours", "Questions by hour", ("From", "Questions"), [(f"{at}:00", n) for at, n in enumerate(counts.hours)]),
        _counted_table("kinds", "Kinds of reply", "Kind", counts.kinds, KINDS),
        _counted_table("channels", "Channels", "Channel", counts.channels, {}),
        ShownTable("topics", "Most asked", ("Topic", "", "Times"), topics, 2, _SHOWN),
        ShownTable("feedback", "Did it help?", ("Topic", "Yes", "No", *why), feedback, None, _SHOWN),
        ShownTable("reasons", "Why not", ("Reason", "Times"), [(WHY[one], counts.verdicts[one]) for one in REASONS], 1),
        _counted_table("alarms", "Danger by kind", "Kind", counts.alarms, ALARMS),
        _counted_table("handoffs", "Why a person was asked for", "Why", _counts_of(handed, lambda one: one.reason), HANDED),
        ShownTable("waits", "Until the first answer", ("Waited", "People"), _waits(handed), 1),
    )


def _covered(kind: str) -> str:
    return "not covered" if kind == "boundary" else ""


def _counted_table(id: str, title: str, head: str, counts: Mapping[str, int], names: Mapping[str, str]) -> ShownTable:
    rows = [(names.get(name, name.replace("_", " ").capitalize()), many) for name, many in counts.items()]
    return ShownTable(id, title, (head, "Times"), rows, 1)


def _counts_of(handed: Sequence[HandoffFigure], name: Callable[[HandoffFigure], str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in handed:
        found[name(one)] = found.get(name(one), 0) + 1
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def _waits(handed: Sequence[HandoffFigure]) -> list[tuple[str, int]]:
    if not handed:
        return []
    waits = [one.waited for one in handed if one.waited is not None]
    rows, least = [], 0.0
    for most, name in _WAITS:
        rows.append((name, sum(least <= wait < most for wait in waits)))
        least = most
    unanswered = [one for one in handed if one.answered is None]
    rows.append(("nobody answered", sum(one.closed is not None for one in unanswered)))
    rows.append(("waiting now", sum(one.closed is None for one in unanswered)))
    return rows


def _named(knowledge: Knowledge, topic: str) -> str:
    """As it is asked; one that the knowledge no longer has by its id."""
    found = knowledge.topic(topic)
    return found.question if found is not None else topic
