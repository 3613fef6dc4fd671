"""The one way to hand-offs for every channel and for the clinic's page: what is asked of them, and who hears of it.

All calls may come again with the same id: what is known is not done twice. Each raises StorageError.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import msgspec

from bot.delivery.handoff import Handoff, HandoffMessage, Side, State, records
from bot.delivery.handoff.records import Decide
from bot.delivery.storage import Incoming, Storage
from bot.delivery.storage.operations.leases import conversation_of
from bot.dialogue.conversation import ConversationKey

OPEN: tuple[State, ...] = ("open", "claimed")
_MOST = 200
# Neither I nor O nor 0 nor 1: a name is read aloud across a room.
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
# With this an update of a hand-off begins, beside what a channel's own ones look like.
UPDATE = b'{"handoff":'

Outcome = Literal["done", "known", "taken", "closed", "unknown"]


class HandoffUpdate(msgspec.Struct, frozen=True):
    """What a channel is woken with: the message of a hand-off that it has to tell. ``to``: the side that is to hear."""

    handoff: str
    message: str
    to: Literal["patient", "staff"]


class StaffNote(msgspec.Struct, frozen=True):
    """The staff are to read ``note``: of no conversation."""

    note: str


class AlarmUpdate(msgspec.Struct, frozen=True):
    """The staff are to hear of danger in a conversation that nobody has taken over."""

    alarm: str
    channel: str
    conversation: str
    who: str
    at: float


@dataclass(frozen=True, slots=True)
class Places:
    """Who is told by an update, and where it goes: patients of the channels in ``patients``; the staff in the channel ``staff``,
    with a conversation for each hand-off ("" : they read the page alone).
    """

    patients: frozenset[str] = frozenset()
    staff: str = ""


@dataclass(frozen=True, slots=True)
class HandoffStep:
    """What became of a call; ``taken``: another of the staff answers. ``handoff``: as it is now, None where there is none."""

    outcome: Outcome
    handoff: Handoff | None


class Handoffs:
    """Those of one clinic."""

    def __init__(self, storage: Storage, clinic: str, places: Places = Places(), clock: Callable[[], float] = time.time) -> None:
        self._storage = storage
        self.clinic = clinic
        self.places = places
        self._clock = clock

    # -- reading ------------------------------------------------------------------------------------------------

    async def find(self, key: ConversationKey, who: str) -> Handoff | None:
        """The one that is not closed, of this person in this conversation."""
        return await self._storage.run(lambda: records.find(conversation_of(key), who), write=False)

    async def read(self, id: str) -> Handoff | None:
        """Of this clinic alone: an id of another one's is none."""
        found = await self._storage.run(lambda: records.read(id), write=False)
        return found if found is not None and found.key.clinic == self.clinic else None

    async def shown_at(self, place: str, name: str = "-") -> Handoff | None:
        """The latest one that the staff's channel shows at ``place``, or under that name."""
        return await self._storage.run(lambda: records.shown_at(self.clinic, place, name), write=False)

    async def listing(self, states: Collection[State] = OPEN, most: int = _MOST) -> tuple[Handoff, ...]:
        """Those in one of ``states``: the open ones from the oldest on, before them closed ones from the latest on."""
        return await self._storage.run(lambda: records.listing(self.clinic, states, most), write=False)

    async def messages(self, id: str, after: int = 0, most: int = _MOST) -> tuple[HandoffMessage, ...]:
        """Those after the ``seq`` ``after``, in order. That ``id`` may be read is up to who calls."""
        return await self._storage.run(lambda: records.messages(id, after, most), write=False)

    async def news(
        self, key: ConversationKey, who: str, after: int = 0, most: int = _MOST
    ) -> tuple[Handoff, tuple[HandoffMessage, ...]] | None:
        """What is new after ``after`` in the one of this person that is open, else in their last one; None: they had none."""
        return await self._storage.run(lambda: records.news(conversation_of(key), who, after, most), write=False)

    async def message(self, id: str) -> HandoffMessage | None:
        """None where its words are gone."""
        return await self._storage.run(lambda: records.message(id), write=False)

    # -- the patient's side -------------------------------------------------------------------------------------

    async def open(self, key: ConversationKey, who: str, reason: str, language: str, id: str) -> Handoff:
        """A new one, or the one that is open. ``id``: of what it came from."""
        at = self._clock()
        same = hashlib.sha256("\n".join((conversation_of(key), who, id)).encode("utf-8", "replace")).hexdigest()[:16]
        new = Handoff(same, key, who, _name(), reason, language, "open", at, waiting=at)
        first = HandoffMessage(0, _line_id(same, "opened"), same, "notice", "", "opened", at)
        return await self._storage.run(lambda: records.begin(new, first, self._tell_staff))

    async def from_patient(self, handoff: str, id: str, text: str, file: str = "") -> HandoffStep:
        """The patient wrote ``text``; the staff hear of it."""
        at = self._clock()

        def decide(one: Handoff) -> Handoff | None:
            return None if one.closed else replace(one, waiting=one.waiting or at)

        return await self._said(handoff, id, "patient", "", text, file, at, decide)

    async def leave(self, handoff: str, id: str) -> HandoffStep:
        """The patient does not want it any more."""
        return await self._end(handoff, id, "left", "")

    async def heard(self, handoff: str, id: str, kind: str) -> HandoffStep:
        """Danger of ``kind`` was heard, and answered by the bot."""
        at = self._clock()
        return await self._said(handoff, f"{id}:alarm", "notice", "", "alarm", "", at, lambda one: replace(one, alarm=kind))

    async def alarm(self, key: ConversationKey, who: str, kind: str, at: float) -> None:
        """Danger was heard in a conversation, whoever has it: the staff's channel hears of it, and no word of the person's."""
        if self.places.staff:
            told = AlarmUpdate(kind, key.channel, key.id, who, at)
            id = hashlib.sha256(msgspec.json.encode(told)).hexdigest()[:24]
            lane = ConversationKey(self.clinic, self.places.staff, "staff")
            update = Incoming(lane, f"alarm:{id}", msgspec.json.encode(told), self._clock())
            await self._storage.run(lambda: records.wake([update]))

    async def tell(self, id: str, text: str) -> None:
        """The staff's channel shows ``text``, once for an ``id`` within two days; where there is none, nobody does."""
        if self.places.staff:
            lane = ConversationKey(self.clinic, self.places.staff, "staff")
            update = Incoming(lane, id, msgspec.json.encode(StaffNote(text)), self._clock())
            await self._storage.run(lambda: records.wake([update]))

    # -- the staff's side ---------------------------------------------------------------------------------------

    async def from_staff(
        self, handoff: str, id: str, author: str, text: str, file: str = "", *, takes_over: bool = False, staff: str = ""
    ) -> HandoffStep:
        """``staff`` (an account; ``author`` where it is "") wrote to the patient; the first to answer claims it.

        Refused as ``taken`` where another one answers, unless it ``takes_over``.
        """
        at, account = self._clock(), staff or author

        def decide(one: Handoff) -> Handoff | None:
            if one.closed or (one.claimed_by not in ("", account) and not takes_over):
                return None
            answered = one.answered or at
            return replace(one, state="claimed", claimed_by=account, waiting=None, answered=answered, reminded=None, told=None)

        return await self._said(handoff, id, "staff", author, text, file, at, decide)

    async def claim(self, handoff: str, id: str, author: str, *, takes_over: bool = False, staff: str = "") -> HandoffStep:
        """Somebody of the staff answers from now on; ``taken`` where another one does, unless it ``takes_over``."""
        at, account = self._clock(), staff or author

        def decide(one: Handoff) -> Handoff | None:
            if one.closed or one.claimed_by == account or (one.claimed_by and not takes_over):
                return None
            return replace(one, state="claimed", claimed_by=account)

        return await self._said(handoff, id, "notice", author, "claimed", "", at, decide)

    async def release(self, handoff: str, id: str, author: str) -> HandoffStep:
        """Whoever wants may answer."""
        at = self._clock()

        def decide(one: Handoff) -> Handoff | None:
            return None if one.closed or not one.claimed_by else replace(one, state="open", claimed_by="")

        return await self._said(handoff, id, "notice", author, "released", "", at, decide)

    async def close(self, handoff: str, id: str, author: str) -> HandoffStep:
        """The staff give it back to the bot."""
        return await self._end(handoff, id, "closed", author)

    async def place(self, handoff: str, where: str) -> Handoff | None:
        """Where the staff's channel shows it; the first one said holds."""
        return await self._storage.run(lambda: records.place(handoff, where))

    # -- nobody waits unheard -----------------------------------------------------------------------------------

    async def remind(self, staff_after: float, patient_after: float) -> int:
        """Tells the staff of those who have waited for ``staff_after`` seconds, and patients after ``patient_after`` that it
        takes longer; each once until somebody answers. Returns how many lines that made.
        """
        now = self._clock()
        late = await self._storage.run(lambda: records.late(self.clinic, now - staff_after, now - patient_after), write=False)
        told = 0
        for id in late:
            for what, seconds in (("reminded", staff_after), ("told", patient_after)):
                decide = _due(what, now, seconds)
                made = await self._said(id, f"{what}:{now:.3f}", "notice", "", what, "", now, decide)
                told += made.outcome == "done"
        return told

    # -- ---------------------------------------------------------------------------------------------------------

    async def _end(self, handoff: str, id: str, what: str, author: str) -> HandoffStep:
        at = self._clock()

        def decide(one: Handoff) -> Handoff | None:
            return None if one.closed else replace(one, state="closed", closed=at, waiting=None)

        return await self._said(handoff, id, "notice", author, what, "", at, decide)

    async def _said(
        self, handoff: str, id: str, side: Side, author: str, text: str, file: str, at: float, decide: Decide
    ) -> HandoffStep:
        line = HandoffMessage(0, _line_id(handoff, id), handoff, side, author, text, at, file)

        def decided(one: Handoff) -> Handoff | None:
            return decide(one) if one.key.clinic == self.clinic else None

        found, done = await self._storage.run(lambda: records.step(handoff, line, decided, self._tell))
        if found is None or found.key.clinic != self.clinic:
            return HandoffStep("unknown", None)
        if done:
            return HandoffStep("done", await self.read(handoff))
        if await self.message(line.id) is not None:
            return HandoffStep("known", found)
        return HandoffStep("closed" if found.closed else "taken", found)

    def _tell(self, one: Handoff, line: HandoffMessage) -> Sequence[Incoming]:
        return [*self._tell_staff(one, line), *self._tell_patient(one, line)]

    def _tell_staff(self, one: Handoff, line: HandoffMessage) -> Sequence[Incoming]:
        """All that happens, but that the patient was told to wait: what one of the staff wrote elsewhere the others see, too."""
        if not self.places.staff or (line.text == "told" and line.side == "notice"):
            return []
        return [self._update(ConversationKey(self.clinic, self.places.staff, f"staff:{one.id}"), line, "staff")]

    def _tell_patient(self, one: Handoff, line: HandoffMessage) -> Sequence[Incoming]:
        told = line.side == "staff" or (line.side == "notice" and line.text in {"claimed", "closed", "told"})
        return [self._update(one.key, line, "patient")] if told and one.key.channel in self.places.patients else []

    @staticmethod
    def _update(key: ConversationKey, line: HandoffMessage, to: Literal["patient", "staff"]) -> Incoming:
        payload = msgspec.json.encode(HandoffUpdate(line.handoff, line.id, to))
        return Incoming(key, f"handoff:{to}:{line.id}", payload, line.at)


def _due(what: str, now: float, seconds: float) -> Decide:
    def decide(one: Handoff) -> Handoff | None:
        if one.closed or one.waiting is None or one.waiting > now - seconds or getattr(one, what) is not None:
            return None
        return replace(one, reminded=now) if what == "reminded" else replace(one, told=now)

    return decide


def _line_id(handoff: str, origin: str) -> str:
    return f"{handoff}/{origin}"


def _name() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(4))
