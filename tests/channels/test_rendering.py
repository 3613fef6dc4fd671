"""What a page gets to show of a reply."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.rendering import Screen, link, phone_numbers
from bot.dialogue.conversation import Choice, Conversation, Reply
from bot.dialogue.events import Chosen
from bot.dialogue.policy import Dialogue
from bot.knowledge.model import Clinic, Document, Knowledge, Place, Section

LINK = "https://source.test/a"
SECTIONS = (Section("intro", "Introduction", None, ()), Section("long", "How-long, & why", "How-long, & why", ()))
DOCUMENT = Document("d", "How long?", "Publisher", LINK, SECTIONS)
SOURCE = f"Source: How long?, section “A”, paragraph 2. {LINK}"
LONG = Place("d", "long", 2)
QUESTIONS = (Choice("rising", "How long does it rise?"), Choice("rolls", "And rolls?"))
CLINIC = Clinic("c", emergency="911", crisis="988 (call or text)", crisis_spanish="988 (o envíe AYUDA por texto al 988)")
NOW = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def screen(knowledge: Knowledge) -> Screen:
    return Screen(replace(knowledge, documents=(DOCUMENT,), clinic=CLINIC), frozenset({"drawn"}))


def blocks(screen: Screen, reply: Reply) -> list[object]:
    return [tuple(block.values()) for block in screen.render(reply)["blocks"]]


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


@pytest.mark.parametrize(
    ("text", "kind", "helpline", "calls"),
    [
        pytest.param("Please call 911 now.", "urgent", False, [("911", "tel:911")], id="emergency"),
        pytest.param(
            "Please contact 988 (call or text) now, or call 911.",
            "urgent",
            False,
            [("988", "tel:988"), ("Text 988", "sms:988"), ("911", "tel:911")],
            id="in-the-order-of-the-text",
        ),
        pytest.param(
            "Llame al 988 (o envíe AYUDA por texto al 988).",
            "urgent",
            False,
            [("Mensaje de texto al 988", "sms:988")],
            id="spanish",
        ),
        pytest.param("At any hour: 911.", "boundary", True, [("911", "tel:911")], id="helpline"),
        pytest.param("In an emergency call 911.", "answer", False, [], id="not-in-every-answer"),
        pytest.param("Please leave.", "urgent", False, [], id="none-named"),
    ],
)
def test_numbers_that_the_text_names_can_be_pressed(
    screen: Screen, text: str, kind: str, helpline: bool, calls: list[tuple[str, str]]
) -> None:
    shown = screen.render(Reply(kind, text, helpline=helpline))["calls"]  # type: ignore[arg-type]  # a kind by its name
    assert [(call["label"], call["href"]) for call in shown] == calls


@pytest.mark.parametrize(
    ("reply", "contact", "said"),
    [
        pytest.param(Reply("answer", "", claims=("drawn",)), None, {"picture": True, "feedback": True}, id="answer"),
        pytest.param(Reply("answer", "", claims=("other",)), None, {"picture": False, "handoff": False}, id="not-drawn"),
        pytest.param(Reply("answer", "", safety=("drawn",)), None, {"picture": False}, id="only-for-safety"),
        pytest.param(Reply("fallback", ""), "Call us.", {"handoff": True, "feedback": False}, id="fallback"),
        pytest.param(Reply("boundary", ""), "Call us.", {"handoff": True}, id="boundary"),
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


@given(st.text() | st.text("0123456789 ()+-./,calltext"))
def test_only_digits_are_dialled(numbers: str) -> None:
    for call in phone_numbers(numbers):
        assert call.href.partition(":")[2].lstrip("+").isdecimal()
        assert call.number in numbers
