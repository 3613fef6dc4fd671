from __future__ import annotations

from typing import Any

import pytest

from bot.delivery.gaps.watching import MINUTES, GapWatch
from bot.delivery.service import Rated, Turned
from bot.dialogue.conversation import Reply, Watch
from bot.dialogue.events import AsksEnd, Chosen, NotHelped, WantsPerson
from bot.dialogue.ratings import Verdict
from tests.delivery.gaps.talk import ANN, AT, BEN, answered, asked_back, ranked, refused, turned

BACK = asked_back("feeding", "rising")
AGREED = Reply("answer", "", parts=answered("rising").parts, trace=ranked("rising", steps=("agreed",)))


def heard(*turns: Turned) -> list[tuple[str, str, tuple[str, ...]]]:
    watch = GapWatch(lambda text: None if "secret" in text else text.replace("Ann", "[name]"))
    return [(gap.reason, gap.text, gap.told) for turn in turns for gap in watch.turned(turn)]


HOW = turned("how?", answered("rising"))
WHICH = turned("how?", BACK)
NO_HELP = turned(NotHelped(), BACK)
NO_USE = turned("no use", Reply("clarify", "", choices=BACK.choices, trace=ranked(steps=("runners_up",))))
FROST = turned("frost?", refused())
RISING = turned(Chosen("rising"), answered("rising"))
UNHELPED = ("unhelped", "how?", ("rising",))
UNCHOSEN = ("unchosen", "how?", ("feeding", "rising"))


@pytest.mark.parametrize(
    ("turns", "gaps"),
    [
        pytest.param([turned("Ann: ice?", refused("a", "b"))], [("unanswered", "[name]: ice?", ("a", "b"))], id="refused"),
        pytest.param([turned("a secret", refused())], [], id="in doubt"),
        pytest.param([turned("ok", Reply("fallback", ""))], [], id="nothing was asked"),
        pytest.param([HOW], [], id="answered"),
        pytest.param([HOW, NO_HELP], [UNHELPED], id="no help"),
        pytest.param([HOW, NO_USE], [UNHELPED], id="no help, in words"),
        pytest.param([HOW, turned(NotHelped(), BACK, BEN)], [], id="no help to another"),
        pytest.param([NO_HELP], [], id="no help, and no question is known"),
        pytest.param([WHICH, RISING], [], id="chosen"),
        pytest.param([WHICH, turned("the second", AGREED)], [], id="chosen in words"),
        pytest.param([WHICH, turned(AsksEnd(), Reply("timeline", ""))], [], id="not chosen yet"),
        pytest.param([WHICH, RISING, NO_HELP], [UNHELPED], id="chosen, and no help"),
        pytest.param([WHICH, turned(WantsPerson(), Reply("handoff", ""))], [UNCHOSEN], id="to a person"),
        pytest.param([WHICH, FROST], [UNCHOSEN, ("unanswered", "frost?", ("feeding",))], id="another question"),
        pytest.param([WHICH, turned("bye", Reply("smalltalk", "", forgets=True)), NO_HELP], [], id="forgotten"),
    ],
)
def test_a_gap_is_what_did_not_help(turns: list[Turned], gaps: list[tuple[str, str, tuple[str, ...]]]) -> None:
    assert heard(*turns) == gaps


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"before": Watch()}, id="after danger"),
        pytest.param({"after": Watch(("overdose",))}, id="danger is watched"),
    ],
)
def test_where_danger_was_heard_nothing_is_kept(more: dict[str, Any]) -> None:
    assert heard(turned("how?", answered("rising")), turned("frost?", refused(), **more), turned(NotHelped(), BACK)) == []


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply("urgent", "", urgent="plain"), id="urgent"),
        pytest.param(Reply("support", ""), id="support"),
        pytest.param(refused(helpline=True), id="numbers"),
        pytest.param(Reply("fallback", "", trace=ranked("feeding", steps=("care",))), id="care"),
        pytest.param(Reply("fallback", "", trace=ranked("feeding", steps=("foreign",))), id="another language"),
    ],
)
def test_what_sounds_like_danger_is_not_kept(reply: Reply) -> None:
    assert heard(turned("frost?", reply)) == []


@pytest.mark.parametrize(
    ("verdicts", "kept"), [(("helped",), 0), (("not_helped",), 1), (("not_helped", "wrong"), 1), (("missing",), 1)]
)
def test_what_is_said_of_an_answer_makes_one_gap(verdicts: tuple[Verdict, ...], kept: int) -> None:
    watch = GapWatch(str)
    watch.turned(turned("how?", answered("rising")))
    watch.turned(turned("when?", answered("feeding")))
    rated = Rated(ANN, ("rising",), verdicts, AT)
    gaps = [*watch.rated(rated), *watch.rated(rated)]
    assert [(gap.text, gap.told) for gap in gaps] == [("how?", ("rising",))] * kept


def test_who_goes_away_chose_nothing_and_after_minutes_nothing_is_remembered() -> None:
    watch = GapWatch(str)
    watch.turned(turned("how?", BACK))
    watch.turned(turned("when?", answered("rising"), BEN))
    assert watch.expire(AT + 60 * MINUTES - 1) == []
    assert [gap.reason for gap in watch.expire(AT + 60 * MINUTES)] == ["unchosen"]
    assert watch.turned(turned(NotHelped(), BACK, BEN)) == []
