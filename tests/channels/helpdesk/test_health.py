"""What the process says of a help desk: refused, away, well again, and when it is unready for it."""

from __future__ import annotations

import logging

import pytest

from bot.channels.helpdesk.health import DeskHealth

FINE = (True, "fine")


def test_one_failure_is_an_accident_and_some_in_a_row_are_none() -> None:
    health = DeskHealth("chatwoot")
    for _ in range(2):
        health.was_refused(422, "Content is too long")
    assert health.shown == FINE
    health.was_refused(404, "Resource could not be found")
    assert health.shown == (True, "refused: 404 Resource could not be found")
    health.went_well()
    assert health.shown == FINE
    for _ in range(3):
        health.was_away()
    assert health.shown == (True, "unreachable")
    health.went_well()
    assert health.shown == FINE


@pytest.mark.parametrize("watched", [True, False])
def test_a_token_that_does_not_hold_is_said_at_once_and_logged_once(watched: bool, caplog: pytest.LogCaptureFixture) -> None:
    health = DeskHealth("chatwoot", watched)
    for _ in range(3):
        health.told_token(False, 401, "Invalid Access Token")
    assert health.shown == (not watched, "refused: 401 Invalid Access Token")
    assert [(record.levelname, record.__dict__["reason"]) for record in caplog.records] == [("ERROR", "Invalid Access Token")]
    with caplog.at_level(logging.INFO):
        health.told_token(True)
    assert health.shown == FINE
    assert caplog.messages[-1] == "the help desk takes calls again"


def test_a_token_that_holds_says_nothing_of_other_refusals() -> None:
    health = DeskHealth("chatwoot", watched=True)
    for _ in range(3):
        health.was_refused(401, "Access to this endpoint is not authorized for bots")
    health.told_token(True)
    assert health.shown == (True, "refused: 401 Access to this endpoint is not authorized for bots")


def test_webhooks_with_another_secret_are_noticed_until_one_is_right(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    health = DeskHealth("chatwoot", clock=lambda: now[0])
    for _ in range(50):
        health.was_forged()
    assert health.shown == (True, "its webhooks are refused: another secret, or a wrong clock")
    assert len(caplog.records) == 1, "anybody can send such webhooks, and must not fill the log"
    health.was_heard()
    assert health.shown == FINE
    now[0] = 9999.0
    for _ in range(50):
        health.was_forged()  # once the secret was right, they are somebody else's
    assert health.shown == FINE
    assert len(caplog.records) == 1
