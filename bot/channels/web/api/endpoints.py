"""What each endpoint of the API does, and the table of them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Hashable, Mapping
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import Any

from cachetools import LRUCache
from msgspec import UNSET, UnsetType
from starlette.responses import Response

from bot.channels.edition import Edition
from bot.channels.web.api import responses, schema
from bot.channels.web.api.context import ApiContext
from bot.channels.web.api.conversations import Conversations
from bot.channels.web.api.fields import LONGEST
from bot.channels.web.api.openapi import Endpoint, document
from bot.channels.web.api.public import examples, public_of
from bot.channels.web.api.responses import ApiRequest, Problem, still_learning, store_away
from bot.channels.web.api.staff import floor_of
from bot.channels.web.settings import NAME
from bot.dialogue.conversation import Conversation, Reply, as_json
from bot.dialogue.events import AsksEnd, Chosen, Ended, Event, Said, WantsPerson
from bot.dialogue.steps.care import SAFE, UNSAFE
from bot.dialogue.trace import Trace, trace_lines
from bot.timeline.clock import zone
from bot.version import __version__

_MOST_WRITTEN = 2000  # some 2 KB each
# Of the moments that can be reckoned with: what is farther away is over, or has not come, all the same.
_FIRST, _LAST = 0.0, 253_000_000_000.0


class Endpoints:
    """Its methods are called once the body is read and the caller let in. They raise Problem."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context
        self._conversations = Conversations(context)

    # -- conversations ----------------------------------------------------------------------------------------------

    async def start(self, call: ApiRequest) -> Response:
        """A token, and what to greet with."""
        given: schema.Start = call.body
        context, clinic = self._context, call.edition.knowledge.clinic
        if given.clinic not in {UNSET, "", context.clinic, clinic.id}:
            raise Problem("unknown-clinic", f"Leave clinic out, or name the one that is served: {context.clinic}.")
        started = {
            "conversation": await self._conversations.start(),
            "expires_in": 60 * context.conversation_minutes,
            "question_limit": LONGEST,
            "greeting": call.edition.say("web_welcome"),
            "examples": public_of(call.edition).examples(),
            "clinic": {
                "id": context.clinic,
                "name": clinic.name,
                "contact": clinic.contact,
                "emergency": clinic.emergency,
                "crisis": clinic.crisis,
            },
        }
        return responses.json_response(started, 201)

    async def ask(self, call: ApiRequest) -> Response:
        given: schema.Ask = call.body
        began = time.perf_counter()
        edition = call.edition.on(_zone(given))
        event, token = event_of(edition, given), given.conversation
        if isinstance(event, Chosen) and not edition.dialogue.can_offer(event.id):
            raise Problem("unknown-choice", "Send the id of one of a reply's choices or related; GET /topics lists most of them.")
        if token is UNSET:
            told = shown(edition, await self._conversations.alone(edition, event), given.debug is True)
        else:
            message = "" if given.message is UNSET else given.message
            found = await self._conversations.hear(edition, token, event, message)
            told = shown(edition, found.reply, given.debug is True, found.floor)
        self._context.metrics.took(NAME, time.perf_counter() - began)
        return told

    async def feedback(self, call: ApiRequest) -> Response:
        given: schema.Feedback = call.body
        topics = None if given.topics is UNSET else given.topics
        reason = None if given.reason is UNSET or given.helped else given.reason  # what helped needs none
        reply = await self._conversations.rate(call.edition, given.conversation, topics, helped=given.helped, reason=reason)
        return responses.empty_response() if reply is None else shown(call.edition, reply)

    async def hand_off(self, call: ApiRequest) -> Response:
        return await self._turn(call, WantsPerson())

    async def ask_end(self, call: ApiRequest) -> Response:
        return await self._turn(call, AsksEnd())

    async def _turn(self, call: ApiRequest, event: Event) -> Response:
        found = await self._conversations.turn(call.edition, call.body.conversation, event)
        return shown(call.edition, found.reply, floor=found.floor)

    async def end(self, call: ApiRequest) -> Response:
        await self._conversations.end(call.body.conversation)
        return responses.empty_response()

    # -- the clinic's staff -------------------------------------------------------------------------------------------

    async def agree(self, call: ApiRequest) -> Response:
        given: schema.Agreement = call.body
        question = "" if given.question is UNSET else given.question
        if len(question) > LONGEST:
            raise Problem("too-long", f"question: At most {LONGEST} characters are passed on, and it has {len(question)}.")
        handoff = await self._conversations.agree(call.edition, given.conversation, given.message, question)
        note = call.edition.away(self._context.clock())
        text = "\n\n".join(filter(None, (call.edition.say("web_staff_written"), note)))
        return responses.json_response(schema.StaffTold(floor_of(handoff), text))

    async def leave(self, call: ApiRequest) -> Response:
        await self._conversations.leave(call.body.conversation)
        floor = schema.FloorShown("closed", passed=False, note="")
        return responses.json_response(schema.StaffTold(floor, call.edition.say("staff_left")))

    async def messages(self, call: ApiRequest) -> Response:
        given: schema.Since = call.body
        after = 0 if given.after is UNSET else int(given.after)
        return responses.json_response(await self._conversations.since(call.edition, given.conversation, after))

    # -- what anybody may read ----------------------------------------------------------------------------------------

    async def topics(self, call: ApiRequest) -> Response:
        return public_of(call.edition).topics

    async def entry(self, call: ApiRequest) -> Response:
        return public_of(call.edition).entry(call.id)

    async def timeline(self, call: ApiRequest) -> Response:
        return public_of(call.edition).timeline()

    async def timeline_text(self, call: ApiRequest) -> Response:
        return public_of(call.edition).text()

    async def timeline_svg(self, call: ApiRequest) -> Response:
        return await public_of(call.edition).picture("image/svg+xml", call.edition.svg)

    async def timeline_png(self, call: ApiRequest) -> Response:
        return await public_of(call.edition).picture("image/png", call.edition.png)

    async def privacy(self, call: ApiRequest) -> Response:
        text = call.edition.say("web_privacy", hours=str(max(1, round(self._context.conversation_minutes / 60))))
        if self._context.handoffs is not None:
            text = f"{text}\n\n{call.edition.say('web_privacy_staff')}"
        return responses.cacheable_response(responses.encoded({"text": text}))

    async def health(self, call: ApiRequest) -> Response:
        if not self._context.ready():
            raise store_away()
        if not call.edition.dialogue.matcher.learned:
            raise still_learning()
        return responses.json_response({"status": "ready", "version": __version__, "knowledge": call.edition.knowledge.version})

    async def openapi(self, call: ApiRequest) -> Response:
        return call.edition.made("web openapi", _document)


def shown(edition: Edition, reply: Reply, debug: bool = False, floor: schema.FloorShown | None = None) -> Response:
    """``reply`` with how a page shows it, and who has the floor. Replies come again and again, and writing one takes 40 us.

    Those with ``debug`` are not kept: two replies that read alike may have come about in different ways.
    """
    if debug or floor is not None:
        body = {**as_json(reply), "shown": edition.screen.render(reply)}
        if debug:
            body["debug"] = _debug(reply.trace)
        if floor is not None:
            body["handoff"] = floor
            # To ask for the staff is the way to a person, also where the text names another.
            body["shown"]["handoff"] = floor.state == "offered" and reply.kind != "handoff"
        return responses.json_response(body)
    if reply.ended is not None:
        return responses.json_response({**as_json(reply), "shown": edition.screen.render(reply)})
    key = (
        reply.kind, reply.text, reply.parts, reply.confidence, reply.claims, reply.safety, reply.boundary, reply.choices,
        reply.related, reply.sources, reply.urgent, reply.helpline, reply.language, reply.forgets, *reply.stamp.items(),
    )  # fmt: skip
    known = edition.made("web replies", _no_replies)
    try:
        written = known[key]  # ``get`` looks the long key up twice
    except KeyError:
        written = known[key] = responses.encoded({**as_json(reply), "shown": edition.screen.render(reply)})
    return responses.written(written)


def _debug(trace: Trace) -> dict[str, Any]:
    notes = (*trace.steps, *trace.guards)
    return {
        "lines": trace_lines(trace),
        "topics": [{"topic": one.topic, "confidence": round(one.confidence, 4)} for one in trace.topics],
        "notes": [{"name": note.name, "subject": note.subject, "share": round(note.share, 4)} for note in notes],
    }


def _no_replies(_: Edition) -> LRUCache[Hashable, bytes]:
    return LRUCache(_MOST_WRITTEN)


def event_of(edition: Edition, given: schema.Ask) -> Event:
    if given.question is not UNSET:
        return Said(given.question)
    if given.choice is not UNSET:
        return Chosen(given.choice)
    return Ended(edition.moment(_seconds(given.ended)))


def _zone(given: schema.Ask) -> tzinfo | None:
    """The clock that the person goes by, as far as it was told. A moment in UTC is what programs send who know of no clock."""
    if given.timezone is not UNSET:
        with contextlib.suppress(ValueError):
            return zone(given.timezone)
    return given.ended.tzinfo if given.ended is not UNSET and given.ended.utcoffset() else None


def _document(edition: Edition) -> Response:
    picked = {"an answer": examples(edition.knowledge)[0], "danger": UNSAFE, "after danger": SAFE}
    told = {
        name: edition.dialogue.turn(Chosen(id), Conversation(greeted=True), edition.moment(0.0))[0] for name, id in picked.items()
    }
    shown = {name: {**as_json(reply), "shown": edition.screen.render(reply)} for name, reply in told.items()}
    return responses.cacheable_response(responses.encoded(document(ENDPOINTS, {"ask": shown})))


def _seconds(ended: datetime | UnsetType) -> float:
    return min(max(ended.timestamp(), _FIRST), _LAST) if ended is not UNSET else _FIRST


_OPENED: Mapping[str, str] = MappingProxyType({"conversation": "$response.body#/conversation"})
_REMEMBERED = ("unknown-conversation", "store-away")
_STAFFED = ("no-staff", *_REMEMBERED)
_ASKED = ("unknown-choice", "too-long", "learning", *_REMEMBERED)
_TOKEN = "Zk3xq0cWQ2yM8w1nX5b7Ug"  # noqa: S105  # an example, which opens nothing
_MESSAGE = "5f0c6f4e9d1b4a3f8a67c2d0e1f2a3b4"

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "POST", "/ask", "ask", "conversations", "A question, a choice, or when an infusion ended: the reply", Endpoints.ask,
        body=schema.Ask, reply=schema.ReplyShown, problems=_ASKED,
        examples={
            "question": {"question": "How long does it last?"},
            "in a conversation": {"question": "And for pain?", "conversation": _TOKEN},
            "while the staff have the floor": {"question": "On Monday?", "conversation": _TOKEN, "message": _MESSAGE},
            "choice": {"choice": "infusion_length"},
            "that one is not safe": {"choice": UNSAFE, "conversation": _TOKEN},
            "ended": {"ended": "2026-03-01T14:10:00-06:00"},
            "with figures": {"question": "How long does it last?", "debug": True},
        },
    ),
    Endpoint(
        "POST", "/conversations", "startConversation", "conversations", "Begin a conversation", Endpoints.start,
        body=schema.Start, optional=True, status=201, reply=schema.Started, problems=("unknown-clinic", "store-away"),
        examples={"empty": {}, "of a clinic": {"clinic": "default"}},
        links={
            "ask": {"question": "How long does it last?", **_OPENED},
            "sendFeedback": {"helped": False, **_OPENED},
            "requestHandoff": _OPENED,
            "agreeHandoff": {"message": _MESSAGE, **_OPENED},
            "leaveHandoff": _OPENED,
            "startAftercare": _OPENED,
            "endConversation": _OPENED,
        },
    ),
    Endpoint(
        "POST", "/conversations/end", "endConversation", "conversations", "Forget the conversation", Endpoints.end,
        body=schema.Session, status=204, media="", problems=("store-away",), examples={"token": {"conversation": _TOKEN}},
    ),
    Endpoint(
        "POST", "/feedback", "sendFeedback", "conversations", "Whether an answer helped; if not, why, and what else there is",
        Endpoints.feedback, body=schema.Feedback, reply=schema.ReplyShown, also={204: None}, problems=_REMEMBERED,
        examples={
            "helped": {"conversation": _TOKEN, "helped": True},
            "not": {"conversation": _TOKEN, "helped": False, "topics": ["infusion_length"]},
            "why": {"conversation": _TOKEN, "helped": False, "reason": "unclear"},
        },
    ),
    Endpoint(
        "POST", "/handoff", "requestHandoff", "conversations", "The way to a person", Endpoints.hand_off,
        body=schema.Session, reply=schema.ReplyShown, problems=_REMEMBERED, examples={"token": {"conversation": _TOKEN}},
    ),
    Endpoint(
        "POST", "/handoff/agree", "agreeHandoff", "staff", "Write to the clinic's staff; what is passed on", Endpoints.agree,
        body=schema.Agreement, reply=schema.StaffTold, problems=("too-long", *_STAFFED),
        examples={
            "with the last question": {"conversation": _TOKEN, "message": _MESSAGE, "question": "May I take my own pillow?"},
            "without": {"conversation": _TOKEN, "message": _MESSAGE},
        },
    ),
    Endpoint(
        "POST", "/handoff/leave", "leaveHandoff", "staff", "End the talk with the staff", Endpoints.leave,
        body=schema.Session, reply=schema.StaffTold, problems=_STAFFED, examples={"token": {"conversation": _TOKEN}},
    ),
    Endpoint(
        "POST", "/conversations/messages", "listMessages", "staff", "What the staff wrote, and what became of the talk",
        Endpoints.messages, body=schema.Since, reply=schema.StaffMessages, problems=_REMEMBERED,
        often=True, examples={"all": {"conversation": _TOKEN}, "since the last": {"conversation": _TOKEN, "after": 42}},
    ),
    Endpoint(
        "POST", "/aftercare", "startAftercare", "conversations", "Ask when the infusion ended", Endpoints.ask_end,
        body=schema.Session, reply=schema.ReplyShown, problems=_REMEMBERED, examples={"token": {"conversation": _TOKEN}},
    ),
    Endpoint(
        "GET", "/topics", "listTopics", "knowledge", "All questions that can be answered", Endpoints.topics,
        reply=schema.Topics, kept=True,
    ),
    Endpoint(
        "GET", "/entries/{id}", "getEntry", "knowledge", "An entry with its claims and sources", Endpoints.entry,
        reply=schema.EntryShown, kept=True, problems=("unknown-entry", "not-found"),
    ),
    Endpoint(
        "GET", "/timeline", "getTimeline", "knowledge", "The course of a treatment", Endpoints.timeline,
        reply=schema.Timeline, kept=True, problems=("no-timeline",),
    ),
    Endpoint(
        "GET", "/timeline.txt", "getTimelineText", "knowledge", "The same in words", Endpoints.timeline_text,
        media="text/plain; charset=utf-8", kept=True, problems=("no-timeline",),
    ),
    Endpoint(
        "GET", "/timeline.svg", "getTimelineSvg", "knowledge", "The same as a picture", Endpoints.timeline_svg,
        media="image/svg+xml", kept=True, problems=("no-timeline",),
    ),
    Endpoint(
        "GET", "/timeline.png", "getTimelinePng", "knowledge", "The same as a picture", Endpoints.timeline_png,
        media="image/png", kept=True, problems=("no-timeline",),
    ),
    Endpoint(
        "GET", "/privacy", "getPrivacy", "service", "What is kept of a conversation, in words", Endpoints.privacy,
        reply=schema.ClinicText, kept=True,
    ),
    Endpoint(
        "GET", "/health", "getHealth", "service", "Whether all works", Endpoints.health,
        reply=schema.Health, problems=("store-away", "learning"), free=True,
    ),
    Endpoint(
        "GET", "/openapi.json", "getOpenapi", "service", "This document", Endpoints.openapi, reply=dict, kept=True, free=True
    ),
)  # fmt: skip
