"""What tests of several channels share."""

from __future__ import annotations

import pytest

from bot.dialogue.policy import Dialogue
from bot.knowledge.load import load
from bot.matching.matcher import Matcher
from tests import folders


@pytest.fixture(scope="session")
def sourdough(tmp_path_factory: pytest.TempPathFactory) -> Dialogue:
    """A dialogue on another topic, which has no timeline."""
    knowledge = load(folders.write(tmp_path_factory.mktemp("bread")))
    return Dialogue(knowledge, Matcher.from_knowledge(knowledge))
