"""What is counted: closed label sets, in the text format that Prometheus reads."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from bot.channels.telegram.api import sender
from bot.delivery.metrics import EVENTS, Metrics
from bot.dialogue.conversation import Kind
from tests.fakes.editions import metrics_of


def test_all_that_a_sender_tells_is_counted() -> None:
    assert {f"send_{event}" for event in sender.EVENTS} == {event for event in EVENTS if event.startswith("send_")}


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_an_event_is_counted(event: str) -> None:
    metrics = metrics_of()
    metrics.count(event)
    metrics.count(event, 4)
    metrics.count(event, 0)
    assert metrics.value(event) == 5
    assert {other for other in EVENTS if metrics.value(other)} == {event}


def test_what_is_no_event_is_a_mistake() -> None:
    metrics = metrics_of()
    with pytest.raises(KeyError):
        metrics.count("how long?")
    with pytest.raises(KeyError):
        metrics.replied("default", "elsewhere", "answer")
    with pytest.raises(KeyError):
        metrics.replied("default", "telegram", "how long?")
    with pytest.raises(KeyError):
        metrics.replied("elsewhere", "telegram", "answer")
    with pytest.raises(KeyError):
        metrics.took("default", "elsewhere", 1)
    assert "how long?" not in metrics.rendered().decode()


def test_all_is_shown_from_the_start() -> None:
    shown = Metrics(("telegram", "web"), ("lake", "hill")).rendered().decode()
    assert all(
        f'infusion_bot_events_total{{clinic="{clinic}",event="{event}"}} 0.0' in shown
        for clinic in ("lake", "hill", "")
        for event in EVENTS
    )
    kinds = get_args(Kind)
    assert all(
        f'infusion_bot_replies_total{{channel="{one}",clinic="{clinic}",kind="{kind}"}} 0.0' in shown
        for clinic in ("lake", "hill")
        for one in ("telegram", "web")
        for kind in kinds
    )
    for line in shown.splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) infusion_bot_\w+ .+|infusion_bot_\w+(\{[^{}]*\})? [0-9.e+-]+", line), line


def test_gauges_and_durations() -> None:
    metrics = metrics_of()
    metrics.waiting(3, 7.5, 2)
    metrics.took("default", "telegram", 0.003)
    metrics.took("default", "telegram", -5)  # a clock that was set back
    metrics.replied("default", "telegram", "urgent")
    shown = metrics.rendered().decode()
    for line in (
        "infusion_bot_waiting 3.0",
        "infusion_bot_oldest_waiting_seconds 7.5",
        "infusion_bot_dead_letters 2.0",
        'infusion_bot_answer_seconds_bucket{channel="telegram",clinic="default",le="0.002"} 1.0',
        'infusion_bot_answer_seconds_bucket{channel="telegram",clinic="default",le="0.005"} 2.0',
        'infusion_bot_replies_total{channel="telegram",clinic="default",kind="urgent"} 1.0',
    ):
        assert line in shown.splitlines()
    metrics.waiting(0, -1, 0)
    assert "infusion_bot_oldest_waiting_seconds 0.0" in metrics.rendered().decode()


def test_two_live_side_by_side() -> None:
    one, two = metrics_of(), metrics_of()
    one.count("taken")
    assert two.value("taken") == 0


def test_campaigns_are_counted_by_clinic() -> None:
    metrics = metrics_of("lake")
    metrics.campaign("lake", "spring", 0)
    assert 'infusion_bot_campaign_starts_total{campaign="spring",clinic="lake"} 0.0' in metrics.rendered().decode()
    metrics.campaign("lake", "spring")
    assert 'infusion_bot_campaign_starts_total{campaign="spring",clinic="lake"} 1.0' in metrics.rendered().decode()


def test_what_happens_at_a_clinic_is_counted_for_no_other() -> None:
    metrics = Metrics(("telegram",), ("lake", "hill"))
    lake, hill = metrics.of("lake"), metrics.of("hill")
    lake.count("answered", 2)
    hill.count("ignored")
    metrics.count("store_error")
    assert (lake.value("answered"), hill.value("answered"), metrics.value("answered")) == (2, 0, 2)
    assert (lake.value("ignored"), metrics.value("ignored"), metrics.value("store_error", "")) == (0, 1, 1)
    with pytest.raises(KeyError):
        metrics.of("elsewhere").count("answered")
