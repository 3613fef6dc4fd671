"""What is said to people in danger or in despair, as values: reviewed texts, and the words that answer them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

# Lists of texts, from which one is said after the other; those of them that follow an alarm are there in other languages, too.
CARE_SAID = ("check", "check_body", "despair", "safe", "unsafe", "denial", "not_over", "today")
AFTER_SAID = ("safe", "unsafe", "denial", "not_over")


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps somebody from calling: the words that tell of it, and the answer, which is given once."""

    id: str
    words: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class ForeignLanguage:
    """A language that the bot has no answers in.

    ``common``: words that tell it (none where its script does); ``sorry``, ``help``: what a text in it is answered; ``urgent``,
    ``medical``: the alarm in it; ``either``: what stands between two numbers of which one may be called.
    """

    tag: str
    name: str
    common: frozenset[str]
    sorry: str
    help: str
    urgent: str
    medical: str
    either: str


@dataclass(frozen=True, slots=True)
class AfterTexts:
    """What follows an alarm in one language; ``lines``: kind -> a line with the number that its follow-ups keep."""

    safe: tuple[str, ...]
    unsafe: tuple[str, ...]
    denial: tuple[str, ...]
    not_over: tuple[str, ...]
    follow: Mapping[str, tuple[str, ...]]
    lines: Mapping[str, str]
    numbers: str


@dataclass(frozen=True, slots=True)
class CareTexts:
    """The texts of ``safety/replies.yaml``, which says what each is for."""

    alarm: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))  # language -> kind -> text
    also: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))  # language -> kind -> line
    check: tuple[str, ...] = ()
    check_body: tuple[str, ...] = ()
    check_choices: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    despair: tuple[str, ...] = ()
    safe: tuple[str, ...] = ()
    unsafe: tuple[str, ...] = ()
    denial: tuple[str, ...] = ()
    not_over: tuple[str, ...] = ()
    lines: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # kind -> line
    follow: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    obstacles: tuple[Obstacle, ...] = ()
    safe_words: tuple[str, ...] = ()
    helped_words: tuple[str, ...] = ()
    well_words: tuple[str, ...] = ()
    denial_words: tuple[str, ...] = ()
    no_words: tuple[str, ...] = ()
    unsafe_words: tuple[str, ...] = ()
    yes_words: tuple[str, ...] = ()
    low_words: tuple[str, ...] = ()
    around_words: tuple[str, ...] = ()
    taking_back: tuple[str, ...] = ()
    numbers: str = ""
    today: tuple[str, ...] = ()
    told: Mapping[str, AfterTexts] = field(default_factory=lambda: MappingProxyType({}))  # language -> what follows in it
