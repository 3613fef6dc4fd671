"""What is learned by a process of its own is there for the one that asked."""

from __future__ import annotations

import asyncio
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.app.config import Settings
from bot.app.editions import dialogue_for
from bot.app.knowledge import open_knowledge
from bot.app.live.learner import NotLearned, learn


async def test_all_is_learned_that_a_start_needs(settings: Settings, tmp_path: Path) -> None:
    fresh = replace(settings, cache_dir=tmp_path / "fresh")
    await learn(fresh)
    told: list[str] = []
    dialogue_for(open_knowledge(fresh), fresh, told.append)
    assert told == []


async def test_what_cannot_be_learned_is_said(settings: Settings, folder: Path, tmp_path: Path) -> None:
    (folder / "claims.yaml").write_text("")
    with pytest.raises(NotLearned, match="ended with 2"):
        await learn(replace(settings, cache_dir=tmp_path / "fresh"))


async def test_a_process_that_nobody_waits_for_ends(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    make = subprocess.Popen

    def noted(*args: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(make(*args, **options))
        return started[0]

    monkeypatch.setattr(subprocess, "Popen", noted)
    task = asyncio.create_task(learn(settings))
    while not started:
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert started[0].returncode is not None
