"""Keys of servers that ask: made and revoked by a command, kept as hashes, looked up with every request that brings one."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from bot.delivery.storage import ApiKey, Storage, StorageError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_SECRET = re.compile(r"ib_[A-Za-z0-9_-]{43}")
# Seconds that what the store said is believed: a key that was revoked elsewhere is refused after that. One that is not known
# may be new, and is asked for again sooner.
_BELIEVED, _DOUBTED = 4.0, 1.0
_SOON = 0.5


class KeyNameError(ValueError):
    """The name cannot be used; the message says why."""


async def make(storage: Storage, clinic: str, name: str, now: float) -> str:
    """A new key of ``clinic`` called ``name``, made at the Unix time ``now``. Its secret is returned, and nowhere kept.

    Raises KeyNameError, StorageError.
    """
    if not _NAME.fullmatch(name):
        raise KeyNameError("a name has 1 to 60 of A-Z a-z 0-9 . _ - and begins with a letter or a digit")
    secret = f"ib_{secrets.token_urlsafe(32)}"
    if not await storage.add_key(ApiKey(name, hash_of(secret), now, clinic=clinic)):
        raise KeyNameError("there is a key of that name; a name is used once, also after its key was revoked")
    return secret


async def listed(storage: Storage, clinic: str) -> tuple[ApiKey, ...]:
    """All keys of ``clinic``, also revoked ones, the oldest first. Raises StorageError."""
    return await storage.keys(clinic)


async def revoke(storage: Storage, clinic: str, name: str, now: float) -> bool:
    """The key ``name`` is not valid any more; False where no valid one has that name. Raises StorageError."""
    return await storage.revoke_key(clinic, name, now)


def hash_of(secret: str) -> str:
    # The secret is 256 random bits: nobody can try them all, and a slow hash would only slow down every request.
    return hashlib.sha256(secret.encode()).hexdigest()


class _Kept(Protocol):
    async def keys(self, clinic: str) -> tuple[ApiKey, ...]: ...


class Keyring:
    """The valid keys of a clinic, as the store had them a moment ago."""

    def __init__(self, kept: _Kept, clinic: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept = kept
        self._clinic = clinic
        self._clock = clock
        self._valid: Mapping[str, str] | None = None
        self._read_at = 0.0
        self._reading = asyncio.Lock()

    async def holder(self, secret: str) -> str | None:
        """The name of the key; None where it is no valid one.

        While the store is away, what was known holds. Raises StorageError where nothing was.
        """
        if not _SECRET.fullmatch(secret):
            return None
        wanted = hash_of(secret)
        known = (self._valid or {}).get(wanted)
        if self._valid is None or self._clock() - self._read_at > (_BELIEVED if known else _DOUBTED):
            await self._read()
            known = (self._valid or {}).get(wanted)
        return known

    async def _read(self) -> None:
        asked = self._clock()
        async with self._reading:
            if self._valid is not None and self._read_at >= asked:
                return  # somebody else did, meanwhile
            began = self._clock()
            try:
                # Where something is known nobody waits long to hear whether it still holds.
                async with asyncio.timeout(None if self._valid is None else _SOON):
                    found = await self._kept.keys(self._clinic)
            except (StorageError, TimeoutError) as error:
                if self._valid is None:
                    raise StorageError("the keys cannot be read") from error
                self._read_at = self._clock()  # not again with every request
                return
            self._valid = {key.hash: key.name for key in found if key.revoked is None}
            self._read_at = began
