"""What anybody may read of the knowledge: topics, entries with their sources, the timeline. Made once, as it does not change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.responses import Response

from bot.channels.edition import Edition
from bot.channels.rendering import course_of, link
from bot.channels.web.api import responses
from bot.channels.web.api.responses import Problem
from bot.dialogue.conversation import Choice
from bot.dialogue.reviews import signatures_of
from bot.knowledge.model import Boundary, Entry, Knowledge, Place
from bot.timeline import course
from bot.timeline.course import Course

_EXAMPLES = 4


class PublicEndpoints:
    """Made once an edition (``Edition.made``)."""

    def __init__(self, edition: Edition) -> None:
        knowledge = edition.knowledge
        self._knowledge = knowledge
        self._compose = edition.dialogue.compose
        self._course = course_of(knowledge)
        self._signatures = signatures_of(knowledge)
        self._entries: dict[str, Response] = {}
        self._pictures: dict[str, Response] = {}
        self._drawing = asyncio.Lock()
        topics = [self._topic(one, "entry", self._group(one)) for one in knowledge.entries.values()]
        topics += [self._topic(one, "boundary") for one in knowledge.boundaries.values()]
        self.topics = responses.cacheable_response(responses.encoded({"topics": topics}))

    def examples(self) -> list[Choice]:
        return [self._compose.choice(id) for id in examples(self._knowledge)]

    def entry(self, id: str) -> Response:
        """Raises Problem."""
        entry = self._knowledge.entries.get(id)
        if entry is None:
            raise Problem("unknown-entry", "GET /topics lists those that there are.")
        if id not in self._entries:
            self._entries[id] = responses.cacheable_response(responses.encoded(self._told(entry)))
        return self._entries[id]

    def timeline(self) -> Response:
        """Raises Problem."""
        shown = self._drawable()
        return responses.cacheable_response(
            responses.encoded({**course.as_json(shown), "text": course.as_text(shown, self._knowledge)})
        )

    def text(self) -> Response:
        """Raises Problem."""
        return responses.cacheable_response(
            course.as_text(self._drawable(), self._knowledge).encode(), "text/plain; charset=utf-8"
        )

    async def picture(self, media: str, draw: Callable[[], bytes]) -> Response:
        """What ``draw`` draws, once, beside the loop: it takes some tens of milliseconds. Raises Problem."""
        async with self._drawing:
            if media not in self._pictures:
                try:
                    drawn = await asyncio.to_thread(draw)
                except LookupError as error:
                    raise _no_timeline() from error
                except ModuleNotFoundError as error:
                    raise Problem("no-timeline", "PNG needs infusion-bot[picture] here; take timeline.svg.") from error
                self._pictures[media] = responses.cacheable_response(drawn, media)
        return self._pictures[media]

    def _topic(self, topic: Entry | Boundary, kind: str, group: str = "") -> dict[str, str]:
        return {"id": topic.id, "question": topic.question, "kind": kind, "group": group}

    def _group(self, entry: Entry) -> str:
        place = self._knowledge.claims[entry.claims[0]].place
        return self._knowledge.document(place.document).section(place.section).title

    def _drawable(self) -> Course:
        if self._course is None:
            raise _no_timeline()
        return self._course

    def _told(self, entry: Entry) -> dict[str, object]:
        figured, claims = self._compose.figured, self._knowledge.claims
        held, signed = entry.id in self._knowledge.withheld, self._signatures.get(entry.id)
        places = dict.fromkeys(claims[id].place for id in (*entry.claims, *entry.safety))
        return {
            "id": entry.id,
            "question": entry.question,
            "answer": self._compose.unreviewed([entry]) if held else figured(entry.answer),
            "detail": figured(entry.detail) if entry.detail and not held else None,
            "claims": [self._claim(id) for id in entry.claims],
            "safety": [self._claim(id) for id in entry.safety],
            "sources": [self._source(place) for place in places],
            "related": [self._compose.choice(id) for id in entry.related],
            "reviewed": signed.on if signed is not None else None,
            "review_by": signed.review_by if signed is not None else entry.review_by,
        }

    def _claim(self, id: str) -> dict[str, object]:
        claim = self._knowledge.claims[id]
        return {"id": id, "statement": self._compose.figured(claim.statement), "place": claim.place}

    def _source(self, place: Place) -> dict[str, object]:
        document = self._knowledge.document(place.document)
        return {
            "document": document.id,
            "title": document.title,
            "publisher": document.publisher,
            "section": document.section(place.section).title,
            "paragraph": place.paragraph,
            "link": link(document, [place]),
        }


def examples(knowledge: Knowledge) -> list[str]:
    """Entries to begin with: those that the rows of the timeline are answered by, in their order."""
    shown = course_of(knowledge)
    claims = shown.claims if shown else ()
    entries = knowledge.entries.values()
    first = (next((entry.id for entry in entries if entry.claims[:1] == (claim,)), None) for claim in claims)
    return list(dict.fromkeys([*(id for id in first if id is not None), *knowledge.entries]))[:_EXAMPLES]


def _no_timeline() -> Problem:
    return Problem("no-timeline", "Its claims lack a figure that is drawn.")


def public_of(edition: Edition) -> PublicEndpoints:
    """What anybody may read of ``edition``."""
    return edition.made("web public", PublicEndpoints)
