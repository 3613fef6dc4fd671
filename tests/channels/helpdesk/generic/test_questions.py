"""A body that is no question is refused."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.helpdesk.generic.webhook import PATH as GENERIC_PATH
from tests.channels.helpdesk.conftest import Opener, post


@pytest.mark.parametrize(
    "content",
    [
        pytest.param([], id="list"),
        pytest.param({}, id="empty"),
        pytest.param({"conversation": "c"}, id="neither"),
        pytest.param({"conversation": "c", "question": "a", "choice": "b"}, id="both"),
        pytest.param({"conversation": "", "question": "a"}, id="no conversation"),
        pytest.param({"conversation": "c" * 201, "question": "a"}, id="long conversation"),
        pytest.param({"conversation": 5, "question": "a"}, id="number"),
        pytest.param({"conversation": "c", "question": None}, id="null"),
        pytest.param({"conversation": "\ud800", "question": "a"}, id="half a character"),
    ],
)
async def test_what_is_no_question_is_refused(house: Opener, content: Any) -> None:
    async with house() as here:
        status, told = await post(here, GENERIC_PATH, content)
        assert (status, told["status"]) == (400, 400)
