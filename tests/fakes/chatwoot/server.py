"""The fake itself: people and staff on one side, the API on the other."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

from tests.fakes.chatwoot.state import ACCOUNT, AGENT, BOT, PATIENT, STATUSES, Conversation, Json, Message
from tests.fakes.chatwoot.webhooks import SECRET, Delivered, Webhooks

TOKEN = "bot-token-that-opens-nothing"  # noqa: S105  # as it says
ITEM_KEYS = {"title", "value"}


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was carried out. ``text``: what was written to the patient; "" for any other."""

    method: str
    chat: int
    text: str
    at: float
    private: bool = False


@dataclass(slots=True)
class Fault:
    """The next ``times`` calls get ``status`` and are not carried out; ``drop``: they are, and nobody hears of it."""

    times: int
    status: int = 502
    drop: bool = False
    seconds: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    error: str = ""


class FakeChatwoot:
    """``urls``: where the agent bot is; ``readable``: whether it may read a conversation; ``scale``: how much less it waits."""

    def __init__(
        self,
        urls: Sequence[str] = (),
        secret: str | None = SECRET,
        token: str = TOKEN,
        scale: float = 20.0,
        readable: bool = False,
    ) -> None:
        self.webhooks = Webhooks(urls, secret, scale, self._failed)
        self.token = token
        self.readable = readable
        self.conversations: dict[int, Conversation] = {}
        self.calls: list[Call] = []
        self.refused: list[int] = []  # the statuses of calls that were not carried out
        self.faults: list[Fault] = []
        self.listeners: list[Callable[[Call], None]] = []
        self.base_url = ""
        self._ids = itertools.count(1000)
        self._numbers = itertools.count(1)
        self._port = 0
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.webhooks.start()
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.webhooks.close()
        await self.down()

    async def up(self) -> None:
        app = web.Application()
        under = f"/api/v1/accounts/{ACCOUNT}/conversations/{{id}}"
        app.router.add_get("/api", self._alive)
        app.router.add_get("/api/v1/profile", self._profile)
        app.router.add_post(f"{under}/messages", self._call(self._create))
        app.router.add_post(f"{under}/toggle_status", self._call(self._toggle_status))
        app.router.add_post(f"{under}/toggle_priority", self._call(self._toggle_priority))
        app.router.add_get(under, self._call(self._show))
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.base_url = f"http://127.0.0.1:{self._port}"

    async def down(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    # -- people -------------------------------------------------------------------------------------------------

    def starts(self, channel: str = "Channel::WebWidget", id: int | None = None) -> Conversation:
        """A new conversation: pending, as a bot is connected."""
        talk = Conversation(id or next(self._numbers), channel)
        self.conversations[talk.id] = talk
        return talk

    def writes(self, talk: Conversation, content: str | None, attachments: Sequence[Json] = (), copies: int = 1) -> Message:
        """The patient writes."""
        return self._comes(talk, Message(next(self._ids), content, "incoming", PATIENT, attachments=list(attachments)), copies)

    def mails(self, talk: Conversation, body: str, subject: str = "Re: Your visit", **email: Any) -> Message:
        """The patient writes an e-mail. ``email``: what else Chatwoot read in it; "reply" is the whole body in the real one."""
        text = {"full": body, "reply": body, "quoted": body, **email.pop("text_content", {})}
        read = {"subject": subject, "text_content": text, "html_content": {}, "auto_reply": False, "multipart": False, **email}
        attributes = {"email": read, "cc_email": None, "bcc_email": None}
        return self._comes(talk, Message(next(self._ids), body, "incoming", PATIENT, False, "incoming_email", attributes))

    def _comes(self, talk: Conversation, message: Message, copies: int = 1) -> Message:
        self._add(talk, message)  # first: what is told of a status has the message that changed it
        if talk.status == "snoozed":
            self.sets(talk, "open")
        if talk.status == "resolved":
            self.sets(talk, "pending")
        self.webhooks.tell("message_created", talk.told(message), talk.id, message.id, copies)
        return message

    def asks(self, talk: Conversation, items: Sequence[Json], content_type: str = "form", sender: Json | None = None) -> Message:
        """Another bot, or an automation, asks for something to be filled in."""
        asked = Message(next(self._ids), "Please fill this in.", "outgoing", sender, False, content_type, {"items": list(items)})
        self._add(talk, asked)
        self.webhooks.tell("message_created", talk.told(asked), talk.id, asked.id)
        return asked

    def fills(self, talk: Conversation, message: Message, values: Any) -> None:
        """The patient fills in what ``message`` asks for."""
        message.attributes["submitted_values"] = values
        self.changes(talk, message)

    def chooses(self, talk: Conversation, message: Message, value: str) -> None:
        """The patient picks one of the items under ``message``."""
        item = next(one for one in message.attributes["items"] if one["value"] == value)
        message.attributes["submitted_values"] = [item]
        self.changes(talk, message)

    def changes(self, talk: Conversation, message: Message) -> None:
        """Anything about ``message`` changes: it was read, or delivered."""
        self.webhooks.tell("message_updated", talk.told(message), talk.id, message.id)

    def agent(self, talk: Conversation, content: str, private: bool = False) -> Message:
        """Somebody of the staff writes."""
        message = self._add(talk, Message(next(self._ids), content, "outgoing", AGENT, private))
        self.webhooks.tell("message_created", talk.told(message), talk.id, message.id)
        return message

    def echoes(self, talk: Conversation, content: str, **attributes: Any) -> Message:
        """Somebody of the staff answers outside of Chatwoot, on the paired phone; or nobody does, as ``attributes`` say."""
        sent = Message(next(self._ids), content, "outgoing", None, attributes=attributes or {"external_echo": True})
        self._add(talk, sent)
        self.webhooks.tell("message_created", talk.told(sent), talk.id, sent.id)
        return sent

    def assigns(self, talk: Conversation, assignee: Json | None) -> None:
        """Somebody is assigned, a bot too, or nobody any more; the status stays."""
        names = [(one or {}).get("id") for one in (talk.assignee, assignee)]
        talk.assignee = assignee
        changed = [{"assignee_id": {"previous_value": names[0], "current_value": names[1]}}]
        self.webhooks.tell("conversation_updated", {**talk.data(), "changed_attributes": changed}, talk.id, None)

    def sets(self, talk: Conversation, status: str) -> None:
        """The status changes."""
        if status == talk.status:
            return
        before, talk.status = talk.status, status
        for event in {"open": ["conversation_opened"], "resolved": ["conversation_resolved"]}.get(status, []):
            self.webhooks.tell(event, talk.data(), talk.id, None)
        changed = [{"status": {"previous_value": before, "current_value": status}}]
        self.webhooks.tell("conversation_status_changed", {**talk.data(), "changed_attributes": changed}, talk.id, None)
        self.webhooks.tell("conversation_updated", {**talk.data(), "changed_attributes": changed}, talk.id, None)

    async def quiet(self, seconds: float = 20) -> None:
        """Waits until all webhooks are delivered, or given up."""
        async with asyncio.timeout(seconds):
            while not self.webhooks.quiet:
                await asyncio.sleep(0.005)

    def with_person(self) -> set[int]:
        """Messages of patients that the staff saw at once: the bot had not the conversation, or did not take what it was told."""
        told = [job for job in self.webhooks.jobs if job.event == "message_created"]
        return {job.message or 0 for job in told if not job.pending or not any(one.startswith("2") for one in job.outcomes)}

    @property
    def posted(self) -> list[Call]:
        """What was written to patients."""
        return [call for call in self.calls if call.method == "messages" and not call.private]

    def _add(self, talk: Conversation, message: Message) -> Message:
        talk.messages.append(message)
        return message

    def _failed(self, job: Delivered) -> None:
        talk = self.conversations[job.conversation]
        if job.event in {"message_created", "message_updated"} and talk.status == "pending":
            self.sets(talk, "open")
            self._add(talk, Message(next(self._ids), "Conversation was marked open by system", "activity", None))

    # -- the API ------------------------------------------------------------------------------------------------

    async def _alive(self, _: web.Request) -> web.Response:
        return web.json_response({"version": "4.13.0", "queue_services": "ok", "data_services": "ok"})

    async def _profile(self, request: web.Request) -> web.Response:
        known = request.headers.get("api_access_token") == self.token
        return self._refuse(401, "Access to this endpoint is not authorized for bots" if known else "Invalid Access Token")

    def _call(self, work: Callable[[Conversation, Json], web.Response]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            fault = self.faults[0] if self.faults else None
            if fault is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                await asyncio.sleep(fault.seconds)
                if not fault.drop:
                    self.refused.append(fault.status)
                    return web.json_response({"error": fault.error}, status=fault.status, headers=fault.headers)
            response = await self._carried_out(request, work)
            if fault is not None and fault.drop and request.transport is not None:
                request.transport.abort()
            return response

        return answer

    async def _carried_out(self, request: web.Request, work: Callable[[Conversation, Json], web.Response]) -> web.Response:
        given = request.headers.get("api_access_token")
        if given != self.token:
            return self._refuse(401, "Invalid Access Token")
        talk = self.conversations.get(int(request.match_info["id"]))
        if talk is None:
            return self._refuse(404, "Resource could not be found")
        try:
            content = json.loads(await request.read() or b"{}")
        except ValueError:
            return self._refuse(400, "Bad Request")
        return work(talk, content)

    def _refuse(self, status: int, error: str) -> web.Response:
        self.refused.append(status)
        return web.json_response({"error": error}, status=status)

    def _create(self, talk: Conversation, content: Json) -> web.Response:
        kind = content.get("content_type") or "text"
        attributes = content.get("content_attributes") or {}
        if content.get("message_type", "outgoing") != "outgoing":
            return self._refuse(422, "Incoming messages are only allowed in Api inboxes")
        if not isinstance(content.get("content"), str) or not content["content"] or len(content["content"]) > 150_000:
            return self._refuse(422, "Content is too long or missing")
        items = attributes.get("items")
        if kind == "input_select" and (not items or any(set(one) - ITEM_KEYS for one in items)):
            return self._refuse(422, "At least one item is required, of title and value.")
        message = Message(next(self._ids), content["content"], "outgoing", BOT, bool(content.get("private")), kind, attributes)
        self._add(talk, message)
        self.webhooks.tell("message_created", talk.told(message), talk.id, message.id)
        self._note(Call("messages", talk.id, message.content or "", time.monotonic(), message.private))
        return web.json_response({"id": message.id, "content": message.content, "conversation_id": talk.id, "message_type": 1})

    def _toggle_status(self, talk: Conversation, content: Json) -> web.Response:
        if content.get("status") not in STATUSES:
            return self._refuse(422, "is not a valid status")
        self.sets(talk, content["status"])
        self._note(Call("toggle_status", talk.id, "", time.monotonic()))
        return web.json_response({"payload": {"success": True, "current_status": talk.status, "conversation_id": talk.id}})

    def _toggle_priority(self, talk: Conversation, content: Json) -> web.Response:
        talk.priority = content.get("priority")
        self._note(Call("toggle_priority", talk.id, "", time.monotonic()))
        return web.Response()

    def _show(self, talk: Conversation, _: Json) -> web.Response:
        if not self.readable:
            return self._refuse(401, "Access to this endpoint is not authorized for bots")
        return web.json_response(talk.data())

    def _note(self, call: Call) -> None:
        self.calls.append(call)
        for listener in self.listeners:
            listener(call)
