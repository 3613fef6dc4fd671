"""What a language needs for the end of an infusion to be read in it. Knows no language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EndTimeWords:
    """``rules`` are written as ``bot/timeline/rules.py`` says, a rule below those that it names. All of these are needed:

    Amounts and lengths: ``HOURS`` and ``MINUTES`` (units), ``AND``, ``AND_A_HALF``, ``AND_A_QUARTER``, ``OR_SO``, ``AGO``, and
    what stands in ``lengths``.
    Times of day: ``NOON``, ``MIDNIGHT``, ``PAST``, ``TO``, ``OCLOCK``, ``ISH``, ``HOUR_MARK`` (14h10), ``MILITARY`` (1410 hours),
    ``MARK`` and ``CLEAR_MARK`` (at, about; what makes a time even of what looks like a year), ``NOT_AFTER`` (what makes another
    thing of it: 3 of 6, 3 pm on monday), and what stands in ``steps`` and ``halves``.
    Days: ``PART`` (yesterday evening), ``TODAY``, ``YESTERDAY``, ``LAST_NIGHT``, ``OTHER_DAY`` (one that is not read).
    What is said: ``STATEMENT`` (that an infusion ended), ``UNNAMED`` (a statement that names neither infusion nor person),
    ``UNREAL`` (in front of one: a wish, a plan, a doubt), ``HABIT``, ``SESSION`` and ``SESSIONS`` (infusions), ``OTHER_NOUN``
    (what else may end), ``SINCE`` (behind a length: "since"), ``LEAD`` (what a time before a statement may stand behind).
    Just now: ``JUST`` (in a statement), ``NOW`` (behind it), ``IF`` (in front), ``GOES_ON`` (what may follow without a sign).
    Answers: ``INTRO`` (it was), ``TAKING_BACK`` (no, sorry, I meant), ``NOBODY`` (what begins like it, and is none), ``PICK``
    (the afternoon), ``COURTESY``.
    """

    rules: Mapping[str, str]
    verbs: tuple[str, ...]
    """Letters of which every ``STATEMENT`` holds some: a text without any is not read further."""
    clause_signs: str
    """What a clause begins behind."""
    lengths: Mapping[str, int]
    """Minutes of rules for lengths of time that hold no number: half an hour."""
    steps: Mapping[str, int]
    """Minutes of rules for what is counted from or to an hour and is no number: half, a quarter."""
    halves: Mapping[str, int]
    """The hour that the half of the day begins with, by the rule for its mark: am, pm."""
    letters: Mapping[str, int]
    """The same for marks that have to be glued to figures: 2p."""
    parts: Mapping[str, frozenset[int]]
    """The hours that lie in a part of the day, by the word that names it."""
    owners: frozenset[str]
    """Words beside a statement that only say whose infusion it was, or which."""
    clinic_hours: range
    """Hours of the day at which an infusion may plausibly end."""
