"""Bodies: what is read, and what is said of those that are not."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.web.api.bodies import BodyReader
from bot.channels.web.api.responses import Problem
from bot.channels.web.api.schema import Ask, Feedback, Session, Start

READERS = {kind.__name__: BodyReader(kind) for kind in (Ask, Feedback, Session, Start)}


@pytest.mark.parametrize(
    ("kind", "body", "slug", "detail"),
    [
        pytest.param("Ask", b"{", "malformed", "JSON object in UTF-8", id="cut"),
        pytest.param("Ask", b"", "malformed", "JSON object in UTF-8", id="empty"),
        pytest.param("Ask", b'{"question": "\xff"}', "malformed", "UTF-8", id="no-utf-8"),
        pytest.param("Ask", b'"canary"', "invalid", "has to be a JSON object", id="no-object"),
        pytest.param("Ask", b'{"question": 1}', "invalid", "question: Expected `str`, got `int`", id="wrong-type"),
        pytest.param("Ask", b'{"question": null}', "invalid", "question: Expected `str`, got `null`", id="null"),
        pytest.param("Ask", b'{"canary": 1}', "invalid", "not known; known are: question, choice", id="unknown-field"),
        pytest.param("Ask", b"{}", "invalid", "exactly one of question, choice and ended", id="none"),
        pytest.param("Ask", b'{"question": "canary", "choice": "x"}', "invalid", "exactly one of", id="two"),
        pytest.param("Ask", b'{"question": "x", "debug": "canary"}', "invalid", "debug: Expected `bool`", id="no-debug"),
        pytest.param("Ask", b'{"ended": "canary"}', "invalid", "ended: Invalid RFC3339", id="no-moment"),
        pytest.param("Ask", b'{"ended": "2026-03-01T14:10:00"}', "invalid", "ended: Expected `datetime` with a time", id="zone"),
        pytest.param("Ask", b'{"choice": "%s"}' % (b"x" * 201), "invalid", "choice: Expected `str` of length <= 200", id="long"),
        pytest.param("Session", b"{}", "invalid", "conversation: missing", id="missing"),
        pytest.param("Feedback", b'{"conversation": "a", "helped": 1}', "invalid", "helped: Expected `bool`", id="no-bool"),
        pytest.param("Feedback", b'{"conversation": "a", "helped": false, "reason": "canary"}', "invalid", "reason: ", id="why"),
        pytest.param(
            "Feedback",
            b'{"conversation": "a", "helped": false, "topics": ["%s"]}' % (b"x" * 201),
            "invalid",
            "topics",
            id="topic",
        ),
        pytest.param("Start", b'{"clinic": ["canary"]}', "invalid", "clinic: Expected `str`, got `array`", id="array"),
    ],
)
def test_what_is_wrong_is_named_and_not_repeated(kind: str, body: bytes, slug: str, detail: str) -> None:
    with pytest.raises(Problem) as raised:
        READERS[kind].read(body)
    assert raised.value.slug == slug
    assert detail in raised.value.detail
    assert "canary" not in f"{raised.value.detail} {raised.value} {raised.value.__cause__}"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param(rb"die \ud83d", "die �", id="half-an-emoji"),
        pytest.param(rb"\ude00 die", "� die", id="the-other-half"),
        pytest.param(rb"\ud83d\ude00 \ud83d", "😀 �", id="beside-a-whole-one"),
        pytest.param(rb"\ud83d\ud83d\ude00", "�😀", id="before-a-whole-one"),
        pytest.param(rb"\\ud83d \ud83d", "\\ud83d �", id="not-an-escape"),
        pytest.param(rb"a\u0000b", "a\0b", id="nul"),
    ],
)
def test_half_a_character_is_no_reason_not_to_read_the_rest(written: bytes, read: str) -> None:
    assert READERS["Ask"].read(b'{"question": "%s"}' % written).question == read


@given(st.sampled_from(sorted(READERS)), st.binary() | st.from_type(object).map(repr).map(str.encode))
@example("Ask", b"[" * 60_000)
@example("Ask", b'{"question":' * 5_000)
def test_every_body_is_read_or_a_problem(kind: str, body: bytes) -> None:
    with suppress(Problem):
        READERS[kind].read(body)


@given(st.text(st.characters(codec=None)))
def test_every_text_that_json_can_hold_is_read(text: str) -> None:
    body = json.dumps({"question": text}).encode()
    assert len(READERS["Ask"].read(body).question) >= len(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")) // 2
