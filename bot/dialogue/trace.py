"""How a reply came about, as values: the topics that competed, and what acted besides. Never a word of the utterance.

It becomes lines only where somebody reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

StepName = Literal[
    "chosen",
    "agreed",
    "runners_up",
    "reason",
    "detail",
    "talk",
    "follow_up",
    "foreign",
    "ended",
    "urgent",
    "check",
    "check_in",
    "obstacle",
    "safe",
    "despair",
    "care",
    "today",
    "line",
]

_LINES: Mapping[str, str] = MappingProxyType(
    {
        "chosen": "chosen",
        "agreed": "agreed, to a question with several choices",
        "runners_up": "the runners-up of the last answer",
        "reason": "why, of {subject}",
        "detail": "more of {subject}",
        "talk": "{subject}",
        "follow_up": "follow-up of {subject}",
        "foreign": "in the language {subject}",
        "ended": "the infusion ended at {subject}",
        "urgent": "urgent rule {subject}",
        "check": "perhaps danger: {share:.2f} ({subject})",
        "check_in": "after danger: what follows for {subject}",
        "obstacle": "an obstacle to calling: {subject}",
        "safe": "the person said to be safe",
        "despair": "despair (danger {share:.2f}, {subject})",
        "care": "perhaps danger or despair: {share:.2f} ({subject})",
        "today": "a symptom for the clinic, today",
        "line": "{subject}",
    }
)


@dataclass(frozen=True, slots=True)
class TraceStep:
    """Something that acted.

    ``subject``: the id of a topic, a rule or small talk, a kind of danger, a time of day (HH:MM), or with the name ``line`` what
    an older release wrote. ``share``: of the belief, 0..1, where the step has one.
    """

    name: StepName
    subject: str = ""
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class RankedTopic:
    """A topic that competed.

    ``figures``: what the confidence (0..1) was reckoned from. ``nearest``: the phrase that is most alike. ``guards``: what held
    the topic back.
    """

    topic: str
    confidence: float
    figures: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    nearest: str = ""
    guards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """``steps``: what decided before a ranking, or without one. ``questions``: for each question of the utterance the topics that
    competed, best first. ``guards``: what acted on the finished reply.
    """

    steps: tuple[TraceStep, ...] = ()
    questions: tuple[tuple[RankedTopic, ...], ...] = ()
    guards: tuple[TraceStep, ...] = ()

    @property
    def topics(self) -> tuple[RankedTopic, ...]:
        """The topics of all questions."""
        return tuple(topic for question in self.questions for topic in question)


def trace_of(name: StepName, subject: str = "") -> Trace:
    """The trace of a single step."""
    return Trace((TraceStep(name, subject),))


def trace_lines(trace: Trace) -> tuple[str, ...]:
    """``trace`` for people who look into the bot: a line for each step and each topic."""
    return (*map(_step_line, trace.steps), *map(_topic_line, trace.topics), *map(_step_line, trace.guards))


def _step_line(step: TraceStep) -> str:
    return _LINES[step.name].format(subject=step.subject, share=step.share)


def _topic_line(topic: RankedTopic) -> str:
    figures = ", ".join(f"{name} {value:.2f}" for name, value in topic.figures.items())
    guards = "".join(f"; held back: {guard}" for guard in topic.guards)
    return f"{topic.topic}: confidence {topic.confidence:.2f} ({figures}); nearest phrase: {topic.nearest}{guards}"


def stored_trace(trace: Trace) -> dict[str, Any]:
    """What is remembered of ``trace``, as JSON values: steps, and topics with their confidences.

    The other figures are for who asks at once, and are ten times as long.
    """
    return {
        "steps": [_stored_step(step) for step in trace.steps],
        "questions": [[(one.topic, round(one.confidence, 4)) for one in question] for question in trace.questions],
        "guards": [_stored_step(step) for step in trace.guards],
    }


def read_trace(kept: Mapping[str, Any] | None, lines: Iterable[str] = ()) -> Trace:
    """The trace that ``stored_trace`` gave; where there is none, one of the ``lines`` that older releases kept.

    Raises KeyError, TypeError or ValueError for values of another form. Steps that this release does not know are left out.
    """
    if kept is None:
        return Trace(tuple(TraceStep("line", line) for line in lines))
    return Trace(
        _read_steps(kept["steps"]),
        tuple(tuple(RankedTopic(topic, confidence) for topic, confidence in question) for question in kept["questions"]),
        _read_steps(kept["guards"]),
    )


def _stored_step(step: TraceStep) -> tuple[str, str, float]:
    return step.name, step.subject, round(step.share, 4)


def _read_steps(kept: Iterable[Sequence[Any]]) -> tuple[TraceStep, ...]:
    return tuple(TraceStep(name, subject, share) for name, subject, share in kept if name in _LINES)
