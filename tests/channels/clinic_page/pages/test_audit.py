"""Who is signed in, and what was done, as staff read it."""

from __future__ import annotations

import re

from tests.channels.clinic_page.conftest import Page


async def test_it_tells_who_is_there_and_what_they_did(page: Page) -> None:
    await page.sessions.note("Ned <b>", "exported", "Log: <i>")
    shown = await (await page.browser("staff", "Eva & Co")).get("/clinic/audit")
    cells = re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", shown.text)
    assert "Eva &amp; Co" in cells
    assert "Ned &lt;b&gt;" in cells
    assert "Log: &lt;i&gt;" in cells
    assert "signed in" in cells
