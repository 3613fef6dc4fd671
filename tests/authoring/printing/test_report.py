"""What a clinician gets to read: all that patients read, and what stands behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from types import MappingProxyType

import pytest

from bot.authoring.printing.report import Report, digest_of, report_of
from bot.dialogue.replies import Composer
from bot.dialogue.reviews import reviewables, standings
from bot.dialogue.trace import Trace
from bot.knowledge.model import Knowledge, Signature

NOW = datetime(2026, 6, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def report(at_clinic: Knowledge) -> Report:
    return report_of(at_clinic, NOW)


def words(report: Report) -> dict[str, str]:
    return {text.id: "\n".join(said for _, said in text.said) for group in report.groups for text in group.texts}


def test_every_text_that_is_signed_is_there_once(at_clinic: Knowledge, report: Report) -> None:
    ids = [text.id for group in report.groups for text in group.texts]
    assert sorted(ids) == sorted(reviewables(at_clinic))


def test_every_answer_stands_as_patients_see_it(at_clinic: Knowledge, report: Report) -> None:
    compose, told = Composer(at_clinic), words(report)
    for topic in at_clinic.topics:
        assert compose.topics([(topic.id, 1.0)], Trace()).text in told[topic.id]
    for entry in at_clinic.entries.values():
        assert compose.figured(entry.detail or "") in told[entry.id]


def test_every_claim_that_is_told_is_there_with_its_figures_and_its_place(at_clinic: Knowledge, report: Report) -> None:
    rests = {name: said for group in report.groups for text in group.texts for name, said in text.rests}
    cited = {id for topic in at_clinic.entries.values() for id in (*topic.claims, *topic.safety)}
    assert {name.removeprefix("Claim ").removesuffix(":") for name in rests} >= cited
    for id in cited:
        claim, said = at_clinic.claims[id], rests[f"Claim {id}:"]
        assert all(quantity.shown(at_clinic.grammar) in said for quantity in claim.quantities)
        assert f"paragraph {claim.place.paragraph}." in said
        assert claim.scope in said


def test_every_word_to_a_person_in_danger_is_there_with_its_numbers(at_clinic: Knowledge, report: Report) -> None:
    compose, told = Composer(at_clinic), words(report)
    danger = [text for text in reviewables(at_clinic).values() if text.kind == "danger"]
    assert {text.id for text in danger} <= told.keys()
    for language, by_kind in at_clinic.care.alarm.items():
        for kind, text in by_kind.items():
            assert compose.figured_in(language, text).strip() == told[f"danger.alarm.{language}.{kind}"]
    for text in at_clinic.care.check:
        assert compose.figured(text) in told["danger.check"]
    assert [id for id, said in told.items() if id.startswith("danger") and "{" in said] == []


def test_numbers_clock_times_and_the_leaflet_are_there(at_clinic: Knowledge, report: Report) -> None:
    told = words(report)
    for number in (at_clinic.clinic.emergency, at_clinic.clinic.crisis, at_clinic.clinic.poison, "Call 555 0100."):
        assert number in told["clinic.numbers"]
    assert "wear off between 3:10 pm and 5:10 pm" in told["timeline"]
    assert "at the earliest 2:10 am on Wednesday, June 3" in told["timeline"]
    assert "Relief from chronic pain" in told["timeline"]
    assert "You must have a ride home." in told["sheet"]


def test_a_folder_that_nobody_signed_says_so(report: Report) -> None:
    assert ("Last sign-off", "none; no clinician has signed a text of it") in report.facts
    assert report.groups[0].title == "Answers from the source"
    assert {text.standing.partition(";")[0] for group in report.groups for text in group.texts} == {"never signed"}


def test_what_changed_since_the_last_sign_off_comes_first(at_clinic: Knowledge) -> None:
    signed = {id: (Signature("Dr. Rye", date(2026, 6, 1), one.hash),) for id, one in reviewables(at_clinic).items()}
    driving = replace(at_clinic.entries["driving"], answer="Ask your clinic.")
    entries = MappingProxyType({**at_clinic.entries, "driving": driving})
    del signed["cost"]
    was = reviewables(at_clinic)["driving"]
    after = report_of(replace(at_clinic, entries=entries, signatures=signed), NOW, {was.hash: was.lines})
    first, second, third = after.groups[:3]
    assert first.title == "Changed since the last sign-off, or due again"
    assert [(text.id, text.state) for text in first.texts] == [("driving", "changed")]
    assert (second.title, [text.id for text in second.texts]) == ("Not signed yet", ["cost"])
    assert first.texts[0].standing.startswith("CHANGED since Dr. Rye signed it on 2026-06-01")
    assert first.texts[0].said[:2] == (("Signed, and gone", was.lines[1]), ("Not signed, and new", "Ask your clinic."))
    assert first.texts[0].said[2][0] == "As it stands now"
    assert "driving" not in {text.id for text in third.texts}
    assert ("Last sign-off", "Dr. Rye, June 1, 2026") in after.facts


def test_its_digest_stands_for_these_texts_alone(at_clinic: Knowledge, report: Report) -> None:
    assert report.digest == digest_of(standings(at_clinic, NOW.date())) == report_of(at_clinic, NOW).digest
    number = replace(at_clinic, clinic=replace(at_clinic.clinic, emergency="999"))
    assert report_of(number, NOW).digest != report.digest


def test_a_document_that_stands_nowhere_is_named_without_an_address(at_clinic: Knowledge) -> None:
    documents = tuple(replace(one, link="") for one in at_clinic.documents)
    told = [value for what, value in report_of(replace(at_clinic, documents=documents), NOW).facts if what == "Source"]
    assert told == [f"{one.title}, {one.publisher}" for one in documents]
