"""JSON Lines in, JSON Lines out."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import batch
from tests.fakes.dialogue import FakeDialogue

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
CHICAGO = ZoneInfo("America/Chicago")


def run(*lines: object, dialogue: FakeDialogue | None = None, **options: Any) -> tuple[list[dict[str, Any]], int]:
    """What is written for ``lines`` (bytes as they are, other values as JSON) and how many were malformed."""
    raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    out = io.StringIO()
    clock = batch.Clock(lambda: NOON, UTC, chosen=False)
    bad = batch.run(raw, out, dialogue or FakeDialogue(), clock, 1440, **options)
    text = out.getvalue()
    text.encode("utf-8")
    return [json.loads(line) for line in text.splitlines()], bad


def texts(*lines: object) -> list[str]:
    return [written["text"] for written in run(*lines)[0]]


def test_a_reply_is_merged_into_its_line_and_wins() -> None:
    (written,), bad = run({"q": "x", "label": "driving", "text": "mine", "kind": 7})
    assert (written["q"], written["label"], written["text"], written["kind"], bad) == ("x", "driving", "turn 1", "answer", 0)
    assert "why" not in written


def test_explain_adds_why() -> None:
    assert run({"q": "x"}, explain=True)[0][0]["why"] == ["because"]


def test_lines_of_one_conversation_share_context_and_are_greeted_once() -> None:
    lines = [{"q": "x", "conversation": id} if id else {"q": "x"} for id in ("a", "b", None, "a", None)]
    assert texts(*lines) == ["hello; turn 1", "hello; turn 1", "turn 1", "turn 2", "turn 1"]


@pytest.mark.parametrize(
    ("first", "second", "anew"),
    [
        ("2026-11-24T12:00", "2026-11-25T12:00", False),
        ("2026-11-24T12:00", "2026-11-25T12:01", True),
        ("2026-11-25T12:01", "2026-11-24T12:00", True),
        (None, "2030-01-01T12:00", False),
        ("2020-01-01T12:00", None, False),
    ],
    ids=["within", "beyond", "backwards", "first without now", "second without now"],
)
def test_a_conversation_expires_only_where_now_says_so(first: str | None, second: str | None, anew: bool) -> None:
    lines = [{"q": "x", "conversation": "a"} | ({"now": now} if now else {}) for now in (first, second)]
    assert texts(*lines)[1] == ("hello; turn 1" if anew else "turn 2")


def test_a_choice_is_pressed_instead_of_a_question() -> None:
    assert texts({"choice": "driving"}, {"q": "x", "choice": "driving"}) == ["pressed driving", "turn 1"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"nope", "not JSON"),
        (b'{"q": "x"', "not JSON"),
        (b'{"q": "x", "n": NaN}', "not JSON"),
        (b'{"q": "x", "n": 1e999}', "not JSON"),
        (b'{"q": "x", "n": ' + b"1" * 5000 + b"}", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"q": "\xff"}', "not UTF-8"),
        ([], "not an object"),
        ("x", "not an object"),
        ({}, "q is missing"),
        ({"q": None}, "q is missing"),
        ({"q": 5}, "q is not a text"),
        ({"choice": 5}, "choice is not a text"),
        ({"q": "x", "conversation": []}, "conversation is not"),
        ({"q": "x", "conversation": True}, "conversation is not"),
        ({"q": "x", "now": "soon"}, "now: 'soon'"),
        ({"q": "x", "now": 5}, "now is not a text"),
        ({"q": "x", "now": "9999-12-31T23:59:59-12:00", "timezone": "Asia/Tokyo"}, "now:"),
        ({"q": "x", "timezone": "Mars"}, "timezone: 'Mars'"),
        ({"q": "x", "timezone": "../passwd"}, "timezone:"),
        ({"q": "x", "timezone": "America"}, "timezone:"),
        ({"q": "x", "timezone": 5}, "timezone is not a text"),
        ({"q": "boom secret"}, "RuntimeError"),
    ],
)
def test_a_malformed_line_is_named_and_the_batch_goes_on(line: object, says: str) -> None:
    written, bad = run({"q": "a"}, b"  \n", line, {"q": "b"})
    assert [one.get("text") for one in written] == ["turn 1", None, "turn 1"]
    assert written[1].keys() == {"error", "line"}
    assert says in written[1]["error"]
    assert (written[1]["line"], bad) == (3, 1)


def test_a_failure_is_logged_without_what_was_asked(caplog: pytest.LogCaptureFixture) -> None:
    written, _ = run({"q": "boom canary"})
    assert "RuntimeError < dialogue.py" in caplog.text
    assert "canary" not in caplog.text + str(written)


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert run(b'\xef\xbb\xbf{"q": "x"}')[1] == 0


def test_each_line_is_written_before_the_next_is_read() -> None:
    out = io.StringIO()
    seen = []

    def lines() -> Any:
        for n in range(3):
            seen.append(out.getvalue().count("\n"))
            yield json.dumps({"q": str(n)}).encode()

    batch.run(lines(), out, FakeDialogue(), batch.Clock(lambda: NOON, UTC, chosen=False), 1440)
    assert seen == [0, 1, 2]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(st.characters(), max_size=20),
        lambda inner: st.lists(inner, max_size=3),
    )
)
def test_every_value_of_the_input_comes_back_on_one_line(value: object) -> None:
    written, bad = run({"q": "x", "mine": value})
    assert (written[0]["mine"], bad) == (value, 0)


def test_half_a_surrogate_pair_comes_back() -> None:
    assert run(b'{"q": "a\\ud800b\\u2028"}')[0][0]["q"] == "a\ud800b\u2028"


@pytest.mark.parametrize(
    ("text", "chosen", "shown"),
    [
        ("2026-11-24T14:10", False, "2026-11-24T14:10:00-06:00"),
        ("2026-07-24T14:10", False, "2026-07-24T14:10:00-05:00"),
        ("2026-11-24T14:10Z", False, "2026-11-24T08:10:00-06:00"),
        ("2026-11-24T14:10+09:00", False, "2026-11-24T14:10:00+09:00"),
        ("2026-11-24T14:10+09:00", True, "2026-11-23T23:10:00-06:00"),
    ],
    ids=["naive", "naive in summer", "Z", "own offset", "own offset, zone chosen"],
)
def test_a_moment_is_read_on_the_clock_that_the_person_sees(text: str, chosen: bool, shown: str) -> None:
    assert batch.moment(text, CHICAGO, chosen).isoformat() == shown


def test_the_zone_of_a_line_holds_for_its_conversation() -> None:
    dialogue = FakeDialogue()
    line = {"q": "x", "conversation": "a", "now": "2026-11-24T14:10"}
    run({**line, "timezone": "America/Chicago"}, line, {"q": "x"}, dialogue=dialogue)
    nows = [now.isoformat() for _, _, _, now in dialogue.heard]
    assert nows == ["2026-11-24T14:10:00-06:00", "2026-11-24T14:10:00-06:00", "2026-11-24T12:00:00+00:00"]
    assert [conversation.timezone for _, _, conversation, _ in dialogue.heard] == ["America/Chicago", "America/Chicago", None]


def test_progress_says_how_far_it_is() -> None:
    terminal = io.StringIO()
    run({"q": "x"}, {"q": "y"}, progress=batch.Progress(terminal, 20, shared=True))
    assert "[###############               ]  50% 1 answered" in terminal.getvalue()
    assert "100% 2 answered" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")
