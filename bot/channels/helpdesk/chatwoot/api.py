"""The calls of Chatwoot's API that an agent bot may make."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec

from bot.channels.helpdesk.chatwoot.events import assigned_to_person
from bot.channels.helpdesk.client import HelpdeskClient, OutgoingRequest, Refusal, field_of, number_in
from bot.delivery.handler import Hopeless, Later
from bot.delivery.journal import NO_JOURNAL, Journal
from bot.dialogue.conversation import Choice


@dataclass(frozen=True, slots=True)
class ChatwootConversation:
    """A conversation; its number counts within the account."""

    account: int
    conversation: int


@dataclass(frozen=True, slots=True)
class ChatwootMessage:
    """A message as the patient sees it: ``text`` with ``choices`` to pick from, or ``plain``, which says the same alone."""

    text: str
    plain: str
    choices: tuple[Choice, ...] = ()


_QUOTED = 160  # characters
_PRIVATE = re.compile(r"\S*@\S*|\S*\d{5}\S*|[\x00-\x1f\x7f]")


def refusal(token: str) -> Callable[[int, bytes], Refusal]:
    """Reads Chatwoot's own words: without the token, an address, a number that may be somebody's."""

    def read(status: int, answer: bytes) -> Refusal:
        found = field_of(answer, "error") or field_of(answer, "message")
        said = _PRIVATE.sub("…", found.replace(token, "…"))[:_QUOTED].strip() if isinstance(found, str) else ""
        return Refusal(said, status == HTTPStatus.UNAUTHORIZED and said.casefold() == "invalid access token")

    return read


class ChatwootApi:
    """``base`` is Chatwoot's address without a slash at its end. Every call raises Later, Hopeless and StorageError."""

    def __init__(self, base: str, token: str, outbox: HelpdeskClient) -> None:
        self._base = base
        self._headers = {"api_access_token": token}
        self._outbox = outbox

    async def say(self, place: ChatwootConversation, said: ChatwootMessage, journal: Journal, part: str) -> None:
        """Writes to the patient."""
        if said.choices:
            try:
                await self._message(place, {"content": said.text, **_select(said.choices)}, journal, part)
            except Hopeless as hopeless:
                if hopeless.reason != "refused":
                    raise
            else:
                return
        await self._message(place, {"content": said.plain}, journal, part)

    async def note(self, place: ChatwootConversation, text: str, journal: Journal, part: str) -> int | None:
        """Writes to the staff alone; the number of that message, where it is known."""
        return number_in(await self._message(place, {"content": text, "private": True}, journal, part), "id")

    async def open(self, place: ChatwootConversation) -> None:
        """Gives the conversation to the staff; does nothing where they have it."""
        await self._post(place, "toggle_status", {"status": "open"})

    async def prioritise(self, place: ChatwootConversation) -> bool:
        """Marks the conversation as urgent; whether Chatwoot let us."""
        try:
            await self._post(place, "toggle_priority", {"priority": "urgent"})
        except (Hopeless, Later):
            return False
        return True

    async def watch(self, seconds: float) -> None:
        """Looks every ``seconds`` whether the token holds, for ever: a bot may read nobody's profile, but hears why."""
        while True:
            if (told := await self._outbox.ask(f"{self._base}/api/v1/profile", self._headers)) is not None:
                status, said = told
                if said.of_token or status == HTTPStatus.OK or (status == HTTPStatus.UNAUTHORIZED and said.words):
                    self._outbox.health.told_token(not said.of_token, status, said.words)
            await asyncio.sleep(seconds)

    async def with_bot(self, place: ChatwootConversation) -> bool | None:
        """Whether the conversation is the bot's now; None where a bot may not ask, or no answer comes."""
        told = await self._outbox.get(self._url(place), self._headers)
        status, meta = field_of(told, "status"), field_of(told, "meta")
        return status == "pending" and not assigned_to_person({"meta": meta}) if isinstance(status, str) else None

    async def _message(self, place: ChatwootConversation, content: dict[str, Any], journal: Journal, part: str) -> bytes | None:
        return await self._post(place, "messages", {"message_type": "outgoing", "private": False, **content}, journal, part)

    async def _post(
        self, place: ChatwootConversation, what: str, content: dict[str, Any], journal: Journal | None = None, part: str = ""
    ) -> bytes | None:
        body = msgspec.json.encode(content)
        letter = OutgoingRequest(f"{self._url(place)}/{what}", body, lambda: self._headers, part, journal or NO_JOURNAL)
        return await self._outbox.post(letter)

    def _url(self, place: ChatwootConversation) -> str:
        return f"{self._base}/api/v1/accounts/{place.account}/conversations/{place.conversation}"


def _select(choices: Sequence[Choice]) -> dict[str, Any]:
    items = [{"title": one.label, "value": one.id} for one in choices]
    return {"content_type": "input_select", "content_attributes": {"items": items}}
