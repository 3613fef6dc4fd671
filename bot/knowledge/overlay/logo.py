"""A clinic's picture: what it may be, so that pages and prints can show it as it is, and nobody is fetched or run by it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

LARGEST = 64 * 1024  # bytes; the chat is 40 KB without it
_BEGINNINGS: Mapping[str, re.Pattern[bytes]] = {
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "jpg": re.compile(rb"\xff\xd8\xff"),
    "webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}
_MEDIA_TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "svg": "image/svg+xml"}
LOGOS = tuple(_MEDIA_TYPES)
_SVG, _XHTML = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xhtml}"
_DRAWS = frozenset(
    "svg g defs symbol use title desc metadata path rect circle ellipse line polyline polygon text tspan linearGradient "
    "radialGradient stop clipPath mask pattern style switch".split()
)
_ELSEWHERE = re.compile(r"url\s*\(\s*[\"']?\s*(?!#)|@import|javascript:|expression\s*\(|\\", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Logo:
    """``kind``: png, jpg, webp or svg."""

    kind: str
    content: bytes = field(repr=False)

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self.kind]


def logo_fault(kind: str, content: bytes) -> str | None:
    """What is wrong with a picture of that ``kind``; None where nothing is."""
    if len(content) > LARGEST:
        return f"it has {len(content):,} bytes, and may have {LARGEST:,}; save it smaller, 256 pixels wide is enough"
    if kind == "svg":
        return _svg_fault(content)
    if not _BEGINNINGS[kind].match(content):
        real = next((name for name, begins in _BEGINNINGS.items() if begins.match(content)), None)
        return f"it is no {kind} inside" + (f", but a {real}; name it so" if real else "; save it as a png")
    return None


def _svg_fault(content: bytes) -> str | None:
    """An SVG that draws and does nothing else: a reader may open it by itself, and a print may be made of it."""
    way_out = "save it as plain SVG without scripts and links, or as a png"
    try:
        text = content.decode("utf-8-sig")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            return f"it has a DOCTYPE, which can make more of it than stands there; {way_out}"
        root = ET.fromstring(text)  # noqa: S314  # without a DOCTYPE it has no entities of its own
    except (UnicodeDecodeError, ET.ParseError):
        return f"it is no SVG that can be read; {way_out}"
    if root.tag != f"{_SVG}svg":
        return f"it is no SVG; {way_out}"
    for part in root.iter():
        name = str(part.tag)
        if name.startswith(_XHTML) or (name.startswith(_SVG) and name.removeprefix(_SVG) not in _DRAWS):
            return f"it has an element {name.partition('}')[2]}, which is not needed to draw; {way_out}"
        for key, value in part.attrib.items():
            bare = key.rpartition("}")[2].lower()
            if bare.startswith("on") or (bare in {"href", "src"} and not value.startswith("#")) or _ELSEWHERE.search(value):
                return f"its {bare} runs or fetches something; {way_out}"
        if name == f"{_SVG}style" and _ELSEWHERE.search("".join(part.itertext())):
            return f"its style fetches something; {way_out}"
    return None
