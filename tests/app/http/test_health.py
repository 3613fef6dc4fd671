"""The web server's own pages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from bot.app.http import health
from bot.delivery.metrics import Metrics
from tests.asgi import ask
from tests.fakes.editions import metrics_of


@pytest.fixture
def metrics() -> Metrics:
    return metrics_of()


@pytest.fixture
def app(metrics: Metrics) -> Starlette:
    return health.app(metrics, dict, [])


async def test_it_lives(app: Starlette) -> None:
    answer = await ask(app, "GET", "/livez")
    assert (answer.status, json.loads(answer.body)) == (200, {"status": "alive"})


@pytest.mark.parametrize(
    ("checks", "status", "body"),
    [
        ({}, 200, {"ready": True}),
        ({"store": (True, "fine"), "telegram": (True, "polling")}, 200, {"ready": True, "store": "fine", "telegram": "polling"}),
        (
            {"store": (False, "failing"), "telegram": (True, "polling")},
            503,
            {"ready": False, "store": "failing", "telegram": "polling"},
        ),
    ],
    ids=["nothing to check", "all fine", "one is not"],
)
async def test_it_is_ready_when_all_parts_are(metrics: Metrics, checks: Any, status: int, body: Any) -> None:
    answer = await ask(health.app(metrics, lambda: checks), "GET", "/readyz")
    assert (answer.status, json.loads(answer.body)) == (status, body)


async def test_readiness_is_asked_for_each_time(metrics: Metrics) -> None:
    found = {"store": (False, "failing")}
    app = health.app(metrics, lambda: found)
    assert (await ask(app, "GET", "/readyz")).status == 503
    found["store"] = (True, "fine")
    assert (await ask(app, "GET", "/readyz")).status == 200


@pytest.mark.parametrize("path", ["/livez/", "/readyz/", "/metrics/", "/chat/", "//livez"])
async def test_a_slash_too_many_is_another_path(metrics: Metrics, path: str) -> None:
    """Where it redirected, it led to whatever host the request named."""
    app = health.app(metrics, dict, [Route("/chat", lambda _: Response())])
    answer = await ask(app, "GET", path, [(b"host", b"evil.example")])
    assert (answer.status, answer.headers.get("location")) == (404, None)


async def test_metrics_are_shown_as_prometheus_reads_them(app: Starlette, metrics: Metrics) -> None:
    metrics.count("taken", 3)
    answer = await ask(app, "GET", "/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert b'infusion_bot_events_total{clinic="",event="taken"} 3.0' in answer.body


@pytest.mark.parametrize(("method", "path"), [("POST", "/livez"), ("GET", "/echo"), ("GET", "/"), ("GET", "/docs")])
async def test_nothing_else_is_there(app: Starlette, method: str, path: str) -> None:
    assert (await ask(app, method, path)).status in {404, 405}
