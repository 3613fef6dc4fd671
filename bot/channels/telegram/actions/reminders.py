"""Reminders after an infusion: which ones, when, and saying them. In the inbox they are updates like any other."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from bot.channels.telegram.chat import UNREMIND, ChatContext, HandlerContext
from bot.channels.telegram.render import Button
from bot.channels.telegram.updates.intake import chat_key
from bot.delivery.journal import Journal
from bot.delivery.storage import Reminder, WorkOutcome
from bot.dialogue.state import load_state
from bot.timeline import hours

_WORD = re.compile(r"\w+")
_APOSTROPHE = re.compile("['\u2019]")
Wish = Literal["list", "end"]
_SHORT = 8  # words; who writes more of a reminder tells something
# A reminder that comes much later than it should (the bot was down) says what is not true any more.
_STALE = 3 * 3600.0


async def remind(context: HandlerContext, chat: ChatContext, ended: float, journal: Journal) -> WorkOutcome:
    """Sets the reminders for an infusion that ended at the Unix time ``ended``, instead of those of before, and tells them."""
    try:
        care = hours.clock_times(context.edition.moment(ended), context.knowledge)
    except LookupError:
        return await context.say_to(chat, journal, context.say("timeline_none"))
    except ValueError:
        return await context.say_to(chat, journal, context.say("telegram_too_late"))
    due = [(kind, at) for kind, at in (("driving", care.effects_from), ("effects", care.effects_to)) if at.timestamp() > chat.at]
    if not due:
        return await context.say_to(chat, journal, context.say("telegram_too_late"))
    today = context.edition.moment(chat.at).date()
    times = ", ".join(hours.clock_text(at, today, context.knowledge) for _, at in due)
    rows = ((Button(context.say("button_no_reminders"), UNREMIND),),)
    outcome = await context.say_to(chat, journal, context.say("telegram_reminders_set", times=times), rows)
    if outcome.forget:
        return outcome
    reminders = tuple(_reminder(chat, kind, at, ended) for kind, at in due)
    return WorkOutcome(outcome.state, remind=reminders, unremind=True)


def asked_of(words: str, context: HandlerContext) -> Wish | None:
    """What ``words`` want of reminders: a short message that names them, and perhaps says to end them.

    To "remind me" of something may be asked of anybody: it has to say at once that there should be no more of it.
    """
    said = _WORD.findall(_APOSTROPHE.sub("", words.lower()))
    if not 0 < len(said) <= _SHORT:
        return None
    text = " ".join(said)
    names, verbs, ends = (
        _one_of(context.say(key)) for key in ("telegram_reminder_words", "telegram_reminder_verbs", "telegram_reminder_end_words")
    )
    if text == context.say("button_no_reminders").lower() or re.search(rf"\b{ends} {verbs}\b", text):
        return "end"
    if not re.search(rf"\b{names}\b", text):
        return None
    # Before the name, or as the last word: "turn the reminders off", but not "my reminders do not come".
    return "end" if re.search(rf"\b{ends}\b.*\b{names}\b|\b{ends}$", text) else "list"


def _one_of(phrases: str) -> str:
    return f"(?:{'|'.join(re.escape(one.strip()) for one in phrases.split(','))})"


async def listed(context: HandlerContext, chat: ChatContext, journal: Journal) -> WorkOutcome:
    """Tells when the person will be reminded, with the button that ends it."""
    to_come = await context.storage.reminders(chat.key) if chat.private and chat.business is None else ()
    if not to_come:
        return await context.say_to(chat, journal, context.say("telegram_reminders_none"))
    today = context.edition.moment(chat.at).date()
    times = ", ".join(hours.clock_text(context.edition.moment(one.at), today, context.knowledge) for one in to_come)
    rows = ((Button(context.say("button_no_reminders"), UNREMIND),),)
    return await context.say_to(chat, journal, context.say("telegram_reminders_set", times=times), rows)


async def unremind(context: HandlerContext, chat: ChatContext, journal: Journal) -> WorkOutcome:
    outcome = await context.say_to(chat, journal, context.say("telegram_no_reminders"))
    return outcome if outcome.forget else WorkOutcome(outcome.state, unremind=True)


def _reminder(chat: ChatContext, kind: str, at: datetime, ended: float) -> Reminder:
    payload = json.dumps({"reminder": kind, "chat": chat.id, "thread": chat.thread, "due": at.timestamp(), "ended": ended})
    # Its id stays for days when it was said: it tells nothing about whom it was for.
    return Reminder(secrets.token_hex(8), at.timestamp(), payload.encode())


async def say(context: HandlerContext, kept: Mapping[str, Any], state: str | None, now: float, journal: Journal) -> WorkOutcome:
    """A reminder is due: says it, unless it comes too late."""
    if now - kept["due"] > _STALE:
        return WorkOutcome()
    text = _due(context, kept)
    context.count("reminded")
    id, thread = int(kept["chat"]), kept.get("thread")  # which those of an older release do not have
    chat = ChatContext(chat_key(context.clinic, id, thread), id, thread, None, None, True, "", now, load_state(state))
    outcome = await context.say_to(chat, journal, text)
    return outcome if outcome.forget else WorkOutcome()


def _due(context: HandlerContext, kept: Mapping[str, Any]) -> str:
    """What a due reminder says. The knowledge that it was set by may be another by now."""
    try:
        care = hours.clock_times(context.edition.moment(kept["ended"]), context.knowledge)
    except LookupError:
        return context.say("timeline_none")
    if kept["reminder"] == "driving":
        knowledge = context.knowledge
        stricter = (context.edition.dialogue.compose.figured(text) for text in hours.stricter_text(care, knowledge))
        return " ".join([*stricter, context.say("telegram_remind_driving"), *hours.late_text(care, knowledge)])
    return context.say("telegram_remind_effects")
