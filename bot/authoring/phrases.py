"""What is odd about the phrases of topics, and about what topics say that they are about, before anybody asks them anything."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from bot.authoring.verify import Finding
from bot.knowledge.model import Boundary, Entry, Knowledge
from bot.language.nearest import nearest
from bot.language.text import normalise, raw_words
from bot.safety.heard import DANGERS
from bot.safety.plain import PlainStep

# On Zipf's scale. Of the shipped phrases none is so short and so common; "the" has 7.6, "what" 6.2, "how" 6.0, "cost" 5.5.
_COMMON_ALONE, _COMMON_PAIR = 6.0, 6.5
_SLIP = 80  # of 100: so alike are a word and its misspelling, and no two values of the shipped folder
# What tells who somebody is: a telephone or record number, an address, a date of birth, a name that is introduced as one.
_PRIVATE = re.compile(
    r"\d(?:[ .()/-]?\d){5,}|\S@\S+\.\w|\b\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d{2}\b|\b[Mm]y name(?:'s| is) \w"
    r"|\b(?:Mr|Mrs|Ms|Miss|Dr)\b\.? [A-Z][a-z]|\b(?:I am|I'm|[Tt]his is) [A-Z][a-z]+ [A-Z][a-z]+"
)


def where(topic: Entry | Boundary) -> str:
    """Where a topic stands, for a finding on it."""
    return f"{file_of(topic)}, {topic.id}"


def file_of(topic: Entry | Boundary) -> str:
    return topic.topic_file if isinstance(topic, Entry) else "safety/boundaries.yaml"


def check_phrases(knowledge: Knowledge) -> Iterator[Finding]:
    """Phrases that are too general, that hold what a patient wrote of himself, or that are never matched, as they are danger."""
    plain = PlainStep(knowledge.plain)
    for topic in knowledge.topics:
        for phrase in topic.phrases:
            if _says_nothing(phrase, knowledge):
                yield Finding(where(topic), f"the phrase {phrase!r} says nothing of what is asked; write a whole question")
            if found := _PRIVATE.search(phrase):
                what = f"the phrase {phrase!r} seems to tell who somebody is ({found.group()}); say it in other words"
                yield Finding(where(topic), what)
            alarm = plain.hear(phrase)
            if alarm is not None and alarm.kind in DANGERS and not (isinstance(topic, Boundary) and topic.helpline):
                what = f"the phrase {phrase!r} is answered as danger ({alarm.kind}), never by this topic; delete it"
                yield Finding(where(topic), what, warning=True)


def _says_nothing(phrase: str, knowledge: Knowledge) -> bool:
    zipf = knowledge.lexicon.frequencies.zipf
    common = [zipf(word) or 0.0 for word in raw_words(normalise(phrase))]
    return 0 < len(common) <= 2 and min(common) >= (_COMMON_ALONE if len(common) == 1 else _COMMON_PAIR)


def check_aspects(knowledge: Knowledge) -> Iterator[Finding]:
    """What one topic alone is about, and is nearly the word of others: most likely a slip."""
    values = Counter((name, value) for topic in knowledge.topics for name, value in topic.about.items())
    for topic in knowledge.topics:
        for name, value in topic.about.items():
            others = [other for of, other in values if of == name and other != value and values[name, other] > 1]
            if values[name, value] == 1 and (meant := nearest(value, others, _SLIP, parts=False)):
                what = f"it alone is about {name}: {value}; did you mean {meant}?"
                yield Finding(where(topic), what, warning=True)
