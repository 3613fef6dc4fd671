"""What stands in deploy/ agrees with the code: settings, stop times, files, and no secret in any of it."""

from __future__ import annotations

import configparser
import http.server
import importlib.metadata
import os
import re
import resource
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.app import config
from bot.app.http.connections import ConnectionLimits, room_for
from bot.app.variables import SETTINGS
from bot.channels.telegram.settings import TelegramSettings
from tests.places import ROOT

DEPLOY = ROOT / "deploy"
# Hidden ones count, but not what somebody filled in for a trial of his own, which is not part of the repository.
FILES = [path for path in sorted(DEPLOY.rglob("*")) if path.is_file() and path.parent.name != "secrets" and path.name != "env"]
ENV = (DEPLOY / "env.example").read_text("utf-8")
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")
README = (DEPLOY / "README.md").read_text("utf-8")
COMPOSE: Mapping[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
BOTS = [name for name, service in COMPOSE["services"].items() if service["image"] == "infusion-bot"]
# Their default is said in words, or lies in a home directory: what stands in the file is an example.
EXAMPLES = {"KNOWLEDGE", "CLINICS", "TIMEZONE", "CACHE_DIR", "DATA_DIR", "TELEGRAM_RATE", "TELEGRAM_CAMPAIGNS", "WEBHOOK_URL"}
EXAMPLES |= {"BOT_LINK", "STAFF_CHAT", "HANDOFF", "TRACES_URL"}
EXAMPLES |= {"WEB_ORIGINS", "WEB_LOGO", "CHATWOOT_URL", "GENERIC_REPLY_URL", "CLINIC_PAGE", "CLINIC_PAGE_URL"}
# What serve.py may take besides DRAIN_SECONDS: leases given back 1 + 2, the web server 1 + 1, the store 2.
CLOSING = 7.0


def unit() -> dict[str, list[str]]:
    """The [Service] section: every value of every key, in order."""
    found: dict[str, list[str]] = {}
    section = (DEPLOY / "infusion-bot.service").read_text("utf-8").split("[Service]")[1].split("[Install]")[0]
    for line in section.splitlines():
        if line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def settings_in(text: str) -> dict[str, str]:
    return dict(re.findall(r"^#([A-Z_]+)=(.*)$", text, re.MULTILINE))


# -- settings -------------------------------------------------------------------------------------------------------


def test_env_example_holds_every_setting_in_order_with_its_description_and_default() -> None:
    blocks = [block for block in ENV.split("\n\n")[1:] if not re.fullmatch(r"(# .*\n?)+", block)]
    shown = []
    for block in blocks:
        words = " ".join(re.findall(r"^# (.*)$", block, re.MULTILINE))
        shown.append((words, [name for name, _ in re.findall(r"^#([A-Z_]+)=(.*)$", block, re.MULTILINE)]))
    wanted = [
        (f"{one.about} (default: {one.default})", [one.variable, *([f"{one.variable}_FILE"] if one.secret else [])])
        for one in SETTINGS.values()
    ]
    assert shown == wanted


def test_env_example_sets_nothing() -> None:
    assert [line for line in ENV.splitlines() if line and not line.startswith("#")] == []


def test_what_env_example_shows_is_the_default_or_a_listed_example() -> None:
    values = settings_in(ENV)
    for one in SETTINGS.values():
        if one.secret:
            assert values[one.variable] == ""
        elif one.variable not in EXAMPLES:
            assert values[one.variable] == one.default
    assert values.keys() >= EXAMPLES


def test_the_defaults_in_env_example_are_those_that_hold(tmp_path: Path) -> None:
    values = {name: value for name, value in settings_in(ENV).items() if value and not name.endswith("_FILE")}
    file = tmp_path / "env"
    file.write_text("".join(f"{name}={value}\n" for name, value in values.items() if name not in EXAMPLES), "utf-8")
    home = {"HOME": str(tmp_path)}
    assert config.read_settings({"config": file}, home) == config.read_settings({}, home)


def test_the_examples_in_env_example_are_allowed(tmp_path: Path) -> None:
    values = {name: value for name, value in settings_in(ENV).items() if not name.endswith("_FILE")}
    file = tmp_path / "env"
    file.write_text("".join(f"{name}={value}\n" for name, value in values.items()), "utf-8")
    read = config.read_settings({"config": file}, {"HOME": str(tmp_path)})
    telegram = read.serving.channels["telegram"]
    assert isinstance(telegram, TelegramSettings)
    assert telegram.webhook_url == values["WEBHOOK_URL"]


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.suffix in {".yaml", ".service", ".md", ""}], ids=lambda path: path.name
)
def test_a_file_variable_is_that_of_a_secret(path: Path) -> None:
    known = {f"{one.variable}_FILE" for one in SETTINGS.values() if one.secret} | {"POSTGRES_PASSWORD_FILE", "_FILE"}
    assert set(re.findall(r"\b[A-Z_]*_FILE\b", path.read_text("utf-8"))) <= known


# -- the unit -------------------------------------------------------------------------------------------------------


def test_the_unit_is_hardened() -> None:
    section = unit()
    assert section["NoNewPrivileges"] == ["yes"]
    assert section["ProtectSystem"] == ["strict"]
    assert section["CapabilityBoundingSet"] == [""]
    assert section["SystemCallFilter"] == ["@system-service", "~@privileged @resources"]
    assert section["RestrictAddressFamilies"] == ["AF_INET AF_INET6 AF_UNIX"]
    assert section["KillSignal"] == ["SIGTERM"]
    assert {"StateDirectory", "CacheDirectory", "MemoryMax", "MemoryDenyWriteExecute"} <= section.keys()


def test_the_unit_sets_only_settings_and_no_secret() -> None:
    section = unit()
    set_here = dict(word.split("=", 1) for line in section["Environment"] for word in line.split())
    assert set_here == {"DATA_DIR": "%S/infusion-bot", "CACHE_DIR": "%C/infusion-bot"}
    assert set_here.keys() <= {one.variable for one in SETTINGS.values() if not one.secret}


def test_the_unit_says_itself_when_it_listens_and_that_it_lives() -> None:
    section = unit()
    assert section["Type"] == ["notify"]
    assert section["ExecReload"] == ["/bin/kill -HUP $MAINPID"]
    assert float(section["WatchdogSec"][0]) > float(section["TimeoutStopSec"][0]), "a stop that drains is no hang"


def test_the_unit_reads_as_an_ini_file_of_three_sections() -> None:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.read_string((DEPLOY / "infusion-bot.service").read_text("utf-8"))
    assert parser.sections() == ["Unit", "Service", "Install"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not there")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    text = (DEPLOY / "infusion-bot.service").read_text("utf-8")
    file = tmp_path / "infusion-bot.service"
    file.write_text(text.replace("/opt/infusion-bot/current/bin/infusion-bot", "/bin/true"), "utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(file)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


# -- the script that installs -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root below which the script put a release; its Python only seems to install."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "python").write_text(_PYTHON.format(python=sys.executable), "utf-8")
    (folder / "python").chmod(0o755)
    for release in ("0.1.0", "0.2.0"):
        (folder / f"infusion_bot-{release}-py3-none-any.whl").write_text(release, "utf-8")
    done = _install(folder, folder / "infusion_bot-0.1.0-py3-none-any.whl")
    assert done.returncode == 0, done.stderr
    return folder


# `python -m venv DIR` makes one whose pip and program say yes to everything.
_PYTHON = """#!/bin/sh
[ "$1 $2" = "-m venv" ] || exec {python} "$@"
mkdir -p "$3/bin"
printf '#!/bin/sh\nexit 0\n' >"$3/bin/python"
printf '#!/bin/sh\necho infusion-bot %s\n' "$3" >"$3/bin/infusion-bot"
chmod 755 "$3/bin/python" "$3/bin/infusion-bot"
"""


def _install(folder: Path, *arguments: Path | str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "PYTHON": str(folder / "python")}
    command = [str(DEPLOY / "install.sh"), "--root", str(folder / "root"), *map(str, arguments)]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)


def test_what_is_installed_is_what_the_unit_starts(trial: Path) -> None:
    (program,) = re.findall(r"^ExecStart=/(\S+) serve$", (DEPLOY / "infusion-bot.service").read_text("utf-8"), re.MULTILINE)
    assert (trial / "root" / program).is_file()
    assert (trial / "root/etc/systemd/system/infusion-bot.service").read_text("utf-8") == (
        DEPLOY / "infusion-bot.service"
    ).read_text("utf-8")
    assert (trial / "root/etc/infusion-bot/secrets").stat().st_mode & 0o777 == 0o700
    assert (trial / "root/etc/infusion-bot/env").stat().st_mode & 0o777 == 0o600


def test_installed_again_nothing_that_was_set_is_lost(trial: Path) -> None:
    etc = trial / "root/etc/infusion-bot"
    secret = (etc / "secrets/webhook_secret").read_text("utf-8")
    assert re.fullmatch("[0-9a-f]{64}", secret)
    (etc / "env").write_text("LOG_LEVEL=debug\n", "utf-8")
    assert _install(trial, trial / "infusion_bot-0.1.0-py3-none-any.whl").returncode == 0
    assert (etc / "secrets/webhook_secret").read_text("utf-8") == secret
    assert (etc / "env").read_text("utf-8") == "LOG_LEVEL=debug\n"


def test_each_secret_that_is_there_reaches_the_setting_of_its_name(trial: Path) -> None:
    secrets = trial / "root/etc/infusion-bot/secrets"
    for one in SETTINGS.values():
        if one.secret:
            (secrets / one.variable.lower()).write_text("x", "utf-8")
    assert _install(trial, trial / "infusion_bot-0.1.0-py3-none-any.whl").returncode == 0
    lines = (trial / "root/etc/systemd/system/infusion-bot.service.d/secrets.conf").read_text("utf-8").splitlines()
    names = sorted(one.variable for one in SETTINGS.values() if one.secret)
    assert lines[1] == "[Service]"
    assert sorted(lines[2:]) == sorted(
        line
        for name in names
        for line in (
            f"LoadCredential={name.lower()}:/etc/infusion-bot/secrets/{name.lower()}",
            f"Environment={name}_FILE=%d/{name.lower()}",
        )
    )
    (secrets / "chatwoot_token").write_text("", "utf-8")
    done = _install(trial, trial / "infusion_bot-0.1.0-py3-none-any.whl")
    assert done.returncode == 1
    assert "chatwoot_token is empty" in done.stderr
    (secrets / "chatwoot_token").unlink()


def test_a_release_is_gone_back_from_and_only_two_are_kept(trial: Path) -> None:
    opt = trial / "root/opt/infusion-bot"
    first = (opt / "current").resolve()
    assert _install(trial, trial / "infusion_bot-0.2.0-py3-none-any.whl").returncode == 0
    second = (opt / "current").resolve()
    assert second.name.startswith("0.2.0-")
    assert _install(trial, "--back").returncode == 0
    assert ((opt / "current").resolve(), (opt / "previous").resolve()) == (first, second)
    (trial / "infusion_bot-0.3.0-py3-none-any.whl").write_text("3", "utf-8")
    assert _install(trial, trial / "infusion_bot-0.3.0-py3-none-any.whl").returncode == 0
    assert {path.name for path in (opt / "releases").iterdir()} == {first.name, (opt / "current").resolve().name}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["--nonsense"], "--nonsense is no option", id="option"),
        pytest.param(["/nowhere.whl"], "there is no wheel", id="wheel"),
    ],
)
def test_what_cannot_be_installed_is_told(trial: Path, arguments: list[str], says: str) -> None:
    done = _install(trial, *arguments)
    assert done.returncode == 1
    assert says in done.stderr


def test_there_is_no_way_back_from_the_first_release(tmp_path: Path) -> None:
    done = _install(tmp_path, "--back")
    assert (done.returncode, "no release before" in done.stderr) == (1, True)


# -- compose --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BOTS)
def test_a_bot_in_compose_can_write_nothing_but_its_data(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert [volume.split(":")[1] for volume in service["volumes"]] == ["/data"]
    assert [place.split(":")[0] for place in [service["tmpfs"]]] == ["/tmp"]  # noqa: S108  # the container's own
    assert service["env_file"] == "env"
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_compose_gives_secrets_as_files_only(name: str) -> None:
    service = COMPOSE["services"][name]
    given = {f"/run/secrets/{secret}" for secret in service.get("secrets", ())}
    assert {value for variable, value in service["environment"].items() if variable.endswith("_FILE")} == given
    assert not {one.variable for one in SETTINGS.values() if one.secret} & service["environment"].keys()
    assert set(service.get("secrets", ())) <= COMPOSE["secrets"].keys()
    assert all(one["file"].startswith("secrets/") for one in COMPOSE["secrets"].values())


def test_compose_refers_to_what_there_is() -> None:
    services, volumes = COMPOSE["services"], set(COMPOSE["volumes"])
    used = {volume.split(":")[0] for service in services.values() for volume in service["volumes"]}
    assert {name for name in used if not name.startswith("./")} == volumes
    assert [name for name in used if name.startswith("./") and not (DEPLOY / name).is_file()] == []
    for name in BOTS:
        build = services[name]["build"]
        assert (DEPLOY / build["context"]).resolve() == ROOT
        assert (ROOT / build["dockerfile"]).is_file()
        assert set(services[name].get("depends_on", {})) <= services.keys()


def test_only_the_bot_on_sqlite_starts_without_a_profile() -> None:
    assert [name for name, service in COMPOSE["services"].items() if "profiles" not in service] == ["bot"]
    assert COMPOSE["services"]["bot-postgresql"]["deploy"]["replicas"] == 2


def test_caddy_in_compose_may_do_no_more_than_listen_and_is_believed() -> None:
    caddy = COMPOSE["services"]["caddy"]
    assert (caddy["read_only"], caddy["cap_drop"], caddy["cap_add"]) == (True, ["ALL"], ["NET_BIND_SERVICE"])
    assert {f"{{${name}:" for name in caddy["environment"]} <= set(re.findall(r"\{\$[A-Z]+:", (DEPLOY / "Caddyfile").read_text()))
    (network,) = COMPOSE["networks"]["default"]["ipam"]["config"]
    for name in BOTS:
        proxies = COMPOSE["services"][name]["environment"]["TRUSTED_PROXIES"]
        read = config.read_settings({}, {"HOME": "/home/somebody", "TRUSTED_PROXIES": proxies})
        assert network["subnet"] in read.serving.trusted_proxies


def test_the_database_in_compose_is_reached_by_bots_alone() -> None:
    database = COMPOSE["services"]["postgresql"]
    assert "ports" not in database
    assert database["networks"] == ["store"]
    assert COMPOSE["networks"]["store"]["internal"] is True


@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(unit()["TimeoutStopSec"][0], id="unit"),
        *(pytest.param(COMPOSE["services"][name]["stop_grace_period"].removesuffix("s"), id=name) for name in BOTS),
    ],
)
def test_a_stop_may_take_as_long_as_the_bot_does(seconds: str) -> None:
    assert float(seconds) > config.read_settings({}, {"HOME": "/home/somebody"}).serving.drain_seconds + CLOSING


@pytest.mark.parametrize(
    "files", [int(unit()["LimitNOFILE"][0]), *(COMPOSE["services"][name]["ulimits"]["nofile"] for name in BOTS)]
)
def test_there_are_files_for_as_many_connections_as_are_allowed(monkeypatch: pytest.MonkeyPatch, files: int) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))
    wanted = ConnectionLimits().connections
    assert room_for(wanted) == wanted


# -- the image ------------------------------------------------------------------------------------------------------


def test_what_the_image_copies_exists_and_gets_into_its_build() -> None:
    copied = [
        source
        for line in re.findall(r"^COPY (.*)$", DOCKERFILE, re.MULTILINE)
        if not line.startswith("--from")
        for source in line.split()[:-1]
    ]
    assert {"requirements.txt", "bot", "knowledge"} <= set(copied)
    assert [source for source in copied if not (ROOT / source).exists()] == []
    ignore = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    allowed = {line[1:] for line in ignore if line.startswith("!")}
    assert "*" in ignore
    assert {source for source in copied if source not in allowed and source.split("/")[0] not in allowed} == set()
    assert {name for name in allowed if name not in copied} == set()


def test_the_image_runs_as_nobody_in_particular_and_knows_how_it_is() -> None:
    last = DOCKERFILE.rsplit("\nFROM ", maxsplit=1)[1]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert re.search(r"^STOPSIGNAL SIGTERM$", last, re.MULTILINE)
    assert re.search(r"HOST=0\.0\.0\.0 PORT=8080 DATA_DIR=/data CACHE_DIR=/opt/cache", last)
    assert 'CMD ["python", "/opt/alive.py"]' in last
    # The bot keeps what it learned for its own account alone (mode 0600); the image runs as another one.
    assert "chmod -R a+rX /opt/cache" in DOCKERFILE


def test_the_image_stands_on_a_tag_of_the_python_that_the_project_allows() -> None:
    (base,) = re.findall(r"^ARG BASE=python:3\.(\d+)-slim-[a-z]+$", DOCKERFILE, re.MULTILINE)
    assert int(base) >= 11
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"$BASE"}


def test_everything_in_the_image_is_installed_by_hash() -> None:
    installs = re.findall(r"pip install ([^\n&;]*)", DOCKERFILE)
    assert len(installs) == 4
    assert all("--require-hashes" in one or "--no-index" in one for one in installs)


def test_the_image_takes_the_builder_and_all_that_it_needs_out_of_the_lock() -> None:
    (listed,) = re.findall(r"\^\(([a-z|-]+)\)==", DOCKERFILE)
    needed, new = set(), {"hatchling"}
    while new:
        needed |= new
        asked = [one for name in new for one in importlib.metadata.requires(name) or () if ";" not in one]
        new = {re.split(r"[^\w.-]", one)[0].lower().replace("_", "-") for one in asked} - needed
    assert set(listed.split("|")) == needed
    locked = (ROOT / "requirements-dev.txt").read_text("utf-8")
    assert [name for name in sorted(needed) if f"\n{name}==" not in f"\n{locked}"] == []


class _Page(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/livez" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the library's
        """Nothing: a test needs no access log."""


@pytest.fixture
def page() -> Iterator[http.server.HTTPServer]:
    with http.server.HTTPServer(("127.0.0.1", 0), _Page) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_health_check_follows_livez_past_any_proxy(
    page: http.server.HTTPServer, monkeypatch: pytest.MonkeyPatch, status: int, code: int
) -> None:
    monkeypatch.setattr(_Page, "status", status)
    assert _alive(page.server_port) == code


def test_the_health_check_fails_where_nobody_listens(page: http.server.HTTPServer) -> None:
    port = page.server_port
    page.shutdown()
    page.server_close()
    assert _alive(port) == 1


def _alive(port: int) -> int:
    env = {"PORT": str(port), "http_proxy": "http://127.0.0.1:9", "PATH": os.defpath}
    return subprocess.run([sys.executable, "-I", DEPLOY / "alive.py"], env=env, timeout=30, check=False).returncode


# -- the runbook, and all of it -------------------------------------------------------------------------------------


def test_the_runbook_speaks_of_settings_that_there_are() -> None:
    known = {one.variable for one in SETTINGS.values()}
    assert set(re.findall(r"\b([A-Z]+(?:_[A-Z]+)+)\b", README)) - {f"{name}_FILE" for name in known} <= known


_COMMANDS = ["serve", "telegram setup", "telegram status", "inbox list", "inbox requeue", "forget", "keys list", "keys revoke"]
_COMMANDS += ["db backup", "db restore", "db copy", "db check"]


@pytest.mark.parametrize("command", _COMMANDS)
def test_the_commands_of_the_runbook_exist(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    from bot.app.commands.main import run  # noqa: PLC0415  # only here

    assert command in README
    assert run([*command.split(), "--help"]) == 0
    assert command in capsys.readouterr().out


def test_the_runbook_has_a_row_for_every_alert_and_no_other() -> None:
    rules = yaml.safe_load((DEPLOY / "chart/files/alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]
    assert re.findall(r"^\| `(InfusionBot\w+)` \|", README, re.MULTILINE) == [rule["alert"] for rule in rules]


def test_the_runbook_names_files_that_there_are() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", README) if "://" not in link]
    assert [link for link in links if not (DEPLOY / link).exists()] == []
    headings = {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in re.findall(r"^#+ (.*)$", README, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= headings
    (table,) = re.findall(r"\n\| file \| what \|\n(.*?)\n\n", README, re.DOTALL)
    named = set(re.findall(r"`([\w./-]+)`", re.sub(r"\|[^|]*\|$", "", table, flags=re.MULTILINE)))
    assert {path.name for path in DEPLOY.iterdir() if path.name[0] != "."} - {"env", "secrets", "README.md", "alive.py"} <= {
        name.rstrip("/") for name in named
    } | {"Dockerfile.dockerignore"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_secret_and_no_package_registry_stands_in_deploy(path: Path) -> None:
    text = path.read_text("utf-8")
    secrets = {
        "bot token": r"\b\d{6,}:[A-Za-z0-9_-]{6,}",
        "password in an address": r"://[^\s/:$]+:(?!PASSWORD)[^\s/$@]+@",
        "long random text": r"\b(?=\w*\d)(?=\w*[A-Za-z])\w{32,}\b",
        "package registry": r"\b(pypi|pythonhosted|ghcr|quay|npmjs|docker\.io)\b",
    }
    assert [what for what, pattern in secrets.items() if re.search(pattern, text, re.IGNORECASE)] == []


def test_what_is_filled_in_stays_out_of_the_repository_and_of_the_image() -> None:
    ignored = (DEPLOY / ".gitignore").read_text("utf-8").split()
    assert {"/env", "/secrets/"} <= set(ignored)
