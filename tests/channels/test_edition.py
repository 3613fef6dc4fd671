"""An edition makes each thing once, of itself alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.app.editions import LoadedEditions
from bot.channels.edition import Edition
from bot.dialogue.policy import Dialogue
from bot.knowledge.model import Knowledge
from bot.knowledge.overlay.clinic import OpeningHours
from bot.matching.matcher import Matcher


def _other(knowledge: Knowledge, matcher: Matcher) -> Dialogue:
    messages = {**knowledge.messages, "more_nothing": "Another clinic."}
    return Dialogue(replace(knowledge, version="another", messages=messages), matcher)


def test_what_is_made_of_an_edition_is_made_once(dialogue: Dialogue) -> None:
    edition, made = Edition("aurora", dialogue, UTC), []

    def make(given: Edition) -> str:
        made.append(given)
        return given.clinic

    assert [edition.made("name", make) for _ in range(3)] == ["aurora"] * 3
    assert made == [edition]
    assert edition.screen is edition.screen


def test_what_could_not_be_made_is_tried_again(dialogue: Dialogue) -> None:
    edition = Edition("aurora", dialogue, UTC)

    def fail(_: Edition) -> str:
        raise LookupError

    with pytest.raises(LookupError):
        edition.made("name", fail)
    assert edition.made("name", lambda _: "later") == "later"


def test_two_editions_share_nothing_that_is_made(dialogue: Dialogue, knowledge: Knowledge, matcher: Matcher) -> None:
    here, there = Edition("aurora", dialogue, UTC), Edition("borealis", _other(knowledge, matcher), ZoneInfo("America/Chicago"))
    assert here.made("name", lambda edition: edition.clinic) != there.made("name", lambda edition: edition.clinic)
    assert here.screen is not there.screen
    assert (here.knowledge.version, there.knowledge.version) == (knowledge.version, "another")
    assert there.say("more_nothing") == "Another clinic." != here.say("more_nothing")
    assert (here.moment(0).isoformat(), there.moment(0).isoformat()) == ("1970-01-01T00:00:00+00:00", "1969-12-31T18:00:00-06:00")


def test_pictures_are_drawn_of_the_edition(dialogue: Dialogue, knowledge: Knowledge, matcher: Matcher) -> None:
    assert Edition("aurora", dialogue, UTC).png().startswith(b"\x89PNG")
    claims = {id: claim for id, claim in knowledge.claims.items() if id != "onset"}
    bare = Dialogue(replace(knowledge, claims=claims, entries={}), matcher)
    with pytest.raises(LookupError):
        Edition("aurora", bare, UTC).svg()


def test_only_clinics_that_are_served_have_an_edition(dialogue: Dialogue) -> None:
    editions = LoadedEditions([Edition("aurora", dialogue, UTC)])
    assert editions.current("aurora").clinic == "aurora"
    with pytest.raises(KeyError):
        editions.current("borealis")


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        pytest.param(None, "", id="not-told"),
        pytest.param(OpeningHours((((480, 1020),),) * 5 + ((), ())), "back at 8:00 am on Monday", id="over-the-week-end"),
        pytest.param(OpeningHours((((0, 1440),),) * 7), "", id="open"),
        pytest.param(OpeningHours(((),) * 7), "Nobody is there for now", id="never"),
    ],
)
def test_when_somebody_is_there_again_is_told_while_nobody_is(
    knowledge: Knowledge, matcher: Matcher, hours: OpeningHours | None, said: str
) -> None:
    changed = replace(knowledge, clinic=replace(knowledge.clinic, hours=hours))
    edition = Edition("aurora", Dialogue(changed, matcher), UTC)
    saturday = datetime(2026, 12, 5, 11, 0, tzinfo=UTC).timestamp()
    told = edition.away(saturday)
    assert said in told if said else told == ""
