"""Links of QR codes, and the squares that they are made of."""

from __future__ import annotations

import pytest

from bot.authoring.printing.codes import leads_to_telegram, link_to, squares


@pytest.mark.parametrize(
    ("address", "topic", "link"),
    [
        pytest.param("https://t.me/lake_bot", "driving", "https://t.me/lake_bot?start=driving", id="telegram"),
        pytest.param(
            "https://t.me/lake_bot?start=x", "driving", "https://t.me/lake_bot?start=driving", id="telegram-with-a-start"
        ),
        pytest.param("http://telegram.me/lake_bot/", None, "https://t.me/lake_bot", id="telegram-by-its-other-name"),
        pytest.param("https://bot.example", "driving", "https://bot.example/?topic=driving", id="web"),
        pytest.param(
            "https://x.example/a?clinic=lake", "dose", "https://x.example/a?clinic=lake&topic=dose", id="web-of-a-clinic"
        ),
        pytest.param("https://x.example/?topic=a", "b", "https://x.example/?topic=b", id="web-with-a-topic"),
        pytest.param("https://x.example/?topic=a", None, "https://x.example/?topic=a", id="web-as-it-is"),
    ],
)
def test_a_link_opens_the_bot_on_a_topic(address: str, topic: str | None, link: str) -> None:
    assert link_to(address, topic) == link
    assert leads_to_telegram(link) == ("t.me" in link)


@pytest.mark.parametrize(
    "address", ["lake_bot", "t.me/lake_bot", "ftp://x.example", "https://", "https://t.me/", "https://t.me/a/b"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="write it like"):
        link_to(address, "driving")


def test_a_code_is_a_square_of_squares() -> None:
    rows = squares("https://t.me/lake_bot?start=driving")
    assert {len(row) for row in rows} == {len(rows)}
    assert set("".join(rows)) == {"0", "1"}
    assert rows[0].startswith("11111110")  # a finder pattern
