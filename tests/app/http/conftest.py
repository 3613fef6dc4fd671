"""The web server is tested on both loops that may serve it: uvloop's, and Python's own where that is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest

from bot.app.serving.serve import _loop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    own = {"asyncio": asyncio.SelectorEventLoop}
    quicker = _loop()
    return own | {"quicker": quicker} if quicker is not None else own
