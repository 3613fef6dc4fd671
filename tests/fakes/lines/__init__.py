"""A channel over a socket, as small as a channel gets: a line "WHO WORDS" in, the reply as one line out."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bot.channels.channel import Channel, Inbox, Shared
from bot.channels.declaration import ChannelType, GivenSettings, Setting
from bot.delivery.storage import Incoming, Work, WorkOutcome
from bot.dialogue.conversation import ConversationKey
from bot.dialogue.events import Said
from bot.dialogue.state import dump_state, load_state
from bot.knowledge.messages import slots_of

NAME = "lines"


@dataclass(frozen=True, slots=True)
class LinesSettings:
    port: int

    @property
    def configured(self) -> bool:
        return self.port > 0


class Lines:
    def __init__(self, shared: Shared) -> None:
        self._shared, self._ids, self._writers = shared, itertools.count(time.time_ns()), set[asyncio.StreamWriter]()

    async def handle(self, work: Work, state: str | None, journal: object) -> WorkOutcome:  # noqa: ARG002  # the protocol names it
        update, edition = work.update, self._shared.editions.current(self._shared.clinic)
        said = Said(update.payload.decode())
        key, memory = update.key, load_state(state)
        reply, after = await self._shared.service.turn(edition, key, said, memory, key.id, update.received)
        self._write(f"{key.id} {edition.say('lines_reply', text=reply.text)}")
        return WorkOutcome(dump_state(after))

    async def is_urgent(self, update: Incoming) -> bool:  # noqa: ARG002  # the protocol names it
        return False

    async def answer_urgent(self, update: Incoming, journal: object = None) -> bool:  # noqa: ARG002  # the protocol names it
        edition = self._shared.editions.current(self._shared.clinic)
        reply = await self._shared.service.urgent(edition, update.key, Said(update.payload.decode()), update.received)
        self._write(f"{update.key.id} {reply.text}" if reply else "")
        return reply is not None

    async def listen(self, port: int, inbox: Inbox) -> None:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._writers.add(writer)
            while line := (await reader.readline()).decode().strip():
                who, _, words = line.partition(" ")
                key = ConversationKey(self._shared.clinic, NAME, who)
                await inbox.take([Incoming(key, str(next(self._ids)), words.encode(), time.time())])
            self._writers.discard(writer)

        async with await asyncio.start_server(connected, "127.0.0.1", port) as server:
            await server.serve_forever()

    def _write(self, text: str) -> None:
        for writer in self._writers:
            writer.write(" ".join(text.split()).encode() + b"\n")


@contextlib.asynccontextmanager
async def _open(shared: Shared, settings: LinesSettings) -> AsyncIterator[Channel]:
    lines = Lines(shared)
    yield Channel(NAME, lines, listen=lambda inbox: lines.listen(settings.port, inbox))


def _read(given: GivenSettings) -> LinesSettings:
    return LinesSettings(int(given.number("lines_port", 0, 0, 65535, whole=True)))


SETTINGS = {"lines_port": Setting("LINES_PORT", "port on which lines are taken", "no lines")}
CHANNEL = ChannelType(NAME, SETTINGS, _read, _open, slots_of({"lines_reply": "text"}))
