"""What the agent bot does with an event: it answers while the conversation is pending, hands over, and then is silent."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace

from bot.channels.edition import Edition, Editions
from bot.channels.helpdesk.chatwoot import events
from bot.channels.helpdesk.chatwoot.api import ChatwootApi, ChatwootConversation, ChatwootMessage
from bot.channels.helpdesk.chatwoot.events import ChatwootEvent
from bot.channels.helpdesk.chatwoot.notes import HandOver, heard_note, summary
from bot.channels.helpdesk.state import WHO, ConversationRecord, dump_record, read_record
from bot.channels.rendering import without_lists
from bot.delivery.handler import Hopeless, Later
from bot.delivery.inbox import Limits
from bot.delivery.journal import NO_JOURNAL, Journal, WorkJournal
from bot.delivery.service import Service
from bot.delivery.storage import Incoming, Work, WorkOutcome
from bot.dialogue.conversation import Reply
from bot.dialogue.events import Chosen, Said
from bot.dialogue.floor import give_back, hand_over, reason_for, take_over, was_to_staff
from bot.dialogue.state import ChatState

# The one kind of inbox that shows every choice in full; others cut it, or show none (WhatsApp takes 20 letters).
_SELECTS = "Channel::WebWidget"
# Seconds after which a person may have taken what we heard of as pending, so that it is asked for once more.
_LATE = 10.0
# E-mails with the same text in a row: a program that answers the bot, and is answered, never ends by itself.
_EQUAL = 3
_WRITTEN = frozenset({"said", "waiting"})
_HEARD = frozenset({*_WRITTEN, "filled", "chosen"})
# What ids of choices begin with that stand for no topic.
_OFFERED = frozenset({"care", "ended"})


class Chatwoot:
    """The handler of the channel (see ``delivery.handler.Handler``). ``tries`` are those that ``delivery`` gives an update."""

    def __init__(
        self,
        editions: Editions,
        clinic: str,
        service: Service,
        api: ChatwootApi,
        count: Callable[[str], None],
        tries: int = Limits().tries,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._editions = editions
        self._clinic = clinic
        self._service = service
        self._api = api
        self._count = count
        self._tries = tries
        self._clock = clock

    async def handle(self, work: Work, state: str | None, journal: WorkJournal) -> WorkOutcome:
        """As ``delivery.handler.Handler`` says."""
        event, record, edition = _event(work.update), read_record(state), self._editions.current(self._clinic)
        place = ChatwootConversation(event.account, event.conversation)
        if event.kind == "resolved":
            return WorkOutcome(None)
        if event.kind == "taken":
            return await self._taken(event, place, record)
        if event.message in record.answered or not _concerns(event, edition):
            self._count("ignored")
            return WorkOutcome()
        if event.kind == "filled" and await self._service.alarm(edition, _done(event)) is None:
            self._count("stayed_silent")
            return WorkOutcome()
        if not await self._ours(event, place, record, work.update.received):
            return await self._overheard(edition, work.update, event, place, record, journal)
        if work.attempts >= self._tries - 1:
            # What failed so often fails again, or kills the process: the last try is a person's.
            return await self._given_up(edition, work.update, event, place, record, journal)
        if event.kind in _WRITTEN:
            record = record.having_answered(event.message)
        try:
            return await self._answer(edition, work.update, event, place, record, journal)
        except Hopeless:
            with contextlib.suppress(Hopeless, Later):
                await self._api.open(place)
                self._count("handed_over")
            raise

    async def is_urgent(self, update: Incoming) -> bool:
        """As ``delivery.handler.Handler`` says; where the staff have the conversation it has its turn, and they see it there."""
        event = _event(update)
        if event.kind not in _HEARD or event.status != "pending" or event.assigned:
            return False
        return await self._service.alarm(self._editions.current(self._clinic), _done(event)) is not None

    async def answer_urgent(self, update: Incoming, journal: Journal = NO_JOURNAL) -> bool:  # noqa: ARG002  # the protocol names it
        """As ``delivery.handler.Handler`` says; then the staff are told, if that can be done."""
        event, edition = _event(update), self._editions.current(self._clinic)
        reply = await self._service.urgent(edition, update.key, _done(event), update.received)
        if reply is None:
            return False
        place = ChatwootConversation(event.account, event.conversation)
        await self._api.say(place, _plain(reply.text), NO_JOURNAL, "")
        with contextlib.suppress(Hopeless, Later):
            await self._hand_over(edition, place, "urgent", ChatState(), NO_JOURNAL, "", reply.urgent)
        return True

    # -- whose turn it is ---------------------------------------------------------------------------------------

    async def _ours(self, event: ChatwootEvent, place: ChatwootConversation, record: ConversationRecord, received: float) -> bool:
        """Whether the bot answers. Up to the note with which it handed over, all that seems pending is from before that."""
        if event.status != "pending" or event.assigned:
            return False
        if event.kind != "waiting" and was_to_staff(event.message, record.conversation.floor):
            return False
        if self._clock() - received < _LATE:
            return True
        return await self._api.with_bot(place) is not False

    async def _taken(self, event: ChatwootEvent, place: ChatwootConversation, record: ConversationRecord) -> WorkOutcome:
        """Somebody of the staff answers a conversation that was the bot's: it is theirs now, and shows up where they look."""
        if event.status != "pending" or was_to_staff(event.message, record.conversation.floor):
            self._count("ignored")
            return WorkOutcome()
        await self._api.open(place)
        return WorkOutcome(dump_record(record.with_conversation(take_over(record.conversation, event.message))))

    async def _overheard(
        self,
        edition: Edition,
        update: Incoming,
        event: ChatwootEvent,
        place: ChatwootConversation,
        record: ConversationRecord,
        journal: Journal,
    ) -> WorkOutcome:
        """A person has the conversation: only danger is answered, and shown to them."""
        done = _done(event)
        if await self._service.alarm(edition, done) is None:
            self._count("stayed_silent")
            if event.status == "pending" and event.assigned:
                await self._api.open(place)  # the staff do not look at what is pending
            return WorkOutcome()
        reply, memory = await self._service.turn(edition, update.key, done, record.memory, WHO, update.received)
        await self._api.say(place, _plain(reply.text), journal, "1/2")
        if reply.kind == "urgent":
            await self._hand_over(edition, place, "urgent", memory, journal, "2/2", reply.urgent)
        elif (heard := heard_note(edition.dialogue.compose, reply)) is not None:  # in the talk it was no alarm
            await self._api.note(place, heard, journal, "2/2")
        after = record.having_answered(event.message) if event.kind in _WRITTEN else record
        return WorkOutcome(dump_record(replace(after, memory=memory)))

    # -- answers ------------------------------------------------------------------------------------------------

    async def _answer(
        self,
        edition: Edition,
        update: Incoming,
        event: ChatwootEvent,
        place: ChatwootConversation,
        record: ConversationRecord,
        journal: Journal,
    ) -> WorkOutcome:
        if event.kind != "chosen" and not event.text.strip():
            return await self._wordless(edition, event, place, record, journal)
        if event.mail:
            record = record.with_mail(event.text)
            if record.mail[1] >= _EQUAL and await self._service.alarm(edition, _done(event)) is None:
                note = await self._hand_over(edition, place, "repeats", record.memory, journal, "1/1", None)
                self._count("handed_over")
                return _handed_over(record, event, note)
        # Nothing else tells that the staff gave it back: what is new is pending.
        before = record.with_conversation(give_back(record.conversation))
        reply, memory = await self._service.turn(edition, update.key, _done(event), before.memory, WHO, update.received)
        after = replace(before, memory=memory)
        reason = reason_for(reply, after.conversation)
        if reason is None:
            heard = heard_note(edition.dialogue.compose, reply)
            await self._api.say(place, _said(reply, event.inbox), journal, "1/2" if heard else "1/1")
            if heard:
                await self._api.note(place, heard, journal, "2/2")
            return WorkOutcome(dump_record(after))
        text = reply.text if reason == "urgent" else f"{reply.text}\n\n{edition.say('helpdesk_handed_over')}"
        await self._api.say(place, _plain(text), journal, "1/2")
        note = await self._hand_over(edition, place, reason, memory, journal, "2/2", reply.urgent)
        self._count("handed_over")
        return _handed_over(after, event, note)

    async def _wordless(
        self, edition: Edition, event: ChatwootEvent, place: ChatwootConversation, record: ConversationRecord, journal: Journal
    ) -> WorkOutcome:
        if not event.attached:
            self._count("ignored")
            return WorkOutcome()
        await self._api.say(place, _plain(edition.say("helpdesk_media")), journal, "1/1")
        return WorkOutcome(dump_record(record))

    async def _given_up(
        self,
        edition: Edition,
        update: Incoming,
        event: ChatwootEvent,
        place: ChatwootConversation,
        record: ConversationRecord,
        journal: Journal,
    ) -> WorkOutcome:
        urgent = await self._service.urgent(edition, update.key, _done(event), update.received)
        text = urgent.text if urgent else edition.say("helpdesk_handed_over")
        await self._api.say(place, _plain(text), journal, "1/2")
        reason: HandOver = "urgent" if urgent else "failed"
        note = await self._hand_over(edition, place, reason, record.memory, journal, "2/2", urgent.urgent if urgent else None)
        self._count("handed_over")
        return _handed_over(record, event, note)

    async def _hand_over(
        self,
        edition: Edition,
        place: ChatwootConversation,
        reason: HandOver,
        memory: ChatState,
        journal: Journal,
        part: str,
        urgent: str | None,
    ) -> int | None:
        """Opens first: a message after the note that is pending again was written when the staff had given it back."""
        await self._api.open(place)
        note = await self._api.note(
            place, summary(edition.dialogue.compose, edition.knowledge, memory, reason, urgent), journal, part
        )
        if reason == "urgent":
            await self._api.prioritise(place)
        return note


def _event(update: Incoming) -> ChatwootEvent:
    try:
        return events.decode(update.payload)
    except events.NoEvent as error:
        raise Hopeless("unreadable") from error


def _concerns(event: ChatwootEvent, edition: Edition) -> bool:
    """Whether it can be ours: a choice that we never offer is another bot's. No topic has a colon in its id."""
    if event.kind != "chosen":
        return True
    return event.text.partition(":")[0] in _OFFERED or edition.knowledge.topic(event.text) is not None


def _done(event: ChatwootEvent) -> Said | Chosen:
    return Chosen(event.text) if event.kind == "chosen" else Said(event.text)


def _handed_over(record: ConversationRecord, event: ChatwootEvent, note: int | None) -> WorkOutcome:
    after = hand_over(record.conversation, max(event.message, note or 0))
    return WorkOutcome(dump_record(record.with_conversation(after)))


def _said(reply: Reply, inbox: str) -> ChatwootMessage:
    offered = reply.choices or reply.related
    if inbox != _SELECTS or not offered:
        return _plain(reply.text)
    return ChatwootMessage(without_lists(reply.text, reply.choices, reply.related), reply.text, offered)


def _plain(text: str) -> ChatwootMessage:
    return ChatwootMessage(text, text)
