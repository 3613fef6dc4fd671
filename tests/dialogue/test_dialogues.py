"""The conversations of ``tests/dialogues``, one file for each topic file, and a floor under how our own labelled questions fare.

A turn: ``say``, then what is wanted of the reply. ``kind`` and ``entry`` (of a single answer) may list what is as good;
``entries``, ``claims``, ``safety``, ``boundary``, ``urgent``, ``helpline`` and ``language`` are compared as they are;
``without`` names claims that must not be there; ``contains`` what the text says; ``any: true`` wants nothing but a reply.
``clinic`` names the clinic of a conversation; ``fails`` says why it does not go as written yet.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from bot.app.paths import knowledge_folder
from bot.authoring.score import LabelledQuestion, figures, score
from bot.dialogue.conversation import Conversation, Reply
from bot.dialogue.events import Said
from bot.dialogue.policy import Dialogue
from bot.knowledge import load as loader
from tests.places import QUESTIONS, TESTS

if TYPE_CHECKING:
    from _pytest.mark.structures import ParameterSet

    from bot.knowledge.model import Knowledge
    from bot.matching.matcher import Matcher
    from bot.safety.detector import DangerDetector

FOLDER = TESTS / "dialogues"
OWN = QUESTIONS / "own.jsonl"
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
TURN_KEYS = frozenset("say kind entry entries claims safety boundary urgent helpline language without contains any".split())


def _conversations() -> list[tuple[str, dict[str, Any]]]:
    return [(path.stem, one) for path in sorted(FOLDER.glob("*.yaml")) for one in yaml.safe_load(path.read_text("utf-8"))]


def _faults(wanted: dict[str, Any], reply: Reply) -> list[str]:
    """What of ``wanted`` the reply does not hold, one line each."""
    entries = [part.entry for part in reply.parts if part.entry is not None]
    had: dict[str, object] = {
        "kind": reply.kind,
        "entry": entries[0] if len(entries) == 1 else None,
        "entries": entries,
        "claims": list(reply.claims),
        "safety": list(reply.safety),
        "boundary": reply.boundary,
        "urgent": reply.urgent,
        "helpline": reply.helpline,
        "language": reply.language,
    }
    faults = []
    for key, want in wanted.items():
        if key in {"kind", "entry"}:
            asked_back = key == "entry" and reply.kind == "clarify"
            if not asked_back and had[key] not in (want if isinstance(want, list) else [want]):
                faults.append(f"{key}: {had[key]}, wanted {want}")
        elif key in had and had[key] != want:
            faults.append(f"{key}: {had[key]}, wanted {want}")
    faults += [f"claims: {id} must not be there" for id in wanted.get("without", ()) if id in reply.claims]
    return faults + [f"text: does not say {text!r}" for text in wanted.get("contains", ()) if text not in reply.text]


@pytest.fixture(scope="session")
def example(matcher: Matcher, detector: DangerDetector) -> Dialogue:
    # The example clinic adds no phrases, so the fitted matcher holds for it, too, and the detector.
    return Dialogue(loader.load(knowledge_folder(), "example"), matcher, detector)


def _rows() -> list[ParameterSet]:
    return [
        pytest.param(
            file,
            one,
            id=f"{file}: {one['name']}",
            marks=[pytest.mark.xfail(strict=True, reason=one["fails"])] if "fails" in one else [],
        )
        for file, one in _conversations()
    ]


@pytest.mark.parametrize(("file", "conversation"), _rows())
def test_conversation_goes_as_written(file: str, conversation: dict[str, Any], dialogue: Dialogue, example: Dialogue) -> None:
    speaker = {"default": dialogue, "example": example}[conversation.get("clinic", "default")]
    remembered, faults = Conversation(), []
    for wanted in conversation["turns"]:
        assert not set(wanted) - TURN_KEYS, f"{file}: unknown key in {wanted}"
        assert len(wanted) > 1, f"{file}: {wanted} wants nothing"
        reply, remembered = speaker.turn(Said(wanted["say"]), remembered, NOW)
        faults += [f"{wanted['say']!r}: {fault}" for fault in _faults(wanted, reply)]
    assert not faults, "\n".join(faults)


def test_each_topic_file_has_its_conversations() -> None:
    mirrored = {path.stem for path in (*knowledge_folder().glob("topics/*.yaml"), *knowledge_folder().glob("safety/*.yaml"))}
    # Words, thresholds and numbers: what is heard by them has tests of its own, and they are said in the replies.
    assert mirrored - {"plain", "hearing", "countries", "floor"} <= {path.stem for path in FOLDER.glob("*.yaml")}


def test_each_topic_is_asked_for_in_words_that_are_no_phrase(knowledge: Knowledge) -> None:
    phrases = {" ".join(phrase.casefold().split()) for topic in knowledge.topics for phrase in (topic.question, *topic.phrases)}
    asked: set[str] = set()
    for _, conversation in _conversations():
        for turn in conversation["turns"]:
            if " ".join(turn["say"].casefold().split()) not in phrases:
                told = [turn.get("entry"), turn.get("boundary"), *turn.get("entries", ())]
                asked.update(one for one in told if isinstance(one, str))
    assert not {topic.id for topic in knowledge.topics} - asked


# -- our own labelled questions ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def told(dialogue: Dialogue) -> dict[str, dict[str, float]]:
    rows = [json.loads(line) for line in OWN.read_text("utf-8").splitlines()]
    questions = [LabelledQuestion(row["q"], row["label"], tuple(row.get("also", ())), row["style"]) for row in rows]
    return figures(score(questions, lambda question: dialogue.turn(Said(question.q), Conversation(), NOW)[0]))


# Coarse on purpose: some thresholds were chosen on these very questions. What falls below has broken something.
FLOORS = [
    ("answerable", "right share", 0.80),
    ("answerable", "right or offered share", 0.88),
    ("out", "refused rightly share", 0.88),
    ("out", "topic right share", 0.75),
]
CEILINGS = [
    ("answerable", "wrong share", 0.07),
    ("answerable", "false alarm share", 0.02),
    ("out", "answered wrongly share", 0.08),
    ("all", "asked back share", 0.20),
]


@pytest.mark.parametrize(("kind", "name", "least"), FLOORS)
def test_own_questions_fare_no_worse_than(kind: str, name: str, least: float, told: dict[str, dict[str, float]]) -> None:
    assert told[kind][name] >= least


@pytest.mark.parametrize(("kind", "name", "most"), CEILINGS)
def test_own_questions_go_wrong_no_more_often_than(kind: str, name: str, most: float, told: dict[str, dict[str, float]]) -> None:
    assert told[kind][name] <= most


def test_labels_of_own_questions_are_known(knowledge: Knowledge) -> None:
    rows = [json.loads(line) for line in OWN.read_text("utf-8").splitlines()]
    known = {*knowledge.claims, *(f"out:{id}" for id in knowledge.boundaries), "out", "urgent"}
    assert not {label for row in rows for label in (row["label"], *row.get("also", ()))} - known
    assert len({row["q"] for row in rows}) == len(rows)
