"""What each endpoint of the API does, and the table of them."""

from __future__ import annotations

import time
from collections.abc import Hashable, Mapping
from datetime import datetime
from types import MappingProxyType

from cachetools import LRUCache
from msgspec import UNSET, UnsetType
from starlette.responses import Response

from bot.channels.rendering import screen_of
from bot.channels.web.api import responses, schema
from bot.channels.web.api.context import Office
from bot.channels.web.api.conversations import ALONE, WHO, Act, Desk
from bot.channels.web.api.openapi import Endpoint, document
from bot.channels.web.api.public import Library
from bot.channels.web.api.responses import Call, Problem, store_away
from bot.channels.web.settings import NAME
from bot.dialogue.conversation import Reply, as_json
from bot.dialogue.events import AsksEnd, Chosen, Ended, NotHelped, Said, WantsPerson
from bot.version import __version__

_MOST_WRITTEN = 2000  # some 2 KB each
# Of the moments that can be reckoned with: what is farther away is over, or has not come, all the same.
_FIRST, _LAST = 0.0, 253_000_000_000.0


class Clerk:
    """Its methods are called once the body is read and the caller let in. They raise Problem."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._desk = Desk(office)
        self._library = Library(office.service.knowledge, office.service.dialogue.compose)
        self._screen = screen_of(office.service.knowledge)
        self._document: Response | None = None
        self._written: LRUCache[Hashable, bytes] = LRUCache(_MOST_WRITTEN)

    def shown(self, reply: Reply) -> Response:
        """``reply`` with how a page shows it. Replies come again and again, and writing one takes 40 us."""
        if reply.ended is not None:
            return responses.of({**as_json(reply), "shown": self._screen.render(reply)})
        key = (
            reply.kind, reply.text, reply.parts, reply.confidence, reply.claims, reply.safety, reply.boundary, reply.choices,
            reply.related, reply.sources, reply.urgent, reply.helpline, *reply.stamp.items(),
        )  # fmt: skip
        written: bytes | None = self._written.get(key)
        if written is None:
            written = responses.encoded({**as_json(reply), "shown": self._screen.render(reply)})
            self._written[key] = written
        return responses.written(written)

    # -- conversations ----------------------------------------------------------------------------------------------

    async def start(self, call: Call) -> Response:
        """A token, and what to greet with."""
        given: schema.Start = call.body
        office, knowledge = self._office, self._office.service.knowledge
        # Where no clinic is set there is only one, whatever a page calls it.
        if given.clinic not in {UNSET, "", office.clinic, knowledge.clinic.id} and office.clinic != "default":
            raise Problem("unknown-clinic", "The page names a clinic that this server does not serve.")
        clinic = knowledge.clinic
        started = {
            "conversation": await self._desk.start(),
            "expires_in": 60 * office.conversation_minutes,
            "greeting": office.service.dialogue.compose.say("web_welcome"),
            "examples": self._library.examples(),
            "clinic": {
                "id": office.clinic,
                "name": clinic.name,
                "contact": clinic.contact,
                "emergency": clinic.emergency,
                "crisis": clinic.crisis,
            },
        }
        return responses.of(started, 201)

    async def ask(self, call: Call) -> Response:
        given: schema.Ask = call.body
        began = time.perf_counter()
        act, token = self._act(given), given.conversation
        if token is UNSET:
            reply, _ = await act(ALONE)
        elif given.question is not UNSET:
            reply = await self._desk.hear(token, given.question, act)
        else:
            reply = await self._desk.turn(token, act)
        shown = self.shown(reply)
        self._office.metrics.took(NAME, time.perf_counter() - began)
        return shown

    def _act(self, given: schema.Ask) -> Act:
        service, now = self._office.service, self._office.clock()
        question, choice, ended = given.question, given.choice, given.ended
        if question is not UNSET:
            return lambda memory: service.turn(NAME, Said(question), memory, WHO, now)
        if choice is not UNSET:
            return lambda memory: service.turn(NAME, Chosen(choice), memory, WHO, now)
        moment = service.moment(_seconds(ended))
        return lambda memory: service.turn(NAME, Ended(moment), memory, WHO, now)

    async def feedback(self, call: Call) -> Response:
        given: schema.Feedback = call.body
        service, now = self._office.service, self._office.clock()
        if given.helped:
            await self._desk.check(given.conversation)
            self._office.metrics.count("helped")
            return responses.nothing()
        reply = await self._desk.turn(given.conversation, lambda memory: service.turn(NAME, NotHelped(), memory, WHO, now))
        self._office.metrics.count("not_helped")
        return self.shown(reply)

    async def hand_off(self, call: Call) -> Response:
        service, now = self._office.service, self._office.clock()
        return self.shown(
            await self._desk.turn(call.body.conversation, lambda memory: service.turn(NAME, WantsPerson(), memory, WHO, now))
        )

    async def ask_end(self, call: Call) -> Response:
        service, now = self._office.service, self._office.clock()
        return self.shown(
            await self._desk.turn(call.body.conversation, lambda memory: service.turn(NAME, AsksEnd(), memory, WHO, now))
        )

    async def end(self, call: Call) -> Response:
        await self._desk.end(call.body.conversation)
        return responses.nothing()

    # -- what anybody may read ----------------------------------------------------------------------------------------

    async def topics(self, _: Call) -> Response:
        return self._library.topics

    async def entry(self, call: Call) -> Response:
        return self._library.entry(call.id)

    async def timeline(self, _: Call) -> Response:
        return self._library.timeline()

    async def timeline_text(self, _: Call) -> Response:
        return self._library.text()

    async def timeline_svg(self, _: Call) -> Response:
        return await self._library.picture("image/svg+xml", self._office.svg)

    async def timeline_png(self, _: Call) -> Response:
        return await self._library.picture("image/png", self._office.png)

    async def health(self, _: Call) -> Response:
        if not self._office.ready():
            raise store_away()
        return responses.of({"status": "ready", "version": __version__, "knowledge": self._office.service.knowledge.version})

    async def openapi(self, _: Call) -> Response:
        if self._document is None:
            service = self._office.service
            reply, _memory = await service.turn(NAME, Chosen(self._library.examples()[0].id), ALONE, WHO, self._office.clock())
            example = {**as_json(reply), "shown": self._screen.render(reply)}
            self._document = responses.kept(responses.encoded(document(ENDPOINTS, {"ask": example})))
        return self._document


def _seconds(ended: datetime | UnsetType) -> float:
    return min(max(ended.timestamp(), _FIRST), _LAST) if ended is not UNSET else _FIRST


_OPENED: Mapping[str, str] = MappingProxyType({"conversation": "$response.body#/conversation"})
_REMEMBERED = ("unknown-conversation", "store-away")
_TOKEN = "Zk3xq0cWQ2yM8w1nX5b7Ug"  # noqa: S105  # an example, which opens nothing

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "POST", "/ask", "ask", "A question, a choice, or when an infusion ended: the reply", Clerk.ask,
        body=schema.Ask, reply=schema.Reply, problems=_REMEMBERED,
        examples={
            "question": {"question": "How long does it last?"},
            "in a conversation": {"question": "And for pain?", "conversation": _TOKEN},
            "choice": {"choice": "infusion_length"},
            "ended": {"ended": "2026-03-01T14:10:00-06:00"},
        },
    ),
    Endpoint(
        "POST", "/conversations", "start", "Begin a conversation", Clerk.start,
        body=schema.Start, optional=True, status=201, reply=schema.Started, problems=("unknown-clinic", "store-away"),
        examples={"empty": {}, "of a clinic": {"clinic": "default"}},
        links={
            "ask": {"question": "How long does it last?", **_OPENED},
            "feedback": {"helped": False, **_OPENED},
            "handOff": _OPENED,
            "aftercare": _OPENED,
            "end": _OPENED,
        },
    ),
    Endpoint(
        "POST", "/conversations/end", "end", "Forget the conversation", Clerk.end,
        body=schema.Session, status=204, media="", problems=("store-away",), examples={"token": {"conversation": _TOKEN}},
    ),
    Endpoint(
        "POST", "/feedback", "feedback", "Whether the last answer helped; if not, what else there is", Clerk.feedback,
        body=schema.Feedback, reply=schema.Reply, also={204: None}, problems=_REMEMBERED,
        examples={"helped": {"conversation": _TOKEN, "helped": True}, "not": {"conversation": _TOKEN, "helped": False}},
    ),
    Endpoint(
        "POST", "/handoff", "handOff", "The way to a person", Clerk.hand_off,
        body=schema.Session, reply=schema.Reply, problems=_REMEMBERED, examples={"token": {"conversation": _TOKEN}},
    ),
    Endpoint(
        "POST", "/aftercare", "aftercare", "Ask when the infusion ended", Clerk.ask_end,
        body=schema.Session, reply=schema.Reply, problems=_REMEMBERED, examples={"token": {"conversation": _TOKEN}},
    ),
    Endpoint("GET", "/topics", "topics", "All questions that can be answered", Clerk.topics, reply=schema.Topics, kept=True),
    Endpoint(
        "GET", "/entries/{id}", "entry", "An entry with its claims and sources", Clerk.entry,
        reply=schema.Entry, kept=True, problems=("unknown-entry", "not-found"),
    ),
    Endpoint(
        "GET", "/timeline", "timeline", "The course of a treatment", Clerk.timeline,
        reply=schema.Timeline, kept=True, problems=("no-timeline",),
    ),
    Endpoint(
        "GET", "/timeline.txt", "timelineText", "The same in words", Clerk.timeline_text,
        media="text/plain; charset=utf-8", kept=True, problems=("no-timeline",),
    ),
    Endpoint(
        "GET", "/timeline.svg", "timelineSvg", "The same as a picture", Clerk.timeline_svg,
        media="image/svg+xml", kept=True, problems=("no-timeline",),
    ),
    Endpoint(
        "GET", "/timeline.png", "timelinePng", "The same as a picture", Clerk.timeline_png,
        media="image/png", kept=True, problems=("no-timeline",),
    ),
    Endpoint("GET", "/health", "health", "Whether all works", Clerk.health, reply=schema.Health,
             problems=("store-away",), free=True),
    Endpoint("GET", "/openapi.json", "openapi", "This document", Clerk.openapi, reply=dict, kept=True, free=True),
)  # fmt: skip
