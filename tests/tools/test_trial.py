"""``make trial`` itself runs in CI; here: that it notices what does not hold."""

from __future__ import annotations

import pytest

from tests.fakes.botapi import FakeBotApi, updates
from tools import trial


def test_a_command_that_fails_is_told_with_what_it_says() -> None:
    assert trial.run("echo", "fine") == "fine\n"
    with pytest.raises(RuntimeError, match=r"ls /nowhere/at/all: exit code \d\n.*No such file"):
        trial.run("ls", "/nowhere/at/all")


async def test_a_message_that_nobody_answered_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "PATIENCE", 0.1)
    async with FakeBotApi() as api:
        assert await trial.all_answered(api) == "0 messages, 0 lost, 0 answered twice"
        api.inject(updates.text("hello"))
        with pytest.raises(RuntimeError, match="1 messages, 1 lost, 0 answered twice"):
            await trial.all_answered(api)
