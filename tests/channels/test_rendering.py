"""What a page gets to show of a reply."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.app.paths import knowledge_folder
from bot.channels.rendering import Screen, link, number_spans, phone_numbers, screen_of
from bot.dialogue.conversation import Choice, Conversation, Kind, Reply
from bot.dialogue.events import Chosen
from bot.dialogue.policy import Dialogue
from bot.dialogue.replies import Composer
from bot.knowledge.model import Document, Knowledge, Place, Section
from bot.knowledge.overlay.clinic import Clinic

LINK = "https://source.test/a"
SECTIONS = (Section("intro", "Introduction", None, ()), Section("long", "How-long, & why", "How-long, & why", ()))
DOCUMENT = Document("d", "How long?", "Publisher", LINK, SECTIONS)
SOURCE = f"Source: How long?, section “A”, paragraph 2. {LINK}"
LONG = Place("d", "long", 2)
QUESTIONS = (Choice("rising", "How long does it rise?"), Choice("rolls", "And rolls?"))
CLINIC = Clinic(
    "c",
    contact="Call 555 0100 (Monday to Friday, 9:00 to 17:00, room 400, 24/7) or write to care@clinic.test.",
    emergency="911",
    crisis="988 (call or text)",
    crisis_spanish="988 (envíe AYUDA por texto)",
    poison="1-800-222-1222",
    violence="1-800-799-7233, or text START to 88788",
    child="1-800-422-4453",
)
NOW = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def screen(knowledge: Knowledge) -> Screen:
    return Screen(
        replace(knowledge, documents=(DOCUMENT,), clinic=CLINIC), frozenset({"drawn"}), "Hello. In an emergency call 911."
    )


def blocks(screen: Screen, reply: Reply) -> list[object]:
    shown = screen.render(reply)["blocks"]
    return [tuple(value for name, value in block.items() if name != "cited") for block in shown]


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        pytest.param(Reply("answer", "One.\nTwo.\n\nThree."), [("text", "One.\nTwo."), ("text", "Three.")], id="paragraphs"),
        pytest.param(
            Reply("answer", "These:\n- one\n• two\nand more"),
            [("text", "These:"), ("list", ["one", "two"]), ("text", "and more")],
            id="list",
        ),
        pytest.param(
            Reply("answer", f"One.\n\n{SOURCE}", sources=(LONG,)),
            [
                ("text", "One."),
                (
                    "source",
                    "Source:",
                    "How long?",
                    "section “A”, paragraph 2",
                    f"{LINK}#:~:text=How%2Dlong%2C%20%26%20why",
                ),
            ],
            id="source",
        ),
        pytest.param(
            Reply("answer", f"One.\n\nYou can also ask: How long does it rise? And rolls?\n\n{SOURCE}", related=QUESTIONS),
            [
                ("text", "One."),
                ("source", "Source:", "How long?", "section “A”, paragraph 2", LINK),
                ("text", "You can also ask:"),
            ],
            id="questions-on-buttons",
        ),
        pytest.param(
            Reply("clarify", "Which?\n1. How long does it rise?\n2. And rolls?\nChoose.", choices=QUESTIONS),
            [("text", "Which?\nChoose.")],
            id="choices-on-buttons",
        ),
        pytest.param(Reply("urgent", SOURCE), [("text", SOURCE)], id="urgent-as-it-is"),
        pytest.param(Reply("answer", "\n\n \n"), [], id="nothing"),
    ],
)
def test_the_text_becomes_blocks(screen: Screen, reply: Reply, shown: list[object]) -> None:
    assert blocks(screen, reply) == shown


LONG_LINK = f"{LINK}#:~:text=How%2Dlong%2C%20%26%20why"


@pytest.mark.parametrize(
    ("named", "cited"),
    [
        pytest.param("“A”, paragraph 1", [("“A”, paragraph 1", LINK)], id="one"),
        pytest.param("“A”, paragraph 1; “B”, 2, 3", [("“A”, paragraph 1", LINK), ("“B”, 2, 3", LONG_LINK)], id="two"),
        pytest.param("“A; or B”, paragraph 1", [], id="it-cannot-be-told-which"),
    ],
)
def test_each_place_that_is_cited_can_be_opened(screen: Screen, named: str, cited: list[tuple[str, str]]) -> None:
    places = (Place("d", "intro", 1), LONG, Place("d", "long", 3))[: 3 if len(cited) == 2 else 1]
    told = screen.render(Reply("answer", f"Source: How long?, {named}. {LINK}", sources=places))["blocks"][0]["cited"]
    assert [(one["place"], one["link"]) for one in told] == cited


@given(text=st.lists(st.sampled_from(["a", " ", "\n", "\n\n", "- ", "• ", SOURCE, "\n\n- x\n"]), max_size=12).map("".join))
def test_no_word_is_lost(screen: Screen, text: str) -> None:
    told: list[str] = []
    for block in screen.render(Reply("answer", text))["blocks"]:
        told += [block["text"]] if block["type"] == "text" else block.get("items", [])
        told += [block["lead"], block["title"], block["places"], LINK] if block["type"] == "source" else []
    assert [char for char in "".join(told) if char.isalnum()] == [char for char in text if char.isalnum()]


@pytest.mark.parametrize(
    ("document", "places", "opened"),
    [
        pytest.param(DOCUMENT, [Place("d", "intro", 1)], LINK, id="no-heading"),
        pytest.param(DOCUMENT, [Place("d", "intro", 1), LONG], f"{LINK}#:~:text=How%2Dlong%2C%20%26%20why", id="first-heading"),
        pytest.param(DOCUMENT, [Place("other", "long", 1)], LINK, id="another-document"),
        pytest.param(replace(DOCUMENT, link=""), [LONG], "", id="no-address"),
        pytest.param(
            replace(DOCUMENT, link=f"{LINK}#top"), [LONG], f"{LINK}#top:~:text=How%2Dlong%2C%20%26%20why", id="has-a-fragment"
        ),
    ],
)
def test_a_link_opens_the_place(document: Document, places: list[Place], opened: str) -> None:
    assert link(document, places) == opened


EMERGENCY, CRISIS = ("911", "tel:911"), [("988", "tel:988"), ("Text 988", "sms:988")]


@pytest.mark.parametrize(
    ("text", "kind", "calls"),
    [
        pytest.param("Please call 911 now.", "urgent", [EMERGENCY], id="emergency"),
        pytest.param("Please contact 988 (call or text) now, or call 911.", "urgent", [*CRISIS, EMERGENCY], id="in-order"),
        pytest.param("Call 911. Call 911 again, or 988 (call or text).", "support", [EMERGENCY, *CRISIS], id="each-once"),
        pytest.param("Reach 1-800-222-1222 now.", "urgent", [("1-800-222-1222", "tel:18002221222")], id="poison"),
        pytest.param(
            "People at 1-800-799-7233, or text START to 88788, know.",
            "urgent",
            [("1-800-799-7233", "tel:18007997233"), ("Text 88788", "sms:88788")],
            id="violence-by-two-ways",
        ),
        pytest.param("To talk, reach 1-800-422-4453.", "support", [("1-800-422-4453", "tel:18004224453")], id="child"),
        pytest.param("It helps.\n\nAt any hour: 988 (call or text).", "boundary", CRISIS, id="below-an-answer"),
        pytest.param(f"Call your clinic today. {CLINIC.contact}", "handoff", [("555 0100", "tel:5550100")], id="the-clinic"),
        pytest.param("Hello. In an emergency call 911.\n\nAn hour.", "answer", [], id="not-of-the-opening-lines"),
        pytest.param("Hello. In an emergency call 911.\n\nCall 911.", "support", [EMERGENCY], id="behind-the-opening-lines"),
        pytest.param(
            "Room 9112, 1-988, 5550100 x 911988 and 40 minutes.", "answer", [("555 0100", "tel:5550100")], id="whole-ones"
        ),
        pytest.param("Please leave.", "urgent", [], id="none-named"),
        pytest.param("Call 112.", "urgent", [], id="not-the-clinics"),
    ],
)
def test_numbers_of_the_clinic_that_the_text_names_can_be_pressed(
    screen: Screen, text: str, kind: Kind, calls: list[tuple[str, str]]
) -> None:
    shown = screen.render(Reply(kind, text))["calls"]
    assert [(call["label"], call["href"]) for call in shown] == calls


@pytest.mark.parametrize(
    ("text", "language", "calls"),
    [
        pytest.param("Llame al 988 (envíe AYUDA por texto).", "es", [("Texto al 988", "sms:988")], id="its-own-line"),
        pytest.param("Llame al 911.", "es", [EMERGENCY], id="spanish"),
        pytest.param(
            "اتصل على الرقم 911، أو على 988.", "ar", [EMERGENCY, ("988", "tel:988"), ("SMS 988", "sms:988")], id="arabic"
        ),
        pytest.param("请拨打911或988。", "zh", [EMERGENCY, ("988", "tel:988"), ("SMS 988", "sms:988")], id="without-blanks"),
        pytest.param("Rufen Sie 988 an.", "de", [("988", "tel:988"), ("SMS 988", "sms:988")], id="without-its-bracket"),
    ],
)
def test_a_number_can_be_pressed_in_any_language(screen: Screen, text: str, language: str, calls: list[tuple[str, str]]) -> None:
    shown = screen.render(Reply("urgent", text, language=language))["calls"]
    assert [(call["label"], call["href"]) for call in shown] == calls


def test_every_reply_to_danger_has_something_to_press(knowledge: Knowledge) -> None:
    """In each language, and in each country that there is a table for."""
    countries = yaml.safe_load((knowledge_folder() / "safety" / "countries.yaml").read_text("utf-8"))["countries"]
    for country, numbers in countries.items():
        lines = {key: value for key, value in numbers.items() if key != "name"}
        clinic = Clinic("c", **{"crisis_spanish": lines["crisis"], "poison": lines["emergency"], **lines})
        local = replace(knowledge, clinic=clinic)
        screen, compose = Screen(local, frozenset()), Composer(local)
        texts = [(language, text) for language, kinds in knowledge.care.alarm.items() for text in kinds.values()]
        texts += [(one.tag, text) for one in knowledge.languages for text in (one.urgent, one.medical, one.help)]
        for language, text in texts:
            told = compose.figured_in(language, text)
            pressed = {call["href"] for call in screen.render(Reply("urgent", told, language=language))["calls"]}
            assert pressed, (country, language, told)
            if "{emergency}" in text:
                assert {call.href for call in phone_numbers(clinic.emergency)} <= pressed, (country, language, told)
            if "{crisis}" in text:
                assert {call.href for call in phone_numbers(clinic.crisis)} & pressed, (country, language, told)


@pytest.mark.parametrize(
    ("reply", "contact", "said"),
    [
        pytest.param(Reply("answer", "", claims=("drawn",)), None, {"picture": True, "feedback": True}, id="answer"),
        pytest.param(Reply("answer", "", claims=("other",)), None, {"picture": False, "handoff": False}, id="not-drawn"),
        pytest.param(Reply("answer", "", safety=("drawn",)), None, {"picture": False}, id="only-for-safety"),
        pytest.param(Reply("fallback", ""), "Call us.", {"handoff": True, "feedback": False}, id="fallback"),
        pytest.param(Reply("boundary", ""), "Call us.", {"handoff": True}, id="boundary"),
        pytest.param(Reply("boundary", "Not here. Call us."), "Call us.", {"handoff": False}, id="it-names-the-way"),
        pytest.param(Reply("boundary", ""), None, {"handoff": False}, id="nobody-to-go-to"),
        pytest.param(Reply("timeline", "", ended=NOW), None, {"ended": "2026-03-01T14:00:00+00:00"}, id="ended"),
        pytest.param(Reply("urgent", ""), "Call us.", {"handoff": False, "feedback": False, "ended": None}, id="urgent"),
    ],
)
def test_a_page_is_told_what_can_be_done_next(screen: Screen, reply: Reply, contact: str | None, said: dict[str, object]) -> None:
    knowledge = replace(screen.knowledge, clinic=replace(CLINIC, contact=contact))
    shown = replace(screen, knowledge=knowledge).render(reply)
    assert {name: shown[name] for name in said} == said


def test_real_replies_show_no_address_and_no_question_that_is_a_button(dialogue: Dialogue, knowledge: Knowledge) -> None:
    screen = Screen(knowledge, frozenset())
    for id in (*knowledge.entries, *knowledge.boundaries):
        reply, _ = dialogue.turn(Chosen(id), Conversation(greeted=True), NOW)
        shown = screen.render(reply)["blocks"]
        texts = "\n".join(block["text"] for block in shown if block["type"] == "text")
        assert not any(document.link in texts for document in knowledge.documents)
        assert not any(one.label in texts for one in reply.related)
        if reply.sources:
            assert [block["title"] for block in shown if block["type"] == "source"]


# -- which numbers a phone is offered, of those that a clinic has read out ---------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "pressed"),
    [
        pytest.param("911", ["tel:911"], id="plain"),
        pytest.param("988 (call or text)", ["tel:988", "sms:988"], id="both"),
        pytest.param("988 (text only)", ["sms:988"], id="text-only"),
        pytest.param("988 (marque 2, o envíe AYUDA por texto al 988)", ["tel:988", "sms:988"], id="spanish"),
        pytest.param("988, or text HOME to 741741", ["tel:988", "sms:741741"], id="two-ways"),
        pytest.param("Call 1-833-456-4566 or text 45645", ["tel:18334564566", "sms:45645"], id="words-before"),
        pytest.param("call or text 988", ["tel:988", "sms:988"], id="both-before"),
        pytest.param("112 or 999", ["tel:112", "tel:999"], id="two"),
        pytest.param("0800 111 0 111 or +49 30 1234-567", ["tel:08001110111", "tel:+49301234567"], id="spaces-and-plus"),
        pytest.param("(555) 010-0100, press 2", ["tel:5550100100"], id="brackets"),
        pytest.param("911, 911", ["tel:911"], id="once"),
        pytest.param("the nurse", [], id="no-number"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_numbers_are_read(numbers: str, pressed: list[str]) -> None:
    assert [call.href for call in phone_numbers(numbers)] == pressed


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("Call 911, or 1-800-222-1222 (day and night).", ["911", "1-800-222-1222"], id="numbers"),
        pytest.param("In 40 minutes, at 9:00.", [], id="figures"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_where_numbers_to_call_stand(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in number_spans(text)] == found


def test_the_opening_lines_of_a_conversation_call_nobody(dialogue: Dialogue, knowledge: Knowledge) -> None:
    reply, _ = dialogue.turn(Chosen("infusion_length"), Conversation(), NOW)
    assert knowledge.clinic.emergency in reply.text
    assert screen_of(knowledge).render(reply)["calls"] == []


@given(st.text() | st.text("0123456789 ()+-./,calltext"))
def test_only_digits_are_dialled(numbers: str) -> None:
    for call in phone_numbers(numbers):
        assert call.href.partition(":")[2].lstrip("+").isdecimal()
        assert call.number in numbers
