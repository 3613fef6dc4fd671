"""``make curve``: what becomes of the questions as the bot answers more or less easily, and what each caution does.

Writes docs/caution.svg and docs/caution.md. Out-of-fold: what is chosen is chosen on other questions than it is tried on.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from xml.sax.saxutils import escape

from bot.app import config
from bot.app.commands.labelled import read_questions
from bot.app.detector import open_detector
from bot.authoring.calibrate import CAUTIONS, rates_for
from bot.authoring.held_out import Chosen, choose_out_of_fold, score_out_of_fold
from bot.authoring.score import LabelledQuestion, figures
from bot.knowledge.load import load
from bot.knowledge.model import Knowledge
from bot.matching.matcher import Matcher
from bot.matching.training import open_matcher
from bot.safety.detector import DangerDetector
from tests.places import QUESTIONS, ROOT, SHARED

_OWN = QUESTIONS / "own.jsonl"
_DEVELOPMENT = SHARED / "questions" / "dev.jsonl"
_DOCS = ROOT / "docs"
_THRESHOLDS = [round(0.02 * n, 2) for n in range(20, 50)]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the chart: where its figure stands in ``score.figures``, and how it is drawn."""

    name: str
    kind: str
    figure: str
    colour: str
    dash: str = ""


# Colours that differ in lightness, too, and the lines are named where they end.
LINES = (
    Line("right", "answerable", "right share", "#1b7837"),
    Line("offered", "answerable", "offered share", "#2166ac"),
    Line("wrong", "answerable", "wrong share", "#b2182b"),
    Line("refused", "answerable", "refused share", "#6b6b6b"),
    Line("out of source, answered wrongly", "out", "answered wrongly share", "#d6604d", "6 4"),
)
Told = Mapping[str, Mapping[str, float]]


def main() -> None:
    settings = config.read_settings({})
    knowledge = load(settings.knowledge, settings.clinic)
    matcher = open_matcher(knowledge, settings.cache_dir, _say, settings.model)
    detector = open_detector(knowledge, settings.cache_dir, _say)
    path = _DEVELOPMENT if _DEVELOPMENT.is_file() else _OWN
    questions = read_questions(path)
    chosen = {caution: choose_out_of_fold(questions, knowledge, matcher, rates_for(caution)) for caution in CAUTIONS}
    told = {caution: figures(score_out_of_fold(questions, knowledge, matcher, detector, one)) for caution, one in chosen.items()}
    swept = [_told_at(answer, questions, knowledge, matcher, detector, chosen["normal"]) for answer in _THRESHOLDS]
    marks = {caution: _threshold(one, "answer") for caution, one in chosen.items()}
    _DOCS.mkdir(exist_ok=True)
    (_DOCS / "caution.svg").write_text(chart(_THRESHOLDS, swept, marks), "utf-8")
    text = _page(path.name, told, chosen)
    (_DOCS / "caution.md").write_text(text, "utf-8")
    print(text)


def _told_at(
    answer: float,
    questions: Sequence[LabelledQuestion],
    knowledge: Knowledge,
    matcher: Matcher,
    detector: DangerDetector,
    chosen: Sequence[Chosen],
) -> Told:
    """The figures with ``answer`` as the threshold, and all else as it was chosen."""
    _say(f"answering from {answer:.2f} on")
    moved = [(replace(words, answer=answer), meaning and replace(meaning, answer=answer)) for words, meaning in chosen]
    return figures(score_out_of_fold(questions, knowledge, matcher, detector, moved))


def _threshold(chosen: Sequence[Chosen], name: str) -> float:
    """The mean over the folds, of the calibration that decides most: with the sentence model, where there is one."""
    return fmean(getattr(meaning or words, name) for words, meaning in chosen)


def _page(name: str, told: Mapping[str, Told], chosen: Mapping[str, Sequence[Chosen]]) -> str:
    answerable, out = (int(told["normal"][kind]["questions"]) for kind in ("answerable", "out"))
    model = chosen["normal"][0][1] is not None
    lines = [
        "# How careful the bot is",
        "",
        "Written by `make curve`. A clinic chooses with `caution: low`, `normal` or `high` in its file; `normal` holds where it",
        "says nothing. Each picks thresholds that `infusion-bot kb calibrate` chose for other rates of wrong answers and",
        "another price of them. What is urgent is heard before all this, and the same with every caution.",
        "",
        f"Measured on {name} ({answerable} answerable questions, {out} that the source does not answer),",
        f"{'with' if model else 'without'} the sentence model, out-of-fold: for each fifth of the questions the thresholds",
        "were chosen on the other four fifths.",
        "",
        "| | low | normal | high |",
        "|---|---|---|---|",
    ]
    rows = [
        ("stated: wrong, of the answerable, at most", [f"{CAUTIONS[c].wrong:.1%}" for c in CAUTIONS]),
        ("stated: answered wrongly, of the others, at most", [f"{CAUTIONS[c].out_wrong:.1%}" for c in CAUTIONS]),
        ("stated: asked back, of all, at most", [f"{CAUTIONS[c].asked:.0%}" for c in CAUTIONS]),
        ("stated: right answers that a wrong one costs", [f"{CAUTIONS[c].price:g}" for c in CAUTIONS]),
        *((f"answerable: {name}", _shares(told, "answerable", name)) for name in ("right", "offered", "wrong", "refused")),
        *((f"others: {name}", _shares(told, "out", name)) for name in ("refused rightly", "asked back", "answered wrongly")),
        ("all: asked back", _shares(told, "all", "asked back")),
        *(
            (f"threshold, mean of the fifths: {name}", [f"{_threshold(chosen[c], name):.2f}" for c in CAUTIONS])
            for name in ("answer", "boundary", "clarify", "lead")
        ),
    ]
    lines += [f"| {label} | {' | '.join(values)} |" for label, values in rows]
    lines += [
        "",
        "![Right, offered, wrong and refused against the answer threshold](caution.svg)",
        "",
        "The chart moves the answer threshold alone; boundary, clarify and lead stay as chosen for normal caution. A mark is the",
        "mean of the five thresholds that the fifths got, so the table's figures lie near the lines and not on them.",
        "",
    ]
    return "\n".join(lines)


def _shares(told: Mapping[str, Told], kind: str, name: str) -> list[str]:
    return [f"{told[c][kind][f'{name} share']:.1%} ({told[c][kind][name]:.0f})" for c in CAUTIONS]


# -- the picture ------------------------------------------------------------------------------------------------

_WIDTH, _HEIGHT = 900, 480
_FONT = 'font-family="Helvetica, Arial, sans-serif" font-size="14"'
_FIRST = 0.4  # the threshold where the chart begins: below it hardly anything moves
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 610, 60, 410


def chart(thresholds: Sequence[float], told: Sequence[Told], marks: Mapping[str, float]) -> str:
    """A line chart as SVG: shares against the answer threshold, with a mark at the threshold of each caution."""
    ends = _apart([told[-1][line.kind][line.figure] for line in LINES])
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" {_FONT} role="img">',
            "<title>Right, offered, wrong and refused against the answer threshold</title>",
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
            *_axes(),
            *_marks(marks),
            *(
                part
                for line, end in zip(LINES, ends, strict=True)
                for part in _drawn(line, thresholds, [one[line.kind][line.figure] for one in told], end)
            ),
            "</svg>",
            "",
        ]
    )


def _x(threshold: float) -> float:
    return round(_LEFT + (_RIGHT - _LEFT) * (threshold - _FIRST) / (1 - _FIRST), 1)


def _y(share: float) -> float:
    return round(_BOTTOM - (_BOTTOM - _TOP) * share, 1)


def _text(x: float, y: float, text: str, colour: str = "#222222", anchor: str = "middle", more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" fill="{colour}" text-anchor="{anchor}"{more}>{escape(text)}</text>'


def _axes() -> list[str]:
    middle = (_TOP + _BOTTOM) / 2
    lines = [
        part
        for n in range(6)
        for part in (
            f'<line x1="{_LEFT}" x2="{_RIGHT}" y1="{_y(n / 5)}" y2="{_y(n / 5)}" stroke="#dddddd"/>',
            _text(_LEFT - 8, _y(n / 5) + 5, f"{n * 20} %", anchor="end"),
        )
    ]
    lines += [_text(_x(n / 10), _BOTTOM + 22, f"{n / 10:.1f}") for n in range(4, 11)]
    return [
        *lines,
        f'<path d="M{_LEFT} {_TOP}V{_BOTTOM}H{_RIGHT}" fill="none" stroke="#222222"/>',
        _text((_LEFT + _RIGHT) / 2, _BOTTOM + 50, "least confidence to answer (the answer threshold)"),
        _text(18, middle, "share of the questions of its kind", more=f' transform="rotate(-90 18 {middle:g})"'),
    ]


def _marks(marks: Mapping[str, float]) -> list[str]:
    """An upright line at the threshold of each caution; the names stand in two rows, so that near ones do not touch."""
    lines = []
    for row, (caution, threshold) in enumerate(sorted(marks.items(), key=lambda mark: mark[1])):
        x, top = _x(threshold), _TOP - 14 * (row % 3) - 6
        lines += [
            f'<path d="M{x} {top - 4}V{_BOTTOM}" stroke="#888888" stroke-dasharray="2 3"/>',
            _text(x - 4, top + 8, f"{caution} {threshold:.2f}", "#444444", "end", ' font-size="12"'),
        ]
    return lines


def _drawn(line: Line, thresholds: Sequence[float], shares: Sequence[float], end: float) -> list[str]:
    points = " ".join(f"{_x(threshold)},{_y(share)}" for threshold, share in zip(thresholds, shares, strict=True))
    dash = f' stroke-dasharray="{line.dash}"' if line.dash else ""
    last = f"{_x(thresholds[-1]) + 3:g} {_y(shares[-1]):g}"
    return [
        f'<polyline points="{points}" fill="none" stroke="{line.colour}" stroke-width="2.5"{dash}/>',
        f'<path d="M{last}L{_RIGHT + 10} {end:g}" stroke="{line.colour}" stroke-width="0.8"/>',
        _text(_RIGHT + 14, end + 5, line.name, line.colour, "start"),
    ]


def _apart(shares: Sequence[float]) -> list[float]:
    """The heights of the names where lines with these ``shares`` end: 20 apart at least, in the order of the lines."""
    heights = [0.0] * len(shares)
    lowest = _BOTTOM + 20.0
    for i in sorted(range(len(shares)), key=lambda i: shares[i]):
        lowest = heights[i] = min(_y(shares[i]), lowest - 20)
    return heights


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
