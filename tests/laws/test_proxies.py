"""The examples of a proxy in front: real ones take them, and their limits are those of the bot."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from starlette.routing import Route

from bot.app.http.connections import ConnectionLimits
from bot.app.http.health import app
from tests.fakes.editions import metrics_of
from tests.places import ROOT

DEPLOY = ROOT / "deploy"
NGINX = (DEPLOY / "nginx.conf").read_text("utf-8")
CADDY = (DEPLOY / "Caddyfile").read_text("utf-8")


def test_the_proxies_keep_the_inside_inside() -> None:
    """Of the process's own pages nothing is passed on, by either proxy."""
    inside = {"metrics", "readyz", "livez"}
    (nginx,) = re.findall(r"location ~ \^/\(([a-z|]+)\)\$ \{ return 404; \}", NGINX)
    (caddy,) = re.findall(r"@inside path ([/a-z ]+)\n\s+handle @inside \{\n\s+respond 404\n", CADDY)
    assert set(nginx.split("|")) == inside
    assert set(caddy.split()) == {f"/{one}" for one in inside}
    served = {route.path for route in app(metrics_of(), dict).routes if isinstance(route, Route)}
    assert served == {f"/{one}" for one in inside}


def test_the_proxies_keep_a_connection_shorter_than_the_bot_does() -> None:
    kept = [int(one) for one in re.findall(r"\bkeepalive(?:_timeout)? (\d+)s", NGINX.split("server {")[0] + CADDY)]
    assert len(kept) == 2
    assert max(kept) < ConnectionLimits().idle_seconds


def test_the_proxies_limit_what_the_bot_limits() -> None:
    limits = ConnectionLimits()
    assert "max_header_size 16KB" in CADDY
    assert "large_client_header_buffers 4 4k;" in NGINX
    assert limits.header_bytes == 16 << 10
    assert "max_size 1MB" in CADDY
    assert "client_max_body_size 1m;" in NGINX
    assert limits.body_bytes == 1 << 20
    for name in ("read_header", "read_body", "client_header_timeout", "client_body_timeout"):
        assert re.findall(rf"\b{name} (\d+)s", NGINX + CADDY) == ["10"]
    assert (limits.header_seconds, limits.body_seconds) == (10, 10)
    assert all("Strict-Transport-Security" in text for text in (NGINX, CADDY))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    names = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem"), "-subj", "/CN=bot.clinic.example"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *names]
    subprocess.run(command, capture_output=True, timeout=60, check=True)
    return folder


@pytest.mark.skipif(
    not shutil.which("nginx") or not shutil.which("openssl"),
    reason="nginx or openssl is not there; `make deps-proxies` installs nginx",
)
def test_nginx_takes_its_example(certificate: Path, tmp_path: Path) -> None:
    file = tmp_path / "infusion-bot.conf"
    file.write_text(NGINX.replace("/etc/letsencrypt/live/bot.clinic.example", str(certificate)), "utf-8")
    whole = tmp_path / "nginx.conf"
    around = f"pid {tmp_path}/pid; error_log stderr; worker_rlimit_nofile 8192; events {{ worker_connections 4096; }}"
    whole.write_text(f"{around} http {{ access_log off; include {file}; }}", "utf-8")
    done = subprocess.run(["nginx", "-t", "-c", whole, "-p", tmp_path], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


@pytest.mark.skipif(shutil.which("caddy") is None, reason="Caddy is not there; `make deps-proxies` installs it")
def test_caddy_takes_its_example(tmp_path: Path) -> None:
    command = ["caddy", "validate", "--config", str(DEPLOY / "Caddyfile"), "--adapter", "caddyfile"]
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, env=env, check=False)
    assert done.returncode == 0, done.stderr
    assert "not formatted" not in done.stderr
