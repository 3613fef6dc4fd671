"""Updates of the Bot API in, calls out: what is meant for the bot, and who answers it. No rule about answers lives here."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from cachetools import LRUCache

from bot.channels.edition import Editions
from bot.channels.telegram import business
from bot.channels.telegram import chat as chats
from bot.channels.telegram.actions import buttons, inline, reminders
from bot.channels.telegram.actions.addressing import Addressed, addressed
from bot.channels.telegram.actions.commands import COMMANDS
from bot.channels.telegram.api.sender import MethodCall, Sender, SendLater, SendRefused, Sent
from bot.channels.telegram.api.transport import decode
from bot.channels.telegram.chat import NO_CAMPAIGNS, Campaigns, ChatContext, HandlerContext, Staff
from bot.channels.telegram.render import render_reply
from bot.channels.telegram.settings import USUAL_TERMS, BusinessTerms
from bot.channels.telegram.staff import group, patient
from bot.channels.telegram.updates import types
from bot.channels.telegram.updates.intake import chat_key
from bot.channels.telegram.updates.types import TelegramMessage, Update, User
from bot.delivery.handler import Hopeless
from bot.delivery.handler import Later as PutOff
from bot.delivery.handoff.handoffs import AlarmUpdate, HandoffUpdate, StaffNote
from bot.delivery.journal import NO_JOURNAL, Journal, WorkJournal
from bot.delivery.service import Service
from bot.delivery.storage import Incoming, Storage, Work, WorkOutcome
from bot.dialogue.events import Event, Said
from bot.dialogue.state import load_state

# Who mends a slip does it at once; a change that comes later must not be answered out of the blue.
_EDIT_SECONDS = 60.0
_TYPING_AFTER = 0.7
_KEPT = 2000
# What wakes this channel for the staff, by keys that no update of Telegram's has.
_OF_STAFF = frozenset({"handoff", "alarm", "note"})


class Telegram:
    """The handler of the channel (see ``delivery.handler.Handler``)."""

    def __init__(
        self,
        editions: Editions,
        clinic: str,
        service: Service,
        sender: Sender,
        count: Callable[[str], None],
        hours: int,
        storage: Storage,
        terms: BusinessTerms = USUAL_TERMS,
        clock: Callable[[], float] = time.time,
        campaigns: Campaigns = NO_CAMPAIGNS,
        staff: Staff | None = None,
    ) -> None:
        """``hours``: how long is remembered. ``count`` hears of events. ``terms``: of the clinic's own account."""
        self._editions = editions
        self._clinic = clinic
        self._service = service
        self._sender = sender
        self._count = count
        self._hours = hours
        self._clock = clock
        self._acknowledged: LRUCache[str, None] = LRUCache(1000)
        self._me: User | None = None
        self._storage = storage
        self._terms = terms
        self._campaigns = campaigns
        self._staff = staff
        self._accounts = business.Accounts(clinic, sender, storage, clock)
        # What a message said, as a hash that only this process can make: an "edit" that changed no word is no news.
        self._key = secrets.token_bytes(32)
        self._said: LRUCache[tuple[int, int], bytes] = LRUCache(_KEPT)
        self._albums: LRUCache[tuple[int, str], None] = LRUCache(_KEPT)

    def context(self) -> HandlerContext:
        """What a turn that begins now works with."""
        edition = self._editions.current(self._clinic)
        return HandlerContext(
            edition,
            self._service,
            self._sender,
            self._count,
            self._hours,
            self._acknowledged,
            self._storage,
            self._terms,
            self._campaigns,
            self._staff,
        )

    async def handle(self, work: Work, state: str | None, journal: WorkJournal) -> WorkOutcome:
        """As ``delivery.handler.Handler`` says."""
        raw, context = self._raw(work.update), self.context()
        try:
            if isinstance(raw, dict) and "reminder" in raw:
                # Not when it was received: a reminder comes into the inbox as of when it was due.
                return await reminders.say(context, raw, state, self._clock(), journal)
            if isinstance(raw, dict) and self._staff is not None and not _OF_STAFF.isdisjoint(raw):
                return await self._woken(context, self._staff, raw, state, journal)
            return await self._answer(context, self._read(raw), state, work.update.received, journal)
        except SendLater as later:
            raise PutOff(later.after) from None
        except SendRefused:
            raise Hopeless("refused") from None

    async def is_urgent(self, update: Incoming) -> bool:
        """As ``delivery.handler.Handler`` says: danger in a message, or a choice that says it. A change of words has its turn."""
        try:
            read_ = self._read(self._raw(update))
        except Hopeless:
            return False
        message, speaker, event = _done_in(read_)
        if message is None or speaker is None or speaker.is_bot or event is None or message.edit_date is not None:
            return False
        if self._is_of_staff(message) or (read_.callback_query is None and not await self._may_hear(message)):
            return False
        return await self._service.alarm(self._editions.current(self._clinic), event) is not None

    async def answer_urgent(self, update: Incoming, journal: Journal = NO_JOURNAL) -> bool:
        """As ``delivery.handler.Handler`` says: words that can be seen, or a choice, of whomever, in whatever chat."""
        try:
            read_ = self._read(self._raw(update))
        except Hopeless:
            return False
        message, speaker, event = _done_in(read_)
        if message is None or speaker is None or speaker.is_bot or event is None or self._is_of_staff(message):
            return False
        reply = await self.context().urgent(event, update)
        if reply is None:
            return False
        chat = chats.context_of(message, speaker, self._clinic, load_state(None), update.received)
        if chat.business is not None:
            connection = await self._accounts.asked(chat.business)
            return await business.answer_urgent(self.context(), connection, message, reply, chat, journal)
        await chats.post(self._sender, chat, journal, render_reply(reply), urgent=True)
        return True

    @staticmethod
    def _raw(update: Incoming) -> Any:
        try:
            return decode(update.payload)
        except ValueError as error:
            raise Hopeless("unreadable") from error

    @staticmethod
    def _read(raw: Any) -> Update:
        try:
            return types.convert_to(raw, Update)
        except ValueError as error:
            raise Hopeless("unreadable") from error

    @staticmethod
    async def _woken(context: HandlerContext, staff: Staff, raw: Any, state: str | None, journal: Journal) -> WorkOutcome:
        """A line of a talk between a patient and the staff, an alarm or a note, that somebody has to be told."""
        try:
            if "alarm" in raw:
                return await group.alarm(context, staff, msgspec.convert(raw, AlarmUpdate), journal)
            if "note" in raw:
                return await group.note(context, staff, msgspec.convert(raw, StaffNote), journal)
            update = msgspec.convert(raw, HandoffUpdate)
        except msgspec.ValidationError as error:
            raise Hopeless("unreadable") from error
        if update.to == "staff":
            return await group.tell(context, staff, update, journal)
        return await patient.told(context, update, state, journal)

    def _is_of_staff(self, message: TelegramMessage) -> bool:
        """Whether the staff speak among themselves, or to a patient: the bot answers neither."""
        return self._staff is not None and message.chat.id == self._staff.group

    async def _answer(
        self, context: HandlerContext, update: Update, state: str | None, at: float, journal: Journal
    ) -> WorkOutcome:
        if (message := update.message or update.business_message) is not None:
            return await self._message(context, message, state, journal)
        if (message := update.edited_message or update.edited_business_message) is not None:
            return await self._edited(context, message, state, journal)
        if update.callback_query is not None:
            return await buttons.press(context, update.callback_query, state, at, journal)
        if update.inline_query is not None:
            return await inline.offer(context, update.inline_query, at)
        if update.business_connection is not None:
            self._count("ignored")
            return WorkOutcome(business.kept(update.business_connection))
        if update.my_chat_member is not None and update.my_chat_member.new_chat_member.status in {"kicked", "left"}:
            return WorkOutcome(forget=True)
        self._count("ignored")
        return WorkOutcome()

    # -- messages -----------------------------------------------------------------------------------------------

    async def _edited(
        self, context: HandlerContext, message: TelegramMessage, state: str | None, journal: Journal
    ) -> WorkOutcome:
        late = message.edit_date is None or message.edit_date - message.date > _EDIT_SECONDS
        return await self._message(context, message, state, journal, only_danger=late)

    async def _message(
        self, context: HandlerContext, message: TelegramMessage, state: str | None, journal: Journal, only_danger: bool = False
    ) -> WorkOutcome:
        if message.migrate_to_chat_id is not None:
            return WorkOutcome(state or "", moved=chat_key(self._clinic, message.migrate_to_chat_id))
        chat = chats.context_of(message, message.from_user, self._clinic, load_state(state), message.date)
        key, said = (message.chat.id, message.message_id), self._mark(message)
        if not await self._may_hear(message) or (message.edit_date is not None and self._said.get(key) == said):
            self._count("ignored")
            return WorkOutcome()
        if self._staff is not None and self._is_of_staff(message):
            self._said[key] = said
            return await group.hear(context, self._staff, message, chat, journal)
        heard = addressed(message, await self._ourselves(chat.private), chat.private)
        album = (message.chat.id, message.media_group_id or "")
        if album in self._albums and heard.media and not heard.words and not heard.command:  # one line for all of it
            self._count("ignored")
            return WorkOutcome()
        # What another bot helped to write is not meant for this one, but a person sent it.
        only_danger = only_danger or message.via_bot is not None
        talk = await patient.hear(context, message, chat, journal) if not heard.command else chat
        if isinstance(talk, WorkOutcome):
            self._said[key] = said
            return talk
        chat = talk
        if chat.business is not None:
            connection = await self._accounts.connection(chat.business)
            outcome = await business.hear(context, connection, message, heard, chat, journal, only_danger)
        elif not heard.addressed or only_danger:
            outcome = await self._overheard(context, heard, chat, journal)
        else:
            outcome = await self._typing(chat, self._heard(context, heard, chat, journal))
        # Only now: what could not be answered is tried again, and must not look like old news then.
        self._said[key] = said
        if message.media_group_id is not None:
            self._albums[album] = None
        return outcome

    async def _may_hear(self, message: TelegramMessage) -> bool:
        """Whether somebody speaks who may be answered: no bot, no channel."""
        if message.from_user is not None and message.from_user.is_bot and message.sender_chat is None:
            return False
        if message.is_automatic_forward or message.sender_business_bot is not None:
            return False
        # What we offered ourselves is no news.
        return message.via_bot is None or message.via_bot.id != (await self._ourselves(private=False)).id

    def _mark(self, message: TelegramMessage) -> bytes:
        """What stands for the words of ``message``."""
        said = message.words.encode("utf-8", "replace")
        return hashlib.blake2b(said, key=self._key, digest_size=16).digest()

    async def _overheard(self, context: HandlerContext, heard: Addressed, chat: ChatContext, journal: Journal) -> WorkOutcome:
        """What others say to each other: only danger is answered."""
        outcome = await self._danger(context, heard.words, chat, journal)
        if outcome is None:
            self._count("ignored")
            return WorkOutcome()
        return outcome

    @staticmethod
    async def _danger(context: HandlerContext, words: str, chat: ChatContext, journal: Journal) -> WorkOutcome | None:
        """Answers danger in ``words``, as a turn: what follows it is to be heard as that. None where there is none."""
        if not words or not await context.is_alarming(words):
            return None
        reply, memory = await context.turn(Said(words), chat)
        return await context.tell(chat.remembering(memory), journal, reply)

    async def _heard(self, context: HandlerContext, heard: Addressed, chat: ChatContext, journal: Journal) -> WorkOutcome:
        if heard.command:
            return await self._commanded(context, heard, chat, journal)
        if not heard.words:
            if heard.media:
                return await context.say_to(chat, journal, context.say("telegram_media"))
            if chat.private:  # what the chat itself reports: a pinned message, a new title
                self._count("ignored")
                return WorkOutcome()
        reply, memory = await context.turn(Said(heard.words), chat)
        # Danger first, whatever it says of reminders; and a question that there is an answer to is answered.
        if reply.kind not in {"urgent", "support", "answer", "timeline"} and chat.private and chat.business is None:
            match reminders.asked_of(heard.words, context):
                case "list":
                    return await reminders.listed(context, chat, journal)
                case "end":
                    return await reminders.unremind(context, chat, journal)
        return await context.tell(chat.remembering(memory), journal, reply)

    async def _commanded(self, context: HandlerContext, heard: Addressed, chat: ChatContext, journal: Journal) -> WorkOutcome:
        command = COMMANDS.get(heard.command)
        if command is not None:
            # Danger is heard behind a command, too.
            outcome = await self._danger(context, heard.words, chat, journal)
            return outcome or await command(context, chat, heard.words, journal)
        # It may itself be the word of somebody who needs help: "/suicide".
        reply, memory = await context.turn(Said(f"{heard.command} {heard.words}"), chat)
        if reply.kind in {"urgent", "support"} or reply.helpline:
            return await context.tell(chat.remembering(memory), journal, reply)
        return await COMMANDS["help"](context, chat, heard.words, journal)

    async def _typing(self, chat: ChatContext, answer: Awaitable[WorkOutcome]) -> WorkOutcome:
        """``answer``, with a sign of life where it takes long."""
        typing: list[asyncio.Task[object]] = []
        call = MethodCall("send_chat_action", {**chats.place(chat), "action": "typing"})
        loop = asyncio.get_running_loop()
        # A timer, as most answers are there long before: a task for each would cost more than all the rest here.
        timer = loop.call_later(_TYPING_AFTER, lambda: typing.append(loop.create_task(self._sender.send(call))))
        try:
            return await answer
        finally:
            timer.cancel()
            for task in typing:
                task.cancel()

    # -- what Telegram is asked once ----------------------------------------------------------------------------

    async def _ourselves(self, private: bool) -> User:
        """The bot's own account. A private chat does not wait for it: everything there is said to the bot."""
        if self._me is None:
            if private:
                return User(0, is_bot=True)
            sent = await self._sender.send(MethodCall("get_me", {}))
            if not isinstance(sent, Sent):
                raise PutOff(1.0)
            self._me = types.convert_to(sent.answer, User)
        return self._me


def _done_in(update: Update) -> tuple[TelegramMessage | None, User | None, Event | None]:
    """In which message somebody wrote or pressed a choice, who, and what; None for what is not in ``update``."""
    if (query := update.callback_query) is not None:
        return query.message, query.from_user, buttons.choice_in(query)
    message = update.message or update.edited_message or update.business_message or update.edited_business_message
    if message is None or (message.business_connection_id is not None and not _of_patient(message)):
        return None, None, None
    return message, message.from_user, Said(message.words)


def _of_patient(message: TelegramMessage) -> bool:
    """Whether a message on the clinic's account is not the clinic's own: a private chat has the number of the other person."""
    return message.from_user is not None and message.from_user.id == message.chat.id
