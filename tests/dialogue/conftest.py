"""The dialogue as it is shipped: with the ear that learned from the examples."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.app.hearing import open_ear
from bot.dialogue.policy import Dialogue

if TYPE_CHECKING:
    from bot.knowledge.model import Knowledge
    from bot.matching.matcher import Matcher
    from bot.safety.ear import Ear


@pytest.fixture(scope="session")
def ear(knowledge: Knowledge, fitted_cache: Path) -> Ear:
    return open_ear(knowledge, fitted_cache, lambda _: None)


@pytest.fixture(scope="session")
def dialogue(knowledge: Knowledge, matcher: Matcher, ear: Ear) -> Dialogue:
    return Dialogue(knowledge, matcher, ear)
