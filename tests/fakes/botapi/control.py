"""Steering: what a test calls in process, and what /control/<name> calls with a JSON body over HTTP."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Awaitable, Sequence
from typing import Any

from tests.fakes.botapi import oracle
from tests.fakes.botapi.faults import Fault
from tests.fakes.botapi.flood import TELEGRAM, Flood, Limit
from tests.fakes.botapi.hooks import Hooks
from tests.fakes.botapi.state import Attempt, Call, Injected, Json, State
from tests.fakes.botapi.webhook import Webhook
from tests.fakes.botapi.wire import Answer, Request, parameters

OPEN = (
    "inject calls updates stats answers info clear redeliver route settings".split()
    + "fault clear_faults down up limit violations set_chat members".split()
)
SETTABLE = ("callback_lifetime", "inline_lifetime", "business_refusal", "next_update_id", "logged_out", "long_polling")


class Control:
    """All that is not the API itself. Every public method named in OPEN is there as POST /control/<name>, too."""

    def __init__(self, state: State, flood: Flood, hooks: Hooks) -> None:
        self.state, self.flood, self.hooks = state, flood, hooks
        self.clock = state.clock
        self.faults_set: list[Fault] = []

    async def listen(self) -> None:
        raise NotImplementedError

    async def refuse(self) -> None:
        raise NotImplementedError

    def spawn(self, work: Awaitable[Any]) -> None:
        raise NotImplementedError

    def inject(
        self, updates: Json | Sequence[Json], correlations: Sequence[str] = (), copies: int = 1, *, force: bool = False
    ) -> list[Injected]:
        """Put updates into the queue, ``copies`` times each; a kind that is not allowed is left out, but with ``force``."""
        found = []
        for index, update in enumerate([updates] if isinstance(updates, dict) else updates):
            if not force and not self.state.allows(next(name for name in update if name != "update_id")):
                continue
            entry = self.state.add(update, correlations[index] if index < len(correlations) else None)
            found.append(entry)
            self.hooks.add(entry)
            for _ in range(copies - 1):
                self._add_again(entry)
        return found

    def _add_again(self, entry: Injected) -> None:
        again = dataclasses.replace(entry, attempts=[], acknowledged=None, how="", fails=0, delay=1.0)
        self.state.enqueue(again)
        self.hooks.add(again)

    def redeliver(self, ids: Sequence[int], times: int = 1, url: str = "") -> int:
        """Deliver updates again, as after an acknowledgement that was lost: beside the queues of the webhook, in parallel.

        While polling they come back into the queue instead. ``url``: to this place, not to the webhook's.
        """
        entries = [entry for entry in self.state.injected if entry.id in set(ids)]
        if self.hooks.webhook is None:
            for entry in entries:
                self._add_again(entry)
            self.state.queue = type(self.state.queue)(sorted(self.state.queue, key=lambda entry: entry.id))
            return len(entries)
        for entry in entries * times:
            self.spawn(self._deliver_beside(self.hooks.webhook, entry, url))
        return len(entries) * times

    async def _deliver_beside(self, webhook: Webhook, entry: Injected, url: str) -> None:
        """One delivery over a connection of its own, not tried again."""
        extra = State(self.state.me, self.clock)
        again = dataclasses.replace(entry, attempts=[], acknowledged=None, how="", queue=id(object()))
        extra.enqueue(again)
        other = Webhook(extra, webhook.settings, lambda public: url or self.hooks.route(public), webhook.execute, lambda: None)
        try:
            other.pump()
            async with asyncio.timeout(self.clock.real(60)):
                while not again.how and not again.fails:
                    await asyncio.sleep(0.005)
        except TimeoutError:
            return
        finally:
            entry.attempts += again.attempts or [Attempt(again.injected, "webhook", "not delivered")]
            await other.close()

    def calls(self, method: str = "", chat: int | None = None, since: int = 0) -> list[Call]:
        """Those recorded after number ``since``, of one method and chat if they are given."""
        wanted = method.lower()
        return [
            call
            for call in self.state.calls
            if call.number > since and (not wanted or call.method == wanted) and (chat is None or call.chat == chat)
        ]

    def updates(self, *, waiting: bool = False) -> list[Injected]:
        return list(self.state.waiting()) if waiting else list(self.state.injected)

    def answers(self, correlation: str) -> list[Call]:
        """Delivered calls whose text has ``correlation`` in it."""
        return [call for call in oracle.delivered(self.state.calls) if correlation in call.text]

    def attribute(self, methods: Sequence[str] = oracle.ANSWERS) -> dict[int, list[Call]]:
        return oracle.attribute(self.state.injected, self.state.calls, methods)

    def stats(self, methods: Sequence[str] = oracle.ANSWERS) -> oracle.Stats:
        return oracle.measure(self.state.injected, self.state.calls, [method.lower() for method in methods])

    def info(self) -> Json:
        webhook = self.hooks.webhook
        connections = {"open": webhook.connections, "most": webhook.most_connections} if webhook else {}
        counts = {"calls": len(self.state.calls), "injected": len(self.state.injected), "refused": self.flood.refused}
        return {"pending": self.state.pending, "webhook": self.hooks.info(), "connections": connections, **counts}

    def fault(self, kind: str, **how: Any) -> Fault:
        """Let calls fail from now on; see ``faults.Fault``."""
        if "methods" in how:
            how["methods"] = (how["methods"],) if isinstance(how["methods"], str) else tuple(how["methods"])
        fault = Fault(kind, **how)  # type: ignore[arg-type] # comes as JSON
        self.faults_set.append(fault)
        return fault

    def clear_faults(self) -> None:
        self.faults_set.clear()

    async def down(self, seconds: float = 0.0) -> None:
        """Refuse connections, for ``seconds`` nominal seconds (0: until ``up``); those that are open are cut."""
        await self.refuse()
        if seconds:
            self.spawn(self._up_after(seconds))

    async def _up_after(self, seconds: float) -> None:
        await asyncio.sleep(self.clock.real(seconds))
        await self.listen()

    async def up(self) -> None:
        await self.listen()

    def limit(self, limits: dict[str, list[float]] | None = None, unsent: int = 310) -> None:
        """Flood limits: overall, chat, group -> [calls a second, burst]. None: as Telegram's; {}: none."""
        self.flood.limits = dict(TELEGRAM) if limits is None else {name: Limit(*limit) for name, limit in limits.items()}
        self.flood.unsent_limit = unsent

    def violations(self, in_flight_ms: float = 0.0) -> list[Any]:
        """Calls that came too early; those within ``in_flight_ms`` after the 429 was written are not counted."""
        return [violation for violation in self.flood.violations if violation.after_ms > in_flight_ms]

    def set_chat(
        self,
        chat: Json,
        *,
        problem: str = "",
        migrated_to: int = 0,
        topics: Sequence[int] = (),
        closed: Sequence[int] = (),
        forbidden: Sequence[str] = (),
    ) -> None:
        """Make a chat known (``chat`` as in a message), or put it into another state."""
        known = self.state.note_chat(chat)
        known.problem, known.migrated_to = ("migrated" if migrated_to else problem), migrated_to
        known.topics |= set(topics)
        known.closed = set(closed)
        known.forbidden = frozenset(forbidden)
        if migrated_to:
            self.state.note_chat({**known.data, "id": migrated_to, "type": "supergroup"})

    def members(self, chat: int, user: Json, status: str) -> None:
        """What getChatMember says of ``user``."""
        self.state.profile[f"member {chat} {user['id']}"] = {"status": status, "user": user}

    def settings(self, *, time_scale: float | None = None, **values: Any) -> None:
        """Set the clock's scale, or one of SETTABLE."""
        if time_scale is not None:
            self.clock.scale = time_scale
        for name, value in values.items():
            if name not in SETTABLE:
                raise ValueError(f"{name} is not settable; settable are {', '.join(SETTABLE)}")
            setattr(self.state, name, value)

    def route(self, prefix: str, places: str | Sequence[str]) -> None:
        """Deliver updates for public URLs that begin with ``prefix`` to ``places``, in turn by connection (a load balancer)."""
        self.hooks.routes[prefix] = [places] if isinstance(places, str) else list(places)

    def clear(self) -> None:
        """Forget what was recorded (not what waits)."""
        self.state.calls.clear()
        self.state.injected[:] = list(self.state.waiting())
        self.flood.violations.clear()

    def steer(self, name: str, request: Request, query: str) -> Answer | Awaitable[Answer]:
        if name not in OPEN:
            return Answer(404, json.dumps({"error": f"no such control; there are {', '.join(OPEN)}"}).encode())
        try:
            given = json.loads(request.body) if request.body else {n: _plain(v) for n, v in parameters(query, "", b"")[0].items()}
            result = getattr(self, name)(**given)
        except (TypeError, ValueError, KeyError, StopIteration) as error:
            return Answer(400, json.dumps({"error": f"{type(error).__name__}: {error}"}).encode())
        return _wait(result) if asyncio.iscoroutine(result) else _shown(result)


def _plain(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


async def _wait(result: Awaitable[Any]) -> Answer:
    return _shown(await result)


def _shown(result: Any) -> Answer:
    return Answer(200, json.dumps(result, default=_fields).encode())


def _fields(value: Any) -> Json:
    """A record as JSON, without the content of files and what is said twice."""
    hidden = {"content", "encoded", "_random"}
    return {item.name: getattr(value, item.name) for item in dataclasses.fields(value) if item.name not in hidden}
