"""Whatever stands in a question, in a name or in an error is text on the page, and nothing else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from bot.channels.channel import Shared
from bot.delivery.storage.open import open_storage
from bot.dialogue.policy import Dialogue
from tests.browser.payloads import PAYLOADS
from tests.channels.clinic_page.conftest import page_of
from tests.channels.clinic_page.hostile import VIEWS, written_everywhere

# What an attribute of these leads to, or says what a field sends, is compared as well.
_ADDRESSES = {"href", "src", "action", "formaction", "type", "name", "method"}


class _Built(HTMLParser):
    """What a page is built of, without its texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.parts: list[object] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append((tag, [(name, value if name in _ADDRESSES else "") for name, value in attrs]))

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.parts.append(("comment", data))

    def handle_pi(self, data: str) -> None:
        self.parts.append(("pi", data))


@asynccontextmanager
async def _opened(shared: Shared, dialogue: Dialogue, word: str) -> AsyncIterator[list[str]]:
    """The views of a clinic of its own where ``word`` was written everywhere."""
    store = open_storage("memory:", owner="one")
    await store.start()
    async with page_of(await written_everywhere(replace(shared, storage=store), dialogue, word)) as page:
        client = await page.browser("staff", re.sub(r"[\x00-\x1f\x7f]", "", word)[:60].strip())
        yield [(await client.get(f"/clinic/{path}")).text for path in VIEWS]
    await store.close()


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
async def test_what_somebody_wrote_builds_nothing(shared: Shared, sourdough: Dialogue, payload: str) -> None:
    if not _PLAIN:
        async with _opened(shared, sourdough, "bread") as pages:
            _PLAIN.extend(_Built(page).parts for page in pages)
    async with _opened(shared, sourdough, payload) as pages:
        built = [_Built(page) for page in pages]
    assert all(payload.split("\n", maxsplit=1)[0] in "".join(one.texts) for one in built[:4]), "shown as it was written"
    assert [one.parts for one in built] == _PLAIN


# What the views are built of where a harmless word was written.
_PLAIN: list[list[object]] = []
