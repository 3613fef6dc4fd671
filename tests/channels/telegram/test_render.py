"""What a person sees of a reply on Telegram, and what Telegram would make of it."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.telegram.render import (
    LIMIT,
    Button,
    Pressed,
    RenderedMessage,
    _joined,
    buttons,
    cut,
    data,
    feedback,
    handoff,
    label,
    marked_topics,
    pressed,
    reasons,
    render_reply,
    render_text,
    topic_mark,
)
from bot.dialogue.conversation import Choice, Conversation, Part, Reply
from bot.dialogue.events import Said
from bot.dialogue.policy import Dialogue
from bot.dialogue.replies import Composer
from bot.dialogue.trace import Trace
from bot.knowledge.model import Document, Knowledge
from tests.fakes.botapi.markup import parse_html, utf16

LINK = 'https://source.test/a?b=1&c="2"'
DOCUMENT = Document("d", "How <Long>?", "Publisher", LINK, ())
SOURCE = f"Source: How <Long>?, section “A & B”, paragraph 2. {LINK}"
QUESTIONS = (Choice("rising", "How long does it rise?"), Choice("rolls", "And rolls?"))
SPECIAL = st.sampled_from(
    [*"<>&\"' \n.!?aé", "\n\n", "\u200d", "\U0001f468", "\U0001f3fd", "\U0001f1e9", "\u0301", "&amp;", "</b>"]
)
TEXTS = st.text() | st.lists(SPECIAL, max_size=300).map("".join)


def rendered(message: RenderedMessage) -> str:
    """The text that a person reads, after Telegram's own parsing; raises where it would be refused."""
    text, _ = parse_html(message.html)
    return text


# -- pieces -------------------------------------------------------------------------------------------------------


@given(TEXTS, st.integers(8, 60))
@example("a" * 100, 10)
@example("\U0001f468\u200d\U0001f469\u200d\U0001f467" * 30, 16)
def test_pieces_give_the_text_back_and_none_is_too_long(text: str, limit: int) -> None:
    ends = cut(text, limit=limit)
    pieces = [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    assert "".join(pieces) == text
    assert all(pieces)
    for piece in pieces:
        assert utf16(piece) <= limit
        assert utf16(piece.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")) <= limit


@given(TEXTS, st.integers(1, 6000), st.booleans())
def test_telegram_takes_every_message_as_it_is_meant(text: str, times: int, urgent: bool) -> None:
    long = (text * times)[:20_000]
    messages = render_reply(Reply(kind="urgent" if urgent else "answer", text=long), [DOCUMENT])
    for message in messages:
        assert 0 < utf16(message.html) <= LIMIT
        assert utf16(message.plain) <= LIMIT
        assert rendered(message) == message.plain.strip()
    assert "".join("".join(m.plain for m in messages).split()) == "".join(long.split())


@given(st.integers(0, 80), st.text("ab .\n", max_size=5000))
def test_a_link_is_whole_in_every_piece(lines: int, text: str) -> None:
    messages = render_reply(Reply(kind="answer", text=text + "\n\n" + "\n".join([SOURCE] * lines)), [DOCUMENT])
    assert len(messages) <= 8
    for message in messages:
        assert utf16(message.html) <= LIMIT
        rendered(message)


@pytest.mark.parametrize("missing", range(1, len(LINK) + 2))
def test_an_address_that_stands_alone_in_a_piece_is_shown(missing: int) -> None:
    """What hides it elsewhere must not leave a message without text."""
    room = LIMIT - len('<a href="https://source.test/a?b=1&amp;c=&quot;2&quot;">') - len("</a>")
    escaped = len(SOURCE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
    messages = render_reply(Reply(kind="answer", text="y" * (room - escaped - 1 - 4 + missing) + " " + SOURCE), [DOCUMENT])
    assert len(messages) <= 2
    assert all(rendered(message) for message in messages)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        pytest.param("One two.\n\nThree four. Five", ["One two.\n\n", "Three four. ", "Five"], id="paragraph"),
        pytest.param("One two.\nThree four. Five", ["One two.\n", "Three four. ", "Five"], id="line"),
        pytest.param("One two. Three four five.", ["One two. ", "Three four ", "five."], id="sentence-then-word"),
        pytest.param("A\n\nBcdefghi jk lmn", ["A\n\nBcdefghi ", "jk lmn"], id="no-piece-of-one-letter"),
        pytest.param("abcdefghijklmnop", ["abcdefghijkl", "mnop"], id="between-letters"),
        pytest.param("abcdefghijke\u0301f", ["abcdefghijk", "e\u0301f"], id="not-between-letter-and-accent"),
        pytest.param("abcdefgh\U0001f468\u200d\U0001f467x", ["abcdefgh", "\U0001f468\u200d\U0001f467x"], id="not-in-a-family"),
        pytest.param("abcdefghi\U0001f44d\U0001f3fdx", ["abcdefghi", "\U0001f44d\U0001f3fdx"], id="not-before-the-skin"),
        pytest.param(
            "ab" + "\U0001f1e9\U0001f1ea" * 3, ["ab" + "\U0001f1e9\U0001f1ea" * 2, "\U0001f1e9\U0001f1ea"], id="not-in-a-flag"
        ),
        pytest.param("abcdefgh&lt", ["abcdefgh", "&lt"], id="not-in-an-entity"),
        pytest.param("short", ["short"], id="one"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_text_is_cut_where_a_reader_would(text: str, pieces: list[str]) -> None:
    ends = cut(text, limit=12)
    assert [text[start:end] for start, end in zip([0, *ends], ends, strict=False)] == pieces


@given(st.lists(SPECIAL, min_size=2, max_size=40).map("".join))
def test_no_border_before_a_mark_or_in_a_joined_emoji(text: str) -> None:
    for at in range(1, len(text)):
        if text[at - 1] == "\u200d" or unicodedata.combining(text[at]):
            assert _joined(text, at)


def test_exactly_the_limit_is_one_message() -> None:
    assert len(render_text("a" * LIMIT)) == 1
    assert len(render_text("a" * LIMIT + "b")) == 2
    assert len(render_text("\U0001f600" * (LIMIT // 2))) == 1
    assert len(render_text("\U0001f600" * (LIMIT // 2) + "b")) == 2


def test_white_space_alone_is_no_message_and_a_surrogate_is_replaced() -> None:
    assert render_text(" \n" * 9000) == ()
    assert render_text("a\ud800b") == (RenderedMessage("a\ufffdb", "a\ufffdb"),)


def test_buttons_stand_under_the_last_piece() -> None:
    row = handoff("Ask the clinic")
    first, last = render_text("word " * 1200, [row])
    assert first.buttons == ()
    assert last.buttons == ((Button("Ask the clinic", "h:"),),)


# -- text ---------------------------------------------------------------------------------------------------------


def test_the_source_becomes_a_link_on_its_title() -> None:
    (message,) = render_reply(Reply(kind="answer", text=f"Answer <b>.\n\n{SOURCE}"), [DOCUMENT])
    text, entities = parse_html(message.html)
    assert text == "Answer <b>.\n\nSource: How <Long>?, section “A & B”, paragraph 2."
    assert [(entity["type"], entity["url"]) for entity in entities] == [("text_link", LINK)]
    assert message.plain == f"Answer <b>.\n\n{SOURCE}"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"See {LINK} for more", id="address-alone"),
        pytest.param("How <Long>? is a title", id="title-alone"),
        pytest.param(f"{LINK} before How <Long>?", id="not-at-the-end"),
    ],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    (message,) = render_reply(Reply(kind="answer", text=text), [DOCUMENT])
    assert "<a" not in message.html
    assert rendered(message) == text


@pytest.mark.parametrize(
    ("text", "bold"),
    [
        pytest.param("Call 911 now. Stay with them.\nMore.", "Call 911 now.", id="sentence"),
        pytest.param("Call 911 now\nStay.", "Call 911 now", id="line"),
        pytest.param("Call <911>", "Call <911>", id="all"),
    ],
)
def test_an_urgent_reply_stands_out(text: str, bold: str) -> None:
    (message,) = render_reply(Reply(kind="urgent", text=text))
    shown, entities = parse_html(message.html)
    assert shown == text
    assert [(entity["type"], entity["offset"], entity["length"]) for entity in entities] == [("bold", 0, len(bold))]


def test_choices_stand_on_buttons_and_not_in_the_text() -> None:
    text = "Which?\n1. How long does it rise?\n2. And rolls?\nChoose one."
    (message,) = render_reply(Reply(kind="clarify", text=text, choices=QUESTIONS))
    assert message.plain == "Which?\nChoose one."
    assert message.buttons == ((Button("How long does it rise?", "c:rising"),), (Button("And rolls?", "c:rolls"),))


def test_related_questions_stand_on_buttons_with_their_lead_above_them() -> None:
    text = f"Answer.\n\nAlso: How long does it rise? And rolls?\n\n{SOURCE}"
    (message,) = render_reply(Reply(kind="answer", text=text, related=QUESTIONS))
    assert message.plain == f"Answer.\n\n{SOURCE}\n\nAlso:"
    assert message.buttons[1] == (Button("And rolls?", "r:rolls"),)


def test_a_question_too_long_for_its_button_stays_in_the_text() -> None:
    long = Choice("long", "How long does it last " + "and last " * 10 + "?")
    text = f"Which?\n1. {long.label}\nChoose."
    (message,) = render_reply(Reply(kind="clarify", text=text, choices=(long,)))
    assert message.plain == text
    assert message.buttons[0][0].label.endswith("…")


def said_to_people_in_danger(knowledge: Knowledge) -> list[Reply]:
    compose = Composer(knowledge)
    care = knowledge.care
    alarms = [
        Reply("urgent", compose.figured_in(language, text), language=language)
        for language, texts in care.alarm.items()
        for text in texts.values()
    ]
    alarms += [
        Reply("urgent", compose.figured_in(one.tag, text), language=one.tag)
        for one in knowledge.languages
        for text in (one.urgent, one.medical)
    ]
    calmer = [*care.check, *care.check_body, *care.despair, *care.safe, *care.unsafe, *care.today]
    calmer += [text for texts in care.follow.values() for text in texts] + [one.text for one in care.obstacles]
    return [*alarms, *(Reply("support", compose.figured(text)) for text in calmer)]


def test_numbers_stand_out_in_what_is_said_after_danger(knowledge: Knowledge) -> None:
    (message,) = render_reply(Reply("support", "Reach 988 (call or text), or 1-800-222-1222, in 20 minutes."))
    assert message.html == "Reach <b>988</b> (call or text), or <b>1-800-222-1222</b>, in 20 minutes."
    (answer,) = render_reply(Reply("answer", "Reach 988."))
    assert "<b>" not in answer.html


def test_all_that_the_bot_says_is_taken(knowledge: Knowledge) -> None:
    compose = Composer(knowledge)
    ids = [*knowledge.entries, *knowledge.boundaries]
    replies = [compose.topics([(id, 0.9)], Trace(), detail=detail) for id in ids for detail in (False, True)]
    replies += [compose.clarify(ids[at : at + 3], 0.5, Trace()) for at in range(len(ids) - 2)]
    replies += [compose.fallback(ids[:2], True, 0.1, Trace())]
    for reply in [*replies, *said_to_people_in_danger(knowledge)]:
        (message,) = render_reply(reply, knowledge.documents)
        shown = rendered(message)
        for offered in (*reply.choices, *reply.related):
            assert offered.label not in shown
        assert [row[0].label for row in message.buttons] == [one.label for one in reply.choices or reply.related]
        assert ("<a href" in message.html) == bool(reply.sources)
        for row in message.buttons:
            picked = pressed(row[0].data, ids)
            assert picked is not None
            assert picked.value in ids


def test_a_real_answer_keeps_its_reviewed_words(dialogue: Dialogue, knowledge: Knowledge) -> None:
    reply, _ = dialogue.turn(
        Said("How long does an infusion take?"), Conversation(greeted=True), datetime(2026, 1, 5, tzinfo=UTC)
    )
    (message,) = render_reply(reply, knowledge.documents)
    for claim in reply.text.split("\n\n")[:1]:
        assert claim in rendered(message)


# -- buttons ------------------------------------------------------------------------------------------------------


@given(st.text(), st.sampled_from(["c:", "r:"]))
@example("a" * 62, "c:")
@example("a" * 63, "c:")
@example("é" * 40, "r:")
@example("#abc", "r:")
def test_an_id_comes_back_from_its_button(id: str, prefix: str) -> None:
    carried = data(prefix, id)
    assert 0 < len(carried.encode()) <= 64
    assert pressed(carried, ["other", id]) == Pressed("choice" if prefix == "c:" else "related", id)


@pytest.mark.parametrize("carried", ["", "x", "c", "x:abc", "f:", "1"])
def test_what_is_none_of_our_buttons_says_nothing(carried: str) -> None:
    assert pressed(carried, []) is None


def test_an_id_that_is_gone_is_found_nowhere() -> None:
    picked = pressed(data("c:", "a" * 99), ["b"])
    assert picked is not None
    assert picked.value.startswith("#")


def test_feedback_carries_what_the_answer_was() -> None:
    reply = Reply(kind="answer", text="x", parts=(Part("rising", None, (), 1.0), Part(None, "pets", (), 1.0)))
    helped, unhelped = feedback(reply, "Yes", "No")
    marks = f"{topic_mark('rising')}.{topic_mark('pets')}"
    assert (helped, unhelped) == (Button("Yes", f"f:+:{marks}"), Button("No", f"f:-:{marks}"))
    assert pressed(helped.data, []) == Pressed("helped", marks)
    assert pressed(unhelped.data, []) == Pressed("unhelped", marks)
    assert marked_topics(marks, ["pets", "other", "rising"]) == ("rising", "pets")
    assert marked_topics(marks, ["pets"]) == ("pets",), "the other is gone"
    assert marked_topics("f0e1d2c3", ["pets"]) == (), "of a release before topics were on it"
    assert pressed(handoff("Ask")[0].data, []) == Pressed("handoff", "")


def test_a_reason_carries_what_it_is_of_and_has_room_for_it() -> None:
    reply = Reply(kind="answer", text="x", parts=tuple(Part(f"topic{at}", None, (), 1.0) for at in range(9)))
    marks = feedback(reply, "Yes", "No")[1].data.removeprefix("f:-:")
    rows = reasons(marks, {"wrong": "Wrong", "unclear": "Unclear", "not_asked": "Not what I asked", "missing": "Missing"})
    assert [len(row) for row in rows] == [2, 2]
    made = [one for row in rows for one in row]
    assert [one.data[:4] for one in made] == ["f:w:", "f:u:", "f:o:", "f:m:"], "buttons of last week are still pressed"
    assert all(len(one.data.encode()) <= 64 for one in made)
    assert [pressed(one.data, []) for one in made] == [
        Pressed(one, marks) for one in ("wrong", "unclear", "not_asked", "missing")
    ]
    assert marked_topics(marks, [f"topic{at}" for at in range(9)]) == tuple(f"topic{at}" for at in range(6))


@given(st.text(min_size=1))
@example("word " * 30)
@example("x" * 100)
def test_a_label_is_short(text: str) -> None:
    shown = label(text)
    assert len(shown) <= 60
    assert "\n" not in shown


def test_a_label_is_shortened_at_a_word() -> None:
    assert label("How long does it take until the effects on the mind have all worn off?") == (
        "How long does it take until the effects on the mind have…"
    )
    assert label("a" * 60) == "a" * 60
    assert label("a" * 61) == "a" * 59 + "…"


def test_a_reply_with_choices_shows_no_related_ones() -> None:
    reply = Reply(kind="clarify", text="?", choices=QUESTIONS[:1], related=QUESTIONS[1:])
    assert buttons(reply) == ((Button("How long does it rise?", "c:rising"),),)
