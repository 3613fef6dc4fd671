"""What help desks are told besides, patients and staff, by the keys of ``knowledge/messages.yaml``."""

from __future__ import annotations

from bot.knowledge.messages import Slots, slots_of

MESSAGES: Slots = slots_of(
    {
        "helpdesk_handed_over": "",
        "helpdesk_media": "",
        "helpdesk_note_person": "",
        "helpdesk_note_lost": "",
        "helpdesk_note_failed": "",
        "helpdesk_note_repeats": "",
        "helpdesk_note_urgent": "kind",
        "helpdesk_note_heard": "kinds stage",
        "helpdesk_note_topics": "questions",
        "helpdesk_note_no_topics": "",
        "helpdesk_note_not_covered": "questions",
        "helpdesk_note_last": "kind",
        "helpdesk_note_figures": "questions",
        "helpdesk_heard_check": "kind",
        "helpdesk_heard_check_in": "",
        "helpdesk_heard_safe": "",
        "helpdesk_heard_despair": "",
        "helpdesk_heard_today": "",
        "helpdesk_stage_asked": "",
        "helpdesk_stage_alarm": "",
        "helpdesk_stage_safe": "",
        "helpdesk_danger_self_harm": "",
        "helpdesk_danger_someone_else": "",
        "helpdesk_danger_harm_to_others": "",
        "helpdesk_danger_violence": "",
        "helpdesk_danger_child": "",
        "helpdesk_danger_overdose": "",
        "helpdesk_danger_medical": "",
        "helpdesk_danger_accident": "",
        "helpdesk_danger_psychosis": "",
        "helpdesk_danger_not_safe": "",
        "helpdesk_danger_check_in": "",
        "helpdesk_danger_despair": "",
        "helpdesk_danger_today": "",
    }
)
