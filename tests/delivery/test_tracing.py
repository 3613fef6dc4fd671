"""Spans: none unless asked for; what they say where they are, is in app/serving/test_traces.py."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bot.delivery.requests import begin
from bot.delivery.tracing import span, use


def test_without_a_tracer_nothing_is_opened() -> None:
    with span("take", "web") as one:
        assert one is None


async def test_a_tracer_is_used_by_what_was_begun_after_it() -> None:
    opened: list[tuple[str, Mapping[str, str]]] = []

    @contextmanager
    def tracer(name: str, attributes: Mapping[str, str]) -> Iterator[None]:
        opened.append((name, attributes))
        yield

    async def work() -> None:
        with span("store"):
            await asyncio.sleep(0)

    use(tracer)
    id = begin()
    await asyncio.create_task(work())
    assert opened == [("store", {"request": id})]
