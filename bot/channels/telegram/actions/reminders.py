"""Reminders after an infusion: which ones, when, and saying them. In the inbox they are updates like any other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.channels.telegram.chat import UNREMIND, ChatContext, HandlerContext
from bot.channels.telegram.render import Button
from bot.channels.telegram.updates.intake import chat_key
from bot.delivery.journal import Journal
from bot.delivery.storage import Reminder, WorkOutcome
from bot.dialogue.state import load_state
from bot.timeline import hours

# A reminder that comes much later than it should (the bot was down) says what is not true any more.
_STALE = 3 * 3600.0


async def remind(desk: HandlerContext, scene: ChatContext, ended: float, journal: Journal) -> WorkOutcome:
    """Sets the reminders for an infusion that ended at the Unix time ``ended``, instead of those of before, and tells them."""
    try:
        care = hours.clock_times(desk.service.moment(ended), desk.service.knowledge)
    except (LookupError, ValueError):
        return await desk.say_to(scene, journal, desk.say("telegram_too_late"))
    due = [(kind, at) for kind, at in (("driving", care.effects_from), ("effects", care.effects_to)) if at.timestamp() > scene.at]
    if not due:
        return await desk.say_to(scene, journal, desk.say("telegram_too_late"))
    today = desk.service.moment(scene.at).date()
    times = ", ".join(hours.clock_text(at, today, desk.service.knowledge.messages) for _, at in due)
    rows = ((Button(desk.say("button_no_reminders"), UNREMIND),),)
    outcome = await desk.say_to(scene, journal, desk.say("telegram_reminders_set", times=times), rows)
    if outcome.forget:
        return outcome
    reminders = tuple(_reminder(scene, kind, at, ended) for kind, at in due)
    return WorkOutcome(outcome.state, remind=reminders, unremind=True)


async def unremind(desk: HandlerContext, scene: ChatContext, journal: Journal) -> WorkOutcome:
    outcome = await desk.say_to(scene, journal, desk.say("telegram_no_reminders"))
    return outcome if outcome.forget else WorkOutcome(outcome.state, unremind=True)


def _reminder(scene: ChatContext, kind: str, at: datetime, ended: float) -> Reminder:
    payload = json.dumps({"reminder": kind, "chat": scene.chat, "due": at.timestamp(), "ended": ended})
    return Reminder(f"{scene.chat}:{kind}:{int(ended)}:{int(scene.at)}", at.timestamp(), payload.encode())


async def say(desk: HandlerContext, kept: Mapping[str, Any], state: str | None, now: float, journal: Journal) -> WorkOutcome:
    """A reminder is due: says it, unless it comes too late."""
    if now - kept["due"] > _STALE:
        return WorkOutcome()
    care = hours.clock_times(desk.service.moment(kept["ended"]), desk.service.knowledge)
    if kept["reminder"] == "driving":
        text = desk.say("telegram_remind_driving", clock_midnight=hours.driving_text(care, desk.service.knowledge.messages))
    else:
        text = desk.say("telegram_remind_effects")
    desk.count("reminded")
    chat = int(kept["chat"])
    scene = ChatContext(chat_key(desk.clinic, chat), chat, None, None, None, True, "", now, load_state(state))
    outcome = await desk.say_to(scene, journal, text)
    return outcome if outcome.forget else WorkOutcome()
