"""Tokens, and what a store knows of them."""

from __future__ import annotations

import hashlib
import re

from bot.channels.web.api.conversations import key_of, mint


def test_a_token_is_128_random_bits() -> None:
    tokens = {mint() for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", token) for token in tokens)


def test_a_key_holds_the_hash_and_not_the_token() -> None:
    token = mint()
    key = key_of("aurora", token)
    assert (key.clinic, key.channel) == ("aurora", "web")
    assert key.id == hashlib.sha256(token.encode()).hexdigest()
    assert key_of("aurora", "\ud800").id != key.id, "nothing that JSON can hold is a failure"
