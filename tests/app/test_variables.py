"""The settings that there are."""

from __future__ import annotations

from bot.app.variables import SETTINGS


def test_each_setting_says_what_it_is() -> None:
    variables = [one.variable for one in SETTINGS.values()]
    assert len(set(variables)) == len(variables)
    assert all(one.about and one.default for one in SETTINGS.values())
