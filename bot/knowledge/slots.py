"""Slots: what a message says of whom, of which condition, when and how; and which topic then answers in place of another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SlotRule:
    """A run of words that says ``value`` of the slot ``name``.

    A word is one in standard form; ``#`` stands for any number, ``#10-17`` for one from 10 to 17, ``^`` for the beginning.
    """

    name: str
    value: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where the slots are as ``when`` says (any of its values), the topic ``to`` answers in place of those in ``topics``."""

    when: Mapping[str, frozenset[str]]
    topics: frozenset[str]
    to: str


@dataclass(frozen=True, slots=True)
class Slots:
    """``carried``: the slots that a conversation remembers; ``of_context``: those that hold in all of a letter."""

    rules: tuple[SlotRule, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    carried: frozenset[str] = frozenset()
    of_context: frozenset[str] = frozenset()
