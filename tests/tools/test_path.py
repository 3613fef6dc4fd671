"""The way of one question, counted in a process that runs."""

from __future__ import annotations

from tests.places import ROOT
from tools.path import measure


async def test_a_question_passes_each_layer() -> None:
    found = await measure(ROOT, "How long does an infusion take?")
    modules = found["modules"]
    assert isinstance(modules, list)
    for module in (
        "bot.channels.telegram.handler",
        "bot.delivery.inbox",
        "bot.delivery.service",
        "bot.dialogue.policy",
        "bot.matching.matcher",
    ):
        assert module in modules
    assert isinstance(found["calls"], int)
    assert len(modules) < found["calls"]
    assert isinstance(found["packages"], int)
    assert found["packages"] < found["calls"]
