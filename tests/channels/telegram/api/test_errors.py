"""What Telegram says when it does not do what it was asked."""

from __future__ import annotations

import pytest

from bot.channels.telegram.api.errors import stripped


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('a <b>b</b> <a href="https://x.test/?a=1&amp;b=2">c</a>', "a b c"),
        ("1 &lt; 2 &amp;amp; 3 > 2", "1 < 2 &amp; 3 > 2"),
        ("2 < 3", "2 < 3"),
    ],
)
def test_tags_are_stripped(source: str, text: str) -> None:
    assert stripped(source) == text
