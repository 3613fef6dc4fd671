"""Follow-ups: "and for pain?", "how often do I need them?" keep what the last answer spoke of, or change one aspect of it.

Nothing is ranked here: this module says what an utterance takes over from the conversation, and the dialogue decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.knowledge.model import Boundary, Entry, Facet, Knowledge
from bot.language.lexicon import strip_courtesy
from bot.language.text import raw_words
from bot.language.vocabulary import Language

_LONGEST = 9  # words; what is longer stands by itself


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What an utterance takes over from the topic ``last``.

    ``topic``: where changing one aspect leads. Else ``said`` is the utterance without courtesies, ``subject`` what is still
    spoken of (may be empty), and ``neighbours`` are nearer than other topics. ``bare``: without that subject the utterance
    says nothing.
    """

    last: str
    topic: str | None = None
    said: str = ""
    subject: str = ""
    neighbours: frozenset[str] = frozenset()
    bare: bool = False


class FollowUps:
    """Knows which topics are about what."""

    def __init__(self, knowledge: Knowledge, language: Language) -> None:
        self._topics: Mapping[str, Entry | Boundary] = {topic.id: topic for topic in knowledge.topics}
        self._facets = knowledge.facets
        self._implied = knowledge.implied
        self._lexicon = knowledge.lexicon
        self._language = language
        self._grammar = language.grammar

    def detect(self, text: str, topics: Sequence[str]) -> FollowUp | None:
        """What ``text`` means after ``topics`` (the latest first); None where it is no follow-up."""
        known = [topic for id in topics if (topic := self._topics.get(id)) is not None]
        typed = strip_courtesy(raw_words(text), self._lexicon) if known else []
        if not known or len(typed) > _LONGEST:
            return None
        words = [self._language.spell(word) for word in typed]
        # A boundary topic in between ("what does it cost?") does not change what is spoken of.
        last, about = known[0], next((topic for topic in known if topic.about), known[0])
        named = _wanted([facet for facet in self._facets if _names(facet, words)], about.about)
        # Facets must be all that is said besides small words: what says more is a question of its own.
        said = {word for facet in self._facets if _names(facet, words) for phrase in facet.words for word in phrase.split()}
        if named and all(word in self._grammar.empty or word in said for word in words):
            found = self._changed(about.about, named)
            if found is not None and found != last.id:
                return FollowUp(last.id, found)
        bare = self.is_bare(text)
        if not bare and self._grammar.pointing.isdisjoint(words) and not self._grammar.follow_up.match(text):
            return None
        return FollowUp(
            last.id, None, " ".join(words), "" if named else self._subject(about.about), self._neighbours(about), bare
        )

    def is_bare(self, text: str) -> bool:
        """Whether ``text`` says nothing without a subject spoken of before ("when?", "how often do they?")."""
        bare, spell = self._grammar.bare, self._language.spell
        return all(spell(word) in bare for word in strip_courtesy(raw_words(text), self._lexicon))

    def _subject(self, about: Mapping[str, str]) -> str:
        """The word for what a topic speaks of; nothing for what the source speaks of where it names no condition."""
        values = {facet.name: facet.value for facet in self._facets if about.get(facet.name) == facet.value}
        named = {name: value for name, value in values.items() if self._implied.get(name) != value}
        return named.get("condition") or named.get("phase", "")

    def _neighbours(self, topic: Entry | Boundary) -> frozenset[str]:
        alike = {
            other.id
            for other in self._topics.values()
            if any(other.about.get(name) == value for name, value in topic.about.items() if name in {"condition", "phase"})
        }
        why = topic.why if isinstance(topic, Entry) else None
        return frozenset({*alike, *topic.related, *((why,) if why else ())})

    def _changed(self, about: Mapping[str, str], named: list[Facet]) -> str | None:
        wanted = {**about, **{facet.name: facet.value for facet in named}}
        exact = [id for id, topic in self._topics.items() if topic.about and dict(topic.about) == wanted]
        if exact:
            return exact[0]
        changed = {facet.name: facet.value for facet in named}
        if "aspect" in about:
            alike = {"aspect": about["aspect"], **changed}
            near = [id for id, topic in self._topics.items() if alike.items() <= dict(topic.about).items()]
            if near:
                return near[0]
        # A topic that is about nothing but what was named: "the source gives no times for anxiety".
        return next((id for id, topic in self._topics.items() if topic.about and dict(topic.about) == changed), None)


def _names(facet: Facet, words: Sequence[str]) -> bool:
    text = f" {' '.join(words)} "
    return any(f" {word} " in text for word in facet.words)


def _wanted(named: list[Facet], about: Mapping[str, str]) -> list[Facet]:
    """Of two values of one facet the new one: "not at the start, later"."""
    fresh = [facet for facet in named if about.get(facet.name) != facet.value]
    return [facet for facet in named if facet in fresh or facet.name not in {one.name for one in fresh}]
