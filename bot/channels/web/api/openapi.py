"""The table of what can be asked of the API, as a type, and the OpenAPI document that is made from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import msgspec
from starlette.responses import Response

from bot.channels.web.api import schema
from bot.channels.web.api.responses import KINDS, ApiRequest
from bot.version import __version__

# As clients call them: here no class shares its name with one of another module, there none may hide what a language has.
_NAMES = {
    "Bar": "CourseBar",
    "ClaimShown": "Claim",
    "ClinicShown": "Clinic",
    "EntryShown": "Entry",
    "FloorShown": "Handoff",
    "Link": "SourceLink",
    "PartShown": "ReplyPart",
    "ProblemShown": "Problem",
    "ReplyShown": "Reply",
    "Since": "MessagesSince",
    "StaffTold": "HandoffTold",
    "Session": "ConversationToken",
    "Start": "ConversationStart",
    "Started": "Conversation",
    "TopicTraced": "RankedTopic",
    "Topics": "TopicList",
}
# What each endpoint belongs to: most generators make a module, or a class, of each.
TAGS: Mapping[str, str] = {
    "conversations": "Questions and replies, by themselves or one after the other",
    "staff": "The clinic's staff, where they answer in conversations",
    "knowledge": "What can be answered, and where it is from",
    "service": "Whether it works, and what it can do",
}
_ANY_ONE = ("question", "choice", "ended")
_JSON, _PROBLEM = "application/json", "application/problem+json"
_ALWAYS = ("method-not-allowed", "failed")
_WITH_BODY = ("malformed", "too-large", "wrong-type", "invalid")
_LIMITED = ("no-key", "rate-limited")
_HEADERS: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": "Bearer"},
    405: {"Allow": "the methods that are possible here"},
    429: {"Retry-After": "whole seconds"},
    503: {"Retry-After": "whole seconds"},
}
_ABOUT = (
    "Answers questions about ketamine infusions with reviewed text and the place in the source of each figure. "
    "Errors have one form, RFC 9457. An urgent question is answered over any limit."
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``reply``: the type of the body, by ``media``; None: bytes or text. ``also``: other codes that it answers with.

    ``tag`` is one of ``TAGS``. ``optional``: the body may be left out. ``free``: neither limited nor in need of a key.
    ``often``: asked by pages by themselves, and limited apart from what people do.
    ``kept``: callers may keep the answer. ``links``: what a reply makes possible, as bodies by the id of an endpoint.
    """

    method: str
    path: str
    id: str
    tag: str
    summary: str
    does: Callable[[Any, ApiRequest], Awaitable[Response]]
    body: type[Any] | None = None
    optional: bool = False
    status: int = 200
    reply: type[Any] | None = None
    media: str = _JSON
    also: Mapping[int, type[Any] | None] = field(default_factory=lambda: MappingProxyType({}))
    problems: tuple[str, ...] = ()
    free: bool = False
    often: bool = False
    kept: bool = False
    examples: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    links: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def slugs(self) -> list[str]:
        """Of all the problems that it can answer with."""
        own = [*self.problems, *_ALWAYS, *(() if self.body is None else _WITH_BODY), *(() if self.free else _LIMITED)]
        return sorted(set(own), key=list(KINDS).index)


def document(endpoints: Iterable[Endpoint], shown: Mapping[str, Mapping[str, object]]) -> dict[str, Any]:
    """OpenAPI 3.1. ``shown``: examples of the reply by their names, by the id of an endpoint."""
    endpoints = tuple(endpoints)
    types = [schema.ProblemShown]
    for one in endpoints:
        types += [kind for kind in (one.body, one.reply, *one.also.values()) if kind is not None]
    types = list(dict.fromkeys(types))
    refs, components = _published(msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}"))
    ref_of = dict(zip(types, refs, strict=True))
    components |= _alternatives(components["Ask"])
    paths: dict[str, dict[str, Any]] = {}
    for one in endpoints:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, ref_of, shown)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Infusion bot", "version": __version__, "description": _ABOUT},
        "servers": [{"url": "/api/v1"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        # Of all that does not say otherwise: generators make a client with a key, or without one, of either.
        "security": [{}, {"key": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "bearerFormat": "ib_ and 43 characters"}},
        },
    }


def _published(made: tuple[tuple[Any, ...], dict[str, Any]]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """``made`` with the names that clients know, where a class of ours has another so that no two share one."""
    text = msgspec.json.encode(made).decode()
    for ours, theirs in _NAMES.items():
        text = text.replace(f'"{ours}"', f'"{theirs}"').replace(f'/schemas/{ours}"', f'/schemas/{theirs}"')
    refs, components = msgspec.json.decode(text)
    return tuple(refs), components


def _alternatives(ask: Mapping[str, Any]) -> dict[str, Any]:
    """``ask`` as one of several types, each with a field that it needs and the others lack: what is read is one with all."""
    made: dict[str, Any] = {}
    for name in _ANY_ONE:
        properties = {field: kind for field, kind in ask["properties"].items() if field == name or field not in _ANY_ONE}
        title = f"Ask{name.capitalize()}"
        about = f"As ``Ask``, with ``{name}``."
        made[title] = {**ask, "title": title, "description": about, "properties": properties, "required": [name]}
    refs = [{"$ref": f"#/components/schemas/{title}"} for title in made]
    return {**made, "Ask": {"title": "Ask", "description": ask["description"], "oneOf": refs}}


def _operation(one: Endpoint, ref_of: Mapping[type[Any], Any], shown: Mapping[str, Mapping[str, object]]) -> dict[str, Any]:
    operation: dict[str, Any] = {"operationId": one.id, "tags": [one.tag], "summary": one.summary}
    if one.free:
        operation["security"] = []
    if "{id}" in one.path:
        operation["parameters"] = [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}, "example": "driving"}
        ]
    if one.body is not None:
        content: dict[str, Any] = {"schema": ref_of[one.body]}
        if one.examples:
            content["examples"] = {name: {"value": value} for name, value in one.examples.items()}
        operation["requestBody"] = {"required": not one.optional, "content": {_JSON: content}}
    responses = {one.status: _reply(one.reply, one.media, ref_of, "As asked")}
    if one.id in shown:
        responses[one.status]["content"][one.media]["examples"] = {name: {"value": it} for name, it in shown[one.id].items()}
    if one.links:
        responses[one.status]["links"] = {id: {"operationId": id, "requestBody": dict(body)} for id, body in one.links.items()}
    for status, kind in one.also.items():
        responses[status] = _reply(kind, _JSON, ref_of, "As asked, in another way")
    if one.kept:
        responses[one.status]["headers"] = _headers({"ETag": "of the content", "Cache-Control": "how long it may be kept"})
        responses[304] = {"description": "The caller has it already: If-None-Match"}
    operation["responses"] = {
        str(status): reply for status, reply in sorted({**responses, **_problems(one.slugs, ref_of)}.items())
    }
    return operation


def _reply(kind: type[Any] | None, media: str, ref_of: Mapping[type[Any], Any], description: str) -> dict[str, Any]:
    if media == "":
        return {"description": description}
    if kind is None and media == _JSON:
        return {"description": "Done; nothing is said"}
    if kind is not None:
        return {"description": description, "content": {media: {"schema": ref_of[kind]}}}
    text = {"type": "string"} if media != "image/png" else {"type": "string", "format": "binary"}
    return {"description": description, "content": {media: {"schema": text}}}


def _problems(slugs: Iterable[str], ref_of: Mapping[type[Any], Any]) -> dict[int, dict[str, Any]]:
    by_status: dict[int, list[str]] = {}
    for slug in slugs:
        by_status.setdefault(KINDS[slug].status, []).append(slug)
    found = {}
    for status, names in by_status.items():
        examples = {
            name: {"value": {"type": f"/problems/{name}", "title": KINDS[name].title, "status": status, "detail": "What to do."}}
            for name in names
        }
        found[status] = {
            "description": "; ".join(KINDS[name].title for name in names),
            "content": {_PROBLEM: {"schema": ref_of[schema.ProblemShown], "examples": examples}},
        }
        if status in _HEADERS:
            found[status]["headers"] = _headers(_HEADERS[status])
    return found


def _headers(about: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"description": text, "schema": {"type": "string"}} for name, text in about.items()}
