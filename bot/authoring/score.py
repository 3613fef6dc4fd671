"""Labelled questions and the replies to them, as figures. Pure: questions in, counts out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.dialogue.conversation import Reply

OUTCOMES_ANSWERABLE = ("right", "offered", "wrong", "refused")
OUTCOMES_OUT = ("refused rightly", "asked back", "answered wrongly")
OUTCOMES_URGENT = ("heard", "missed")


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question with the claim that answers it, or ``out``, ``out:<boundary>`` or ``urgent``; ``also`` are as good."""

    q: str
    label: str
    also: tuple[str, ...] = ()
    style: str = ""

    @property
    def kind(self) -> str:
        """answerable, out (of source) or urgent."""
        return "urgent" if self.label == "urgent" else "out" if self.label.startswith("out") else "answerable"

    @property
    def labels(self) -> frozenset[str]:
        return frozenset((self.label, *self.also))

    @property
    def out_is_fine(self) -> bool:
        return any(label.startswith("out") for label in self.labels)


def outcome(question: LabelledQuestion, reply: Reply) -> str:
    """What became of a question; one of the OUTCOMES of its kind, or ``false alarm``."""
    labels = question.labels
    if question.kind == "urgent":
        return "heard" if reply.kind == "urgent" else "missed"
    if reply.kind == "urgent" and "urgent" not in labels:
        return "false alarm"
    right = bool(labels.intersection(reply.claims)) or reply.kind in labels
    if question.kind == "out":
        return _outcome_out(reply, right)
    if right or (question.out_is_fine and not reply.claims):
        return "right"
    if reply.kind == "clarify":
        return "offered" if _offers(question, reply) else "refused"
    return "wrong" if reply.claims else "refused"


def _outcome_out(reply: Reply, right: bool) -> str:
    if right or (not reply.claims and reply.kind != "clarify"):
        return "refused rightly"
    return "asked back" if reply.kind == "clarify" else "answered wrongly"


def _offers(question: LabelledQuestion, reply: Reply) -> bool:
    return any(question.labels.intersection(choice.claims) for choice in reply.choices[:3])


def topic_right(question: LabelledQuestion, reply: Reply) -> bool:
    """Whether an out-of-source question got the boundary topic that its labels name."""
    return reply.boundary is not None and f"out:{reply.boundary}" in question.labels


@dataclass(frozen=True, slots=True)
class Scored:
    question: LabelledQuestion
    reply: Reply
    outcome: str


def score(questions: Iterable[LabelledQuestion], ask: Callable[[LabelledQuestion], Reply]) -> list[Scored]:
    return [Scored(question, reply, outcome(question, reply)) for question in questions for reply in (ask(question),)]


def figures(scored: Sequence[Scored]) -> dict[str, dict[str, float]]:
    """Counts and shares (0..1) by kind of question: {kind: {outcome: count, "outcome share": share, "questions": n}}."""
    told: dict[str, dict[str, float]] = {}
    for kind, outcomes in (("answerable", OUTCOMES_ANSWERABLE), ("out", OUTCOMES_OUT), ("urgent", OUTCOMES_URGENT)):
        mine = [one for one in scored if one.question.kind == kind]
        if not mine:
            continue
        counts = Counter(one.outcome for one in mine)
        told[kind] = {"questions": len(mine)}
        for name in (*outcomes, *(() if kind == "urgent" else ("false alarm",))):
            told[kind][name] = counts[name]
            told[kind][f"{name} share"] = counts[name] / len(mine)
        if kind == "answerable":
            told[kind]["right or offered share"] = (counts["right"] + counts["offered"]) / len(mine)
        if kind == "out":
            named = [one for one in mine if one.question.label != "out"]
            told[kind]["topic right share"] = sum(topic_right(one.question, one.reply) for one in named) / max(1, len(named))
    if scored:
        asked = sum(one.reply.kind == "clarify" for one in scored)
        told["all"] = {"questions": len(scored), "asked back": asked, "asked back share": asked / len(scored)}
        calm = [one for one in scored if one.question.kind != "urgent"]
        told["all"]["false alarms"] = sum(one.outcome == "false alarm" for one in calm)
    return told


@dataclass(frozen=True, slots=True)
class Ranked:
    """One question through the matcher alone: its label, the labels in order, and the confidence in the first."""

    label: str
    order: tuple[str, ...]
    confidence: float


def rank_figures(ranked: Sequence[Ranked]) -> dict[str, float]:
    """Top-1 and top-3 of those in scope, and the area under the curve that tells label ``out`` from the others."""
    inside = [one for one in ranked if one.label != "out"]
    told = {
        "in scope": float(len(inside)),
        "top-1": sum(one.order[:1] == (one.label,) for one in inside) / max(1, len(inside)),
        "top-3": sum(one.label in one.order[:3] for one in inside) / max(1, len(inside)),
    }
    outside = [one.confidence for one in ranked if one.label == "out"]
    if outside and inside:
        told["out of scope"] = float(len(outside))
        told["AUROC"] = auroc([one.confidence for one in inside], outside)
    return told


def auroc(higher: Sequence[float], lower: Sequence[float]) -> float:
    """The chance that one of ``higher`` lies above one of ``lower``; ties count half."""
    values = sorted([(value, 1) for value in higher] + [(value, 0) for value in lower])
    ranks, at = 0.0, 0
    while at < len(values):
        end = at
        while end < len(values) and values[end][0] == values[at][0]:
            end += 1
        ranks += (at + 1 + end) / 2 * sum(one for _, one in values[at:end])
        at = end
    return (ranks - len(higher) * (len(higher) + 1) / 2) / (len(higher) * len(lower))
