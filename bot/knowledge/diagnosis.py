"""Why a text is no YAML, in words for people who know none, and the line to mend.

What a YAML reader says is about its own rules ("did not find expected key"), and often of a line far below the one that is wrong.
Here the lines are looked at as an editor sees them: a quote that is not closed, a blank that is missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

_KEY = r"(?P<key>[A-Za-z_][\w -]*)"
_START = re.compile(rf"(?P<indent> *)(?P<dashes>(?:- +)*)(?:{_KEY}:(?: +|$))?(?P<value>.*)")
_NO_BLANK = re.compile(rf" *(?:- +)*{_KEY}:(?P<value>[^\s/].*)")
_NO_BLANK_OF_ITEM = re.compile(r" *-(?P<value>[^\s-].*)")
_KEY_LINE = re.compile(rf" *(?:- +)*{_KEY}:(?: |$)")
_ONE_WORD = re.compile(r" *(?:- +)*(?P<key>[a-z_]+)")
_BLOCK = re.compile(r"[|>][+-]?\d?(?P<rest>.*)")
_SIGNS = "@`%*&!|>{}[],?#"
_CURLY = "“”„‟‘’‚"
_BULLETS = "•·–—‣◦*"
_AFTER_QUOTE = re.compile(r"\s*(#.*)?|\s*[,\]}:].*")
_SHOWN = 60
_LONGEST_LIST = 200  # lines between a key without its colon and the place where that shows
_ABOVE = 3  # lines above the one that a reader stopped at

Found = tuple[int, str]


def diagnose(text: str, line: int, began: int, problem: str) -> Found:
    """The line (from 1) to mend and what is wrong with it. ``line``: where a reader stopped, ``began``: what it read then."""
    lines = text.replace("\r\n", "\n").split("\n")
    for never_closed in (_open_quote(lines), _open_bracket(lines)):
        if never_closed is not None and never_closed[0] <= line:
            return never_closed
    first = max(1, min(began, line) if line - began <= _ABOVE else line - 1)
    outside = set(_outside_blocks(lines))
    near = [n for n in range(first, min(line, len(lines)) + 1) if n in outside and _says_something(lines[n - 1])]
    if line > 1 and line - 1 in outside and (told := _no_blank(lines[line - 2])):
        return line - 1, told
    return _in_a_line(lines, near) or _among_lines(lines, near or [min(line, len(lines))], problem)


def _in_a_line(lines: Sequence[str], near: Sequence[int]) -> Found | None:
    checks: tuple[Callable[[str], str | None], ...] = (_no_blank, _sign, _curly, _colon, _document)
    for check in checks:
        for number in sorted(near, reverse=True):
            if told := check(lines[number - 1]):
                return number, told
    return None


def _among_lines(lines: Sequence[str], near: Sequence[int], problem: str) -> Found:
    stopped = near[-1]
    for number in reversed(near):
        if told := _below_its_key(lines, number) or _no_dash(lines, number):
            return number, told
    if (above := _above(lines, stopped)) is not None and (found := _ONE_WORD.fullmatch(lines[above - 1].rstrip())):
        return above, f"a colon is missing behind {found['key']}; write: {found['key']}:"
    if told := _indent(lines, stopped):
        return stopped, told
    return _no_colon(lines, near) or (
        stopped,
        (
            f"this is not valid YAML ({problem}); look at this line and the one above it: "
            "are all quotes and brackets closed, and do lines that belong together begin below each other?"
        ),
    )


def _indented(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _outside_blocks(lines: Sequence[str]) -> Iterator[int]:
    """The numbers of the lines that are no text below a ``>-`` or ``|``."""
    below: int | None = None
    for number, line in enumerate(lines, start=1):
        indent = _indented(line)
        if below is not None and (not line.strip() or indent > below):
            continue
        below = indent if _begins_block(line) else None
        yield number


def _begins_block(line: str) -> bool:
    block = _BLOCK.fullmatch(_value(line))
    return block is not None and not block["rest"].split("#")[0].strip()


# -- quotes ----------------------------------------------------------------------------------------------------------


def _open_quote(lines: Sequence[str]) -> Found | None:
    """The first text in quotes that does not end with its quote."""
    outside = list(_outside_blocks(lines))
    at = 0
    while at < len(outside):
        number = outside[at]
        at += 1
        found = _START.match(lines[number - 1])
        value = found["value"] if found else ""
        if value[:1] not in {'"', "'"}:
            continue
        end = _end_of_quote(lines, number, len(lines[number - 1]) - len(value) + 1, value[0])
        if end is None:
            return number, f"the quote {value[0]} that opens here is never closed; put {value[0]} at the end of the text"
        last, rest = end
        if not _AFTER_QUOTE.fullmatch(rest):
            return number, _misplaced(value, rest) if last == number else _not_closed(value[0], last)
        while at < len(outside) and outside[at] <= last:
            at += 1
    return None


def _end_of_quote(lines: Sequence[str], number: int, column: int, quote: str) -> tuple[int, str] | None:
    """The number of the line with the closing quote, and what stands behind it."""
    for n in range(number, len(lines) + 1):
        rest = lines[n - 1][column:] if n == number else lines[n - 1]
        pattern = r'(?:[^"\\]|\\.)*"' if quote == '"' else r"(?:[^']|'')*'(?!')"
        if closed := re.match(pattern, rest):
            return n, rest[closed.end() :]
    return None


def _not_closed(quote: str, last: int) -> str:
    where = f"the quote {quote} that opens here is not closed (the next one stands in line {last})"
    return f"{where}; put {quote} at the end of the text"


def _misplaced(value: str, rest: str) -> str:
    where = f"the text in quotes ends before {rest.strip()[:_SHOWN]!r}"
    if value[0] == "'":
        return f'{where}; put " around a text that has an apostrophe in it'
    return f'{where}; put \' around a text that has " in it, or write \\" inside'


# -- brackets --------------------------------------------------------------------------------------------------------


def _open_bracket(lines: Sequence[str]) -> Found | None:
    """The first list or mapping in brackets that a key below it interrupts."""
    open_: Found | None = None
    depth, indent = 0, 0
    for number in _outside_blocks(lines):
        line = lines[number - 1]
        if not _says_something(line):
            continue
        if open_ is not None and (_indented(line) < indent or (_indented(line) == indent and _KEY_LINE.match(line))):
            return open_
        value = _value(line) if open_ is None else line
        if open_ is None and value[:1] in {"[", "{"}:
            closing = {"[": "]", "{": "}"}[value[0]]
            open_ = number, f"the {value[0]} is not closed; put {closing} behind the last word of its list"
            indent = _indented(line)
        if open_ is not None:
            bare = re.sub(r"""(["'])(?:(?!\1).)*\1|(?:^| )#.*""", "", value)
            depth += sum(bare.count(sign) for sign in "[{") - sum(bare.count(sign) for sign in "]}")
        if depth <= 0:
            open_, depth = None, 0
    return open_


# -- one line --------------------------------------------------------------------------------------------------------


def _no_blank(line: str) -> str | None:
    if found := _NO_BLANK_OF_ITEM.fullmatch(line):
        return f"behind the - a blank is missing; write: - {found['value'][:_SHOWN]}"
    if (found := _NO_BLANK.fullmatch(line)) and ": " not in found["key"]:
        return f'behind "{found["key"]}:" a blank is missing; write: {found["key"]}: {found["value"][:_SHOWN]}'
    return None


def _value(line: str) -> str:
    found = _START.match(line)
    return found["value"].strip() if found else ""


def _sign(line: str) -> str | None:
    value = _value(line)
    if not value or value[0] not in _SIGNS:
        return None
    if _begins_block(line):
        return None
    if _BLOCK.fullmatch(value) and value[1:2] in {"-", "+", " "}:
        return f"behind {value.split()[0]} nothing may stand; write the text on the lines below it, two blanks further in"
    if value[0] in "[{" and value.endswith(("]", "}")):
        return None
    return f'a text that begins with {value[0]} needs quotes around it: "{value[:_SHOWN]}"'


def _colon(line: str) -> str | None:
    value = _value(line)
    if value[:1] in {'"', "'", "[", "{", ""}:
        return None
    if ": " in value or value.endswith(":"):
        return f'a text with a colon in it needs quotes around all of it: "{value[:_SHOWN]}"'
    return None


def _curly(line: str) -> str | None:
    if _value(line)[:1] in set(_CURLY):
        return f'the quotes in {_value(line)[:_SHOWN]} are curly; type straight ones (")'
    return None


def _document(line: str) -> str | None:
    return "this line begins a second document; delete it" if line.rstrip() in {"---", "..."} else None


# -- a line among others ---------------------------------------------------------------------------------------------


def _above(lines: Sequence[str], number: int) -> int | None:
    """The number of the line above that says something, outside of texts."""
    return next((n for n in reversed(list(_outside_blocks(lines[: number - 1]))) if _says_something(lines[n - 1])), None)


def _below_its_key(lines: Sequence[str], number: int) -> str | None:
    line, above = lines[number - 1], _above(lines, number)
    if above is None or not _begins_block(lines[above - 1]) or _KEY_LINE.match(line) or _indented(line) == 0:
        return None
    if above != number - 1 or _indented(line) > (own := _indented(lines[above - 1])):
        return None
    return f"this text belongs to the line above it, and begins further in than that; write {own + 2} blanks before it"


def _no_dash(lines: Sequence[str], number: int) -> str | None:
    line, above = lines[number - 1], _above(lines, number)
    if above is None or _KEY_LINE.match(line) or line.lstrip().startswith("-"):
        return None
    if not lines[above - 1].lstrip().startswith("- ") or _indented(line) != _indented(lines[above - 1]):
        return None
    if line.strip()[0] in _BULLETS:
        return f"an item of a list begins with -, not with {line.strip()[0]}; write: - {line.strip()[1:].strip()[:_SHOWN]}"
    return f"a - is missing before this item of the list; write: - {line.strip()[:_SHOWN]}"


def _no_colon(lines: Sequence[str], near: Sequence[int]) -> Found | None:
    """The line, or the nearest above all of them, that would be a key if a colon stood behind its word."""
    for n in sorted((n for n in _outside_blocks(lines[: near[-1]]) if n > near[-1] - _LONGEST_LIST), reverse=True):
        if found := _ONE_WORD.fullmatch(lines[n - 1].rstrip()):
            return n, f"a colon is missing behind {found['key']}; write: {found['key']}:"
    for number in reversed(near):
        line = lines[number - 1]
        if re.match(r" *- ", line) or _KEY_LINE.match(line):
            continue
        shown = line.strip()[:_SHOWN]
        return number, f"there is no colon in {shown!r}; a line is a name, a colon, a blank and a text (question: How long?)"
    return None


def _indent(lines: Sequence[str], number: int) -> str | None:
    """Where ``number`` begins at a column that no line above it opened."""
    own = _indented(lines[number - 1])
    open_: list[int] = []
    last = 0
    for n in _outside_blocks(lines[: number - 1]):
        line = lines[n - 1]
        if not _says_something(line):
            continue
        last = _indented(line)
        open_ = [one for one in open_ if one < last] + [last]
        if (dashes := re.match(r" *((?:- +)+)", line)) is not None:
            open_.append(last + len(dashes[1]))
            if not re.match(r" *- ", lines[number - 1]):
                last = open_[-1]
    if own in open_ or not open_:
        return None
    return (
        f"this line begins with {own} blanks, and what stands above it with {last}; what belongs together begins below each other"
    )
