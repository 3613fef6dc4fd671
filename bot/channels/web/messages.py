"""What the page and the widget say besides, by the keys of ``knowledge/messages.yaml``."""

from __future__ import annotations

from bot.knowledge.messages import Slots, slots_of

MESSAGES: Slots = slots_of(
    {
        "web_title": "",
        "web_about": "",
        "web_welcome": "",
        "web_emergency": "",
        "web_call": "number",
        "web_examples": "",
        "web_input": "",
        "web_send": "",
        "web_menu": "",
        "web_menu_topics": "",
        "web_menu_timeline": "",
        "web_menu_aftercare": "",
        "web_menu_privacy": "",
        "web_menu_start_over": "",
        "web_close": "",
        "web_log": "",
        "web_you": "",
        "web_answer": "",
        "web_note": "",
        "web_urgent": "",
        "web_typing": "",
        "web_source": "",
        "web_opens": "",
        "web_choices": "",
        "web_related": "",
        "web_feedback": "",
        "web_thanks": "",
        "web_copy": "",
        "web_copied": "",
        "web_started_over": "",
        "web_undo": "",
        "web_privacy": "hours",
        "web_topics": "",
        "web_timeline_words": "",
        "web_unsent": "",
        "web_offline": "",
        "web_gone": "",
        "web_busy": "",
        "web_too_long": "",
        "web_try_again": "",
        "web_noscript": "",
        "web_no_clinic": "",
        "web_widget_label": "",
        "web_widget_gone": "",
    }
)
