"""What an utterance takes over from the last topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.dialogue.steps.followups import FollowUps

if TYPE_CHECKING:
    from bot.knowledge.model import Knowledge
    from bot.matching.matcher import Matcher


@pytest.fixture(scope="module")
def followups(knowledge: Knowledge, matcher: Matcher) -> FollowUps:
    return FollowUps(knowledge, matcher.language)


@pytest.mark.parametrize(
    ("last", "said", "topic"),
    [
        ("series_relief_depression", "and for pain?", "pain_relief"),
        ("series_relief_depression", "what about crps then", "pain_relief"),
        ("pain_relief", "and for depression?", "series_relief_depression"),
        ("mechanism", "and in pain patients?", "pain_mechanism"),
        ("single_infusion_relief", "and after six of them?", "series_relief_depression"),
        ("series_relief_depression", "and after just one?", "single_infusion_relief"),
        ("onset", "and for anxiety?", "anxiety_ptsd_timing"),
        ("initial_series", "no not at the start, later", "maintenance_frequency"),
        ("initial_series", "and afterwards?", "maintenance_frequency"),
        ("maintenance_frequency", "and at the start?", "initial_series"),
        ("factors", "and my age?", "age"),
        ("factors", "what about therapy?", "psychotherapy"),
    ],
)
def test_one_aspect_is_changed_and_the_rest_kept(last: str, said: str, topic: str, followups: FollowUps) -> None:
    heard = followups.detect(said, (last,))
    assert heard is not None
    assert heard.topic == topic


@pytest.mark.parametrize(
    ("topics", "subject"),
    [
        (("maintenance_what",), "maintenance"),
        (("pain_relief",), "pain"),
        (("initial_series",), "series"),
        (("onset",), ""),
        (("infusion_length",), ""),
        (("cost", "maintenance_goal"), "maintenance"),
        (("cost",), ""),
    ],
)
def test_the_subject_is_what_was_spoken_of_also_over_a_boundary(
    topics: tuple[str, ...], subject: str, followups: FollowUps
) -> None:
    heard = followups.detect("how often do i need them?", topics)
    assert heard is not None
    assert (heard.last, heard.topic, heard.subject, heard.bare) == (topics[0], None, subject, True)


def test_neighbours_are_what_is_related_and_what_is_about_the_same(followups: FollowUps) -> None:
    heard = followups.detect("who decides that", ("maintenance_frequency",))
    assert heard is not None
    assert {"maintenance_timing", "maintenance_goal", "maintenance_what"} <= heard.neighbours
    assert "half_life" not in heard.neighbours


@pytest.mark.parametrize(
    ("topics", "said"),
    [
        ((), "and for pain?"),
        (("gone_since",), "and for pain?"),
        (("onset",), "does insurance pay"),
        (("onset",), "and my neighbour wants to hear whether she may eat before her appointment on friday"),
    ],
    ids=["nothing said before", "topic no longer known", "a question of its own", "long"],
)
def test_what_stands_by_itself_is_no_follow_up(topics: tuple[str, ...], said: str, followups: FollowUps) -> None:
    assert followups.detect(said, topics) is None


@pytest.mark.parametrize(
    ("said", "bare"), [("when?", True), ("ok and how often do they then, thanks", True), ("when driving?", False), ("", True)]
)
def test_bare_questions_have_no_subject_of_their_own(said: str, bare: bool, followups: FollowUps) -> None:
    assert followups.is_bare(said) is bare
