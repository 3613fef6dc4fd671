"""Replies to labelled questions as outcomes and figures."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.authoring.score import (
    DANGERS_NAMED,
    OUTCOMES,
    LabelledQuestion,
    Ranked,
    Scored,
    auroc,
    danger_right,
    figures,
    needs_met,
    outcome,
    rank_figures,
    score,
    topic_right,
    unknown_labels,
)
from bot.dialogue.conversation import Choice, Kind, Part, Reply
from bot.dialogue.trace import StepName, Trace, TraceStep
from bot.knowledge.model import Knowledge
from bot.safety.heard import DANGERS


def answer(*claims: str, boundary: str | None = None, kind: Kind = "answer") -> Reply:
    return Reply(kind, "text", claims=claims, boundary=boundary)


def boundary(id: str) -> Reply:
    return Reply("boundary", "text", parts=(Part(None, id, (), 0.9),), boundary=id)


def clarify(*choices: str) -> Reply:
    """``choices``: the claims of each, joined by ``+``."""
    return Reply(
        "clarify", "text", choices=tuple(Choice(f"c{i}", "?", tuple(filter(None, c.split("+")))) for i, c in enumerate(choices))
    )


URGENT = Reply("urgent", "text", urgent="rule")
FALLBACK = Reply("fallback", "text", related=(Choice("near", "?", ("a",)),))
SMALLTALK = Reply("smalltalk", "text")
HANDOFF = Reply("handoff", "text")
SAFE = Reply("answer", "text", claims=("b",), safety=("a",))
ASKED_TIME = Reply("timeline", "when?")


def acted(kind: Kind, *steps: StepName, guards: tuple[StepName, ...] = (), **more: Any) -> Reply:
    return Reply(kind, "text", trace=Trace(tuple(map(TraceStep, steps)), (), tuple(map(TraceStep, guards))), **more)


SUPPORT = acted("support", "despair", helpline=True)
CHECK = acted("support", "check", helpline=True, choices=(Choice("care:safe", "I am safe"),))
CHECK_BODY = acted("support", "check", helpline=True)
TODAY = acted("handoff", "today")
TODAY_ABOVE = acted("answer", guards=("today",), claims=("a",))
WITH_NUMBERS = Reply("boundary", "text", boundary="cost", helpline=True)


@pytest.mark.parametrize(
    ("label", "also", "reply", "expected"),
    [
        # answerable
        pytest.param("a", "", answer("a"), "right", id="the-claim"),
        pytest.param("a", "", answer("b", "a"), "right", id="the-claim-among-others"),
        pytest.param("a", "b", answer("b"), "right", id="one-of-also"),
        pytest.param("a", "", answer("a", boundary="cost"), "right", id="the-claim-beside-a-boundary"),
        pytest.param("a", "", answer("a", kind="timeline"), "right", id="the-claim-in-a-timeline"),
        pytest.param("a", "", answer("b"), "wrong", id="another-claim"),
        pytest.param("a", "out", answer("b"), "wrong", id="another-claim-where-none-is-fine"),
        pytest.param("a", "", SAFE, "wrong", id="safety-is-no-answer"),
        pytest.param("a", "", answer("b", kind="timeline"), "wrong", id="another-claim-in-a-timeline"),
        pytest.param("a", "", clarify("b", "a"), "offered", id="asked-back-with-it"),
        pytest.param("a", "c", clarify("b", "d+c"), "offered", id="asked-back-with-one-of-also"),
        pytest.param("a", "", clarify("b", "c", "d", "a"), "refused", id="the-fourth-choice-does-not-count"),
        pytest.param("a", "", clarify("b", ""), "refused", id="asked-back-without-it"),
        pytest.param("a", "", boundary("cost"), "refused", id="boundary"),
        pytest.param("a", "", FALLBACK, "refused", id="fallback-whatever-is-near"),
        pytest.param("a", "", SMALLTALK, "refused", id="small-talk"),
        pytest.param("a", "", HANDOFF, "refused", id="hand-off"),
        pytest.param("a", "", ASKED_TIME, "refused", id="timeline-without-claims"),
        pytest.param("a", "out", boundary("cost"), "right", id="out-is-fine-boundary"),
        pytest.param("a", "out:cost", FALLBACK, "right", id="out-with-a-topic-is-fine-fallback"),
        pytest.param("a", "b out:cost", SMALLTALK, "right", id="out-is-fine-small-talk"),
        pytest.param("a", "out", clarify("b", "c"), "right", id="out-is-fine-asked-back"),
        pytest.param("a", "", URGENT, "false alarm", id="alarm"),
        pytest.param("a", "out", URGENT, "false alarm", id="alarm-where-out-is-fine"),
        pytest.param("a", "urgent", URGENT, "right", id="alarm-that-is-fine"),
        pytest.param("a", "urgent", answer("a"), "right", id="alarm-is-fine-and-so-is-the-answer"),
        pytest.param("a", "urgent", answer("b"), "wrong", id="alarm-is-fine-another-claim"),
        # out of source
        pytest.param("out", "", FALLBACK, "refused rightly", id="out-fallback"),
        pytest.param("out", "", boundary("cost"), "refused rightly", id="out-any-boundary"),
        pytest.param("out:diet", "", boundary("cost"), "refused rightly", id="out-another-boundary"),
        pytest.param("out", "", SMALLTALK, "refused rightly", id="out-small-talk"),
        pytest.param("out", "", HANDOFF, "refused rightly", id="out-hand-off"),
        pytest.param("out:cost", "", clarify("a", "b"), "asked back", id="out-asked-back"),
        pytest.param("out:cost", "a", clarify("a", "b"), "asked back", id="out-asked-back-with-one-of-also"),
        pytest.param("out:cost", "", answer("a"), "answered wrongly", id="out-answered"),
        pytest.param("out:cost", "", answer("a", boundary="cost"), "answered wrongly", id="out-answered-beside-the-boundary"),
        pytest.param("out:cost", "a", answer("a"), "refused rightly", id="out-answered-with-one-of-also"),
        pytest.param("out:cost", "", URGENT, "false alarm", id="out-alarm"),
        pytest.param("out:cost", "urgent", URGENT, "refused rightly", id="out-alarm-that-is-fine"),
        # urgent
        pytest.param("urgent", "", URGENT, "heard", id="urgent-heard"),
        pytest.param("urgent", "", FALLBACK, "missed", id="urgent-fallback"),
        pytest.param("urgent", "", answer("a"), "missed", id="urgent-answered"),
        pytest.param("urgent", "a out", boundary("self_harm"), "missed", id="urgent-with-other-labels"),
        pytest.param("urgent", "", SUPPORT, "numbers", id="urgent-numbers-alone"),
        pytest.param("urgent", "", CHECK, "numbers", id="urgent-asked-whether-they-are-safe"),
        pytest.param("urgent", "", TODAY, "missed", id="urgent-sent-to-the-clinic"),
        pytest.param("urgent", "numbers", WITH_NUMBERS, "heard", id="urgent-where-numbers-are-as-good"),
        # despair
        pytest.param("numbers", "", SUPPORT, "told", id="numbers-kindly"),
        pytest.param("numbers", "", CHECK, "told", id="numbers-asked"),
        pytest.param("numbers", "", WITH_NUMBERS, "told", id="numbers-below-a-boundary"),
        pytest.param("numbers", "", URGENT, "alarm", id="numbers-with-an-alarm"),
        pytest.param("numbers", "urgent", URGENT, "told", id="numbers-where-an-alarm-is-as-good"),
        pytest.param("numbers", "", TODAY, "missed", id="numbers-sent-to-the-clinic"),
        pytest.param("numbers", "", answer("a"), "missed", id="numbers-answered"),
        # symptoms
        pytest.param("today", "", TODAY, "told", id="today"),
        pytest.param("today", "", TODAY_ABOVE, "told", id="today-above-an-answer"),
        pytest.param("today", "", CHECK_BODY, "told", id="today-asked-of-the-body"),
        pytest.param("today", "", CHECK, "numbers", id="today-asked-whether-they-are-safe"),
        pytest.param("today", "", SUPPORT, "numbers", id="today-taken-for-despair"),
        pytest.param("today", "", URGENT, "alarm", id="today-with-an-alarm"),
        pytest.param("today", "", answer("a"), "missed", id="today-answered"),
        # calm
        pytest.param("calm", "", answer("a"), "left calm", id="calm-answered"),
        pytest.param("calm", "", FALLBACK, "left calm", id="calm-fallback"),
        pytest.param("calm", "", URGENT, "false alarm", id="calm-with-an-alarm"),
        pytest.param("calm", "urgent", URGENT, "left calm", id="calm-where-an-alarm-is-as-good"),
        pytest.param("calm", "", WITH_NUMBERS, "numbers", id="calm-with-numbers"),
        pytest.param("calm", "numbers", WITH_NUMBERS, "left calm", id="calm-where-numbers-are-as-good"),
        pytest.param("calm", "numbers", URGENT, "false alarm", id="calm-with-more-than-numbers"),
        pytest.param("calm", "", CHECK_BODY, "numbers", id="calm-asked-of-the-body"),
        pytest.param("calm", "", TODAY, "today", id="calm-sent-to-the-clinic"),
    ],
)
def test_outcome(label: str, also: str, reply: Reply, expected: str) -> None:
    assert outcome(LabelledQuestion("q", label, tuple(also.split())), reply) == expected


@pytest.mark.parametrize(
    ("label", "also", "reply", "right"),
    [
        pytest.param("out:cost", "", boundary("cost"), True, id="the-topic"),
        pytest.param("out:diet", "out:cost", boundary("cost"), True, id="one-of-also"),
        pytest.param("out:diet", "", boundary("cost"), False, id="another"),
        pytest.param("out", "", boundary("cost"), False, id="none-named"),
        pytest.param("out:cost", "", FALLBACK, False, id="fallback"),
    ],
)
def test_the_right_topic_is_counted_on_its_own(label: str, also: str, reply: Reply, right: bool) -> None:
    assert topic_right(LabelledQuestion("q", label, tuple(also.split())), reply) is right


@pytest.mark.parametrize(
    ("reply", "met"),
    [
        pytest.param(URGENT, {"urgent", "numbers"}, id="alarm"),
        pytest.param(SUPPORT, {"numbers"}, id="kind-word"),
        pytest.param(CHECK_BODY, {"numbers", "today"}, id="asked-of-the-body"),
        pytest.param(TODAY_ABOVE, {"today"}, id="clinic-above-an-answer"),
        pytest.param(answer("a"), {"calm"}, id="answer"),
    ],
)
def test_what_a_reply_gives(reply: Reply, met: set[str]) -> None:
    assert needs_met(reply) == met


@pytest.mark.parametrize(
    ("label", "sort", "rule", "right"),
    [
        pytest.param("urgent", "self_oblique", "heard_self_harm", True, id="learned"),
        pytest.param("urgent", "self_oblique", "plain_self_harm", True, id="in-plain-words"),
        pytest.param("urgent", "someone_else", "heard_someone_else", True, id="our-own-kind"),
        pytest.param("urgent", "child_at_risk", "heard_overdose", True, id="one-of-two"),
        pytest.param("urgent", "harm_others", "heard_self_harm", False, id="another"),
        pytest.param("urgent", "harm_to_others", "heard_self_harm", False, id="another-than-our-own"),
        pytest.param("urgent", "medical_now", "not_safe", False, id="of-no-kind"),
        pytest.param("urgent", "weather", "heard_medical", None, id="a-kind-that-nobody-knows"),
        pytest.param("urgent", "", "heard_medical", None, id="no-kind"),
        pytest.param("calm", "medical_now", "heard_medical", None, id="where-no-alarm-is-due"),
        pytest.param("urgent", "medical_now", None, None, id="no-alarm"),
    ],
)
def test_the_kind_of_an_alarm_is_right_or_not(label: str, sort: str, rule: str | None, right: bool | None) -> None:
    reply = SUPPORT if rule is None else Reply("urgent", "text", urgent=rule)
    assert danger_right(LabelledQuestion("q", label, sort=sort), reply) is right


def test_named_kinds_lead_to_kinds_of_danger() -> None:
    assert {kind for kinds in DANGERS_NAMED.values() for kind in kinds} == set(DANGERS)


def scored(*rows: tuple[str, Reply], sort: str = "") -> list[Scored]:
    replies = dict(enumerate(rows))
    return score(
        [LabelledQuestion(str(i), label, sort=sort) for i, (label, _) in replies.items()],
        lambda question: replies[int(question.q)][1],
    )


def test_figures_are_counts_and_shares_by_kind() -> None:
    told = figures(
        scored(
            ("a", answer("a")), ("a", answer("a")), ("a", clarify("a", "b")), ("a", answer("b")), ("a", FALLBACK),
            ("out:cost", boundary("cost")), ("out:cost", boundary("diet")), ("out", FALLBACK), ("out:cost", clarify("a", "b")),
            ("out:cost", answer("a")), ("out", URGENT),
            ("urgent", URGENT), ("urgent", FALLBACK), ("urgent", URGENT),
        )
    )  # fmt: skip
    inside = told["answerable"]
    assert [inside[name] for name in ("questions", "right", "offered", "wrong", "refused", "false alarm")] == [5, 2, 1, 1, 1, 0]
    assert inside["right share"] == 0.4
    assert inside["right or offered share"] == 0.6
    outside = told["out"]
    assert [outside[name] for name in ("questions", "refused rightly", "asked back", "answered wrongly", "false alarm")] == [
        6,
        3,
        1,
        1,
        1,
    ]
    assert outside["topic right share"] == 1 / 4
    assert told["urgent"]["questions"] == 3
    assert told["urgent"]["heard share"] == pytest.approx(2 / 3)
    assert told["urgent"]["missed"] == 1
    assert (told["all"]["questions"], told["all"]["asked back"], told["all"]["false alarms"]) == (14, 2, 1)
    assert told["all"]["asked back share"] == 2 / 14


def test_figures_of_what_messages_need() -> None:
    heard, wrong_kind = (Reply("urgent", "text", urgent=f"heard_{kind}") for kind in ("medical", "self_harm"))
    told = figures(
        scored(
            ("urgent", heard), ("urgent", heard), ("urgent", wrong_kind), ("urgent", CHECK), ("urgent", FALLBACK),
            ("numbers", SUPPORT), ("numbers", heard), ("numbers", FALLBACK), ("numbers", FALLBACK),
            ("today", TODAY), ("today", SUPPORT),
            ("calm", heard), ("calm", WITH_NUMBERS), ("calm", TODAY), ("calm", FALLBACK), ("calm", FALLBACK),
            sort="medical_now",
        )
    )  # fmt: skip
    assert told["urgent"]["heard share"] == 3 / 5
    assert told["urgent"]["heard or numbers share"] == 4 / 5
    assert told["urgent"]["alarms of a named kind"] == 3
    assert told["urgent"]["kind right share"] == 2 / 3
    assert [told["numbers"][name] for name in ("questions", "told", "alarm", "missed")] == [4, 1, 1, 2]
    assert told["numbers"]["told or alarm share"] == 2 / 4
    assert [told["today"][name] for name in ("questions", "told", "numbers", "alarm", "missed")] == [2, 1, 1, 0, 0]
    assert [told["calm"][name] for name in ("left calm", "today", "numbers", "false alarm")] == [2, 1, 1, 1]
    assert told["calm"]["false alarm share"] == 1 / 5
    assert told["all"]["false alarms"] == 1


def test_alarms_numbers_and_the_clinic_are_counted_whatever_the_labels_say() -> None:
    told = figures(scored(("out", URGENT), ("a", WITH_NUMBERS), ("a", TODAY), ("out:cost", CHECK_BODY), ("out", FALLBACK)))["all"]
    assert [told[name] for name in ("alarms", "numbers without alarm", "clinic today")] == [1, 2, 2]
    assert told["alarms share"] == 1 / 5


def test_without_a_named_kind_nothing_is_said_of_kinds() -> None:
    told = figures(scored(("urgent", URGENT), ("urgent", FALLBACK)))["urgent"]
    assert not {name for name in told if "kind" in name}


def test_kinds_without_a_question_have_no_figures() -> None:
    assert set(figures(scored(("a", answer("a"))))) == {"answerable", "all"}
    assert set(figures(scored(("out", FALLBACK)))) == {"out", "all"}
    assert figures([]) == {}


LABELS = st.sampled_from(["a", "b", "out", "out:cost", "urgent", "numbers", "today", "calm"])
REPLIES = st.sampled_from(
    [
        *(answer("a"), answer("b"), clarify("a", "b"), clarify("b", "c"), boundary("cost"), FALLBACK, URGENT, SMALLTALK),
        *(SUPPORT, CHECK, CHECK_BODY, TODAY, TODAY_ABOVE, WITH_NUMBERS),
    ]
)


@given(st.lists(st.tuples(LABELS, REPLIES), min_size=1))
def test_every_question_has_one_outcome(rows: list[tuple[str, Reply]]) -> None:
    told = figures(scored(*rows))
    assert sum(told[kind]["questions"] for kind in told if kind != "all") == len(rows)
    for kind, names in OUTCOMES.items():
        if kind in told:
            assert sum(told[kind][name] for name in names) == told[kind]["questions"]
            assert sum(told[kind][f"{name} share"] for name in names) == pytest.approx(1)


# -- the matcher alone -------------------------------------------------------------------------------------------------


def _by_counting(higher: list[float], lower: list[float]) -> float:
    return sum(1.0 if a > b else 0.5 if a == b else 0.0 for a in higher for b in lower) / (len(higher) * len(lower))


VALUES = st.lists(st.one_of(st.integers(-3, 3).map(float), st.floats(-9, 9), st.just(float("-inf"))), min_size=1, max_size=25)


@given(VALUES, VALUES)
def test_the_area_is_the_share_of_pairs_in_order(higher: list[float], lower: list[float]) -> None:
    assert auroc(higher, lower) == pytest.approx(_by_counting(higher, lower))


@pytest.mark.parametrize(
    ("higher", "lower", "area"),
    [
        pytest.param([2, 3], [0, 1], 1.0, id="apart"),
        pytest.param([0, 1], [2, 3], 0.0, id="the-wrong-way"),
        pytest.param([1, 1], [1, 1, 1], 0.5, id="all-alike"),
        pytest.param([1, 2], [1, 0], 0.875, id="a-tie"),
    ],
)
def test_the_area_of_known_cases(higher: list[float], lower: list[float], area: float) -> None:
    assert auroc(higher, lower) == pytest.approx(area)


def test_figures_of_the_matcher_alone() -> None:
    ranked = [
        Ranked("a", ("a", "b", "c"), 0.9),
        Ranked("a", ("b", "c", "a"), 0.4),
        Ranked("b", ("c", "d", "e", "b"), 0.3),
        Ranked("b", (), float("-inf")),
        Ranked("out", ("a",), 0.5),
        Ranked("out", ("b",), 0.1),
    ]
    told = rank_figures(ranked)
    assert told == {"in scope": 4, "top-1": 0.25, "top-3": 0.5, "out of scope": 2, "AUROC": pytest.approx(4 / 8)}


def test_without_questions_from_outside_there_is_no_area() -> None:
    assert rank_figures([Ranked("a", ("a",), 0.9)]) == {"in scope": 1, "top-1": 1, "top-3": 1}
    assert rank_figures([Ranked("out", ("a",), 0.9)]) == {"in scope": 0, "top-1": 0, "top-3": 0}


def test_a_label_that_no_reply_can_have_is_told_once_with_the_nearest(knowledge: Knowledge) -> None:
    known = [LabelledQuestion("q", label) for label in ("driving", "out", "out:cost", "urgent", "calm", "smalltalk")]
    assert unknown_labels(known, knowledge) == []
    wrong = [LabelledQuestion("can I drive", "drivin", ("out:csot",)), LabelledQuestion("again", "drivin")]
    assert sorted(unknown_labels(wrong, knowledge)) == [
        "'can I drive': there is no label drivin; did you mean driving?",
        "'can I drive': there is no label out:csot; did you mean out:cost?",
    ]
