"""What tests of several channels share."""

from __future__ import annotations

import pytest

from bot.dialogue.policy import Dialogue
from bot.knowledge.load import load
from bot.knowledge.model import Knowledge
from bot.matching.matcher import Matcher
from tests import folders
from tests.fakes.detector import ScriptedDetector


@pytest.fixture(scope="session")
def sourdough(tmp_path_factory: pytest.TempPathFactory) -> Dialogue:
    """A dialogue on another topic, which has no timeline."""
    knowledge = load(folders.write(tmp_path_factory.mktemp("bread")))
    return Dialogue(knowledge, Matcher.from_knowledge(knowledge))


@pytest.fixture(scope="session")
def listening(knowledge: Knowledge, matcher: Matcher) -> Dialogue:
    """The dialogue with a detector of which a test knows what it hears."""
    return Dialogue(knowledge, matcher, ScriptedDetector(knowledge))
