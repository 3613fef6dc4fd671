"""The leaflet as one HTML file with all that it needs in it: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape

from bot.authoring.printing.codes import QUIET
from bot.authoring.printing.leaflet import Leaflet, LeafletPart, ScanCode
from bot.knowledge.overlay.logo import Logo
from bot.timeline.drawing import RectElement
from bot.timeline.strips import STRIP_HEIGHT, STRIP_WIDTH, Strip, StripPanel

PAPERS = {"letter": "8.5in 11in", "a4": "210mm 297mm"}
_SWATCH = 92
# No text is smaller than 10 pt. Nothing is said by a colour alone: what is dark stays dark without it.
_STYLE = """\
@page { size: %s; margin: 12mm }
* { box-sizing: border-box }
body { font: 10.5pt/1.3 'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif; color: #000; margin: 0 auto; max-width: 186mm;
  print-color-adjust: exact; -webkit-print-color-adjust: exact }
@media screen { body { padding: 8mm 0 } }
@media print { body { font-size: 10pt; line-height: 1.2 } }
header { display: flex; justify-content: space-between; align-items: baseline; border-bottom: 2px solid #000; margin-bottom: 3mm }
h1 { font-size: 18pt; margin: 0 0 1mm } h2 { font-size: 12pt; margin: 0 0 1mm } h3 { font-size: 10.5pt; margin: 0 0 1mm }
p { margin: 0 } .clinic { font-size: 11pt; font-weight: bold } .logo { max-height: 10mm; max-width: 30mm; vertical-align: middle }
main { display: grid; grid-template-columns: 1fr 1fr; gap: 0 6mm }
section { margin-bottom: 3mm; break-inside: avoid } ul { margin: 0; padding-left: 4.5mm } li { margin-bottom: .7mm }
.rules, .call { border: 2px solid #000; padding: 2mm 2.5mm } .rules { border-width: 4px; font-weight: bold }
.ticks { position: relative; height: 1.3em } .ticks span { position: absolute }
.strip { margin-bottom: 1.2mm } .strip b, .strip span { display: block } svg { display: block; width: 100%% }
.legend { display: flex; gap: 2mm; align-items: center } .legend svg { width: 12mm; flex: none }
.legend + .legend { margin-top: 1mm } a { color: inherit; overflow-wrap: anywhere }
.code { display: flex; gap: 3mm; align-items: center } .code svg { width: 34mm; flex: none }
footer { border-top: 1px solid #000; padding-top: 1mm }
"""


def leaflet_html(leaflet: Leaflet, paper: str) -> str:
    """``paper``: letter or a4. It prints on one page of it in a browser that keeps to the margins asked for."""
    left = [_part(leaflet.part(id)) for id in ("before", "during", "after")]
    left += [f'<section class="rules">{_paragraphs(leaflet.rules)}</section>'] if leaflet.rules else []
    left += [_part(leaflet.part("call"), "call")]
    left += [_code(leaflet.code)] if leaflet.code is not None else []
    right = [_panel(one) for one in leaflet.panels]
    right += [f"<section>{''.join(map(_legend, leaflet.legend))}</section>"] if leaflet.legend else []
    right += [_part(leaflet.hours)]
    heading = [f"<h2>{escape(leaflet.how_long)}</h2>"] if leaflet.panels else []
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{escape(leaflet.language)}">',
            f'<head><meta charset="utf-8"><title>{escape(leaflet.title)}</title><style>{_STYLE % PAPERS[paper]}</style></head>',
            f"<body><header><h1>{escape(leaflet.title)}</h1>",
            f'<p class="clinic">{picture(leaflet.logo)}{escape(leaflet.clinic)}</p></header>',
            f"<main><div>{''.join(left)}</div>",
            f"<div>{''.join((*heading, *right))}</div></main>",
            f"<footer>{_paragraphs(leaflet.note)}</footer></body></html>",
            "",
        ]
    )


def picture(logo: Logo | None) -> str:
    """It is told by the name beside it."""
    if logo is None:
        return ""
    return f'<img class="logo" alt="" src="data:{logo.media_type};base64,{b64encode(logo.content).decode()}"> '


def _part(part: LeafletPart | None, kind: str = "") -> str:
    if part is None:
        return ""
    lines = "".join(f"<li>{escape(line)}</li>" for line in part.lines)
    return f'<section class="{kind}"><h2>{escape(part.title)}</h2><ul>{lines}</ul></section>'


def _paragraphs(texts: Sequence[str]) -> str:
    return "".join(f"<p>{escape(text)}</p>" for text in texts)


def _panel(panel: StripPanel) -> str:
    ticks = "".join(f'<span style="left:{100 * x / STRIP_WIDTH:.1f}%">{escape(text)}</span>' for text, x in panel.ticks)
    rows = "".join(
        f'<div class="strip"><b>{escape(one.label)}</b>{_bar(one, STRIP_WIDTH)}<span>{escape(one.said)}</span></div>'
        for one in panel.strips
    )
    return f'<section><h3>{escape(panel.title)}</h3><p>{escape(panel.scale)}</p><div class="ticks">{ticks}</div>{rows}</section>'


def _legend(strip: Strip) -> str:
    return f'<div class="legend">{_bar(strip, _SWATCH)}<span>{escape(strip.said)}</span></div>'


def _bar(strip: Strip, width: int) -> str:
    return _svg(width, STRIP_HEIGHT, strip.shapes) if strip.shapes else ""


def _svg(width: int, height: int, shapes: Sequence[RectElement]) -> str:
    rects = "".join(
        f'<rect x="{one.x}" y="{one.y}" width="{one.width}" height="{one.height}" fill="{one.fill}"/>' for one in shapes
    )
    return f'<svg viewBox="0 0 {width} {height}" aria-hidden="true" shape-rendering="crispEdges">{rects}</svg>'


def _code(code: ScanCode) -> str:
    size = len(code.squares) + 2 * QUIET
    dark = [
        RectElement(x + QUIET, y + QUIET, 1, 1, "#000")
        for y, row in enumerate(code.squares)
        for x, square in enumerate(row)
        if square == "1"
    ]
    picture = _svg(size, size, [RectElement(0, 0, size, size, "#fff"), *dark])
    link = f'<a href="{escape(code.link)}">{escape(code.shown)}</a>'
    beside = f"<div><h2>{escape(code.title)}</h2><p>{escape(code.text)}</p><p>{link}</p></div>"
    return f'<section class="code">{picture}{beside}</section>'
