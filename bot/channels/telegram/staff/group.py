"""The staff's side: their group, with a topic for each patient, or plain replies where it has no topics.

A topic is known by its number, a reply by the name in what it replies to. Words of patients come here once they agreed.
"""

from __future__ import annotations

import re
from typing import Any

from bot.channels.telegram import chat as chats
from bot.channels.telegram.api.sender import ChatGone, MethodCall, SendLater, SendRefused, Sent
from bot.channels.telegram.chat import ChatContext, HandlerContext, Staff
from bot.channels.telegram.render import Button, render_text
from bot.channels.telegram.settings import NAME
from bot.channels.telegram.updates.types import CallbackQuery, TelegramMessage, User
from bot.delivery.handoff import Handoff, HandoffMessage
from bot.delivery.handoff.handoffs import AlarmUpdate, HandoffStep, HandoffUpdate, StaffNote
from bot.delivery.journal import Journal
from bot.delivery.storage import WorkOutcome
from bot.dialogue.conversation import ConversationKey
from bot.dialogue.state import ChatState

# A button of this group: what it does, and to which talk (or, for an alarm, to which chat).
PREFIX = "k:"
_TAKE, _TAKE_OVER, _RELEASE, _CLOSE, _REACH = "c:", "t:", "r:", "x:", "a:"
# A talk that has no topic of its own.
_PLAIN = "r"
_TAG = re.compile(r"#([A-Z2-9]{4})\b")
_COMMAND = re.compile(r"\s*/(help|take|release|close)(?:@\w+)?\s*", re.ASCII | re.IGNORECASE)
_HELP = (
    "Write here, and the patient reads it under the clinic's name: words, pictures, files. Who answers first has taken it; "
    "others cannot answer by accident.\n/take: you answer from now on\n/release: somebody else may\n/close: the bot answers\n"
    "Changing a message that you have sent does not reach the patient. Where the group has no topics, answer by replying to what "
    "the bot wrote."
)
_REASONS = {
    "person": "asked for a person",
    "lost": "the bot did not understand",
    "boundary": "asked what only the clinic knows",
    "alarm": "danger was heard",
    "care": "is not well",
    "reached_out": "the clinic wrote first",
}
_NOTICES = {
    "claimed": "{author} has taken it.",
    "released": "{author} has given it back: whoever wants may answer.",
    "closed": "{author} has closed it. The bot answers again.",
    "left": "The patient has ended it. The bot answers again.",
    "alarm": "⚠️ Danger was heard in what the patient wrote. The bot has told the numbers to call. Look at it now.",
    "reminded": "⏰ The patient still waits for an answer.",
}


# -- to the group -----------------------------------------------------------------------------------------------------


async def tell(context: HandlerContext, staff: Staff, update: HandoffUpdate, journal: Journal) -> WorkOutcome:
    """Shows the staff a line of a talk."""
    one, line = await staff.handoffs.read(update.handoff), await staff.handoffs.message(update.message)
    if one is None or staff.group is None:
        return WorkOutcome()
    if line is None:  # its words are gone, as the patient wanted
        if update.message == f"{one.id}/left" and one.place:
            await _post(context, staff, one, _NOTICES["left"], journal)
        return WorkOutcome()
    origin = line.id.removeprefix(f"{one.id}/")
    if line.side == "staff" and origin.startswith("t"):  # they wrote it here
        return WorkOutcome()
    one = await _placed(context, staff, one)
    if line.side == "patient" and line.file:
        await _copy(context, staff, one, line, journal)
        return WorkOutcome()
    text, rows = _shown(one, line)
    await _post(context, staff, one, text, journal, rows, urgent=line.text == "alarm" and line.side == "notice")
    return WorkOutcome()


async def alarm(context: HandlerContext, staff: Staff, update: AlarmUpdate, journal: Journal) -> WorkOutcome:
    """Tells the staff that danger was heard somewhere, and lets them write there where they can."""
    when = context.edition.moment(update.at)
    kind = update.alarm.replace("_", " ")
    text = f"⚠️ Danger was heard ({kind}), {update.channel}, {when:%H:%M}. The bot has told the numbers to call."
    reachable = update.channel == NAME and update.conversation.isdigit()
    rows = ((Button("Write to this person", f"{PREFIX}{_REACH}{update.conversation}"),),) if reachable else ()
    await _post(context, staff, None, text, journal, rows, urgent=True)
    return WorkOutcome()


async def note(context: HandlerContext, staff: Staff, update: StaffNote, journal: Journal) -> WorkOutcome:
    """Tells the staff what concerns no patient."""
    await _post(context, staff, None, update.note, journal)
    return WorkOutcome()


def _shown(one: Handoff, line: HandoffMessage) -> tuple[str, tuple[tuple[Button, ...], ...]]:
    if line.side == "patient":
        return line.text or "(nothing that can be shown)", ()
    if line.side == "staff":
        return f"{line.author}: {line.text}", ()
    if line.text == "opened":
        reason = _REASONS.get(one.reason, one.reason)
        text = (
            f"#{one.name} · {one.key.channel} · {reason} · language: {one.language}\nWhat you write here the patient reads. /help"
        )
        return text, ((_button("I take it", _TAKE, one), _button("Close", _CLOSE, one)),)
    if line.text == "claimed":
        return _NOTICES["claimed"].format(author=line.author), ((_button("Close", _CLOSE, one),),)
    return _NOTICES.get(line.text, line.text).format(author=line.author), ()


def _button(label: str, what: str, one: Handoff) -> Button:
    return Button(label, f"{PREFIX}{what}{one.id}")


async def _placed(context: HandlerContext, staff: Staff, one: Handoff) -> Handoff:
    """With its place in the group. A topic that was made just before a death of the process stays empty, and one more is made."""
    if one.place:
        return one
    call = MethodCall(
        "create_forum_topic", {"chat_id": staff.group, "name": f"#{one.name} · {_REASONS.get(one.reason, one.reason)}"}
    )
    try:
        made = await context.sender.send(call)
    except SendRefused:  # it is no forum
        made = None
    thread = made.answer.message_thread_id if isinstance(made, Sent) else None
    if isinstance(made, ChatGone) and made.why in {"chat", "kicked", "deactivated"}:
        raise SendLater(30.0)  # for the clinic to mend: the bot is not in the group
    return await staff.handoffs.place(one.id, f"t:{thread}" if thread else _PLAIN) or one


async def _post(
    context: HandlerContext,
    staff: Staff,
    one: Handoff | None,
    text: str,
    journal: Journal,
    rows: tuple[tuple[Button, ...], ...] = (),
    urgent: bool = False,
) -> None:
    tagged = one is not None and one.place == _PLAIN and f"#{one.name}" not in text
    messages = render_text(f"#{one.name}\n{text}" if one is not None and tagged else text, rows)
    after = await chats.post(context.sender, _group(context, staff, one), journal, messages, urgent=urgent)
    if after.gone:
        raise SendLater(30.0)


async def _copy(context: HandlerContext, staff: Staff, one: Handoff, line: HandoffMessage, journal: Journal) -> None:
    """A message of the patient's as it is, without their name."""
    source, _, number = line.file.partition(":")
    place = chats.place(_group(context, staff, one))
    arguments: dict[str, Any] = {**place, "from_chat_id": int(source), "message_id": int(number)}
    if one.place == _PLAIN:
        arguments["caption"] = f"#{one.name}\n{line.text}".strip()
    try:
        sent = await context.sender.send(MethodCall("copy_message", arguments, "copy"), journal)
    except SendRefused:
        await _post(context, staff, one, line.text or "(the patient has sent something, and has deleted it since)", journal)
        return
    if isinstance(sent, ChatGone):
        raise SendLater(30.0)


def _group(context: HandlerContext, staff: Staff, one: Handoff | None) -> ChatContext:
    thread = int(one.place[2:]) if one is not None and one.place.startswith("t:") else None
    key = ConversationKey(context.clinic, NAME, "staff")
    return ChatContext(key, staff.group or 0, thread, None, None, private=False, who="", at=0.0, memory=ChatState())


# -- from the group ---------------------------------------------------------------------------------------------------


async def hear(
    context: HandlerContext, staff: Staff, message: TelegramMessage, chat: ChatContext, journal: Journal
) -> WorkOutcome:
    """What one of the staff wrote in a patient's topic, or in reply to what stands there of a patient."""
    called = _COMMAND.fullmatch(message.words)
    command = called.group(1).lower() if called is not None else ""
    one = await _talk_of(staff, message, chat)
    if one is None:
        if command == "help":
            return await _answer(context, chat, journal, _HELP)
        context.count("ignored")
        return WorkOutcome()
    if message.edit_date is not None:
        return await _answer(context, chat, journal, "The change does not reach the patient. Write it as a new message.")
    author, account = _who(message.from_user)
    origin = f"t{message.message_id}"
    match command:
        case "help":
            return await _answer(context, chat, journal, _HELP)
        case "close":
            return await _say_of(context, chat, journal, one, await staff.handoffs.close(one.id, origin, author))
        case "release":
            return await _say_of(context, chat, journal, one, await staff.handoffs.release(one.id, origin, author))
        case "take":
            step = await staff.handoffs.claim(one.id, origin, author, takes_over=True, staff=account)
            return await _say_of(context, chat, journal, one, step)
    if not (message.words or message.media):
        return WorkOutcome()
    file = f"{chat.id}:{message.message_id}" if message.media else ""
    step = await staff.handoffs.from_staff(one.id, origin, author, message.words, file, staff=account)
    return await _say_of(context, chat, journal, one, step)


async def press(context: HandlerContext, staff: Staff, query: CallbackQuery, chat: ChatContext, journal: Journal) -> WorkOutcome:
    """A button of this group."""
    data = (query.data or "").removeprefix(PREFIX)
    what, value = data[:2], data[2:]
    author, account = _who(query.from_user)
    origin = f"k{query.id}"
    if what == _REACH:
        return await _reach(context, staff, value, author, account, chat, journal)
    one = await staff.handoffs.read(value)
    if one is None:
        return await _answer(context, chat, journal, "That talk is not kept any more.")
    match what:
        case "c:":
            step = await staff.handoffs.claim(one.id, origin, author, staff=account)
        case "t:":
            step = await staff.handoffs.claim(one.id, origin, author, takes_over=True, staff=account)
        case _:
            step = await staff.handoffs.close(one.id, origin, author)
    return await _say_of(context, chat, journal, one, step)


async def _reach(
    context: HandlerContext, staff: Staff, number: str, author: str, account: str, chat: ChatContext, journal: Journal
) -> WorkOutcome:
    """One of the staff writes first, to somebody in danger; the patient is told so, and can end it."""
    if not number.isdigit():
        return WorkOutcome()
    key = ConversationKey(context.clinic, NAME, number)
    one = await staff.handoffs.open(key, "", "reached_out", "en", f"reach:{chat.message}")
    step = await staff.handoffs.claim(one.id, f"reach:{chat.message}", author, staff=account)
    return await _say_of(context, chat, journal, one, step)


async def _say_of(context: HandlerContext, chat: ChatContext, journal: Journal, one: Handoff, step: HandoffStep) -> WorkOutcome:
    """What stopped it, if something did; what was done is shown to all by its own line."""
    now = step.handoff or one
    if step.outcome == "taken" and now.claimed_by:
        text = f"{now.claimed_by} answers this patient. This was not sent."
        return await _answer(context, chat, journal, text, ((_button("Take over", _TAKE_OVER, now),),))
    if step.outcome in {"closed", "unknown"}:
        return await _answer(context, chat, journal, "This talk is over. Nothing was sent, and the bot answers the patient.")
    return WorkOutcome()


async def _answer(
    context: HandlerContext, chat: ChatContext, journal: Journal, text: str, rows: tuple[tuple[Button, ...], ...] = ()
) -> WorkOutcome:
    await chats.post(context.sender, chat, journal, render_text(text, rows))
    return WorkOutcome()


async def _talk_of(staff: Staff, message: TelegramMessage, chat: ChatContext) -> Handoff | None:
    if chat.thread is not None and (found := await staff.handoffs.shown_at(f"t:{chat.thread}")) is not None:
        return found
    replied = message.reply_to_message
    tag = _TAG.search(replied.words) if replied is not None else None
    return await staff.handoffs.shown_at("-", tag.group(1)) if tag is not None else None


def _who(user: User | None) -> tuple[str, str]:
    """The name of one of the staff, and what tells them apart from another of that name."""
    if user is None:
        return "Staff", "Staff"
    name = user.first_name or "Staff"
    return name, f"{name} (Telegram {user.id})"
