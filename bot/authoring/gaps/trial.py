"""Proposals tried together before anybody is told of them: what they make of labelled questions, and what lint says then.

Those that make anything worse are left out, and the rest is tried again, until what is left makes nothing worse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.authoring.gaps.proposals import GapProposal, with_phrases
from bot.authoring.held_out import asker
from bot.authoring.lint import check_phrases_of
from bot.authoring.phrases import check_phrases
from bot.authoring.score import LabelledQuestion, Scored, score
from bot.dialogue.conversation import Reply
from bot.dialogue.policy import Dialogue
from bot.knowledge.model import Knowledge

_ROUNDS = 5
_ASKED = 3  # questions of each group that is not ready
# What became of a question, the better the higher; what is not named here is worst.
_GOOD = {"right": 3, "refused rightly": 3, "heard": 3, "told": 3, "numbers": 2, "offered": 2, "asked back": 1, "refused": 1}


@dataclass(frozen=True, slots=True)
class Moved:
    """A question whose reply another knowledge changes; ``before`` and ``after``: what became of it, and by what."""

    question: str
    before: str
    after: str
    better: int


@dataclass(frozen=True, slots=True)
class Trial:
    """``ready``: what makes nothing worse, all of it together. ``held``: why the others are not ready, by their number.

    ``moved``: labelled questions and other groups' questions whose reply ``ready`` changes. ``right``: how many labelled
    questions are right before and after; ``wrong`` alike; ``findings``: of lint, on the phrases.
    """

    ready: tuple[int, ...]
    held: dict[int, str]
    moved: tuple[Moved, ...]
    right: tuple[int, int]
    wrong: tuple[int, int]
    findings: tuple[int, int]


class Trials:
    """``dialogue_of`` makes a dialogue of changed knowledge; ``questions`` are labelled."""

    def __init__(
        self, dialogue: Dialogue, dialogue_of: Callable[[Knowledge], Dialogue], questions: Sequence[LabelledQuestion]
    ) -> None:
        self._before = dialogue
        self._make = dialogue_of
        self._questions = questions
        self._scored = score(questions, asker(dialogue))

    def run(self, proposals: Sequence[GapProposal]) -> Trial:
        held = {at: "no topic comes near enough" for at, one in enumerate(proposals) if one.topic is None}
        held |= {
            at: "it says nothing that is not stored" for at, one in enumerate(proposals) if at not in held and not one.phrases
        }
        left = [at for at in range(len(proposals)) if at not in held]
        findings = sum(1 for _ in check_phrases(self._before.knowledge))
        for _ in range(_ROUNDS):
            if not left:
                break
            knowledge = with_phrases(self._before.knowledge, (proposals[at] for at in left))
            dialogue = self._make(knowledge)
            after = score(self._questions, asker(dialogue))
            bad = self._blamed(proposals, left, after) | self._unsound(proposals, left, dialogue)
            if not bad:
                now = sum(1 for _ in check_phrases(knowledge))
                moved = (*self._moved(after), *self._moved_gaps(proposals, left, dialogue))
                right, wrong = ((count(self._scored), count(after)) for count in (_right, _wrong))
                return Trial(tuple(left), held, moved, right, wrong, (findings, now))
            held |= bad
            left = [at for at in left if at not in bad]
        held |= dict.fromkeys(left, "others like it made something worse")
        good, bad_ones = _right(self._scored), _wrong(self._scored)
        return Trial((), held, (), (good, good), (bad_ones, bad_ones), (findings, findings))

    def _blamed(self, proposals: Sequence[GapProposal], left: Sequence[int], after: Sequence[Scored]) -> dict[int, str]:
        """The proposals by which labelled questions got worse; none where, in all, none did."""
        if _right(after) >= _right(self._scored) and _wrong(after) <= _wrong(self._scored):
            return {}
        bad: dict[int, str] = {}
        for old, new in zip(self._scored, after, strict=True):
            if _grade(new) < _grade(old) and (at := self._nearest(new, proposals, left)) is not None:
                bad.setdefault(at, f"{new.question.q!r} would be answered worse")
        return bad or dict.fromkeys(left, "labelled questions would be answered worse")

    def _nearest(self, scored: Scored, proposals: Sequence[GapProposal], left: Sequence[int]) -> int | None:
        """Of the proposals for what is told now, the one that says most nearly what was asked."""
        parse = self._before.matcher.language.parse
        asked = frozenset(parse(scored.question.q).stems)
        told = _topics(scored.reply)
        shared = {
            at: max(
                len(asked & stems) / (len(asked | stems) or 1)
                for stems in map(frozenset, (parse(one).stems for one in proposals[at].phrases))
            )
            for at in left
            if proposals[at].topic in told
        }
        return max(shared, key=lambda at: (shared[at], -at)) if shared else None

    def _unsound(self, proposals: Sequence[GapProposal], left: Sequence[int], dialogue: Dialogue) -> dict[int, str]:
        """Those whose phrases lint complains of, or of phrases that are like them, in the words of the first finding."""
        own = {phrase: at for at in left for phrase in proposals[at].phrases}
        near = self._near(own)
        before = {str(finding) for _, finding in check_phrases_of(self._before.knowledge, self._before.matcher, near)}
        found: dict[int, str] = {}
        for phrase, finding in check_phrases_of(dialogue.knowledge, dialogue.matcher, own.keys() | near.keys()):
            if not finding.warning and str(finding) not in before:
                found.setdefault(own[phrase] if phrase in own else near[phrase], str(finding))
        return found

    def _near(self, own: Mapping[str, int]) -> dict[str, int]:
        """Stored phrases that share half of their stems with one of ``own``, and the number of its proposal."""
        parse = self._before.matcher.language.parse
        new = [(frozenset(parse(phrase).stems), at) for phrase, at in own.items()]
        near: dict[str, int] = {}
        for phrase, (stems, _) in zip(self._before.matcher.phrases, self._before.matcher.parsed, strict=True):
            stored = frozenset(stems)
            at = next((at for one, at in new if 2 * len(one & stored) >= len(one | stored)), None)
            if at is not None and phrase not in own:
                near[phrase] = at
        return near

    def _moved(self, after: Sequence[Scored]) -> list[Moved]:
        found = []
        for old, new in zip(self._scored, after, strict=True):
            was, now = (f"{_told(one.reply)} ({one.outcome})" for one in (old, new))
            if _told(old.reply) != _told(new.reply):
                found.append(Moved(new.question.q, was, now, _grade(new) - _grade(old)))
        return found

    def _moved_gaps(self, proposals: Sequence[GapProposal], left: Sequence[int], dialogue: Dialogue) -> list[Moved]:
        """Questions of groups of which nothing is added, and that are answered otherwise all the same."""
        others = [one for at, one in enumerate(proposals) if at not in left]
        asked = [LabelledQuestion(text, "out") for one in others for text in one.questions[:_ASKED]]
        found = []
        for old, new in zip(score(asked, asker(self._before)), score(asked, asker(dialogue)), strict=True):
            was, now = _told(old.reply), _told(new.reply)
            if was != now:
                found.append(Moved(new.question.q, was, now, 0))
        return found


def _grade(one: Scored) -> int:
    return _GOOD.get(one.outcome, 0)


def _right(scored: Sequence[Scored]) -> int:
    return sum(_grade(one) == 3 for one in scored)


def _wrong(scored: Sequence[Scored]) -> int:
    return sum(_grade(one) == 0 for one in scored)


def _topics(reply: Reply) -> set[str]:
    return {part.entry or part.boundary or "" for part in reply.parts} | {choice.id for choice in reply.choices}


def _told(reply: Reply) -> str:
    what = ", ".join(part.entry or part.boundary or "" for part in reply.parts) or ", ".join(one.id for one in reply.choices)
    return f"{reply.kind} {reply.urgent or what}".strip()
