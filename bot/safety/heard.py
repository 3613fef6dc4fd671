"""What a message can sound like, as values: kinds, levels, thresholds, and the examples that it is learned from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

# Kinds of danger, in order of priority where one message holds several; the other three are none.
DANGERS = (
    "self_harm",
    "someone_else",
    "harm_to_others",
    "violence",
    "child",
    "overdose",
    "medical",
    "accident",
    "psychosis",
)
DESPAIR, TODAY, CALM = "despair", "today", "calm"
KINDS = (*DANGERS, DESPAIR, TODAY, CALM)
Level = Literal["alarm", "check", "despair", "care", "today", "calm"]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which share of the belief (0..1) on a message is more than calm.

    ``alarm``: danger; ``check``: perhaps danger, so that the person is asked; ``despair``: despair; ``care``: danger or despair,
    so that numbers to call stand below the answer; ``today``: a symptom or a mistake that the clinic should hear of today.
    """

    alarm: float = 1.0
    check: float = 1.0
    despair: float = 1.0
    care: float = 1.0
    today: float = 1.0


@dataclass(frozen=True, slots=True)
class Examples:
    """Messages by kind (see ``KINDS``), and the thresholds that were chosen for what is learned from them.

    ``asked``: what is asked without danger: short, many, and calm.
    """

    messages: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    thresholds: Thresholds = Thresholds()
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message sounds like.

    ``kind``: the likeliest kind of danger, whatever the level; ``share``: of the belief that it is danger at all;
    ``language``: the one that danger was said in; ``plain``: it was said in plain words; ``also``: a second kind that it may be.
    """

    level: Level
    kind: str
    share: float
    language: str = "en"
    plain: bool = False
    also: str = ""

    @property
    def rule(self) -> str:
        """How it was heard, where others are named: in a reply, in the notes of a help desk, in a measurement."""
        return f"plain_{self.kind}" if self.plain else f"heard_{self.kind}"
