"""What a start needs of this machine: folders, room on the disk, a free port, open files, a time zone."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from bot.app.config import Serving, Settings, zone_for
from bot.app.http.connections import room_for
from bot.channels.declaration import CheckResult, ConfigError
from bot.channels.probe import NoAnswer, probe

_MEGABYTE = 1 << 20
# What the largest models need while they are made, and a day's database; below the second SQLite soon fails.
_ROOM, _NO_ROOM = 500 * _MEGABYTE, 50 * _MEGABYTE


def folder_check(part: str, variable: str, folder: Path) -> CheckResult:
    """Whether this user may write there: a file is made and taken away again."""
    place = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    mend = f"give it to the user that runs the bot (chown), or set {variable} to a folder of that user's"
    if not place.is_dir():
        return CheckResult(part, "wrong", f"{place} is no folder", f"set {variable} to a folder")
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        return CheckResult(part, "wrong", f"{place} cannot be written ({error.strerror})", mend)
    free = shutil.disk_usage(place).free
    if free < _ROOM:
        said = f"{free // _MEGABYTE} MB are free at {place}"
        return CheckResult(part, "wrong" if free < _NO_ROOM else "warning", said, "make room there, or move it to another disk")
    return CheckResult(part, "ok", f"{folder}{'' if place == folder else ', which a start makes'}; {free // _MEGABYTE:,} MB free")


async def port_check(serving: Serving) -> CheckResult:
    """Whether a server can listen there. A bot that does already is none to mend."""
    part, place = "port", f"{serving.host}:{serving.port}"
    family = socket.AF_INET6 if ":" in serving.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((serving.host, serving.port))
            trial.listen(1)
        except OSError as error:
            reason = error
        else:
            return CheckResult(part, "ok", f"{place} is free")
    if reason.errno == errno.EADDRINUSE:
        if await _is_bot(serving):
            return CheckResult(part, "ok", f"a bot listens on {place}; another one would need another PORT")
        return CheckResult(part, "wrong", f"another program listens on {place}", "end it (ss -ltnp shows which), or set PORT")
    if reason.errno == errno.EACCES:
        return CheckResult(part, "wrong", f"this user may not listen on {place}", "take a PORT above 1023, with a proxy in front")
    return CheckResult(
        part, "wrong", f"nobody can listen on {place} ({reason.strerror})", "set HOST to an address of this machine"
    )


async def _is_bot(serving: Serving) -> bool:
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(serving.host, serving.host)  # noqa: S104  # it is only compared
    try:
        return (await probe(f"http://{f'[{here}]' if ':' in here else here}:{serving.port}/livez")).status == 200
    except NoAnswer:
        return False


def files_check(serving: Serving) -> CheckResult:
    """Whether so many connections can be open as are set."""
    wanted = serving.limits.connections
    room = room_for(wanted)
    if room < wanted:
        mend = "raise the limit of open files: LimitNOFILE in the unit, ulimits in compose, ulimit -n in a shell"
        return CheckResult("open files", "warning", f"enough for {room} of {wanted} connections", mend)
    return CheckResult("open files", "ok", f"enough for {wanted} connections")


def zone_check(settings: Settings, clinic_zone: str | None, env: Mapping[str, str]) -> CheckResult:
    """Whose clock holds."""
    try:
        zone = zone_for(settings, clinic_zone, env)
    except ConfigError as error:
        return CheckResult("time zone", "wrong", str(error), "set TIMEZONE, or timezone in the clinic's file")
    if settings.timezone is None and clinic_zone is None:
        return CheckResult("time zone", "warning", f"{zone}: this system's", "set TIMEZONE, or timezone in the clinic's file")
    return CheckResult("time zone", "ok", f"{zone}")


def proxy_checks(env: Mapping[str, str]) -> Iterator[CheckResult]:
    """Proxies that the environment names: who goes through them."""
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        address = env.get(name) or env.get(name.lower())
        if address:
            host = urlsplit(address if "://" in address else f"//{address}").hostname or "?"
            yield CheckResult("proxy", "ok", f"{name} is set ({host}): for Telegram alone; help desks are called directly")


def user_check(env: Mapping[str, str]) -> Iterator[CheckResult]:
    """Whether the folders are looked at with the eyes of who will use them."""
    del env
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        mend = "run it as the user that runs the bot: sudo -u infusion-bot ..."
        yield CheckResult("user", "warning", "this is root, who may write everywhere: rights were not looked at", mend)
