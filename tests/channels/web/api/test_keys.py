"""Keys: made once, kept as hashes, believed for a moment."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from bot.channels.web.api import keys
from bot.channels.web.api.keys import KeyNameError, Keyring
from bot.delivery.storage import ApiKey, Storage, StorageError

NOW = 1_700_000_000.0


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Keys:
    """The part of a store that a keyring needs."""

    def __init__(self) -> None:
        self.kept: list[ApiKey] = []
        self.reads = 0
        self.away = False

    async def add_key(self, key: ApiKey) -> bool:
        self.kept.append(key)
        return True

    async def keys(self, clinic: str) -> tuple[ApiKey, ...]:
        self.reads += 1
        if self.away:
            raise StorageError("away")
        return tuple(key for key in self.kept if key.clinic == clinic)


async def test_a_key_is_made_listed_and_revoked(storage: Storage) -> None:
    secret = await keys.make(storage, "default", "desk", NOW)
    assert re.fullmatch(r"ib_[A-Za-z0-9_-]{43}", secret)
    (kept,) = await keys.listed(storage, "default")
    assert kept == ApiKey("desk", keys.hash_of(secret), NOW, clinic="default")
    assert secret not in repr(kept)
    assert await Keyring(storage, "default").holder(secret) == "desk"
    assert await keys.revoke(storage, "default", "desk", NOW + 9)
    assert not await keys.revoke(storage, "default", "desk", NOW + 10)
    assert await Keyring(storage, "default").holder(secret) is None
    assert [one.revoked for one in await keys.listed(storage, "default")] == [NOW + 9]


@pytest.mark.parametrize("name", ["", "two words", "-x", "x" * 61, "ä", "a/b", "a\n"])
async def test_a_name_is_short_and_plain(storage: Storage, name: str) -> None:
    with pytest.raises(KeyNameError, match="1 to 60"):
        await keys.make(storage, "default", name, NOW)


async def test_a_name_is_used_once(storage: Storage) -> None:
    await keys.make(storage, "default", "desk", NOW)
    await keys.revoke(storage, "default", "desk", NOW)
    with pytest.raises(KeyNameError, match="used once"):
        await keys.make(storage, "default", "desk", NOW)


@pytest.mark.parametrize("secret", ["", "ib_", "ib_" + "ä" * 43, "ib_" + "a" * 44, "xx_" + "a" * 43, "ib_" + "a" * 43 + "\n"])
async def test_what_is_no_key_costs_no_read(secret: str) -> None:
    store: Any = Keys()
    assert await Keyring(store, "default", Clock()).holder(secret) is None
    assert store.reads == 0


async def test_a_key_that_was_revoked_elsewhere_is_refused_within_five_seconds() -> None:
    store: Any = Keys()
    clock = Clock()
    ring = Keyring(store, "default", clock)
    secret = await keys.make(store, "default", "desk", NOW)
    for _ in range(100):
        assert await ring.holder(secret) == "desk"
    assert store.reads == 1
    store.kept = [replace(store.kept[0], revoked=NOW)]
    clock.now += 5
    assert await ring.holder(secret) is None


async def test_a_new_key_is_known_after_a_second_and_guesses_are_not_asked_for_each_time() -> None:
    store: Any = Keys()
    clock = Clock()
    ring = Keyring(store, "default", clock)
    for _ in range(100):
        assert await ring.holder("ib_" + "a" * 43) is None
    assert store.reads == 1
    secret = await keys.make(store, "default", "desk", NOW)
    clock.now += 1.1
    assert await ring.holder(secret) == "desk"


async def test_while_the_store_is_away_what_was_known_holds() -> None:
    store: Any = Keys()
    clock = Clock()
    ring = Keyring(store, "default", clock)
    secret = await keys.make(store, "default", "desk", NOW)
    store.away = True
    with pytest.raises(StorageError):
        await ring.holder(secret)
    store.away = False
    assert await ring.holder(secret) == "desk"
    store.away = True
    clock.now += 60
    assert await ring.holder(secret) == "desk"
    assert await ring.holder(secret) == "desk"
    assert store.reads == 3, "the store is not asked with every request"
