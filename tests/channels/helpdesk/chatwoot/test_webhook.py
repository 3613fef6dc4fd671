"""The door for a Chatwoot too old to sign: a secret in the path."""

from __future__ import annotations

import pytest

from tests.channels.helpdesk.conftest import PATH_SECRET, knock
from tests.channels.helpdesk.doors import Taken, event, of_chatwoot

BODY = event()


async def test_without_a_secret_there_is_no_door() -> None:
    door = Taken(secret=None, path_secret=PATH_SECRET)
    assert (await knock(door.chatwoot.receive, of_chatwoot(BODY, ""), BODY)).status_code == 404
    door = Taken()
    assert (await knock(door.chatwoot.receive_unsigned, [], BODY, {"secret": ""})).status_code == 404
    assert door.new == 0


@pytest.mark.parametrize("shown", ["", "x", PATH_SECRET[:-1], PATH_SECRET + "p", "é" * 30, "\ud800"])
async def test_a_wrong_secret_in_the_path_opens_nothing(shown: str) -> None:
    door = Taken(path_secret=PATH_SECRET)
    assert (await knock(door.chatwoot.receive_unsigned, of_chatwoot(BODY), BODY, {"secret": shown})).status_code == 404
    assert door.new == 0


async def test_the_secret_in_the_path_opens_that_door_alone() -> None:
    door = Taken(path_secret=PATH_SECRET)
    body = event()
    assert (await knock(door.chatwoot.receive_unsigned, [], body, {"secret": PATH_SECRET})).status_code == 200
    assert (await knock(door.chatwoot.receive, [], body)).status_code == 401
    assert door.new == 1
