"""What Telegram says when it does not do what it was asked."""

from __future__ import annotations

import pytest

from bot.channels.telegram.api.errors import named, quoted, stripped


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


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Message is too long", "Message is too long"),
        ("Button_data_invalid", "Button_data_invalid"),
        ('Can\'t parse entities: unsupported start tag "canary" at byte offset 3', "Can't parse entities"),
        ("Wrong thing canary given_canary", "Wrong thing … …"),
    ],
)
def test_of_a_refusal_only_telegrams_own_words_are_named(said: str, shown: str) -> None:
    assert named(said) == shown


def test_what_is_quoted_has_no_secret_in_it() -> None:
    said = "Bad webhook: https://x.test/bot123456789:AAtest-token-of-the-fake_1/x\nA-SECRET " + "x" * 500
    shown = quoted(said, "a-secret", "")
    assert shown.startswith("Bad webhook: https://x.test/bot…/x … xxx")
    assert len(shown) == 200
