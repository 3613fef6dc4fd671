"""What patients read of a clinic's hours, and that nothing is said of what it did not give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.dialogue.conversation import Conversation, Reply
from bot.dialogue.events import Chosen, Event, Said, WantsPerson
from bot.dialogue.policy import Dialogue
from bot.knowledge.model import Knowledge
from bot.knowledge.overlay.clinic import Clinic, Holiday, OpeningHours
from bot.matching.matcher import Matcher
from bot.safety.detector import DangerDetector

DAY, SHORT = ((510, 1020),), ((540, 720), (780, 960))
HOURS = OpeningHours(
    (DAY, DAY, DAY, DAY, SHORT, (), ()),
    (Holiday(date(2026, 12, 25), date(2026, 12, 25), "Christmas Day"), Holiday(date(2026, 12, 31), date(2027, 1, 1), "New Year")),
)
WEEK = """\
When we are open:
Monday to Thursday: 8:30 am to 5:00 pm
Friday: 9:00 am to 12:00 pm, 1:00 pm to 4:00 pm
Saturday and Sunday: closed"""
TUESDAY = datetime(2026, 12, 1, 15, tzinfo=UTC)  # nine in the morning in Chicago
SOURCE = "Source: the clinic’s hours, as it gave them. Of a holiday that does not stand here, please ask first."
Ask = Callable[..., Reply]


@pytest.fixture(scope="module")
def asked(knowledge: Knowledge, matcher: Matcher, detector: DangerDetector) -> Callable[..., Reply]:
    made: dict[Clinic, Dialogue] = {}

    def ask(event: Event | str, now: datetime = TUESDAY, timezone: str | None = "America/Chicago", **of_clinic: object) -> Reply:
        clinic = replace(knowledge.clinic, timezone=timezone, contact="Call 555 0100.", **{"hours": HOURS, **of_clinic})  # type: ignore[arg-type]  # as given
        dialogue = made.setdefault(clinic, Dialogue(replace(knowledge, clinic=clinic), matcher, detector))
        return dialogue.turn(Said(event) if isinstance(event, str) else event, Conversation(greeted=True), now)[0]

    return ask


@pytest.mark.parametrize("event", ["when are you open?", "are you open now?", "open on saturdays?", Chosen("location_hours")])
def test_the_hours_are_told_with_now_and_the_holidays_that_come(asked: Ask, event: Event | str) -> None:
    text = asked(event).text
    assert text.startswith(f"We are open now, until 5:00 pm.\n\n{WEEK}\nClosed on Friday, December 25: Christmas Day\n")
    assert "Closed from Thursday, December 31 to Friday, January 1: New Year" in text
    assert f"{SOURCE}\n\nI know no addresses. Call 555 0100." in text


@pytest.mark.parametrize(
    ("now", "told"),
    [
        pytest.param(
            datetime(2026, 12, 1, 14, 29, tzinfo=UTC), "We are closed now. We open again at 8:30 am.", id="a-minute-before"
        ),
        pytest.param(
            datetime(2026, 12, 1, 23, tzinfo=UTC), "We open again at 8:30 am on Wednesday, December 2.", id="in-the-evening"
        ),
        pytest.param(datetime(2026, 12, 4, 18, 30, tzinfo=UTC), "We are closed now. We open again at 1:00 pm.", id="at-lunch"),
        pytest.param(
            datetime(2026, 12, 4, 23, tzinfo=UTC), "We open again at 8:30 am on Monday, December 7.", id="over-a-weekend"
        ),
        pytest.param(
            datetime(2026, 12, 25, 16, tzinfo=UTC),
            "We are closed today (Christmas Day). We open again at 8:30 am on Monday, December 28.",
            id="on-a-holiday",
        ),
    ],
)
def test_when_closed_it_says_when_it_opens(asked: Ask, now: datetime, told: str) -> None:
    assert told in asked("are you open now?", now).text
    assert asked(WantsPerson(), now).text.endswith("If it cannot wait until then, see a doctor; in an emergency call 911.")


def test_an_answer_that_was_kept_tells_the_new_hour(asked: Ask) -> None:
    assert "open now" in asked("are you open now?").text
    assert "closed now" in asked("are you open now?", datetime(2026, 12, 1, 23, 30, tzinfo=UTC)).text


def test_who_wants_a_person_hears_whether_one_is_there(asked: Ask) -> None:
    assert asked("can I talk to a person?").text.endswith("We are open now, until 5:00 pm.")


@pytest.mark.parametrize("clinic", [{"hours": None}, {"hours": None, "timezone": None}])
def test_nothing_is_said_of_hours_that_were_not_given(asked: Ask, clinic: dict[str, None]) -> None:
    text = asked("are you open now?", **clinic).text
    assert "I know no addresses or opening hours." in text
    assert "open now" not in text + asked(WantsPerson(), **clinic).text


def test_without_a_time_zone_nothing_is_said_of_now(asked: Ask) -> None:
    text = asked("are you open now?", timezone=None).text
    assert text.startswith(WEEK)
    assert "now" not in text.partition("Source")[0]
    assert "now" not in asked(WantsPerson(), timezone=None).text.lower()


def test_the_words_of_the_clinic_on_where_it_is_stand_below(knowledge: Knowledge, matcher: Matcher) -> None:
    topic = replace(knowledge.boundaries["location_hours"], clinic_text="You find us at the lake.")
    clinic = replace(knowledge.clinic, timezone="America/Chicago", hours=HOURS)
    own = replace(knowledge, clinic=clinic, boundaries={**knowledge.boundaries, topic.id: topic})
    text = Dialogue(own, matcher).turn(Said("where are you located"), Conversation(greeted=True), TUESDAY)[0].text
    assert text.endswith(f"{SOURCE}\n\nYou find us at the lake.")


def test_a_clinic_that_is_always_there_says_so(asked: Ask) -> None:
    text = asked("are you open now?", hours=OpeningHours((((0, 1440),),) * 7)).text
    assert text.startswith("We are open now, at any hour.\n\nWhen we are open:\nMonday to Sunday: at any hour")
