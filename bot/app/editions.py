"""A knowledge folder opened for use: loaded, with what was learned from it, and the dialogue on it."""

from __future__ import annotations

import sys
from collections.abc import Callable

from bot.app.config import Settings
from bot.dialogue.policy import Dialogue
from bot.knowledge.load import load
from bot.knowledge.model import Knowledge
from bot.matching.training import Learned, open_learned


def print_progress(line: str) -> None:
    """What takes long at a start is told beside the output."""
    print(line, file=sys.stderr, flush=True)


def learned_for(knowledge: Knowledge, settings: Settings, tell: Callable[[str], None] = print_progress) -> Learned:
    """What is learned from ``knowledge``. ``tell`` hears a line for all that takes long."""
    return open_learned(knowledge, settings.cache_dir, tell, settings.model)


def dialogue_for(knowledge: Knowledge, settings: Settings, tell: Callable[[str], None] = print_progress) -> Dialogue:
    """The dialogue on ``knowledge``, with all that is learned from it."""
    learned = learned_for(knowledge, settings, tell)
    return Dialogue(knowledge, learned.matcher, learned.danger)


def open_dialogue(settings: Settings, tell: Callable[[str], None] = print_progress) -> Dialogue:
    """The dialogue on the folder and the clinic that ``settings`` name. Raises KnowledgeError with all mistakes of the folder."""
    return dialogue_for(load(settings.knowledge, settings.clinic), settings, tell)
