"""The small folder, with a dialogue on it by words alone."""

from __future__ import annotations

import pytest

from bot.dialogue.policy import Dialogue
from bot.knowledge.load import load
from bot.knowledge.model import Knowledge
from bot.matching.matcher import Matcher
from tests import folders


def make(knowledge: Knowledge) -> Dialogue:
    return Dialogue(knowledge, Matcher.from_knowledge(knowledge))


@pytest.fixture(scope="session")
def dialogue(tmp_path_factory: pytest.TempPathFactory) -> Dialogue:
    return make(load(folders.write(tmp_path_factory.mktemp("gaps") / "bread"), "default"))


@pytest.fixture(scope="session")
def bread(dialogue: Dialogue) -> Knowledge:
    return dialogue.knowledge
