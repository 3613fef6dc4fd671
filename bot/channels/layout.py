"""What every screen makes of a reply's text: questions on buttons are not told twice, a source's address becomes a link. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.dialogue.conversation import Choice
from bot.knowledge.model import Document


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line that names ``document`` and ends with its address. Places in the text, in order.

    ``address`` is where the space before the address stands.
    """

    document: Document
    start: int
    title: int
    address: int
    end: int


def without_lists(text: str, choices: Sequence[Choice], related: Sequence[Choice]) -> str:
    """The text without the questions that buttons carry in full; what leads to them goes to the end, next to them."""
    return _without_run(_without_lines(text, choices), () if choices else related)


def _without_lines(text: str, choices: Sequence[Choice]) -> str:
    if not choices:
        return text
    numbered = {f"{number}. {one.label}" for number, one in enumerate(choices, start=1)}
    return "\n".join(line for line in text.split("\n") if line not in numbered)


def _without_run(text: str, related: Sequence[Choice]) -> str:
    run = " ".join(one.label for one in related)
    paragraphs = text.split("\n\n")
    at = next((at for at in reversed(range(len(paragraphs))) if run and run in paragraphs[at]), None)
    if at is None:
        return text
    before, _, after = paragraphs.pop(at).rpartition(run)
    lead = f"{before.rstrip(' ')} {after.lstrip(' ')}".strip()
    return "\n\n".join([*paragraphs, lead] if lead else paragraphs)


def source_lines(text: str, documents: Sequence[Document]) -> Iterator[SourceLine]:
    """The lines of ``text`` that name one of ``documents``."""
    start = 0
    for line in text.split("\n"):
        for document in documents:
            at = line.find(document.title)
            if document.link and at >= 0 and line.endswith(f" {document.link}"):
                end = start + len(line)
                yield SourceLine(document, start, start + at, end - len(document.link) - 1, end)
                break
        start += len(line) + 1
