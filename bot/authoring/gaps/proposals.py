"""A group of questions as something to add: phrases for the topic that comes nearest, or a new topic where none does."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot.authoring.editing import skeletons
from bot.authoring.editing.writing import scalar
from bot.authoring.phrases import file_of
from bot.knowledge.model import Knowledge
from bot.language.learning.regression import softmax
from bot.matching.matcher import Matcher, Ranking

# The share of the belief, in the mean over the questions, from which on a group is taken to ask for a topic that is there.
_LIKELY = 0.3
_MOST_PHRASES = 6  # of one group at a time
_OTHERS = 4  # topics that an editor may have meant instead
_READ = 12  # questions of a group, the most typical: more change nothing
_LONGEST = 100  # characters: what is longer tells a story beside the question
# A reply to fill in: it says nothing that is not known, and names no figure.
_TO_WRITE = "WRITE WHAT THE SOURCE DOES NOT COVER, AND WHERE TO ASK"


@dataclass(frozen=True, slots=True)
class GapProposal:
    """``topic``: the id of an entry or a boundary topic, None: a new one. ``phrases``: those to add.

    ``others``: topics that come near as well, best first. ``belief``: the share of it that the topic has, 0..1.
    """

    questions: tuple[str, ...]
    topic: str | None
    phrases: tuple[str, ...]
    others: tuple[str, ...]
    belief: float


def propose(
    questions: Sequence[str], knowledge: Knowledge, matcher: Matcher, unhelpful: Collection[str] = (), topic: str | None = None
) -> GapProposal:
    """``questions``: alike, the most typical first, without marks. ``unhelpful``: topics that were told, and did not help.

    ``topic``: the one that they ask for, where somebody knows.
    """
    believed = _believed(questions, knowledge, matcher)
    order = [
        id for id in sorted(believed, key=lambda id: -believed[id]) if id not in unhelpful and id not in matcher.outside_topics
    ]
    if topic is None and order and believed[order[0]] >= _LIKELY:
        topic = order[0]
    others = tuple(id for id in order[: _OTHERS + 1] if id != topic)[:_OTHERS]
    return GapProposal(tuple(questions), topic, _phrases(questions, knowledge, matcher), others, believed.get(topic or "", 0.0))


def _believed(questions: Sequence[str], knowledge: Knowledge, matcher: Matcher) -> dict[str, float]:
    """The share of the belief that each topic has, in the mean over the questions."""
    ids = [topic.id for topic in knowledge.topics]
    shares = []
    for question in questions[:_READ]:
        scores = matcher.scores(question)
        if scores:
            shares.append(softmax(scores["all"] if "all" in scores else scores["words"]))
    return dict(zip(ids, np.mean(shares, axis=0).tolist(), strict=True)) if shares else {}


def _phrases(questions: Sequence[str], knowledge: Knowledge, matcher: Matcher) -> tuple[str, ...]:
    """The most typical that say something new in other words than what is stored."""
    stems = matcher.language.parse
    known = {frozenset(stems(phrase).stems) for topic in knowledge.topics for phrase in topic.phrases}
    chosen: list[str] = []
    for question in questions:
        words = frozenset(stems(question).stems)
        if len(question) <= _LONGEST and words and words not in known:
            known.add(words)
            chosen.append(question)
        if len(chosen) == _MOST_PHRASES:
            break
    return tuple(chosen)


def with_phrases(knowledge: Knowledge, added: Iterable[GapProposal]) -> Knowledge:
    """The knowledge as it is when the phrases of ``added`` stand in their topics."""
    phrases: dict[str, tuple[str, ...]] = {}
    for one in added:
        if one.topic is not None:
            phrases[one.topic] = (*phrases.get(one.topic, ()), *one.phrases)
    entries = {id: replace(e, phrases=_joined(e.phrases, phrases.get(id, ()))) for id, e in knowledge.entries.items()}
    boundaries = {id: replace(b, phrases=_joined(b.phrases, phrases.get(id, ()))) for id, b in knowledge.boundaries.items()}
    return replace(knowledge, entries=entries, boundaries=boundaries)


def _joined(phrases: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*phrases, *more)))


def yaml_lines(proposal: GapProposal, knowledge: Knowledge) -> list[str]:
    """What an editor puts into the knowledge: phrases, with the file and the topic they belong to, or a topic to fill."""
    if proposal.topic is None:
        about = proposal.questions[0]
        return [
            "# safety/boundaries.yaml: a new topic; an entry instead, if the source answers it: kb new entry",
            *skeletons.boundary(new_id(about, knowledge), about, proposal.phrases, _TO_WRITE),
        ]
    topic = knowledge.topic(proposal.topic)
    where = file_of(topic) if topic is not None else "?"
    return [f"# {where}, {proposal.topic}: add to its phrases", *(f"    - {scalar(phrase)}" for phrase in proposal.phrases)]


def new_id(question: str, knowledge: Knowledge) -> str:
    """A name for a topic on ``question`` that none has."""
    grammar = knowledge.grammar
    words = re.findall(r"[a-z0-9]+", question.lower())
    telling = [word for word in words if len(word) > 3 and word not in grammar.asking and word not in grammar.pointing] or words
    base = "_".join(telling[:3]) or "topic"
    base = base if base[0].isalpha() else f"topic_{base}"
    taken: Mapping[str, object] = {**knowledge.entries, **knowledge.boundaries}
    return next(id for id in (base, *(f"{base}_{n}" for n in range(2, 1000))) if id not in taken)


def why_not(ranking: Ranking | None) -> str:
    """Why a question was not answered by the topic that came nearest, for editors."""
    if ranking is None:
        return "no word of it can be matched"
    top, chosen = ranking.top, ranking.calibration
    nearest = f"nearest phrase {top.nearest!r}"
    if top.guards:
        return f"held back ({'; '.join(top.guards)}); {nearest}"
    least = chosen.answer if top.entry else chosen.boundary
    if not any(match.parts["cover"] for match in ranking.matches):
        return f"no word in common with any phrase; {nearest}"
    if top.confidence < least:
        return f"confidence {top.confidence:.2f}, and {least:.2f} is needed; {nearest}"
    if top.entry and ranking.lead < chosen.lead:
        second = ranking.matches[1].topic if len(ranking.matches) > 1 else "another"
        return f"leads {second} by {ranking.lead:.2f}, and {chosen.lead:.2f} is needed; {nearest}"
    return f"it is answered now, with confidence {top.confidence:.2f}; {nearest}"
