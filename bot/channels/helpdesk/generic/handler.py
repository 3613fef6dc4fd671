"""Answers questions of the generic webhook at the address that is set for replies."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from bot.channels.edition import Edition, Editions
from bot.channels.helpdesk import signatures
from bot.channels.helpdesk.client import HelpdeskClient, OutgoingRequest
from bot.channels.helpdesk.generic import questions
from bot.channels.helpdesk.generic.questions import WebhookQuestion
from bot.channels.helpdesk.generic.webhook import answer_question
from bot.channels.helpdesk.state import ConversationRecord, dump_record, read_record
from bot.delivery.handler import Hopeless
from bot.delivery.journal import NO_JOURNAL, Journal, WorkJournal
from bot.delivery.service import Service
from bot.delivery.storage import Incoming, Work, WorkOutcome
from bot.dialogue.conversation import Reply


class Generic:
    """The handler of the channel (see ``delivery.handler.Handler``).

    A reply has an id made from that of its question, so the far end knows one that comes twice; so it is repeated until it
    arrives, and no journal is kept.
    """

    def __init__(
        self,
        editions: Editions,
        clinic: str,
        service: Service,
        client: HelpdeskClient,
        url: str,
        secret: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._editions = editions
        self._clinic = clinic
        self._service = service
        self._client = client
        self._url = url
        self._key = signatures.key_of(secret)
        self._clock = clock

    async def handle(self, work: Work, state: str | None, journal: WorkJournal) -> WorkOutcome:  # noqa: ARG002  # the protocol names it
        """As ``delivery.handler.Handler`` says."""
        asked, record, edition = _asked(work.update), read_record(state), self._editions.current(self._clinic)
        reply, after = await answer_question(self._service, edition, work.update.key, asked, record, work.update.received)
        await self._tell(edition, asked, reply, after)
        return WorkOutcome(dump_record(after))

    async def is_urgent(self, update: Incoming) -> bool:
        """As ``delivery.handler.Handler`` says."""
        asked, edition = _asked(update), self._editions.current(self._clinic)
        return await self._service.alarm(edition, asked.event) is not None

    async def answer_urgent(self, update: Incoming, journal: Journal = NO_JOURNAL) -> bool:  # noqa: ARG002  # the protocol names it
        """As ``delivery.handler.Handler`` says."""
        asked, edition = _asked(update), self._editions.current(self._clinic)
        reply = await self._service.urgent(edition, update.key, asked.event, update.received)
        if reply is None:
            return False
        await self._tell(edition, asked, reply, ConversationRecord())
        return True

    async def _tell(self, edition: Edition, asked: WebhookQuestion, reply: Reply, after: ConversationRecord) -> None:
        body = questions.webhook_answer(asked, questions.rendered_reply(reply, after, edition.screen))
        id = f"reply_{questions.hashed(asked.id)}"
        await self._client.post(
            OutgoingRequest(self._url, body, lambda: signatures.sign_standard(self._key, id, self._clock(), body))
        )


def _asked(update: Incoming) -> WebhookQuestion:
    try:
        return msgspec.json.decode(update.payload, type=WebhookQuestion)
    except (msgspec.MsgspecError, ValueError) as error:
        raise Hopeless("unreadable") from error
