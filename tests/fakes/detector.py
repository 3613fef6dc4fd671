"""Detectors of which a test knows what they hear, however the examples change that the shipped one learns from."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.app.paths import knowledge_folder
from bot.knowledge.model import Knowledge
from bot.language.text import normalise
from bot.safety.detector import DangerDetector
from bot.safety.heard import Heard

# What sounds like danger to the shipped detector, and has no plain word of it; what sounds like despair; a symptom.
DARK = "lately i think about not being here"
HOPELESS = "i feel hopeless"
SORE = "my arm is sore and red since yesterday"

_SCRIPT = {
    DARK: Heard("check", "self_harm", 0.35),
    HOPELESS: Heard("despair", "self_harm", 0.05),
    SORE: Heard("today", "medical", 0.01),
}


class ScriptedDetector(DangerDetector):
    """Hears plain words, and in a few sentences what a test says is in them."""

    def __init__(self, knowledge: Knowledge) -> None:
        super().__init__(knowledge.plain, knowledge.examples.thresholds, None)

    def detect(self, text: str) -> Heard:
        return next((heard for said, heard in _SCRIPT.items() if normalise(said) == text), None) or super().detect(text)


def asking_folder(target: Path) -> Path:
    """The shipped knowledge in ``target``, with a detector that asks where the shipped one alarms, but for plain words."""
    shutil.copytree(knowledge_folder(), target)
    (target / "safety" / "hearing.yaml").write_text("alarm: 1.0\ncheck: 0.6\ndespair: 0.1\ncare: 1.0\ntoday: 0.05\n", "utf-8")
    return target
