"""What channels say that no one channel declares, by the keys of ``knowledge/messages.yaml``."""

from __future__ import annotations

from bot.knowledge.messages import Slots, slots_of

# Several channels say these: on buttons, about sources, on links that call a number, of the clinic's staff.
COMMON: Slots = slots_of(
    {
        "button_helped": "",
        "button_not_helped": "",
        "button_wrong": "",
        "button_unclear": "",
        "button_not_asked": "",
        "button_missing": "",
        "button_ask_clinic": "",
        "button_end_talk": "",
        "button_not_now": "",
        "button_just_now": "",
        "button_half_an_hour": "",
        "button_an_hour": "",
        "button_two_hours": "",
        "no_reply_yet": "",
        "staff_name": "",
        "staff_closed_now": "opens",
        "staff_away": "",
        "staff_claimed": "",
        "staff_told": "",
        "staff_unreadable": "",
        "staff_closed": "",
        "staff_left": "",
        "web_text_number": "number",
        "web_text_number_spanish": "number",
        "web_text_number_short": "number",
    }
)
# The terminal is no channel that is served.
TERMINAL: Slots = slots_of(
    {
        "chat_welcome": "",
        "chat_help": "",
        "chat_goodbye": "",
        "chat_unknown_command": "command",
        "chat_forgotten": "",
        "chat_new": "",
        "chat_help_more": "",
        "chat_interrupted": "",
    }
)
