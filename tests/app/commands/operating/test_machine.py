"""What a start needs of this machine, on this machine: real folders, real ports."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import tempfile
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from bot.app.commands.operating import machine
from bot.app.config import Serving, read_settings

_Usage = namedtuple("_Usage", "total used free")  # noqa: PYI024  # as shutil's


def _serving(tmp_path: Path, **env: str) -> Serving:
    return read_settings({}, {"HOME": str(tmp_path), **env}).serving


# -- folders ----------------------------------------------------------------------------------------------------------


def test_a_folder_that_can_be_written_is_well_whether_or_not_it_is_there(tmp_path: Path) -> None:
    there = machine.folder_check("data", "DATA_DIR", tmp_path)
    later = machine.folder_check("data", "DATA_DIR", tmp_path / "a" / "b")
    assert (there.state, later.state) == ("ok", "ok")
    assert "which a start makes" in later.said
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    found = machine.folder_check("data", "DATA_DIR", tmp_path / "data")
    assert (found.state, found.said) == ("wrong", f"{tmp_path / 'data'} is no folder")


@pytest.fixture
def of_somebody_else() -> Iterator[Path]:
    """A folder that may be seen and not written, while it is looked at by somebody who is not root: that may write everywhere."""
    place = Path(tempfile.mkdtemp())  # not below pytest's own, which no other user may enter
    place.chmod(0o755)
    folder = place / "theirs"
    folder.mkdir(mode=0o555)
    me = os.geteuid()
    if me == 0:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield folder
    finally:
        os.seteuid(me)
        shutil.rmtree(place)


def test_a_folder_of_somebody_else_is_told(of_somebody_else: Path) -> None:
    found = machine.folder_check("data", "DATA_DIR", of_somebody_else)
    assert (found.state, found.said) == ("wrong", f"{of_somebody_else} cannot be written (Permission denied)")
    assert "DATA_DIR" in found.mend
    assert machine.folder_check("data", "DATA_DIR", of_somebody_else / "new").state == "wrong"


@pytest.mark.parametrize(("free", "state"), [(1 << 40, "ok"), (200 << 20, "warning"), (10 << 20, "wrong")])
def test_room_on_the_disk_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: str) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage(1 << 41, 0, free))  # nobody fills a disk for a test
    assert machine.folder_check("data", "DATA_DIR", tmp_path).state == state


# -- the port ---------------------------------------------------------------------------------------------------------


async def test_a_free_port_is_well(tmp_path: Path) -> None:
    assert (await machine.port_check(_serving(tmp_path, PORT="0"))).state == "ok"


async def test_a_port_that_another_program_has_is_told(tmp_path: Path) -> None:
    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(status=404)

    async with RawTestServer(answer) as server:
        found = await machine.port_check(_serving(tmp_path, PORT=str(server.make_url("/").port)))
        said = f"another program listens on 127.0.0.1:{server.make_url('/').port}"
    assert (found.state, found.said) == ("wrong", said)
    assert found.mend


async def test_a_bot_that_runs_already_is_told_apart(tmp_path: Path) -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        return web.json_response({"status": "alive"}, status=200 if request.path == "/livez" else 404)

    async with RawTestServer(answer) as server:
        found = await machine.port_check(_serving(tmp_path, PORT=str(server.make_url("/").port)))
    assert (found.state, found.said.partition(" on ")[0]) == ("ok", "a bot listens")


async def test_an_address_of_another_machine_is_told(tmp_path: Path) -> None:
    found = await machine.port_check(_serving(tmp_path, HOST="192.0.2.1", PORT="0"))
    assert (found.state, found.mend) == ("wrong", "set HOST to an address of this machine")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert found.said.startswith("nobody can listen on 192.0.2.1:0")


# -- the rest ---------------------------------------------------------------------------------------------------------


def test_so_many_connections_as_are_set_need_open_files(tmp_path: Path) -> None:
    assert machine.files_check(_serving(tmp_path, MAX_CONNECTIONS="10")).state == "ok"
    found = machine.files_check(_serving(tmp_path, MAX_CONNECTIONS="1000000"))
    if found.state != "ok":  # where the system sets no limit, all of them are
        assert (found.state, "LimitNOFILE" in found.mend) == ("warning", True)


@pytest.mark.parametrize(
    ("set_to", "clinics", "system", "state"),
    [
        ("Asia/Tokyo", None, "UTC", "ok"),
        (None, "America/Chicago", "UTC", "ok"),
        (None, None, "Europe/Rome", "warning"),
        (None, None, "Nowhere/Land", "wrong"),
    ],
)
def test_whose_clock_holds_is_told(set_to: str | None, clinics: str | None, system: str, state: str, tmp_path: Path) -> None:
    settings = read_settings({"tz": set_to} if set_to else {}, {"HOME": str(tmp_path)})
    assert machine.zone_check(settings, clinics, {"TZ": system}).state == state


def test_proxies_of_the_environment_are_told_without_passwords() -> None:
    found = list(machine.proxy_checks({"HTTPS_PROXY": "http://me:canary@proxy.test:3128", "all_proxy": "proxy2.test"}))
    assert [one.said.split(" is set ")[0] for one in found] == ["HTTPS_PROXY", "ALL_PROXY"]
    assert "(proxy.test)" in found[0].said
    assert "canary" not in str(found)


def test_root_is_told_that_rights_were_not_seen() -> None:
    assert len(list(machine.user_check({}))) == (os.geteuid() == 0)
