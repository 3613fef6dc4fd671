"""What tests of the clinic's page share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.delivery.storage import Storage
from bot.delivery.storage.open import open_storage


@pytest.fixture
async def store() -> AsyncIterator[Storage]:
    made = open_storage("memory:", owner="one")
    await made.start()
    yield made
    await made.close()
