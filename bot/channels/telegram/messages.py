"""What Telegram says besides, by the keys of ``knowledge/messages.yaml``: to a person, on buttons, in the menu of commands."""

from __future__ import annotations

from bot.knowledge.messages import Slots, slots_of

MESSAGES: Slots = slots_of(
    {
        "telegram_welcome": "",
        "telegram_help": "",
        "telegram_privacy": "hours",
        "telegram_forgotten": "",
        "telegram_media": "",
        "telegram_ask_what": "",
        "telegram_thanks": "",
        "telegram_reminders_set": "times",
        "telegram_no_reminders": "",
        "telegram_reminders_none": "",
        "telegram_reminder_words": "",
        "telegram_reminder_end_words": "",
        "telegram_too_late": "",
        "telegram_remind_effects": "",
        "telegram_remind_driving": "",
        "telegram_staff_alarm": "name",
        "telegram_staff_care": "name",
        "telegram_staff_unanswered": "name",
        "telegram_picture": "",
        "telegram_about": "",
        "telegram_about_short": "",
        "button_remind": "",
        "button_no_reminders": "",
        "button_more": "",
        "button_back": "",
        "command_ask": "",
        "command_topics": "",
        "command_timeline": "",
        "command_aftercare": "",
        "command_reminders": "",
        "command_sources": "",
        "command_why": "",
        "command_help": "",
        "command_privacy": "",
        "command_forget": "",
    }
)
