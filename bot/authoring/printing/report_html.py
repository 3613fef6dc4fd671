"""The report as one HTML file, to be read on a screen and printed."""

from __future__ import annotations

from html import escape

from bot.authoring.printing.leaflet_html import picture
from bot.authoring.printing.report import SIGN_HERE, SIGNING, Report, ReportedGroup, ReportedText

_STYLE = """\
@page { size: %s; margin: 18mm 16mm 20mm; font: 9pt sans-serif;
  @bottom-left { content: "%s" } @bottom-right { content: counter(page) " / " counter(pages) } }
* { box-sizing: border-box }
body { font: 10.5pt/1.4 'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif; color: #000; max-width: 178mm; margin: 0 auto;
  padding: 8mm }
@media print { body { padding: 0; font-size: 10pt } nav { display: none } h2 { break-before: page } }
h1 { font-size: 18pt } h2 { font-size: 14pt; border-bottom: 2px solid #000; padding-bottom: 1mm }
h3 { font-size: 11.5pt; margin: 0; break-after: avoid }
article { break-inside: avoid; border-top: 1px solid #777; padding: 3mm 0 }
article.changed, article.overdue { border-left: 4px solid #000; padding-left: 3mm }
.standing { color: #333; font-size: 9.5pt; margin: 0 0 1.5mm }
.said { white-space: pre-line; border-left: 2px solid #999; padding-left: 3mm; margin: 0 0 1.5mm }
.label { font-weight: bold; margin: 1mm 0 0 }
dl { margin: 0 } dt { font-weight: bold; float: left; clear: left; margin-right: 2mm } dd { margin: 0 0 1mm }
.rests { font-size: 9.5pt } .sign { break-inside: avoid; margin-top: 10mm } .sign td { padding: 9mm 4mm 0 0 }
.logo { max-height: 14mm; max-width: 50mm }
.line { border-bottom: 1px solid #000; width: 110mm }
"""


def report_html(report: Report, paper: str) -> str:
    """``paper``: letter or a4."""
    size = {"letter": "letter", "a4": "A4"}[paper]
    footer = f"{report.clinic}: {report.title}; texts {report.digest}".replace("\\", "").replace('"', "'")
    facts = "".join(f"<dt>{escape(what)}:</dt><dd>{escape(value)}</dd>" for what, value in report.facts)
    links = "".join(
        f'<li><a href="#group-{number}">{escape(group.title)}</a> ({len(group.texts)})</li>'
        for number, group in enumerate(report.groups)
    )
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{escape(report.language)}"><head><meta charset="utf-8"><title>{escape(report.title)}</title>',
            f"<style>{_STYLE % (size, escape(footer, quote=False))}</style></head><body>",
            f"{picture(report.logo)}<h1>{escape(report.title)}</h1><dl>{facts}</dl><nav><ul>{links}</ul></nav>",
            *(_group(number, group) for number, group in enumerate(report.groups)),
            _sign(report),
            "</body></html>",
            "",
        ]
    )


def _group(number: int, group: ReportedGroup) -> str:
    texts = "\n".join(map(_text, group.texts))
    return f'<section id="group-{number}"><h2>{escape(group.title)} ({len(group.texts)})</h2>\n{texts}</section>'


def _text(text: ReportedText) -> str:
    said = "".join(
        (f'<p class="label">{escape(label)}</p>' if label else "") + f'<p class="said" dir="auto">{escape(words)}</p>'
        for label, words in text.said
    )
    rests = "".join(f"<dt>{escape(id)}</dt><dd>{escape(words)}</dd>" for id, words in text.rests)
    behind = f'<dl class="rests">{rests}</dl>' if rests else ""
    standing = f'<p class="standing">{escape(text.id)}: {escape(text.standing)}</p>'
    return f'<article class="{text.state.replace(" ", "-")}"><h3>{escape(text.title)}</h3>{standing}{said}{behind}</article>'


def _sign(report: Report) -> str:
    rows = "".join(f'<tr><td>{what}</td><td><div class="line">&nbsp;</div></td></tr>' for what in SIGN_HERE)
    said = escape(SIGNING.format(digest=report.digest))
    return f'<section class="sign"><h2>Signature</h2><p>{said}</p><table>{rows}</table></section>'
