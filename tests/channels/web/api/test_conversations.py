"""Tokens, and what a store knows of them."""

from __future__ import annotations

import hashlib
import re

from bot.channels.web.api.conversations import conversation_key, new_token


def test_a_token_is_128_random_bits() -> None:
    tokens = {new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", token) for token in tokens)


def test_a_key_holds_the_hash_and_not_the_token() -> None:
    token = new_token()
    key = conversation_key("aurora", token)
    assert (key.clinic, key.channel) == ("aurora", "web")
    assert key.id == hashlib.sha256(token.encode()).hexdigest()
    assert conversation_key("aurora", "\ud800").id != key.id, "nothing that JSON can hold is a failure"
