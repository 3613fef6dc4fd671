"""The leaflet as HTML: the same words, nothing from elsewhere, one page where a browser prints it."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date
from html import unescape
from pathlib import Path

import pypdfium2
import pytest

from bot.authoring.printing.leaflet import Leaflet, leaflet_of
from bot.authoring.printing.leaflet_html import leaflet_html
from bot.knowledge.model import Knowledge

TODAY = date(2026, 6, 2)


@pytest.fixture(scope="module")
def leaflet(at_clinic: Knowledge) -> Leaflet:
    return leaflet_of(at_clinic, TODAY, "https://t.me/lakeside_bot")


def test_all_of_it_is_there_and_nothing_is_fetched(leaflet: Leaflet) -> None:
    page = leaflet_html(leaflet, "a4")
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
    rows = [words for panel in leaflet.panels for strip in panel.strips for words in (strip.label, strip.said)]
    lines = [line for part in leaflet.parts for line in (part.title, *part.lines)]
    for words in (leaflet.title, leaflet.clinic, *lines, *leaflet.rules, *rows, *leaflet.note):
        assert " ".join(words.split()) in text
    assert re.findall(r"<script|<link|src=|url\(|@import", page) == []
    assert '<html lang="en">' in page


def test_no_text_is_smaller_than_can_be_read(leaflet: Leaflet) -> None:
    sizes = [float(size) for size in re.findall(r"([\d.]+)pt", leaflet_html(leaflet, "letter").partition("</style>")[0])]
    assert min(sizes) >= 10


@pytest.mark.parametrize(("paper", "size"), [("letter", (612, 792)), ("a4", (595, 842))])
@pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is missing: make deps-system")
def test_a_browser_prints_it_on_one_page(leaflet: Leaflet, tmp_path: Path, paper: str, size: tuple[int, int]) -> None:
    (tmp_path / "a.html").write_text(leaflet_html(leaflet, paper), "utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={tmp_path / 'profile'}"]
    command = ["chromium", *options, f"--print-to-pdf={tmp_path / 'a.pdf'}", (tmp_path / "a.html").as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=90)
    document = pypdfium2.PdfDocument(tmp_path / "a.pdf")
    assert len(document) == 1
    assert tuple(map(round, document[0].get_size())) == size
