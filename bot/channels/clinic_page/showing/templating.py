"""Templates with all that stands in them escaped, and the page's own files.

Jinja2 and no own code: what is shown was partly written by strangers, and one place that forgets to escape is a hole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_HERE = Path(__file__).parents[1]
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file of the page's own; ``mark`` changes with its content."""

    content: bytes
    kind: str
    mark: str


@lru_cache(maxsize=1)
def page_files() -> Mapping[str, PageFile]:
    """All of static/, by name."""
    found = {}
    for path in sorted((_HERE / "static").iterdir()):
        content = path.read_bytes()
        found[path.name] = PageFile(content, _TYPES[path.suffix], hashlib.sha256(content).hexdigest()[:16])
    return found


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["date"] = lambda day: f"{day.day} {day:%b %Y}"
    made.globals["file"] = lambda name: f"static/{name}?v={page_files()[name].mark}"
    return made


def filled(template: str, values: Mapping[str, Any]) -> str:
    """``template`` of templates/, filled in. Raises jinja2.UndefinedError for what is not given."""
    return _environment().get_template(template).render(values)
