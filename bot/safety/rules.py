"""The rules of the urgent step as values, and read from a loaded ``urgent.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from bot.safety.patterns import PatternError, PatternReader, Piece

KINDS = ("self_harm", "harm_to_others", "medical", "overdose")
LANGUAGES = ("en", "es")


@dataclass(frozen=True, slots=True)
class UrgentRule:
    """One danger, the ways to say it, and the names of the exemptions under which these words are none."""

    id: str
    kind: str
    language: str
    patterns: tuple[str, ...]
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class UrgentRules:
    """All that the urgent step knows. Rules stand in order of priority: the first one that fires gives the reply.

    ``rewrite`` maps a word as typed to the words it stands for; ``ordinary`` words are never corrected; ``everyday`` words are so
    common that their presence is no reason to look closer; ``helpline`` patterns name self-harm in any way.
    """

    groups: Mapping[str, tuple[str, ...]]
    rules: tuple[UrgentRule, ...]
    ordinary: frozenset[str] = frozenset()
    exemptions: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    rewrite: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    everyday: frozenset[str] = frozenset()
    helpline: tuple[str, ...] = ()


@lru_cache(maxsize=2)  # who loads rules checks them by reading them, and then hears with them
def read_patterns(rules: UrgentRules) -> tuple[list[tuple[int, Piece]], list[tuple[int, Piece]], dict[str, list[str]], set[str]]:
    """Patterns with the rank of their rule, helpline patterns, exemptions by name, and all words."""
    reader = PatternReader(rules.groups, rules.everyday)
    patterns = [(at, reader.pattern(text, f"rule {rule.id}")) for at, rule in enumerate(rules.rules) for text in rule.patterns]
    helpline = [(0, reader.pattern(text, "helpline")) for text in rules.helpline]
    exempt = {name: [reader.exemption(text, f"exemption {name}") for text in texts] for name, texts in rules.exemptions.items()}
    for rule in rules.rules:
        if unknown := set(rule.unless) - set(exempt):
            raise PatternError(f"rule {rule.id}: there is no exemption {min(unknown)!r}; allowed: {', '.join(sorted(exempt))}")
    return patterns, helpline, exempt, reader.words.union(*rules.rewrite.values())


def rules_from(data: Mapping[str, Any]) -> UrgentRules:
    """The rules in a loaded ``urgent.yaml``; keys that this step does not use (``replies``) are left to the loader.

    Raises ValueError naming the place for a wrong shape, PatternError for a pattern that cannot be compiled.
    """
    groups, exemptions, rewrite = (_mapping(data.get(key, {}), key) for key in ("groups", "exemptions", "rewrite"))
    rows = data.get("rules")
    if not isinstance(rows, list):
        raise ValueError("rules: must be a list of rules")
    loaded = UrgentRules(
        groups=MappingProxyType({name: _strings(texts, f"groups.{name}") for name, texts in groups.items()}),
        rules=tuple(_rule(row, f"rules[{at}]") for at, row in enumerate(rows)),
        ordinary=_words(data, "ordinary"),
        exemptions=MappingProxyType({name: _strings(texts, f"exemptions.{name}") for name, texts in exemptions.items()}),
        rewrite=MappingProxyType({word: tuple(_strings([to], f"rewrite.{word}")[0].split()) for word, to in rewrite.items()}),
        everyday=_words(data, "everyday"),
        helpline=_strings(data.get("helpline", []), "helpline"),
    )
    ids = [rule.id for rule in loaded.rules]
    if twice := {name for name in ids if ids.count(name) > 1}:
        raise ValueError(f"rules: the id {min(twice)!r} is used twice; each rule has an id of its own")
    read_patterns(loaded)
    return loaded


def _rule(row: object, place: str) -> UrgentRule:
    fields = {"unless": []} | _mapping(row, place)
    if wrong := {"id", "kind", "language", "patterns", "unless"} ^ set(fields):
        raise ValueError(f"{place}.{min(wrong)}: unknown or missing; a rule has id, kind, language, patterns and perhaps unless")
    for key, allowed in (("kind", KINDS), ("language", LANGUAGES)):
        if fields[key] not in allowed:
            raise ValueError(f"{place}.{key}: {fields[key]!r}; allowed: {', '.join(allowed)}")
    (name,) = _strings([fields["id"]], f"{place}.id")
    patterns, unless = (_strings(fields[key], f"{place}.{key}") for key in ("patterns", "unless"))
    if not patterns:
        raise ValueError(f"{place}.patterns: must not be empty; a rule has at least one")
    return UrgentRule(name, fields["kind"], fields["language"], patterns, unless)


def _words(data: Mapping[str, Any], key: str) -> frozenset[str]:
    return frozenset(" ".join(_strings(data.get(key, []), key)).split())


def _mapping(value: object, place: str) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ValueError(f"{place}: must be a mapping with names as keys")
    return dict(value)


def _strings(value: object, place: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(text, str) and text.strip() for text in value):
        raise ValueError(f"{place}: must be a list of texts, none of them empty; quote numbers, yes and no")
    return tuple(value)
