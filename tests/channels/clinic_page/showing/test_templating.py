"""What stands in a template is escaped; what is not given is a mistake; each file has its mark."""

from __future__ import annotations

import jinja2
import pytest

from bot.channels.clinic_page.showing.templating import _environment, filled, page_files


def test_what_is_filled_in_is_escaped_in_every_template() -> None:
    shown = _environment().from_string('<p title="{{ x }}">{{ x }}</p>').render(x="<script>\"'&")
    assert shown == '<p title="&lt;script&gt;&#34;&#39;&amp;">&lt;script&gt;&#34;&#39;&amp;</p>'


def test_no_template_goes_without_it() -> None:
    environment = _environment()
    assert environment.loader is not None
    for name in environment.list_templates():
        source = environment.loader.get_source(environment, name)[0]
        for forbidden in ("|safe", "| safe", "autoescape", " style=", "<style", " onclick="):
            assert forbidden not in source, name


def test_a_value_that_is_missing_is_no_empty_place() -> None:
    with pytest.raises(jinja2.UndefinedError):
        filled("message.html", {})


def test_files_are_marked_by_their_content() -> None:
    files = page_files()
    assert {"page.css", "enter.js", "icon.svg"} <= files.keys()
    assert len({file.mark for file in files.values()}) == len(files)
