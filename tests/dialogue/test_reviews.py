"""Which texts are signed: what a signature covers, and what makes a text unsigned again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType

import pytest

from bot.app.paths import knowledge_folder
from bot.dialogue.reviews import NUMBERS, OF_CLINIC, TIMELINE, counts, reviewables, signatures_of, standings, withheld
from bot.knowledge import schema
from bot.knowledge.care import AfterTexts, CareTexts
from bot.knowledge.load import KnowledgeError, ledger_of, ledger_path, load
from bot.knowledge.model import Knowledge, Signature
from tests import folders

ON, TODAY = date(2026, 6, 1), date(2026, 6, 2)


@pytest.fixture
def small(tmp_path: Path) -> Knowledge:
    return load(folders.write(tmp_path / "bread"))


def signed(knowledge: Knowledge, review_by: date | None = None) -> Knowledge:
    """``knowledge`` with every text of it signed as it is."""
    texts = reviewables(knowledge).values()
    return replace(knowledge, signatures=MappingProxyType({one.id: (Signature("A", ON, one.hash, review_by),) for one in texts}))


def states(knowledge: Knowledge, today: date = TODAY) -> Mapping[str, str]:
    return {one.text.id: one.state for one in standings(knowledge, today)}


def said(knowledge: Knowledge) -> set[str]:
    return {line for text in reviewables(knowledge).values() for line in text.lines}


def test_every_text_of_the_shipped_knowledge_is_to_be_signed_and_none_is(knowledge: Knowledge) -> None:
    found = standings(knowledge, TODAY)
    assert counts(found) == {"unsigned": len(found)}
    ids = {one.text.id for one in found}
    assert ids >= {topic.id for topic in knowledge.topics} | {TIMELINE, NUMBERS}


def test_no_word_to_a_person_in_danger_is_left_out(knowledge: Knowledge) -> None:
    care = knowledge.care
    texts = [text for by_kind in (*care.alarm.values(), *care.also.values()) for text in by_kind.values()]
    afters: list[CareTexts | AfterTexts] = [care, *care.told.values()]
    for after in afters:
        lists = [getattr(after, key) for key in schema.AFTER_SAID] + list(after.follow.values())
        texts += [text for some in lists for text in some] + [*after.lines.values(), after.numbers]
    texts += [text for key in schema.CARE_SAID for text in getattr(care, key)] + [one.text for one in care.obstacles]
    texts += [text for one in knowledge.languages for text in (one.sorry, one.help, one.urgent, one.medical)]
    assert set(texts) - said(knowledge) == set()


def test_the_numbers_of_a_clinic_are_all_covered() -> None:
    assert set(schema.NUMBERS) < set(OF_CLINIC)


@pytest.mark.parametrize(
    ("changed", "unsigned"),
    [
        pytest.param({}, set(), id="nothing"),
        pytest.param({"bread": folders.BREAD.replace("wild yeast lives", "yeast lives")}, {"starter"}, id="an-answer"),
        pytest.param({"oven": folders.OVEN.replace("It keeps", "Bread keeps")}, {"baking"}, id="a-detail"),
        pytest.param({"boundaries": folders.BOUNDARIES.replace("Ask your baker", "Ask a miller")}, {"price"}, id="a-reply"),
        # Two entries and a boundary topic show this claim.
        pytest.param({"claims": folders.CLAIMS.replace("8 hours", "9 hours")}, {"starter", "feeding", "storage"}, id="a-figure"),
        pytest.param({"claims": folders.CLAIMS.replace("a hot oven", "every oven")}, {"baking"}, id="a-scope"),
        pytest.param(
            {"replies": folders.REPLIES.replace("Please call {emergency} now", "Call {emergency} now")},
            {"danger.alarm.en.medical"},
            id="danger",
        ),
        pytest.param({"default": folders.CLINIC.replace('"112"', '"999"')}, {NUMBERS}, id="a-number"),
        pytest.param({"bread": folders.BREAD.replace("starter meaning", "starter what")}, set(), id="a-phrase"),
    ],
)
def test_an_edit_makes_unsigned_what_it_changes_and_nothing_else(
    small: Knowledge, tmp_path: Path, changed: dict[str, str], unsigned: set[str]
) -> None:
    edited = replace(load(folders.write(tmp_path / "edited", **changed)), signatures=signed(small).signatures)
    assert {id for id, state in states(edited).items() if state == "changed"} == unsigned
    assert {state for id, state in states(edited).items() if id not in unsigned} == {"signed"}


def test_a_changed_paragraph_of_the_source_puts_what_rests_on_it_in_doubt(small: Knowledge) -> None:
    before = signed(small)
    document = small.documents[0]
    sections = tuple(replace(one, paragraphs=("0" * 64,)) if one.id == "baking" else one for one in document.sections)
    after = replace(before, documents=(replace(document, sections=sections),))
    assert {id for id, state in states(after).items() if state != "signed"} == {"baking"}


def test_a_review_falls_due_the_day_after(small: Knowledge) -> None:
    whole = signed(small, review_by=date(2027, 6, 1))
    assert set(states(whole, date(2027, 6, 1)).values()) == {"signed"}
    assert set(states(whole, date(2027, 6, 2)).values()) == {"overdue"}


def test_what_was_typed_by_hand_says_not_which_text_was_read(small: Knowledge) -> None:
    found = states(small)
    assert {found["starter"], found["price"]} == {"by hand"}
    assert found["danger.check"] == "unsigned"


def test_a_signature_is_named_while_it_is_of_the_text(small: Knowledge) -> None:
    whole = signed(small, review_by=date(2026, 6, 1))
    assert signatures_of(whole).keys() == reviewables(small).keys()
    claims = MappingProxyType({**small.claims, "what_is": replace(small.claims["what_is"], scope="some")})
    assert reviewables(small).keys() - signatures_of(replace(whole, claims=claims)).keys() == {"starter"}
    assert signatures_of(small) == {}


def test_of_two_signatures_the_one_that_is_of_this_text_holds(small: Knowledge) -> None:
    text = reviewables(small)["starter"]
    two = (Signature("Base", ON, "0" * 16), Signature("Clinic", ON, text.hash))
    for order in (two, two[::-1]):
        (one,) = [s for s in standings(replace(small, signatures={"starter": order}), TODAY) if s.text.id == "starter"]
        assert (one.state, one.signature and one.signature.by) == ("signed", "Clinic")


def test_nothing_is_withheld_unless_the_clinic_says_so(small: Knowledge) -> None:
    assert withheld(small, TODAY) == frozenset()


def test_what_rests_on_a_document_that_needs_a_signature_waits_for_one(small: Knowledge) -> None:
    document = replace(small.documents[0], needs_signature=True)
    careful = replace(small, documents=(document, *small.documents[1:]))
    resting = {
        one.id for one in small.entries.values() if any(small.claims[id].place.document == document.id for id in one.claims)
    }
    assert resting
    assert withheld(careful, TODAY) == resting - set(small.hours.first if small.hours else ())
    assert withheld(signed(careful), TODAY) == frozenset()
    assert withheld(signed(careful, review_by=ON), TODAY) == withheld(careful, TODAY), "its review is due"


def test_danger_is_never_withheld_nor_what_cannot_wait(knowledge: Knowledge) -> None:
    asked = replace(knowledge, clinic=replace(knowledge.clinic, unreviewed="ask_clinic"))
    held = withheld(asked, TODAY)
    assert knowledge.hours is not None
    assert held == {TIMELINE, *(topic.id for topic in knowledge.topics)} - set(knowledge.hours.first)
    assert withheld(signed(asked), TODAY) == frozenset()


def test_a_text_of_the_clinics_own_is_signed_in_place_of_the_reply(knowledge: Knowledge) -> None:
    own, base = reviewables(load(knowledge_folder(), "example"))["booking"], reviewables(knowledge)["booking"]
    assert own.lines[1].startswith("To book, move or cancel an appointment")
    assert own.hash != base.hash
    assert (own.file, base.file) == ("clinics/example, boundaries", "safety/boundaries.yaml")


# -- the files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "ledger"),
    [
        pytest.param("clinics/lake.yaml", "clinics/lake.reviews", id="a-file"),
        pytest.param("clinics/lake/clinic.yaml", "clinics/lake/reviews.yaml", id="a-folder"),
    ],
)
def test_a_clinic_has_a_ledger_of_its_own_that_is_no_clinic(tmp_path: Path, file: str, ledger: str) -> None:
    folder = folders.write(tmp_path / "bread")
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_text(folders.CLINIC.replace("id: default", "id: lake"), "utf-8")
    text = reviewables(load(folder, "lake"))["starter"]
    assert ledger_of(file) == ledger
    assert ledger_path(folder, "lake") == folder / ledger
    (folder / ledger).write_text(f'starter: {{by: A, on: 2026-06-01, text: "{text.hash}"}}\n', "utf-8")
    assert states(load(folder, "lake"))["starter"] == "signed"
    assert states(load(folder))["starter"] == "by hand"


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        pytest.param("starter: {by: A, on: 2026-06-01}", "a signature lacks text", id="of-nothing"),
        pytest.param("starter: {by: A, on: 2026-06-01, text: 12}", "is not the hash of what was signed", id="no-hash"),
        pytest.param(
            f'starter: {{by: A, on: 2026-06-01, review_by: 2026-06-01, text: "{"0" * 16}"}}',
            "write a later day",
            id="due-at-once",
        ),
    ],
)
def test_a_ledger_that_is_none_is_a_mistake_with_its_line(tmp_path: Path, line: str, wrong: str) -> None:
    folder = folders.write(tmp_path / "bread")
    (folder / "reviews.yaml").write_text(f"# mine\n{line}\n", "utf-8")
    with pytest.raises(KnowledgeError, match=rf"^reviews\.yaml:2: .*{wrong}"):
        load(folder)
