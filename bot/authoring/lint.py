"""What makes knowledge worse without making it wrong: phrases that pull the wrong way, hard texts, reviews that are due."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Container, Iterator, Mapping
from datetime import date
from functools import partial

from bot.authoring.phrases import check_aspects, check_phrases, file_of, where
from bot.authoring.sources.disagreement import disagreements
from bot.authoring.verify import Finding
from bot.dialogue.replies import Composer
from bot.dialogue.reviews import counts, standings
from bot.dialogue.trace import Trace
from bot.knowledge.model import Boundary, Entry, Knowledge
from bot.language.quantities import fold
from bot.matching.matcher import Matcher

# A stored phrase leads by .28 at the least and by .83 in the median, on the 4,256 phrases of the shipped folder. Under .2 a
# reply would ask back although the very words are stored.
LEAST_LEAD = 0.2
# From here on the runner-up's phrase says the same in the same words; at .965 the shipped folder has a "what is X" beside a
# "treatment for X", which are two questions.
ALIKE = 0.97
HIGHEST_GRADE = 8.0  # Flesch-Kincaid, the mean of a file
MOST_WORDS = 60
MOST_CHARACTERS = 700  # of a reply to one question, without its source line
ENTRY_PHRASES, BOUNDARY_PHRASES = 15, 10
_LISTED = 3  # of many topics with the same fault

# One answer serves many questions: "Yes" to "Do I need a ride home?" is the wrong word to "Can I drive home?".
_BARE = re.compile(r"(yes|no|yeah|nope|sure|of course)\b[,.!:;]", re.IGNORECASE)

Grade = Callable[[str], float]


def lint(knowledge: Knowledge, matcher: Matcher, own_folder: bool, today: date) -> list[Finding]:
    """All that should be better. ``own_folder`` needs as many phrases as the shipped folder has; of others it is a warning."""
    found = [
        *check_phrases(knowledge),
        *(finding for _, finding in check_phrases_of(knowledge, matcher)),
        *check_aspects(knowledge),
        *_check_lengths(knowledge),
        *disagreements(knowledge),
    ]
    found += [*_check_openings(knowledge), *_check_grades(knowledge), *_check_reviews(knowledge, today)]
    return found + _check_counts(knowledge, own_folder)


# -- phrases -------------------------------------------------------------------------------------------------------


def check_phrases_of(knowledge: Knowledge, matcher: Matcher, of: Container[str] | None = None) -> Iterator[tuple[str, Finding]]:
    """Each phrase, or those ``of`` some, against the whole index: it finds its own topic, safely, and no other says the same."""
    told: set[frozenset[str]] = set()
    for topic in knowledge.topics:
        for phrase in topic.phrases:
            if of is not None and phrase not in of:
                continue
            for what, warning in _faults_of(phrase, topic, matcher, told):
                yield phrase, Finding(where(topic), what, warning=warning)


def _faults_of(phrase: str, topic: Entry | Boundary, matcher: Matcher, told: set[frozenset[str]]) -> Iterator[tuple[str, bool]]:
    """What is wrong with a phrase, and whether it is but a warning. ``told``: pairs of phrases that were."""
    ranking = matcher.rank(phrase)
    if ranking is None:
        yield f"the phrase {phrase!r} has no word that can be matched", False
        return
    if ranking.top.topic != topic.id:
        yield f"the phrase {phrase!r} finds {ranking.top.topic} first ({ranking.top.nearest!r})", False
    elif ranking.lead < LEAST_LEAD:
        second = ranking.matches[1]
        lead = f"leads {second.topic} ({second.nearest!r}) by {ranking.lead:.2f} only"
        yield f"the phrase {phrase!r} {lead}; {LEAST_LEAD} is needed", False
    for other in ranking.matches:
        pair = frozenset({phrase, other.nearest})
        if other.topic == topic.id or pair in told:
            continue
        same = _stems(matcher, phrase) == _stems(matcher, other.nearest)
        if same or other.parts["aligned"] >= ALIKE:
            told.add(pair)
            how = "has the same words as" if same else "is very much like"
            yield f"the phrase {phrase!r} {how} {other.nearest!r} of {other.topic}", not same


def _stems(matcher: Matcher, phrase: str) -> frozenset[str]:
    return frozenset(matcher.language.parse(phrase).stems)


def _check_counts(knowledge: Knowledge, own_folder: bool) -> list[Finding]:
    few = []
    for topic in knowledge.topics:
        least = ENTRY_PHRASES if isinstance(topic, Entry) else BOUNDARY_PHRASES
        if len(topic.phrases) < least:
            few.append((topic, f"{len(topic.phrases)} phrases; at least {least} are needed"))
    if own_folder or not few:
        return [Finding(where(topic), what) for topic, what in few]
    worst = ", ".join(
        f"{topic.id} {len(topic.phrases)}" for topic, _ in sorted(few, key=lambda one: len(one[0].phrases))[:_LISTED]
    )
    needed = f"an entry needs {ENTRY_PHRASES}, a boundary topic {BOUNDARY_PHRASES}"
    return [Finding("phrases", f"{len(few)} topics have too few; {needed} (fewest: {worst})", warning=True)]


# -- texts ---------------------------------------------------------------------------------------------------------


def _short_form(topic: Entry | Boundary) -> str:
    return topic.answer if isinstance(topic, Entry) else topic.clinic_text or topic.reply


def _check_lengths(knowledge: Knowledge) -> Iterator[Finding]:
    composer = Composer(knowledge)
    for topic in knowledge.topics:
        words = len(composer.figured(_short_form(topic)).split())
        if words > MOST_WORDS:
            yield Finding(where(topic), f"the short form has {words} words; at most {MOST_WORDS} are allowed")
        for detail in (False, True) if isinstance(topic, Entry) and topic.detail else (False,):
            reply = composer.topics([(topic.id, 1.0)], Trace(), detail)
            size = len(reply.text) - sum(len(line) + 2 for line in composer.source_lines(reply.sources))
            if size >= MOST_CHARACTERS:
                what = f"the {'detail' if detail else 'reply'} has {size} characters with its safety claims"
                yield Finding(where(topic), f"{what}; fewer than {MOST_CHARACTERS} are allowed")


def _check_openings(knowledge: Knowledge) -> Iterator[Finding]:
    for topic in knowledge.topics:
        texts = (topic.answer, topic.detail or "") if isinstance(topic, Entry) else (_short_form(topic),)
        for text in texts:
            if bare := _BARE.match(text):
                yield Finding(
                    where(topic), f"a text begins with {bare.group()!r}; say what holds, as it is told to other questions, too"
                )


def _check_grades(knowledge: Knowledge) -> Iterator[Finding]:
    """The reading level of each file: the mean over its entries. Where it cannot be measured, a finding says so."""
    try:
        measure: Grade = importlib.import_module("textstat").flesch_kincaid_grade
        grades = reading_grades(knowledge, measure)
    except (
        ImportError,
        LookupError,
        OSError,
    ) as error:  # textstat from 0.7.9 on wants a dictionary that is not installed with it
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        yield Finding("reading level", f"not measured: textstat is missing or incomplete ({reason}); install the extra 'editors'")
        return
    for file, by_topic in grades.items():
        mean = sum(by_topic.values()) / len(by_topic)
        if mean > HIGHEST_GRADE:
            hardest = sorted(by_topic, key=lambda id: -by_topic[id])[:3]
            worst = ", ".join(f"{id} {by_topic[id]:.1f}" for id in hardest)
            level = f"the reading level is grade {mean:.1f} in the mean"
            yield Finding(file, f"{level}; at most {HIGHEST_GRADE:g} is allowed (hardest: {worst})")


def reading_grades(knowledge: Knowledge, measure: Grade) -> Mapping[str, Mapping[str, float]]:
    """The grade of each topic, by file. Medical terms of the lexicon count as a short word, figures as they are read out."""
    composer = Composer(knowledge)
    terms = sorted({fold(term) for term in knowledge.medical_terms}, key=len, reverse=True)
    any_term = re.compile(rf"\b(?:{'|'.join(map(re.escape, terms))})\b", re.IGNORECASE) if terms else None
    plain = partial(any_term.sub, "word") if any_term else str
    grades: dict[str, dict[str, float]] = {}
    for topic in knowledge.topics:
        text = composer.figured(_short_form(topic))
        if isinstance(topic, Entry) and topic.detail:
            text += " " + composer.figured(topic.detail)
        grades.setdefault(file_of(topic), {})[topic.id] = measure(plain(text))
    return grades


def _check_reviews(knowledge: Knowledge, today: date) -> Iterator[Finding]:
    found = standings(knowledge, today)
    many = counts(found)
    if left := len(found) - many.get("signed", 0):
        states = ", ".join(f"{many[state]} {state}" for state in many if state != "signed")
        yield Finding(
            "reviews",
            f"{left} of {len(found)} texts have no signature of a clinician that holds ({states}); `kb review` lists them, "
            "`kb sign` signs",
            warning=True,
        )
    for text in (one.text for one in found):
        signed = knowledge.signatures.get(text.id, ())
        for on in (one.on for one in (*signed, *((text.reviewed,) if text.reviewed else ()))):
            if on > today:
                yield Finding(f"{text.file}, {text.id}", f"its review is of {on.isoformat()}, a day that is still to come")
        if text.review_by is not None and text.review_by < today and not signed:
            yield Finding(f"{text.file}, {text.id}", f"its review was due on {text.review_by.isoformat()}", warning=True)
