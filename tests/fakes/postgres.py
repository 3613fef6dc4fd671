"""A real PostgreSQL for tests, from Debian's package `postgresql`, on a free port of loopback and in a folder of its own."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

MISSING = "PostgreSQL is not installed; `make deps-system` does that"
WAIT = 30.0


class Server:
    """A cluster in ``folder``; stopped and started again it keeps its port and its databases."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._count = 0
        # PostgreSQL refuses to run as root.
        self._user: int | None = None
        self._group: int | None = None
        if os.getuid() == 0:
            self._user, self._group = _account()
            os.chown(folder, self._user, self._group)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._run("initdb", "-D", str(folder / "data"), "-U", "bot", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")

    def start(self) -> None:
        options = ("-p", str(self.port), "-k", str(self._folder), "-c", "listen_addresses=127.0.0.1")
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._programs / "postgres"), "-D", str(self._folder / "data"), *options],
                stdout=log,
                stderr=log,
                user=self._user,
                group=self._group,
                extra_groups=None if self._user is None else [],
            )
        ready = [str(self._programs / "pg_isready"), "-q", "-h", str(self._folder), "-p", str(self.port)]
        end = time.monotonic() + WAIT
        while subprocess.run(ready, check=False, timeout=WAIT).returncode:
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((self._folder / "log").read_text("utf-8"))
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Break all connections and go away in good order; with SIGQUIT at once, as if the power failed."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            process.wait(WAIT)

    def create(self) -> str:
        """A new database; returns its name."""
        self._count += 1
        name = f"test{self._count}"
        self._run("createdb", "-h", str(self._folder), "-p", str(self.port), "-U", "bot", name)
        return name

    def url(self, database: str) -> str:
        return f"postgresql://bot:canary-password@127.0.0.1:{self.port}/{database}"

    def socket_url(self, database: str) -> str:
        return f"postgresql://bot@/{database}?host={self._folder}&port={self.port}"

    def execute(self, database: str, statement: str) -> str:
        command = ("psql", "-h", str(self._folder), "-p", str(self.port), "-U", "bot", "-At", "-c", statement, database)
        return self._run(*command)

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [str(self._programs / program), *arguments],
            cwd=self._folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            user=self._user,
            group=self._group,
            extra_groups=None if self._user is None else [],
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """A server that runs; the test is skipped where there is none to run, but in CI it fails then."""
    programs = _programs()
    if programs is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    # Not below pytest's own folder, which no other user may enter.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        server = Server(programs, folder)
        try:
            server.start()
            yield server
        finally:
            server.stop(signal.SIGQUIT)
    finally:
        shutil.rmtree(folder)


def _programs() -> Path | None:
    """The folder of the newest server."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: path.parent.parent.name.zfill(4))
    if found:
        return found[-1].parent
    path = shutil.which("postgres")
    return Path(path).resolve().parent if path else None


def _account() -> tuple[int, int]:
    """Of somebody who may do nothing."""
    try:
        account = pwd.getpwnam("postgres")
    except KeyError:
        account = pwd.getpwnam("nobody")
    return account.pw_uid, account.pw_gid
