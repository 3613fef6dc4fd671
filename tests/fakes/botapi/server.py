"""The fake itself: it takes calls, records them, lets faults happen, and answers."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, Self
from urllib.parse import unquote

from tests.fakes.botapi import methods, profile
from tests.fakes.botapi.control import Control
from tests.fakes.botapi.faults import Fault, html_error
from tests.fakes.botapi.flood import Flood
from tests.fakes.botapi.hooks import Hooks
from tests.fakes.botapi.polling import Poller
from tests.fakes.botapi.state import ApiError, Call, Clock, Encoded, State, bad
from tests.fakes.botapi.wire import DROP, Answer, Connection, Request, Upload, parameters

TOKEN = "123456789:AAtest-token-of-the-fake-bot-api-0123456"  # noqa: S105 - opens nothing
NOT_FROM_WEBHOOK = ("deletewebhook", "setwebhook", "close", "logout")
HANDLERS = {**profile.METHODS, **methods.METHODS}


class FakeBotApi(Control):
    """Use with ``async with``; see the package for what it can do."""

    def __init__(
        self, token: str = TOKEN, *, port: int = 0, time_scale: float = 1.0, username: str = "test_infusion_bot"
    ) -> None:
        me = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": "Infusion bot", "username": username}
        rights = ("can_join_groups", "supports_inline_queries", "can_connect_to_business")
        clock = Clock(time_scale)
        state = State(
            {**me, **dict.fromkeys(rights, True), "can_read_all_group_messages": False, "has_main_web_app": False}, clock
        )
        poller = Poller(state)
        super().__init__(state, Flood(clock), Hooks(state, poller, self._from_webhook))
        self.token, self.port, self.control_port = token, port, 0
        self.listeners: list[Callable[[Call], None]] = []
        self._numbers, self._connections = itertools.count(1), itertools.count(1)
        self._live: set[Connection] = set()
        self._live_control: set[Connection] = set()
        self._servers: dict[str, asyncio.Server] = {}
        self._background: set[asyncio.Task[Any]] = set()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/bot"

    @property
    def control_url(self) -> str:
        return f"http://127.0.0.1:{self.control_port}/control"

    async def __aenter__(self) -> Self:
        await self.listen()
        server = await self._bind(0, self._live_control)
        self._servers["control"], self.control_port = server, server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in list(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self.hooks.remove()
        for server in self._servers.values():
            server.close()
        for connection in [*self._live, *self._live_control]:
            await connection.close()

    async def listen(self) -> None:
        if "api" not in self._servers:
            self._servers["api"] = await self._bind(self.port, self._live)
            self.port = self._servers["api"].sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        server = self._servers.pop("api", None)
        if server is not None:
            server.close()
        for connection in list(self._live):
            await connection.close()

    async def _bind(self, port: int, live: set[Connection]) -> asyncio.Server:
        def connect() -> Connection:
            return Connection(next(self._connections), self._serve, self._refuses, live)

        return await asyncio.get_running_loop().create_server(connect, "127.0.0.1", port, backlog=1024)

    def spawn(self, work: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def _refuses(self, request: Request) -> bool:
        """Faults that come before the body is read."""
        if not any(fault.kind == "reset_head" for fault in self.faults_set):
            return False
        path = request.target.partition("?")[0]
        return path.startswith("/bot") and self._fault(path.rpartition("/")[2].lower(), None, head=True) is not None

    def _serve(self, request: Request) -> Answer | Awaitable[Answer]:
        path, _, query = request.target.partition("?")
        if path.startswith("/control/"):
            return self.steer(path.removeprefix("/control/"), request, query)
        if not path.startswith("/bot"):
            return _error(ApiError(404, "Not Found"))
        token, _, method = unquote(path[4:]).partition("/")
        if not method:
            return _error(ApiError(404, "Not Found"))
        try:
            params, files = parameters(query, request.headers.get("content-type", ""), request.body)
        except ValueError:
            return _error(bad("can't parse JSON object"))
        call = self._record(method.lower(), params, files, request.connection, "http")
        if token != self.token:
            return self._refused(call, ApiError(401, "Unauthorized" if ":" in token else "Unauthorized: invalid token specified"))
        if self.state.logged_out:
            return self._refused(call, ApiError(400, "Logged out"))
        fault = self._fault(call.method, call.chat) if self.faults_set else None
        if fault is not None:
            call.fault = fault.kind
            return self._suffer(call, fault)
        return self._perform(call)

    def _record(self, method: str, params: dict[str, str], files: list[Upload], connection: int, via: str) -> Call:
        chat = params.get("chat_id", "")
        number = next(self._numbers)
        call = Call(number, time.monotonic(), time.time(), connection, method, params, files, via)
        if chat.lstrip("-").isdigit():
            call.chat = int(chat)
        self.state.calls.append(call)
        return call

    def _perform(self, call: Call) -> Answer | Awaitable[Answer]:
        """Do what a call asks for."""
        if call.method in ("getupdates", "setwebhook", "deletewebhook"):
            return self._perform_later(call)
        unsent = self.flood.unsent
        if call.chat is not None:
            unsent[call.chat] = unsent.get(call.chat, 0) + 1
        try:
            self.flood.check(call.method, call.chat)
            answer = self._answer(call, self._handle(call))
        except ApiError as error:
            answer_later = self._refused(call, error)
            if not isinstance(answer_later, Answer):
                return answer_later  # held back, so it stays unsent until then
            answer = answer_later
        self._sent(call)
        return answer

    async def _perform_later(self, call: Call) -> Answer:
        try:
            if call.method == "getupdates":
                return self._answer(call, await self.hooks.get_updates(call))
            result, description = await self.hooks.set_webhook(call)
            return self._answer(call, result, description)
        except ApiError as error:
            refused = self._refused(call, error)
            return refused if isinstance(refused, Answer) else await refused

    def _handle(self, call: Call) -> Any:
        if call.method == "getwebhookinfo":
            return self.hooks.info()
        handler = HANDLERS.get(call.method)
        if handler is None:
            raise ApiError(404, "Not Found: method not found")
        try:
            result = handler(self.state, call)
        except (AttributeError, TypeError, ValueError) as error:  # a number that is none, a list that is none
            raise bad(f"can't parse parameters: {error}") from error
        if call.delivered:
            for listener in self.listeners:
                listener(call)
        return result

    def _sent(self, call: Call) -> None:
        if call.chat is not None:
            self.flood.unsent[call.chat] -= 1

    def _answer(self, call: Call, result: Any, description: str = "") -> Answer:
        call.status, call.description, call.answered = 200, description, time.monotonic()
        encoded = result if isinstance(result, Encoded) else json.dumps(result)
        more = f',"description":{json.dumps(description)}' if description else ""
        return Answer(200, f'{{"ok":true,"result":{encoded}{more}}}'.encode())

    def _refused(self, call: Call, error: ApiError) -> Answer | Awaitable[Answer]:
        call.status, call.description = error.code, error.description
        if error.hold:
            return self._hold(call, error)
        call.answered = time.monotonic()
        return _error(error)

    async def _hold(self, call: Call, error: ApiError) -> Answer:
        try:
            await asyncio.sleep(self.clock.real(error.hold))
        finally:
            if error.code == 429:
                self._sent(call)
        call.answered = time.monotonic()
        return _error(error)

    def _fault(self, method: str, chat: int | None, *, head: bool = False) -> Fault | None:
        return next((f for f in self.faults_set if (f.kind == "reset_head") == head and f.matches(method, chat)), None)

    async def _suffer(self, call: Call, fault: Fault) -> Answer:
        """A call that meets ``fault``."""
        seconds = self.clock.real(fault.seconds)
        if fault.kind == "reset":
            return DROP
        if fault.kind == "error":
            call.status, call.answered = fault.status, time.monotonic()
            return Answer(fault.status, html_error(fault.status), content_type="text/html")
        if fault.kind in ("flood", "refusal"):
            try:
                if fault.kind == "flood":
                    self.flood.refuse("overall" if fault.overall or call.chat is None else str(call.chat), fault.seconds or 1)
            except ApiError as error:
                refused = self._refused(call, error)
            else:
                refused = self._refused(call, ApiError(fault.status, fault.text))
            return refused if isinstance(refused, Answer) else await refused
        done = self._perform(call)
        answer = done if isinstance(done, Answer) else await done
        return await self._spoil(call, fault, answer, seconds)

    async def _spoil(self, call: Call, fault: Fault, answer: Answer, seconds: float) -> Answer:
        """What comes of the answer to a call that has taken effect."""
        if fault.kind in ("hang", "delay"):
            await self._linger(call, seconds)
        if fault.kind in ("drop", "hang"):
            call.answered = None
            return DROP
        call.answered = time.monotonic()
        if fault.kind == "error_after":
            call.status = fault.status
            return Answer(fault.status, html_error(fault.status), content_type="text/html")
        if fault.kind == "trickle":
            return Answer(answer.status, answer.body, answer.retry_after, trickle=seconds)
        return answer

    async def _linger(self, call: Call, seconds: float) -> None:
        """Wait; meanwhile the call counts as not sent."""
        if call.chat is not None:
            self.flood.unsent[call.chat] += 1
        try:
            await asyncio.sleep(seconds)
        finally:
            self._sent(call)

    def _from_webhook(self, content_type: str, body: bytes, connection: int) -> None:
        """Do what the answer to an update asks for; nobody learns what came of it."""
        try:
            params, files = parameters("", content_type, body)
        except ValueError:
            return
        method = params.pop("method", "").lower()
        if not method or method in NOT_FROM_WEBHOOK or method.startswith("get"):
            return
        done = self._perform(self._record(method, params, files, connection, "webhook"))
        if not isinstance(done, Answer):
            self.spawn(done)


def _error(error: ApiError) -> Answer:
    content = {"ok": False, "error_code": error.code, "description": error.description}
    if error.parameters:
        content["parameters"] = error.parameters
    return Answer(error.code, json.dumps(content).encode(), error.parameters.get("retry_after", 0))
