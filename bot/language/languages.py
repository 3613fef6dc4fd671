"""The languages that knowledge folders can be written in."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.language.english import ENGLISH
from bot.language.grammar import Grammar

GRAMMARS: Mapping[str, Grammar] = MappingProxyType({grammar.tag: grammar for grammar in (ENGLISH,)})
# What a folder is in that names no language.
USUAL = ENGLISH
