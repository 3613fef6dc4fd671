"""A clinic's claims that make one of the base stricter: which may, and what they have to say."""

from __future__ import annotations

from collections.abc import Mapping

from bot.knowledge.fields import Row
from bot.knowledge.yamlfile import Mistakes
from bot.language.grammar import Grammar
from bot.language.quantities import ends_of, span_of

_DAY = 24 * 3600.0


def check_tightening(own: Mapping[str, Row], base: Mapping[str, Row], grammar: Grammar, mistakes: Mistakes) -> None:
    """Notes each claim in ``own`` that tightens nothing, or is less strict than what it names.

    A rule in words ("the remainder of the day") is made stricter by a day or more, a figure by none that is less.
    """
    for row in own.values():
        if (id := row.get("tightens")) is None:
            continue
        if id not in base:
            kind = "is the clinic's own" if id in own else "is no claim"
            mistakes.add(row.file, row.at("tightens"), f"{id} {kind}; a claim tightens one of: {', '.join(base)}")
            continue
        least = _strictest(base[id], grammar)
        if least is None:
            continue
        said = time_of(row, grammar)
        if said is None:
            what = "says for how long in no figure; write it under quantities, such as {value: 24 hours, near: [driving]}"
            mistakes.add(row.file, row.at("quantities"), f"this claim tightens {id}, and {what}")
        elif said[0] < least[0]:
            what = f"{_shown(said[0])} is less than {least[1]}"
            mistakes.add(
                row.file, row.at("quantities"), f"this claim weakens {id}: {what}; a clinic may be stricter, never less strict"
            )


def time_of(row: Row, grammar: Grammar) -> tuple[float, float] | None:
    """The first time in the figures of a claim, least and greatest, in seconds."""
    for quantity in row.get("quantities", {}).values():
        if "words" in quantity.values:
            continue
        ends = ends_of(quantity.get("value") or quantity.get("from"), quantity.get("to"), grammar)
        if ends is not None and (span := span_of(ends)) is not None:
            return span
    return None


def _strictest(row: Row, grammar: Grammar) -> tuple[float, str] | None:
    """What a stricter claim may not be below, in seconds and in words; None where the claim has no time at all."""
    span = time_of(row, grammar)
    if span is not None:
        return span[1], f"the {_shown(span[1])} of the source"
    if any("words" in quantity.values for quantity in row.get("quantities", {}).values()):
        words = next(quantity.get("words") for quantity in row.get("quantities").values() if "words" in quantity.values)
        return _DAY, f"{_shown(_DAY)}, which is what makes “{words}” stricter whatever the hour"
    return None


def _shown(seconds: float) -> str:
    hours = seconds / 3600
    return f"{hours:g} hours" if hours >= 1 else f"{seconds / 60:g} minutes"
