from __future__ import annotations

from bot.authoring.gaps.proposals import GapProposal
from bot.authoring.gaps.trial import Trials
from bot.authoring.score import LabelledQuestion
from bot.dialogue.policy import Dialogue
from tests.authoring.gaps.conftest import make

ASKED = [
    LabelledQuestion("crackling of the crust, how many minutes", "baking_time"),
    LabelledQuestion("flour price", "out:price"),
    LabelledQuestion("How often do I feed it?", "feeding_interval"),
]
CRUST = GapProposal(
    ("crackling of the crust",), "baking", ("crackling of the crust, how many minutes", "crust crackling minutes"), (), 0.5
)
# What is stored for another topic, and would take its questions.
STOLEN = GapProposal(("flour price",), "baking", ("flour price", "price of flour"), (), 0.5)


def test_what_helps_is_ready_and_what_else_moves_is_told(dialogue: Dialogue) -> None:
    trial = Trials(dialogue, make, ASKED).run([CRUST])
    assert (trial.ready, trial.held) == ((0,), {})
    assert trial.right == (trial.right[0], 3)
    assert trial.wrong[1] <= trial.wrong[0]
    assert [one.question for one in trial.moved if one.better > 0] == [ASKED[0].q]


def test_what_takes_questions_of_others_is_held_and_the_rest_is_ready(dialogue: Dialogue) -> None:
    trial = Trials(dialogue, make, ASKED).run([STOLEN, CRUST])
    assert trial.ready == (1,)
    assert "flour price" in trial.held[0]


def test_what_has_no_topic_or_says_nothing_new_is_not_tried(dialogue: Dialogue) -> None:
    def never(_: object) -> Dialogue:
        raise AssertionError

    empty = GapProposal(("x",), "baking", (), (), 0.5)
    trial = Trials(dialogue, never, ASKED).run([GapProposal(("x",), None, ("x",), (), 0.0), empty])
    assert trial.ready == ()
    assert trial.held == {0: "no topic comes near enough", 1: "it says nothing that is not stored"}
    assert trial.right[0] == trial.right[1]
