"""What a clinic's staff are told of the gaps of a week, as a text for their chat."""

from __future__ import annotations

from collections.abc import Sequence

from bot.delivery.gaps import GapGroup

_MOST = 8  # groups
_LONGEST = 90  # characters of a question


def digest(groups: Sequence[GapGroup]) -> str | None:
    """``groups`` as ``Gaps.groups`` gives them; None where there is nothing to tell."""
    if not groups:
        return None
    missed = [one for one in groups if one.reasons[0][0] == "missed"]
    others = [one for one in groups if one not in missed]
    lines = []
    if missed:
        lines.append(f"Danger that was not heard, as staff reported: {sum(one.count for one in missed)}. Look at these first.")
    if others:
        lines.append(f"What patients asked and the bot could not help with: {len(others)} kinds of questions.")
        lines += [
            f"• {one.people} people: {_short(one.texts[0])} (nearest: {one.label or one.nearest})" for one in others[:_MOST]
        ]
        if len(others) > _MOST:
            lines.append(f"and {len(others) - _MOST} more")
    lines.append("infusion-bot gaps lists them; gaps propose says what could be added.")
    return "\n".join(lines)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"
