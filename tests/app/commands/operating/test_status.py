"""``infusion-bot status`` asks a process over HTTP, and says in words what it heard."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.app.commands.conftest import Run

SINCE = {"version": "58ac81ee7e86b8b3", "since": "2026-12-01T09:00:00Z"}
REFUSED = {"at": "2026-12-01T10:00:00Z", "mistake": "topics/oven.yaml:3: the claim x is not in claims.yaml", "mistakes": 3}


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """A server on loopback that says that of its readiness; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the library's name
            self.send_response(status if self.path == "/readyz" else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield str(server.server_port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "found", "code", "lines"),
    [
        pytest.param(
            200,
            {"ready": True, "knowledge": {"default": SINCE}, "store": "fine"},
            0,
            ["ready (store fine)", "default: version 58ac81ee7e86b8b3 since 2026-12-01T09:00:00Z"],
            id="all-serves",
        ),
        pytest.param(
            200,
            {
                "ready": True,
                "knowledge": {"aurora": SINCE},
                "store": "fine",
                "clinics": {"aurora": {"telegram": "polling"}, "broken": {"failed": "clinics/broken.yaml:2: no"}},
            },
            1,
            [
                "ready (store fine)",
                "aurora: version 58ac81ee7e86b8b3 since 2026-12-01T09:00:00Z; telegram polling",
                "broken: not served: clinics/broken.yaml:2: no",
            ],
            id="clinics-together",
        ),
        pytest.param(
            200,
            {"ready": True, "knowledge": {"aurora": SINCE, "borealis": {**SINCE, "refused": REFUSED}}, "store": "fine"},
            1,
            [
                "borealis: version 58ac81ee7e86b8b3",
                "  an edit of 2026-12-01T10:00:00Z does not serve: topics/oven.yaml:3: the claim x is not in claims.yaml",
                "  and 2 more; all of them: infusion-bot kb check",
            ],
            id="an-edit-does-not-serve",
        ),
        pytest.param(503, {"ready": False, "store": "opening"}, 1, ["not ready (store opening)"], id="not-ready"),
        pytest.param(
            200,
            {"ready": True, "knowledge": {"default": {**SINCE, "learning": "next"}}},
            0,
            ["an edit is being learned, and serves after that"],
            id="learning",
        ),
    ],
)
def test_it_says_what_it_heard(run: Run, status: int, found: dict[str, Any], code: int, lines: list[str]) -> None:
    with answering(status, json.dumps(found).encode()) as port:
        ended, said, _ = run("status", "--port", port)
    assert ended == code
    for line in lines:
        assert line in said


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}"])
def test_what_is_no_bot_is_told(run: Run, body: bytes) -> None:
    with answering(200, body) as port:
        code, _, err = run("status", "--port", port)
    assert code == 2
    assert f"http://127.0.0.1:{port}" in err


def test_where_nobody_answers_it_is_said(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    code, _, err = run("status", "--port", str(port), "--host", "0.0.0.0")  # noqa: S104  # asked on its own machine
    assert code == 2
    assert f"nothing answers at http://127.0.0.1:{port} (" in err
    assert run("status", "--port", "0")[0] == 2
