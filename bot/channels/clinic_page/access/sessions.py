"""Links that open the page once, the sessions that they begin, and the record of what was done.

A secret is 256 random bits, and only its SHA-256 is kept: who reads the database comes in nowhere. (It cannot be guessed, so a
slow hash would only slow down every request.)
"""

from __future__ import annotations

import hashlib
import math
import re
import secrets
import time
from collections.abc import Callable

from bot.channels.clinic_page.access import AuditLine, Role, StaffSession, records
from bot.delivery.storage import Storage

LINK_SECONDS = 900
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,60}")
# Who asks is noted to the minute: a page that asks every few seconds does not write each time.
_NOTED = 60.0
_LONGEST = 300  # characters of a detail


class StaffNameError(ValueError):
    """The name cannot be used; the message says why."""


class Sessions:
    """Those of one clinic. ``hours``: how long one lasts; ``idle``: minutes without a sign of life after which it ends sooner.

    All calls raise StorageError.
    """

    def __init__(
        self, storage: Storage, clinic: str, hours: float = 12, idle: float = 60, clock: Callable[[], float] = time.time
    ) -> None:
        self._storage = storage
        self.clinic = clinic
        self._seconds = hours * 3600
        self._idle = idle * 60
        self._clock = clock

    async def link(self, role: Role, name: str) -> str:
        """A new secret that opens the page once, within a quarter of an hour. Raises StaffNameError."""
        if not _NAME.fullmatch(name) or name != name.strip():
            raise StaffNameError("a name has 1 to 60 characters, and no space around it")
        secret, until = secrets.token_urlsafe(32), self._clock() + LINK_SECONDS
        await self._storage.run(lambda: records.add_link(self.clinic, hash_of(secret), role, name, until))
        return secret

    async def enter(self, secret: str) -> tuple[str, StaffSession] | None:
        """The secret of a new session, and that; None where ``secret`` opens nothing, or does not any more."""
        if not _SECRET.fullmatch(secret):
            return None
        token, id, now = secrets.token_urlsafe(32), secrets.token_hex(4), self._clock()
        until = now + self._seconds
        begun = await self._storage.run(lambda: records.spend(self.clinic, hash_of(secret), hash_of(token), id, now, until))
        return (token, begun) if begun is not None else None

    async def find(self, token: str, *, alive: bool = True) -> StaffSession | None:
        """The session of that secret, None where it is none or over. ``alive``: somebody asked, and not a page by itself."""
        if not _SECRET.fullmatch(token):
            return None
        digest, now = hash_of(token), self._clock()
        found = await self._storage.run(lambda: records.session(self.clinic, digest), write=False)
        if found is None or not self._lasts(found, now):
            return None
        if alive and now - found.seen >= _NOTED:
            await self._storage.run(lambda: records.seen(digest, now))
        return found

    async def leave(self, token: str) -> None:
        await self._storage.run(lambda: records.end(self.clinic, hash_of(token)))

    async def listed(self) -> tuple[StaffSession, ...]:
        """Those that last, the oldest first."""
        now = self._clock()
        found = await self._storage.run(lambda: records.sessions(self.clinic, now), write=False)
        return tuple(one for one in found if self._lasts(one, now))

    async def revoke(self, id: str) -> str | None:
        """Whose session it was that ends now; None where there is none of that id."""
        return await self._storage.run(lambda: records.revoke(self.clinic, id))

    def _lasts(self, session: StaffSession, now: float) -> bool:
        return now < session.expires and now - session.seen < self._idle

    # -- what was done ------------------------------------------------------------------------------------------

    async def note(self, who: str, what: str, detail: str = "") -> None:
        """``what``: a few words of ours; ``detail``: of what."""
        line, id = AuditLine(self._clock(), who, what, detail[:_LONGEST]), secrets.token_hex(4)
        await self._storage.run(lambda: records.note(self.clinic, id, line))

    async def lines(self, since: float = 0.0, before: float = math.inf, most: int = 500) -> tuple[AuditLine, ...]:
        """What was done, the latest first. Moments are Unix seconds."""
        return await self._storage.run(lambda: records.lines(self.clinic, since, before, most), write=False)


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
