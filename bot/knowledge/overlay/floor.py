"""The floor under every clinic: what it lays over the base can add and tighten, never remove, weaken, contradict or outrank.

Its sentences are looked at in ``wordings``, its phrases in ``phrases``, the rest here by its kind: what cannot be disabled or
reworded, numbers that cannot be called, answers that say the contrary of the claims they cite.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

from bot.knowledge.fields import Row
from bot.knowledge.overlay.phrases import OwnPhrase, PhraseFloor
from bot.knowledge.overlay.schema import Located
from bot.knowledge.overlay.tightening import time_of
from bot.knowledge.overlay.wordings import Wordings
from bot.knowledge.yamlfile import Mistakes
from bot.language.grammar import Grammar
from bot.language.nearest import choice
from bot.language.quantities import PLACEHOLDER, fold
from bot.language.text import normalise, raw_words, stemmer
from bot.safety.heard import KINDS
from bot.safety.plain import PlainWords

NUMBERS = ("emergency", "crisis", "crisis_spanish", "poison", "violence", "child")
_SLOTS = frozenset(f"{{{name}}}" for name in NUMBERS)
_NEGATES = re.compile(r"(?<!\w)(?:not|no|never|nobody|none|nothing|without|hardly|rarely|unlikely)(?!\w)|n't(?!\w)")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+")
_SHARED = 3  # words of a claim in a sentence: then the two speak of the same
_FEWEST_DIGITS = 3
_COUNTED = frozenset({"1234567890", "0123456789", "123456789", "12345678", "1234567", "123456", "12345", "1234", "5551234"})
_LINES = 4  # letters at the beginning of a word by which two are the same


class SafetyFloor:
    """The floor that a base lays: ``floor`` are the words of floor.yaml, None where a folder has none."""

    def __init__(
        self,
        floor: Row | None,
        claims: Mapping[str, Row],
        topics: Mapping[str, Row],
        messages: Mapping[str, str],
        smalltalk: Mapping[str, str],
        countries: Row | None,
        plain: PlainWords,
        grammar: Grammar,
    ) -> None:
        self._floor = floor
        self._claims = claims
        self._topics = topics
        self._said = {**messages, **smalltalk}
        self._countries = countries
        self._grammar = grammar
        self._stem = stemmer(grammar.stemmer)
        self._phrases = PhraseFloor(topics, plain, self._stem)

    @cached_property
    def _wordings(self) -> Wordings | None:
        return None if self._floor is None else Wordings(self._floor, self._claims, self._grammar)

    def check(self, clinic: Row | None, own: Mapping[str, Mapping[str, Row]], mistakes: Mistakes) -> None:
        """Notes each line of a clinic that goes below. ``own``: its rows by kind: claims, entries, boundaries, sources."""
        figures = _figures({**self._claims, **own["claims"]})
        rules = [span[1] for row in own["claims"].values() if "tightens" in row.values and (span := time_of(row, self._grammar))]
        for file, line, text, topic in (*_own_texts(own), *(() if clinic is None else _clinic_texts(clinic))):
            filled = PLACEHOLDER.sub(lambda slot: figures.get(slot[1], slot[0]), text)
            for what in () if self._wordings is None else self._wordings.faults(filled, rules, topic):
                mistakes.add(file, line, what)
        for row in own["entries"].values():
            self._contrary(row, mistakes)
        for row in own["boundaries"].values():
            for key in ("first", "outside"):
                if row.get(key) == "true":
                    mistakes.add(row.file, row.at(key), f"only topics of the base are {key}; leave this line out")
        for phrase, what in self._phrases.faults(self._own_phrases(clinic, own), self._ruling):
            mistakes.add(phrase.file, phrase.line, what)
        if clinic is not None:
            self._numbers(clinic, mistakes)
            self._disabled(clinic, mistakes)
            self._messages(clinic, mistakes)
            self._replaced(clinic, mistakes)

    # -- phrases ------------------------------------------------------------------------------------------------------

    def _own_phrases(self, clinic: Row | None, own: Mapping[str, Mapping[str, Row]]) -> Iterator[OwnPhrase]:
        tightened = {row.get("id"): row.get("tightens") for row in own["claims"].values()}
        for row in (*own["entries"].values(), *own["boundaries"].values()):
            shown = frozenset((*row.get("claims", ()), *row.get("safety", ())))
            shown |= {of for id in shown if (of := tightened.get(id)) is not None}
            yield from (OwnPhrase(text, row.get("id"), row.file, row.at("phrases"), shown) for text in row.get("phrases"))
        if clinic is None:
            return
        for id, phrases in clinic.get("phrases", {}).items():
            topic = self._topics.get(id) or own["entries"].get(id) or own["boundaries"].get(id)
            shown = frozenset() if topic is None else frozenset((*topic.get("claims", ()), *topic.get("safety", ())))
            yield from (OwnPhrase(one.value, id, clinic.file, one.line, shown) for one in phrases)

    def _ruling(self, phrase: str) -> str | None:
        act = None if self._wordings is None else self._wordings.act_of(phrase)
        return act.claim if act is not None and act.claim in self._claims else None

    # -- what a clinic's file says --------------------------------------------------------------------------------------

    def _numbers(self, clinic: Row, mistakes: Mistakes) -> None:
        table: Mapping[str, Row] = self._countries.get("countries") if self._countries is not None else {}
        country = table.get(clinic.get("country", self._countries.get("default") if self._countries is not None else ""))
        contact = re.findall(r"\d[\d ()-]{5,}\d", clinic.get("contact", ""))
        ours = {re.sub(r"\D", "", one) for one in contact}
        for key in NUMBERS:
            if (text := clinic.get(key)) is None:
                continue
            numbers = [re.sub(r"\D", "", one) for one in re.findall(r"\d[\d ()-]*", text)]
            known = re.findall(r"\d+", country.get(key, "")) if country is not None else []
            if not any(len(one) >= _FEWEST_DIGITS for one in numbers):
                what = "has no number that can be called"
            elif all(one not in known and (one in _COUNTED or _is_one_digit(one)) for one in numbers):
                what = "has no number that there is"
            elif any(one in ours for one in numbers):
                what = "is the number of the clinic itself, where somebody may not be there"
            elif key == "emergency" and known and not any(one in numbers for one in known):
                what = f"lacks the number of the country, {', '.join(known)}"
            else:
                continue
            mistakes.add(clinic.file, clinic.at(key), f"{key} {what}; write one that answers at any hour, or leave the line out")

    def _disabled(self, clinic: Row, mistakes: Mistakes) -> None:
        never = set() if self._floor is None else set(self._floor.get("never_disabled"))
        rules = {id for id, row in self._claims.items() if "must" in row.get("hedge", ())}
        for one in clinic.get("disabled", ()):
            row = self._topics.get(one.value)
            if row is None:
                what = "danger is heard whatever a clinic says" if one.value in KINDS else _no_topic(one.value, self._topics)
                mistakes.add(clinic.file, one.line, f"{one.value} cannot be disabled: {what}")
            elif one.value in never or _is_safety(row, rules):
                what = f"{one.value} cannot be disabled, as it carries safety; what you want to add goes into a text or a claim"
                mistakes.add(clinic.file, one.line, what)

    def _messages(self, clinic: Row, mistakes: Mistakes) -> None:
        tone = () if self._floor is None else self._floor.get("tone")
        for key, one in clinic.get("messages", {}).items():
            before = self._said.get(key)
            if key not in tone or before is None:
                what = f"the message {key} is not one whose tone a clinic sets; those are: {', '.join(tone)}"
                mistakes.add(clinic.file, one.line, what)
                continue
            _keeps_slots(clinic.file, one, before, f"the message {key}", mistakes)

    def _replaced(self, clinic: Row, mistakes: Mistakes) -> None:
        """A text in place of a reply of the base has the numbers to call that this has."""
        for id, one in clinic.get("boundaries", {}).items():
            row = self._topics.get(id)
            if row is not None and "reply" in row.values:
                _keeps_slots(
                    clinic.file, Located(_text_of(one), one.line), row.get("reply"), f"the text of {id}", mistakes, _SLOTS
                )

    # -- answers against the claims that they cite ----------------------------------------------------------------------

    def _contrary(self, row: Row, mistakes: Mistakes) -> None:
        for key in ("answer", "detail"):
            for sentence in _SENTENCE.split(row.get(key, "")):
                for id in (*row.get("claims", ()), *row.get("safety", ())):
                    claim = self._claims.get(id)
                    if claim is not None and self._contradicts(sentence, claim.get("claim")):
                        what = f"“{sentence[:80]}” says the contrary of the claim {id}, which it cites; say what that says"
                        mistakes.add(row.file, row.at(key), what)

    def _contradicts(self, sentence: str, claim: str) -> bool:
        mine = self._content(sentence)
        for said in _SENTENCE.split(claim):
            shared = mine & self._content(said)
            if len(shared) >= _SHARED and bool(_NEGATES.search(fold(sentence))) is not bool(_NEGATES.search(fold(said))):
                return True
        return False

    def _content(self, text: str) -> set[str]:
        return {self._stem(word) for word in raw_words(normalise(text)) if len(word) >= _LINES}


def _no_topic(id: str, topics: Mapping[str, Row]) -> str:
    return f"there is no such topic in the base; {choice(id, topics)}"


def _is_one_digit(number: str) -> bool:
    """Whether nobody can have it. 111 and 999 are called in some countries."""
    return len(set(number)) == 1 and (len(number) > _FEWEST_DIGITS or number == "000")


def _is_safety(row: Row, rules: set[str]) -> bool:
    shown = {*row.get("claims", ()), *row.get("safety", ())}
    numbers = any(slot in row.get("reply", row.get("answer", "")) for slot in _SLOTS)
    return bool(shown & rules) or numbers or row.get("helpline") == "true" or row.get("first") == "true"


def _keeps_slots(file: str, one: Located, before: str, what: str, mistakes: Mistakes, only: frozenset[str] | None = None) -> None:
    needed = {f"{{{name}}}" for name in PLACEHOLDER.findall(before)}
    lost = sorted(needed & only if only is not None else needed - {"{contact}", "{clinic}", "{publisher}"})
    lost = [slot for slot in lost if slot not in one.value]
    if lost:
        mistakes.add(file, one.line, f"{what} loses {', '.join(lost)}; write it into the text")


def _text_of(one: Located) -> str:
    text: str = one.value.get("text") if isinstance(one.value, Row) else one.value
    return text


def _figures(claims: Mapping[str, Row]) -> dict[str, str]:
    """Each quantity of ``claims`` as it reads in a sentence."""
    return {
        name: " to ".join(part for key in ("value", "from", "to", "words") if (part := row.get(key)))
        for claim in claims.values()
        for name, row in claim.get("quantities", {}).items()
    }


_Text = tuple[str, int, str, str | None]  # the file, the line, what a patient reads, and the topic of the base that it answers


def _own_texts(own: Mapping[str, Mapping[str, Row]]) -> Iterator[_Text]:
    for row in (row for kind in ("claims", "entries", "boundaries") for row in own[kind].values()):
        for key in ("claim", "answer", "detail", "reply", "question"):
            if key in row.values and not (key == "question" and _asks(row.get(key))):
                yield row.file, row.at(key), row.get(key), None
    for row in own["sources"].values():
        yield row.file, row.at("title"), row.get("title"), None
        yield from ((row.file, one.line, one.get("title"), None) for one in row.get("sections"))


def _asks(text: str) -> bool:
    """Whether it is a question, which says nothing. "Yes, you may drive, right?" is more than one."""
    return text.rstrip().endswith("?") and not re.search(r"(?<!\w)(?:yes|so you|of course|right)(?!\w)", text.lower())


def _clinic_texts(clinic: Row) -> Iterator[_Text]:
    for key in ("name", "contact"):
        if key in clinic.values:
            yield clinic.file, clinic.at(key), clinic.get(key), None
    yield from ((clinic.file, one.line, one.value, None) for one in clinic.get("messages", {}).values())
    yield from ((clinic.file, one.line, _text_of(one), id) for id, one in clinic.get("boundaries", {}).items())
    hours = clinic.get("hours")
    for holiday in () if hours is None else hours.get("holidays", ()):
        yield clinic.file, holiday.line, holiday.get("name"), None
