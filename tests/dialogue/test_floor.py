"""Who has the floor: what counts as no help, when a person takes over, how the floor is taken and given back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.conversation import Choice, Conversation, Floor, Kind, Reply
from bot.dialogue.events import AsksEnd, Chosen, Ended, Event, NotHelped, Said, WantsPerson
from bot.dialogue.floor import Reason, count_unhelped, give_back, hand_over, is_for_bot, reason_for, take_over, was_to_staff
from bot.dialogue.policy import Dialogue

if TYPE_CHECKING:
    from bot.knowledge.model import Knowledge
    from bot.matching.matcher import Matcher

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
LOST, OUTSIDE, DESK = "qwzx plorf", "what does it cost", "I want to book an appointment"
ANSWERED, PERSON, DANGER = "how long does an infusion take?", "I want to talk to a person", "i want to die"
Change = Callable[[Conversation], Conversation]


@pytest.mark.parametrize(
    ("kind", "boundary", "in_a_row"),
    [
        pytest.param("fallback", None, 2, id="not-understood"),
        pytest.param("boundary", "silent", 2, id="only-the-clinic-knows"),
        pytest.param("boundary", "spoken", 0, id="and-has-said-so"),
        pytest.param("boundary", "gone", 2, id="a-topic-that-is-no-more"),
        pytest.param("answer", None, 0, id="answer"),
        pytest.param("clarify", None, 0, id="asked-back"),
        pytest.param("timeline", None, 0, id="clock-times"),
        pytest.param("handoff", None, 0, id="asked-for-a-person"),
        pytest.param("smalltalk", None, 1, id="small-talk-is-neither"),
        pytest.param("urgent", None, 1, id="danger-is-neither"),
        pytest.param("support", None, 1, id="support-is-neither"),
    ],
)
def test_only_help_ends_a_row_of_none(knowledge: Knowledge, kind: Kind, boundary: str | None, in_a_row: int) -> None:
    assert count_unhelped(Reply(kind, "", boundary=boundary), 1, _with_two_boundaries(knowledge)) == in_a_row


def _with_two_boundaries(knowledge: Knowledge) -> Knowledge:
    one = next(iter(knowledge.boundaries.values()))
    topics = {"silent": replace(one, clinic_text=None), "spoken": replace(one, clinic_text="Ask the desk.")}
    return replace(knowledge, boundaries=MappingProxyType(topics))


@pytest.mark.parametrize(
    ("kind", "in_a_row", "reason"),
    [
        pytest.param("urgent", 0, "urgent", id="danger-at-once"),
        pytest.param("urgent", 5, "urgent", id="danger-before-all-else"),
        pytest.param("handoff", 0, "person", id="asked-for"),
        pytest.param("fallback", 1, None, id="once-is-not-enough"),
        pytest.param("fallback", 2, "lost", id="twice-in-a-row"),
        pytest.param("smalltalk", 2, "lost", id="until-somebody-came"),
        pytest.param("answer", 0, None, id="answered"),
        pytest.param("support", 0, None, id="cared-for"),
    ],
)
def test_a_person_takes_over_for_a_reason(kind: Kind, in_a_row: int, reason: Reason | None) -> None:
    assert reason_for(Reply(kind, ""), Conversation(unhelped=in_a_row)) == reason


# -- turn by turn --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("done", "counts"),
    [
        pytest.param([Said(LOST), Said(LOST), Said(LOST)], [1, 2, 3], id="the-same-again"),
        pytest.param([Said(LOST), Said(OUTSIDE), Said(ANSWERED), Said(LOST)], [1, 2, 0, 1], id="until-it-helped"),
        pytest.param([Said(""), Said("hello"), Said(DANGER), Said(LOST)], [1, 1, 1, 1], id="small-talk-and-danger-are-neither"),
        pytest.param([Said(LOST), Said(DANGER), Said("I am safe"), Said(LOST)], [1, 1, 1, 2], id="nor-that-danger-is-over"),
        pytest.param([Said(LOST), Said("start over"), Said(LOST)], [1, 1, 2], id="starting-over-begins-no-new-row"),
        pytest.param([Said(LOST), Said(PERSON), Said(LOST)], [1, 0, 1], id="who-asks-for-a-person-gets-one"),
        pytest.param([Chosen("gone"), Chosen("cost"), Chosen("driving")], [1, 2, 0], id="choices"),
        pytest.param([NotHelped(), WantsPerson(), NotHelped(), AsksEnd()], [1, 0, 1, 0], id="buttons"),
        pytest.param([Said(LOST), Ended(NOW - timedelta(hours=1))], [1, 0], id="an-end-that-was-picked"),
    ],
)
def test_it_is_counted_over_the_turns(dialogue: Dialogue, done: Sequence[Event], counts: Sequence[int]) -> None:
    conversation, found = Conversation(), []
    for event in done:
        _, conversation = dialogue.turn(event, conversation, NOW)
        found.append(conversation.unhelped)
    assert found == counts


@pytest.mark.parametrize(("text", "count"), [(None, 2), ("Call us, and we find a day.", 0)])
def test_a_clinics_own_text_is_help(knowledge: Knowledge, matcher: Matcher, text: str | None, count: int) -> None:
    topics = {**knowledge.boundaries, "booking": replace(knowledge.boundaries["booking"], clinic_text=text)}
    here = Dialogue(replace(knowledge, boundaries=MappingProxyType(topics)), matcher)
    reply, after = here.turn(Said(DESK), Conversation(unhelped=1), NOW)
    assert (reply.boundary, after.unhelped) == ("booking", count)


@pytest.mark.parametrize(
    "event", [*map(Said, [LOST, OUTSIDE, ANSWERED, PERSON, DANGER, "start over", ""]), NotHelped(), AsksEnd()]
)
def test_a_turn_leaves_the_floor_and_replies_whoever_has_it(dialogue: Dialogue, event: Event) -> None:
    expected, _ = dialogue.turn(event, Conversation(), NOW)
    reply, after = dialogue.turn(event, Conversation(unhelped=5, floor=Floor("staff", 9)), NOW)
    assert (reply, after.floor) == (expected, Floor("staff", 9))


# -- taken and given back ------------------------------------------------------------------------------------------

HANDED, TAKEN = partial(hand_over, message=7), partial(take_over, message=7)


@pytest.mark.parametrize(
    ("changes", "floor", "unhelped"),
    [
        pytest.param([], Floor("bot", 0), 1, id="the-bots-at-first"),
        pytest.param([HANDED], Floor("staff", 7), 0, id="handed-over"),
        pytest.param([TAKEN], Floor("staff", 7), 1, id="taken"),
        pytest.param([HANDED, give_back], Floor("bot", 7), 0, id="given-back-it-begins-anew"),
        pytest.param([TAKEN, give_back], Floor("bot", 7), 1, id="what-was-taken-goes-on-as-it-was"),
        pytest.param([TAKEN, partial(hand_over, message=3)], Floor("staff", 7), 0, id="what-comes-late-is-no-earlier-hand-over"),
        pytest.param([TAKEN, partial(take_over, message=3)], Floor("staff", 7), 1, id="nor-taken-earlier"),
        pytest.param([TAKEN, give_back, partial(take_over, message=9)], Floor("staff", 9), 1, id="taken-again"),
        pytest.param([give_back, give_back], Floor("bot", 0), 1, id="given-back-by-nobody"),
    ],
)
def test_the_floor_is_taken_and_given_back(changes: Sequence[Change], floor: Floor, unhelped: int) -> None:
    before = Conversation(greeted=True, topics=("driving",), unhelped=1)
    after = before
    for change in changes:
        after = change(after)
    assert after == replace(before, floor=floor, unhelped=unhelped)


CHANGES = st.just(give_back) | st.builds(
    lambda do, at: partial(do, message=at), st.sampled_from([hand_over, take_over]), st.integers(0)
)


@given(st.lists(CHANGES), st.integers(0))
def test_what_was_to_the_staff_stays_so(changes: Sequence[Change], message: int) -> None:
    conversation, was = Conversation(), False
    for change in changes:
        conversation = change(conversation)
        assert was_to_staff(message, conversation.floor) or not was
        was = was_to_staff(message, conversation.floor)


@pytest.mark.parametrize("holder", ["bot", "staff"])
@pytest.mark.parametrize(("message", "was"), [(6, True), (7, True), (8, False)])
def test_what_was_written_up_to_then_was_to_the_staff(holder: str, message: int, was: bool) -> None:
    assert was_to_staff(message, Floor("staff" if holder == "staff" else "bot", 7)) is was


@pytest.mark.parametrize(
    ("text", "kind", "boundary", "worth"),
    [
        pytest.param("how long does it take", "answer", None, True, id="begins-as-a-question"),
        pytest.param("it takes how long?", "answer", None, True, id="ends-as-one"),
        pytest.param("Hello. I was wondering whether I can drive", "answer", None, True, id="asks-in-other-words"),
        pytest.param("is it?", "clarify", None, True, id="asked-back"),
        pytest.param("it ended at two. when can I eat?", "timeline", None, True, id="clock-times"),
        pytest.param("it ended two hours ago", "timeline", None, False, id="tells"),
        pytest.param("i feel dizzy", "answer", None, False, id="tells-what-there-is-an-answer-to"),
        pytest.param("how are you?", "smalltalk", None, False, id="courtesy"),
        pytest.param("what?", "fallback", None, False, id="not-understood"),
        pytest.param("can somebody call me?", "handoff", None, False, id="wants-a-person"),
        pytest.param("what does it cost?", "boundary", "silent", False, id="only-the-clinic-knows"),
        pytest.param("where are you?", "boundary", "spoken", True, id="and-has-said-so"),
    ],
)
def test_where_people_talk_only_a_question_is_for_the_bot(
    knowledge: Knowledge, text: str, kind: Kind, boundary: str | None, worth: bool
) -> None:
    assert is_for_bot(text, Reply(kind, "", boundary=boundary), Conversation(), _with_two_boundaries(knowledge)) is worth


def test_where_people_talk_a_choice_that_the_bot_gave_is_for_it(knowledge: Knowledge) -> None:
    offered = Conversation(choices=(Choice("driving", "When can I drive?"),))
    assert is_for_bot("1", Reply("answer", "", confidence=1.0), offered, knowledge)
    assert not is_for_bot("i drive a van", Reply("answer", "", confidence=0.8), offered, knowledge)
    assert not is_for_bot("1", Reply("answer", "", confidence=1.0), Conversation(), knowledge)
