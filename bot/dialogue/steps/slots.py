"""What a message says of whom it is about, of which condition, when and how, read by the rules of the knowledge folder.

A topic that is right for one person is wrong for another (how long relief lasts, in depression and in pain): where what was said
speaks against the topic that ranks first, another one answers in its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.knowledge.model import Knowledge, Redirect, SlotRule
from bot.language.vocabulary import Language
from bot.matching.matcher import Match, Ranking

# So many words before a run a negation speaks of it: "I am not in pain", "it is not for depression".
_NEGATED_WITHIN = 3
_BOTH = ""
_BEGINNING = "^"


class SlotReader:
    """Reads with the words of one folder. Keeps nothing between calls."""

    def __init__(self, knowledge: Knowledge, language: Language) -> None:
        self._language = language
        self._negations = knowledge.grammar.negations
        self._corrections = frozenset(map(language.stem, knowledge.grammar.corrections)) | self._negations
        self._carried = knowledge.slots.carried
        self._of_context = knowledge.slots.of_context
        self._redirects = knowledge.slots.redirects
        self._by_first: dict[str, list[SlotRule]] = {}
        stemmed = (replace(rule, words=tuple(map(self._stem, rule.words))) for rule in knowledge.slots.rules)
        for rule in sorted(stemmed, key=lambda one: -len(one.words)):
            first = rule.words[0]
            self._by_first.setdefault("#" if first.startswith("#") else first, []).append(rule)
        self._entries = knowledge.entries

    def read(self, text: str) -> dict[str, str]:
        """The value of each slot that ``text`` tells; none that it denies, and none where it tells two and takes neither back."""
        words = [_BEGINNING, *(self._stem(word) for word in self._language.parse(text).standard)]
        told: dict[str, str] = {}
        last: dict[str, int] = {}  # where the value of a slot was told last
        at = 0
        while at < len(words):
            rule = self._rule_at(words, at)
            if rule is None:
                at += 1
                continue
            if self._negations.isdisjoint(words[max(0, at - _NEGATED_WITHIN) : at]):
                other = told.get(rule.name, rule.value) != rule.value
                is_correction = not self._corrections.isdisjoint(words[last.get(rule.name, 0) : at])
                told[rule.name] = _BOTH if other and not is_correction else rule.value
                last[rule.name] = at
            elif told.get(rule.name) == rule.value:
                del told[rule.name]
            at += len(rule.words)
        return {name: value for name, value in told.items() if value != _BOTH}

    def carried(self, told: Mapping[str, str], before: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """What a conversation remembers after a message that told so much."""
        kept = dict(before) | {name: value for name, value in told.items() if name in self._carried}
        return tuple(sorted(kept.items()))

    def of_context(self, told: Mapping[str, str]) -> dict[str, str]:
        """Of what a whole letter told, that which holds for each of its sentences."""
        return {name: value for name, value in told.items() if name in self._of_context}

    def redirected(self, ranking: Ranking, told: Mapping[str, str]) -> Ranking:
        """The ranking in which topics that what was ``told`` speaks against have given way; topics that become one are merged."""
        moved = [(match, self.instead(match.topic, told)) for match in ranking.matches]
        if all(match.topic == topic for match, topic in moved):
            return ranking
        merged: dict[str, Match] = {}
        for match, topic in moved:
            one = match if match.topic == topic else self._as_topic(match, topic)
            first = merged.get(topic)
            merged[topic] = one if first is None else replace(first, share=first.share + one.share)
        return replace(ranking, matches=tuple(merged.values()))

    def instead(self, topic: str, told: Mapping[str, str]) -> str:
        """The topic that answers in place of ``topic`` where so much was ``told``; mostly it itself."""
        return next((one.to for one in self._redirects if topic in one.topics and _holds(one, told)), topic)

    def _as_topic(self, match: Match, topic: str) -> Match:
        entry = self._entries.get(topic)
        claims = frozenset(entry.claims) if entry is not None else frozenset()
        return replace(match, topic=topic, entry=entry is not None, claims=claims, guards=())

    def _stem(self, word: str) -> str:
        return word if word.startswith("#") else self._language.stem(word)

    def _rule_at(self, words: Sequence[str], at: int) -> SlotRule | None:
        firsts = [words[at], "#"] if words[at][0].isdigit() else [words[at]]
        rules = (rule for first in firsts for rule in self._by_first.get(first, ()))
        return next((rule for rule in rules if _matches(rule.words, words[at : at + len(rule.words)])), None)


def _holds(redirect: Redirect, told: Mapping[str, str]) -> bool:
    return all(told.get(name) in values for name, values in redirect.when.items())


def _matches(rule: Sequence[str], words: Sequence[str]) -> bool:
    return len(rule) == len(words) and all(_is(one, word) for one, word in zip(rule, words, strict=True))


def _is(one: str, word: str) -> bool:
    if not one.startswith("#"):
        return one == word
    if not word.replace(".", "", 1).isdigit():
        return False
    first, _, last = one[1:].partition("-")
    return not first or float(first) <= float(word) <= float(last)
