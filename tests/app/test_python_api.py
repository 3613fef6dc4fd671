"""The bot inside another program: what docs/embedding.md shows, and what is promised beside it."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import bot
from bot import Chat, ConfigError, InfusionBot, KnowledgeError, as_json
from bot.dialogue.policy import Dialogue
from tests import folders
from tests.places import ROOT

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


@pytest.fixture
def embedded(dialogue: Dialogue) -> InfusionBot:
    return InfusionBot(dialogue, UTC)


@pytest.mark.slow
def test_what_the_document_shows_runs(tmp_path: Path, fitted_cache: Path, matcher: object) -> None:
    (shown,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "embedding.md").read_text("utf-8"), re.DOTALL)
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
    env |= {"MODEL": "off", "CACHE_DIR": str(fitted_cache)}
    command = [sys.executable, "-W", "error", "-c", shown]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    kind, *_ = done.stdout.splitlines()
    assert kind == "answer"
    assert "40 minutes to an hour" in done.stdout
    assert "How does it act on pain?" in done.stdout  # what is related, after the follow-up
    assert "911" in done.stdout.rpartition("How often are boosters given?")[2]  # the alarm, last


def test_the_names_that_are_promised_are_there() -> None:
    assert sorted(bot.__all__) == sorted(
        ["Chat", "Choice", "ConfigError", "InfusionBot", "KnowledgeError", "Part", "Place", "Reply", "__version__", "as_json"]
    )
    assert all(getattr(bot, name) for name in bot.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        _ = bot.Nothing


def test_one_question_stands_by_itself(embedded: InfusionBot, dialogue: Dialogue) -> None:
    reply = embedded.ask("how long does an infusion take?")
    assert as_json(reply)["parts"][0]["entry"] == "infusion_length"
    assert dialogue.compose.say("disclaimer") not in reply.text
    assert embedded.ask("and then?").kind != "answer"


def test_a_chat_goes_on_also_from_its_state(embedded: InfusionBot) -> None:
    chat = embedded.chat()
    assert chat.ask("how long does relief last for zanzibar depression?").parts[0].entry == "series_relief_depression"
    assert "zanzibar" not in chat.state
    again = embedded.chat(chat.state)
    assert isinstance(again, Chat)
    assert again.ask("and for pain?") == chat.ask("and for pain?")
    assert chat.choose("driving").parts[0].entry == "driving"
    assert chat.choose("nothing of the kind").kind == "fallback"
    assert embedded.chat("no state at all").ask("hello").kind == "smalltalk"


def test_a_state_from_before_there_was_a_floor_goes_on(embedded: InfusionBot) -> None:
    kept = '{"v":1,"people":{"":{"c":{"greeted":true,"topics":["pain_relief"]},"last":null}}}'
    chat = embedded.chat(kept)
    assert chat.state == kept
    assert chat.ask("and for depression?").parts[0].entry == "series_relief_depression"


def test_the_clock_may_be_given(embedded: InfusionBot) -> None:
    assert embedded.chat().ask("my infusion ended an hour ago", NOW).ended == NOW - timedelta(hours=1)


def test_danger_is_heard(embedded: InfusionBot) -> None:
    alarm = embedded.urgent("i want to kill myself")
    assert alarm is not None
    assert alarm.kind == "urgent"
    assert embedded.urgent("see you tomorrow") is None


def test_the_topics_can_be_chosen(embedded: InfusionBot) -> None:
    assert all(embedded.chat().choose(topic.id).parts[0].entry == topic.id for topic in embedded.topics)


def test_a_folder_with_mistakes_is_refused(tmp_path: Path) -> None:
    folder = folders.write(tmp_path / "folder", bread=folders.BREAD.replace("answer:", "anser:"))
    with pytest.raises(KnowledgeError, match="anser"):
        InfusionBot.open(folder, cache=tmp_path)
    with pytest.raises(ConfigError, match="not a known time zone"):
        InfusionBot.open(folder, timezone="Mars/Olympus")
