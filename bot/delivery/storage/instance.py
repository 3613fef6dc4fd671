"""A name for a process, by which a store knows what is its own."""

from __future__ import annotations

import contextlib
import logging
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

_log = logging.getLogger(__name__)


@contextlib.contextmanager
def instance_name(folder: Path) -> Iterator[str]:
    """A name for this process that no other one has now, and that the next one in the same folder gets when this one has died.

    That one goes on at once with what this one held, and does not wait until the leases run out.
    """
    file, name = _named(folder)
    try:
        yield name
    finally:
        if file is not None:
            file.close()


def _named(folder: Path) -> tuple[TextIO | None, str]:
    """The first name in ``folder`` whose file nobody has locked, and that file; a new name where files cannot be locked."""
    try:
        import fcntl  # noqa: PLC0415  # not on Windows

        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for number in range(64):
            file = (folder / f"process-{number}.lock").open("a+")  # the lock lasts as long as it is open
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                continue
            file.seek(0)
            name = file.read().strip()
            if not name:
                name = secrets.token_hex(8)
                file.write(name)
                file.flush()
            return file, name
    except (ImportError, OSError):
        _log.info("no name that lasts")
    return None, secrets.token_hex(8)


def is_taken(folder: Path) -> bool:
    """Whether a process that has its name from ``folder`` lives. False where files cannot be locked, too."""
    try:
        import fcntl  # noqa: PLC0415  # not on Windows

        for path in folder.glob("process-*.lock"):
            with path.open() as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return True
    except (ImportError, OSError):
        pass
    return False
