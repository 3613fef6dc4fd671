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
        "helpdesk_note_urgent": "kind",
        "helpdesk_note_topics": "questions",
        "helpdesk_note_no_topics": "",
        "helpdesk_note_last": "kind",
        "helpdesk_note_figures": "questions",
    }
)
