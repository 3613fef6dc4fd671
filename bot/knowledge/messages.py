"""The keys of the bot's own sentences and what each may be filled with. The sentences are in ``knowledge/messages.yaml``.

Here are those of the dialogue and of the timeline; what channels say besides, they declare beside themselves. And the texts of
the printed leaflet, from ``knowledge/sheet.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

Slots = Mapping[str, frozenset[str]]
_SLOT = re.compile(r"\{([a-z_]+)\}")


def slots_of(declared: Mapping[str, str]) -> Slots:
    """``declared``: by key, the names of its slots with spaces between them."""
    return {key: frozenset(slots.split()) for key, slots in declared.items()}


SLOTS = slots_of(
    {
        "disclaimer": "",
        "source": "title places link",
        "source_place": "section paragraph",
        "safety": "claims",
        "stricter": "claims",
        "related": "questions",
        "clarify": "",
        "clarify_again": "",
        "clarify_end": "",
        "fallback": "",
        "left": "questions",
        "unreviewed": "questions",
        "nearest": "questions",
        "fallback_again": "",
        "fallback_still": "",
        "fallback_listening": "",
        "fallback_other": "",
        "handoff": "",
        "handoff_contact": "contact",
        "complaint": "",
        "complaint_choices": "",
        "why_nothing": "",
        "more_nothing": "",
        "cut": "",
        "emoji": "",
        "empty": "",
        "learning": "",
        "foreign": "",
        "helpline": "",
        "help_now": "",
        "choice_gone": "",
        "apology": "",
        "topics": "questions",
        "topic_disabled": "",
        "sources": "",
        "opening_now": "closes",
        "opening_always": "",
        "opening_closed": "",
        "opening_holiday_now": "name",
        "opening_next": "opens",
        "opening_urgent": "",
        "opening_week": "",
        "opening_day": "day times",
        "opening_days": "first last",
        "opening_two_days": "first last",
        "opening_span": "opens closes",
        "opening_not": "",
        "opening_all_day": "",
        "opening_holiday": "day name",
        "opening_holidays": "first last name",
        "opening_source": "",
        "opening_address": "",
        "timeline_effects": "clock_from clock_to",
        "timeline_driving": "no_driving",
        "timeline_driving_before": "no_driving",
        "timeline_late": "clock_to",
        "timeline_stricter": "claims clock_drive",
        "timeline_ended": "clock_end zone",
        "timeline_typical": "",
        "clock_other_day": "clock day",
        "clock_zone": "city",
        "timeline_ask": "",
        "timeline_unclear": "",
        "timeline_future": "no_driving",
        "timeline_either": "clock_first clock_second",
        "timeline_past": "",
        "timeline_none": "",
        "course_title": "",
        "course_session": "",
        "course_session_scale": "",
        "course_whole": "",
        "course_whole_scale": "",
        "course_infusion": "",
        "course_infusion_said": "figure",
        "course_effects": "",
        "course_effects_said": "figure",
        "course_driving": "",
        "course_driving_said": "figure",
        "course_stricter": "figure",
        "course_onset": "",
        "course_onset_said": "figure",
        "course_single": "",
        "course_single_said": "figure",
        "course_series": "",
        "course_series_said": "count figure",
        "course_depression": "",
        "course_depression_said": "figure",
        "course_pain": "",
        "course_pain_said": "figure",
        "course_maintenance": "",
        "course_maintenance_said": "figure",
        "course_row": "label said",
        "course_end": "",
        "course_later": "",
        "course_tick_minutes": "count",
        "course_tick_hours": "count",
        "course_tick_days": "count",
        "course_minutes": "",
        "course_hours": "",
        "course_days": "",
        "course_weeks": "",
        "course_months": "",
        "course_years": "",
        "course_legend_sure": "",
        "course_legend_range": "",
        "course_legend_vague": "",
        "course_note": "",
        "course_source": "title places",
        "course_place": "section paragraphs",
        "sheet_how_long": "",
        "sheet_ask": "",
        "sheet_scan_telegram": "",
        "sheet_scan_web": "",
        "sheet_signed": "name day",
        "sheet_unsigned": "",
        "why_sure": "",
        "why_fairly_sure": "",
        "why_not_sure": "",
        "why_name": "name",
        "why_and": "some more",
        "why_answer": "questions sure places",
        "why_answers": "questions sure places",
        "why_boundary": "questions sure",
        "why_boundaries": "questions sure",
        "why_unreviewed": "questions sure",
        "why_clarify": "",
        "why_fallback": "",
        "why_no_question": "",
        "why_urgent": "",
        "why_timeline": "places",
        "why_timeline_asked": "",
        "why_smalltalk": "",
        "why_handoff": "",
    }
)


def fill(text: str, *values: Mapping[str, str]) -> str:
    """``text`` with each ``{slot}`` replaced once, by the first of ``values`` that knows it; an unknown slot stays as it is.

    What is filled in is not looked at again.
    """

    def filled(slot: re.Match[str]) -> str:
        return next((some[slot[1]] for some in values if slot[1] in some), slot[0])

    return _SLOT.sub(filled, text)


@dataclass(frozen=True, slots=True)
class LeafletLine:
    """A text of the leaflet, and the claims that it says no more than."""

    text: str
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeafletSection:
    """``id``: before, during, after or call."""

    id: str
    title: str
    lines: tuple[LeafletLine, ...]


@dataclass(frozen=True, slots=True)
class LeafletTexts:
    """What is printed for patients. ``rules``: claims that stand in a frame; ``topic``: what its QR code opens."""

    title: str
    sections: tuple[LeafletSection, ...]
    rules: tuple[str, ...]
    topic: str | None
