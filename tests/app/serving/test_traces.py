"""Spans that go to a collector stand within each other, bear their request, and have not a word of a person's."""

from __future__ import annotations

import asyncio
import contextvars
import sys

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bot.app.serving.traces import recorded, traced
from bot.channels.declaration import ConfigError
from bot.delivery.tracing import begin, span


async def test_spans_stand_within_each_other_and_bear_the_request() -> None:
    found = InMemorySpanExporter()

    async def turn() -> None:
        with span("turn", "web"), span("store"):
            raise ValueError("zanzibar-canary")

    async def all_of_it() -> str:
        with recorded(SimpleSpanProcessor(found)):
            id = begin()
            with span("take", "web"):
                await asyncio.gather(asyncio.create_task(turn()), return_exceptions=True)
            return id

    id = await asyncio.create_task(all_of_it(), context=contextvars.copy_context())
    spans = {one.name: one for one in found.get_finished_spans()}
    assert {name: dict(one.attributes or {}) for name, one in spans.items()} == {
        "take": {"channel": "web", "request": id},
        "turn": {"channel": "web", "request": id, "error": "ValueError"},
        "store": {"request": id, "error": "ValueError"},
    }
    parents = {name: one.parent.span_id if one.parent else None for name, one in spans.items()}
    assert parents == {"take": None, "turn": spans["take"].context.span_id, "store": spans["turn"].context.span_id}
    assert "zanzibar-canary" not in "".join(one.to_json() for one in spans.values())


def test_a_collector_that_cannot_be_told_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(ConfigError, match=r"TRACES_URL: .* not installed; .*infusion-bot\[otel\]"), traced("http://127.0.0.1:1"):
        pass
