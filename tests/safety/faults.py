"""Inputs that are known to go wrong: they stay in their tables, and whoever mends one is told to strike it from its list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest
from _pytest.mark.structures import ParameterSet


def rows(text: str) -> list[str]:
    """The lines of a table of messages."""
    return [line.strip() for line in text.strip().splitlines()]


def marked(inputs: Iterable[tuple[str, ...]], wrong: Mapping[str, str]) -> list[ParameterSet]:
    """``inputs`` as parameters. ``wrong``: by the last value of an input, why it fails. Raises where no input has it."""
    made, left = [], dict(wrong)
    for values in inputs:
        reason = left.pop(values[-1], None)
        made.append(pytest.param(*values, marks=pytest.mark.xfail(strict=True, reason=reason) if reason else ()))
    if left:
        raise ValueError(f"no input is {', '.join(left)}")
    return made
