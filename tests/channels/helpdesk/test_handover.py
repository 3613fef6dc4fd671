"""When a person takes over: what counts as no help, and how often it may happen in a row."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from bot.channels.helpdesk.handover import Reason, reason_for, unhelped
from bot.dialogue.conversation import Kind, Reply
from bot.knowledge.model import Knowledge


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
        pytest.param("smalltalk", None, 1, id="small-talk-is-neither"),
        pytest.param("urgent", None, 1, id="danger-is-neither"),
    ],
)
def test_only_help_ends_a_row_of_none(knowledge: Knowledge, kind: Kind, boundary: str | None, in_a_row: int) -> None:
    one = next(iter(knowledge.boundaries.values()))
    topics = {"silent": replace(one, clinic_text=None), "spoken": replace(one, clinic_text="Ask the desk.")}
    assert unhelped(Reply(kind, "", boundary=boundary), 1, replace(knowledge, boundaries=MappingProxyType(topics))) == in_a_row


@pytest.mark.parametrize(
    ("kind", "in_a_row", "reason"),
    [
        pytest.param("urgent", 0, "urgent", id="danger-at-once"),
        pytest.param("urgent", 5, "urgent", id="danger-before-all-else"),
        pytest.param("handoff", 0, "person", id="asked-for"),
        pytest.param("fallback", 1, None, id="once-is-not-enough"),
        pytest.param("fallback", 2, "lost", id="twice-in-a-row"),
        pytest.param("answer", 0, None, id="answered"),
    ],
)
def test_a_person_takes_over_for_a_reason(kind: Kind, in_a_row: int, reason: Reason | None) -> None:
    assert reason_for(Reply(kind, ""), in_a_row) == reason
