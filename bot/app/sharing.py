"""What clinics of one process have in common, read and learned once however many they are.

A clinic costs what is its own: its texts, and a matcher of its own only where it has phrases of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from weakref import WeakSet

from bot.app.channels import slots
from bot.app.config import Settings
from bot.dialogue.policy import Dialogue
from bot.knowledge.load import Base, read_base
from bot.knowledge.model import Knowledge
from bot.matching import weights
from bot.matching.matcher import Matcher
from bot.matching.training import unlearned_matcher
from bot.safety.detector import DangerDetector

# All that a matcher and a detector are made of, besides what can be asked.
_MATCHING = ("lexicon", "foreign", "smalltalk", "ours", "strangers")
_DANGER = ("plain", "examples", "ours", "strangers")


class SharedParts:
    """Parts of the dialogues that serve. Looked for by what they were made of, so nothing is shared that is not equal."""

    def __init__(self) -> None:
        self._dialogues: WeakSet[Dialogue] = WeakSet()
        self._base: tuple[bytes, Base] | None = None
        self._unlearned: tuple[Knowledge, Matcher] | None = None

    def add(self, dialogue: Dialogue) -> None:
        """Others may share what ``dialogue`` is made of, for as long as it serves."""
        self._dialogues.add(dialogue)

    def knowledge(self, settings: Settings) -> Knowledge:
        """As ``open_knowledge`` gives it; the base is not read again while its files are the same. Raises KnowledgeError."""
        folder, clinics = settings.knowledge, settings.clinics or settings.knowledge / "clinics"
        digest = _digest(folder)
        if self._base is None or self._base[0] != digest:
            self._base = (digest, read_base(folder, slots()))
        # The same files in another place: a copy that nobody writes to is read in place of the folder.
        return replace(self._base[1], folder=folder).with_clinic(settings.clinic, clinics)

    def matcher(self, knowledge: Knowledge, settings: Settings) -> Matcher | None:
        """One that tells apart what ``knowledge`` does, with its calibration; None where there is none."""
        for other in [*self._dialogues]:
            if _alike(knowledge, other.knowledge):
                return _calibrated(other, knowledge, settings)
        return None

    def unlearned(self, knowledge: Knowledge) -> Matcher:
        """One that has not learned yet: the last one that was asked for, where that knows the same words."""
        if self._unlearned is None or not _alike(knowledge, self._unlearned[0]):
            self._unlearned = (knowledge, unlearned_matcher(knowledge))
        return self._unlearned[1]

    def detector(self, knowledge: Knowledge, *others: Dialogue) -> DangerDetector | None:
        """One that hears what ``knowledge`` says is danger, of ``others`` or of those that were added; None: there is none."""
        same = (one.detector for one in (*others, *self._dialogues) if _same(knowledge, one.knowledge, _DANGER))
        return next(same, None)


def _same(one: Knowledge, other: Knowledge, names: Iterable[str]) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _alike(one: Knowledge, other: Knowledge) -> bool:
    """Whether a matcher would tell apart the same."""
    return _same(one, other, _MATCHING) and _asked(one) == _asked(other)


def _asked(knowledge: Knowledge) -> object:
    """What can be asked, in order, as a matcher tells it apart."""
    entries = [(one.id, one.question, one.phrases, frozenset(one.claims)) for one in knowledge.entries.values()]
    return entries, [(one.id, one.question, one.phrases, one.outside) for one in knowledge.boundaries.values()]


def _calibrated(other: Dialogue, knowledge: Knowledge, settings: Settings) -> Matcher:
    """The matcher of ``other`` as careful as ``knowledge`` says."""
    names = ("calibration", "calibration_with_meaning", "calibration_with_large")
    if _same(knowledge, other.knowledge, names):
        return other.matcher
    large = other.matcher.understands and weights.find(settings.model).large
    with_model = knowledge.calibration_with_large if large else knowledge.calibration_with_meaning
    return other.matcher.calibrated(knowledge.calibration, with_model)


def _digest(folder: Path) -> bytes:
    """Of all files in ``folder`` but the clinics'; of none where they cannot be read: then reading them says why."""
    digest = hashlib.sha256()
    try:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            if path.is_file() and name.parts[0] != "clinics":
                digest.update(f"{name}\0".encode("utf-8", "replace") + hashlib.sha256(path.read_bytes()).digest())
    except OSError:
        digest.update(b"unreadable")
    return digest.digest()
