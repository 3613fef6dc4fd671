"""What is kept of a conversation comes back, and what another release kept is nothing."""

from __future__ import annotations

import pytest

from bot.channels.helpdesk.state import ConversationRecord, dump_record, read_record


@pytest.mark.parametrize("state", [None, "", "{", "[]", '{"v":2,"m":""}', '{"v":1}', '{"v":1,"m":5}'])
def test_what_another_release_kept_is_nothing(state: str | None) -> None:
    assert read_record(state) == ConversationRecord()


def test_a_record_comes_back_as_it_was() -> None:
    record = ConversationRecord(unhelped=1, taken=77)
    for number in range(6):
        record = record.having_said(str(number), "{}")
    assert read_record(dump_record(record)) == record
    assert [id for id, _ in record.said] == ["2", "3", "4", "5"]
