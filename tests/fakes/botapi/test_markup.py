"""Telegram's HTML: what it makes of it, and its words where it does not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.botapi.markup import MarkupError, parse_html


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain", "plain", []),
        ("a &lt;b&gt; &amp; &quot;c&quot; &#39;&#x27; &nbsp; & &#xD800;", "a <b> & \"c\" '' &nbsp; & &#xD800;", []),
        ("<b>x</b>", "x", [("bold", 0, 1)]),
        ("<STRONG>x</strong>", "x", [("bold", 0, 1)]),
        ("\U0001f600 <i>x</i><em>y</em>", "\U0001f600 xy", [("italic", 3, 1), ("italic", 4, 1)]),
        ("<u>x</u><ins>y</ins>", "xy", [("underline", 0, 1), ("underline", 1, 1)]),
        ("<s>x</s><strike>y</strike><del>z</del>", "xyz", [("strikethrough", at, 1) for at in range(3)]),
        ('<a href="https://a.b/?c=1&amp;d=2">x</a>', "x", [("text_link", 0, 1, {"url": "https://a.b/?c=1&d=2"})]),
        ("<a>x</a>", "x", []),
        ('<pre><code class="language-py">x</code></pre>', "x", [("code", 0, 1, {"language": "py"}), ("pre", 0, 1)]),
        ('<span class="tg-spoiler">x</span><tg-spoiler>y</tg-spoiler>', "xy", [("spoiler", 0, 1), ("spoiler", 1, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", 0, 1)]),
        ("<blockquote>x</blockquote>", "x", [("blockquote", 0, 1)]),
        ('<tg-emoji emoji-id="5">x</tg-emoji>', "x", [("custom_emoji", 0, 1, {"custom_emoji_id": "5"})]),
        ("<b>bold <i>both</i></b>", "bold both", [("bold", 0, 9), ("italic", 5, 4)]),
        ("  <b> x </b>\n", "x", [("bold", 0, 1)]),
        ("<b></b>", "", []),
    ],
)
def test_what_is_read(source: str, text: str, entities: list[tuple[Any, ...]]) -> None:
    wanted = [{"type": kind, "offset": at, "length": length, **(more[0] if more else {})} for kind, at, length, *more in entities]
    assert parse_html(source) == (text, wanted)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("<b", "Unclosed start tag at byte offset 0"),
        ("é <p>x</p>", 'Unsupported start tag "p" at byte offset 3'),
        ("5 < 6", 'Unsupported start tag "" at byte offset 2'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<a =x>y</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href", 'Unclosed start tag "a" at byte offset 0'),
        ('<a href="x>y</a>', "Unclosed start tag at byte offset 0"),
        ("<a href=x/>y</a>", "Unexpected end of name token at byte offset 8"),
        ("<tg-emoji emoji-id='x'>y</tg-emoji>", "Invalid custom emoji identifier specified"),
    ],
)
def test_why_it_cannot_be_read(source: str, reason: str) -> None:
    with pytest.raises(MarkupError) as refused:
        parse_html(source)
    assert str(refused.value) == reason
