"""The files of the page as they are sent: without what no browser needs, plain and packed, and marked by their content."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from bot.channels.web.api.responses import unless_cached

STATIC = Path(__file__).with_name("static")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".jpg": "image/jpeg",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}
_SERVED = ("chat.js", "icon.svg", "staff.css")
# The sheet for who lets the device choose, and those for a site that chooses: what stands in the place of the question.
_DARK = "(prefers-color-scheme:dark)"
SHEETS = {
    "auto": ("chat.css", _DARK),
    "light": ("chat-light.css", "(max-width: 0)"),
    "dark": ("chat-dark.css", "(min-width: 0)"),
}
# What no browser needs: indentation, comments that are a line of their own or stand behind the end of a statement, in sheets the
# space behind a mark and the last semicolon. The ends of lines of a script stay, so that a browser names the line of the file.
_INDENTED = re.compile(r"^[ \t]+", re.MULTILINE)
_REMARK = {".js": re.compile(r"^//.*|(?<=[;{]) // .*$", re.MULTILINE), ".css": re.compile(r"^/\*.*\*/$", re.MULTILINE)}
_RULES = re.compile(r"(?<=const RULES = `)[^`]*")  # the sheet in a script
_SPACED = re.compile(r"(?<=[;:,{}]) +| +(?=\{)")
_SPACED_IN_SHEET = re.compile(r"(?<=[;:,{])\s+|(?<=\})\n+|\s+(?=\{)|;?\s*(?=\})|^\s+")
_SMALL = 500  # bytes; what is smaller is hardly smaller as gzip
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), clipboard-read=()",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """Bytes as they are sent, plain and packed, and their marks."""

    plain: bytes
    packed: bytes | None
    mark: str
    headers: Mapping[str, str]


@lru_cache(maxsize=1)
def served() -> Mapping[str, StaticFile]:
    """The files of the page, which are the program's own."""
    sheet = lean("chat.css")
    sheets = {name: sheet.replace(_DARK, query) for name, query in SHEETS.values()}
    files = {name: lean(name) for name in _SERVED} | sheets
    return {name: made_file(text.encode(), name) for name, text in files.items()}


def address(name: str) -> str:
    return f"web/{name}?v={served()[name].mark}"


def lean(name: str) -> str:
    """A file as it is sent."""
    text, kind = _INDENTED.sub("", (STATIC / name).read_text("utf-8")), Path(name).suffix
    if kind in _REMARK:
        text = _REMARK[kind].sub("", text)
    if kind == ".css":
        return _SPACED_IN_SHEET.sub("", text)
    return _RULES.sub(lambda found: _SPACED.sub("", found.group()), text)


def made_file(plain: bytes, name: str, headers: Mapping[str, str] | None = None) -> StaticFile:
    head = {
        **HEADERS,
        "Content-Type": _TYPES[Path(name).suffix],
        "Cross-Origin-Resource-Policy": "same-origin",
        "Vary": "Accept-Encoding",
        **(headers or {}),
    }
    # Level 6 for the page, which is made for each who asks: level 9 is no smaller and takes a millisecond.
    packed = gzip.compress(plain, 6, mtime=0) if len(plain) > _SMALL else None
    return StaticFile(plain, packed, hashlib.sha256(plain).hexdigest()[:16], head)


def send(request: Request, file: StaticFile, keep: str, status: int = 200) -> Response:
    packed = file.packed if "gzip" in request.headers.get("accept-encoding", "") else None
    mark = f'"{file.mark}{"-gz" if packed else ""}"'
    headers = {**file.headers, "ETag": mark, "Cache-Control": keep, **({"Content-Encoding": "gzip"} if packed else {})}
    answer = Response(packed or file.plain, status, headers)
    return unless_cached(answer, request) if status == 200 else answer
