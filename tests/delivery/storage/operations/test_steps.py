"""Names in the database: readable, and back again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.storage.operations.leases import journal_line, read_journal
from bot.delivery.storage.operations.steps import key, name
from bot.dialogue.conversation import ConversationKey


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param(("aurora", "telegram", "-100/7"), "aurora/telegram/-100/7", id="plain"),
        pytest.param(("a/b", "50%", ""), "a%2Fb/50%25/", id="escaped"),
    ],
)
def test_a_name_is_readable(parts: tuple[str, str, str], expected: str) -> None:
    assert name(*parts) == expected


@given(st.text(), st.text(), st.text())
def test_a_name_tells_its_key(clinic: str, channel: str, id: str) -> None:
    assert key(name(clinic, channel, id)) == ConversationKey(clinic, channel, id)


@given(st.lists(st.tuples(st.text(), st.text())))
def test_a_journal_tells_the_last_word_on_each_part(lines: list[tuple[str, str]]) -> None:
    assert read_journal("".join(journal_line(part, what) for part, what in lines)) == dict(lines)
