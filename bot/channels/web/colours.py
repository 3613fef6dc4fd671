"""The clinic's colour as the chat can wear it: as it is where it can be read, else a darker or a lighter shade. Pure."""

from __future__ import annotations

import re

# What the colour stands on in the chat at the worst, in its light and its dark form: ``--tint`` of chat.css.
GROUNDS = {"light": "#e2f0f1", "dark": "#1f3a3f"}
LEAST = 4.5  # the contrast that text needs (WCAG 2.2, 1.4.3)
_INKS = {"light": "#000000", "dark": "#ffffff"}  # what the colour is mixed with until it can be read
_STEPS = 64
_COLOUR = re.compile("#[0-9a-f]{6}", re.IGNORECASE)


def accents(colour: str) -> dict[str, str] | None:
    """The chat's ``accent`` and the ink ``on`` it, in its light and its dark form; None where ``colour`` is not like #175b66.

    ``warning``: for the console of whoever chose it, where it cannot be read in the light form.
    """
    if not _COLOUR.fullmatch(colour):
        return None
    found: dict[str, str] = {}
    for look, ground in GROUNDS.items():
        shades = (_mixed(colour, _INKS[look], step / _STEPS) for step in range(_STEPS + 1))
        shade = next(shade for shade in shades if contrast(shade, ground) >= LEAST)
        found[f"accent-{look}"] = shade
        found[f"on-{look}"] = max(_INKS.values(), key=lambda ink: contrast(ink, shade))
    if found["accent-light"] != colour.lower():
        has = contrast(colour, GROUNDS["light"])
        found["warning"] = (
            f"{colour} has a contrast of {has:.1f}, and text needs {LEAST}: {found['accent-light']} takes its place"
        )
    return found


def contrast(one: str, other: str) -> float:
    """From 1 to 21, as WCAG defines it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(colour: str) -> list[float]:
    return [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]


def _mixed(colour: str, ink: str, share: float) -> str:
    pairs = zip(_parts(colour), _parts(ink), strict=True)
    return "#" + "".join(f"{round(255 * (own * (1 - share) + other * share)):02x}" for own, other in pairs)
