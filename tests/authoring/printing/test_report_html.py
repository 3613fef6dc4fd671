"""The report as HTML: all of it, whatever the script, and nothing from elsewhere."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import pytest

from bot.authoring.printing.report import SIGN_HERE, report_of
from bot.authoring.printing.report_html import report_html
from bot.knowledge.model import Knowledge

NOW = datetime(2026, 6, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize("paper", ["letter", "a4"])
def test_every_word_is_there_and_nothing_is_fetched(at_clinic: Knowledge, paper: str) -> None:
    report = report_of(at_clinic, NOW)
    page = report_html(report, paper)
    text = unescape(page)
    for group in report.groups:
        for one in group.texts:
            assert all(words in text for _, words in (*one.said, *one.rests)), one.id
            assert one.standing in text
    assert all(word in text for word in SIGN_HERE)
    assert re.findall(r"<script|<link|src=|url\(|@import", page) == []


def test_a_name_is_no_markup_and_ends_no_style(at_clinic: Knowledge) -> None:
    clinic = replace(at_clinic.clinic, name='</style><b>x</b>"\\')
    page = report_html(report_of(replace(at_clinic, clinic=clinic), NOW), "a4")
    assert page.count("</style>") == 1
    assert "<b>x</b>" not in page
