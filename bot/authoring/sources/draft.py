"""Claims that a document's sentences may become: proposed for a person to finish, never served.

A sentence is proposed where it has a figure, or says that something must or must not be. What the claim says is left empty: a
person writes it in words of their own, and the loader refuses it until then.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from bot.authoring.sources.text import TextSection
from bot.authoring.verify import SENTENCE_END, mistakes_of
from bot.knowledge.model import Quantity
from bot.language.grammar import Grammar
from bot.language.quantities import End, FoundQuantity, fold, quantities, straighten

_MUST = re.compile(
    r"\b(?:must|should|shall|need to|needs to|have to|has to|required?|necessary|never|always|avoid|cannot|can not|do not|don't|"
    r"not allowed|only|debe|deben|no debe|no deben|tiene que|tienen que|nunca|siempre|evite|evitar|necesita|no puede)\b",
    re.IGNORECASE,
)
_HEDGES = re.compile(
    r"\b(?:typically|usually|generally|often|commonly|about|approximately|around|roughly|up to|at least|may|might|can|could|some|"
    r"most|believed|likely|tend to|in general|suele|suelen|generalmente|aproximadamente|alrededor de|puede|pueden|hasta)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{4,}(?:'[^\W\d_]+)?")
# Words that stand with any figure.
_ANYWHERE = frozenset(
    "after also before between during each every following from have into last lasting lasts least more most next only over some "
    "than that their them then there these they this those under until upon what when where which while will with within "
    "without your".split()
)
_NEAREST = 8  # words around a figure that are tried as those that stand with it


@dataclass(frozen=True, slots=True)
class Proposal:
    """A sentence at the ``paragraph`` of a ``section``, with what was read in it.

    ``unread``: figures that could not be taken apart; ``bounds``: it says must or must not.
    """

    id: str
    sentence: str
    section: str
    paragraph: int
    quantities: tuple[Quantity, ...]
    unread: tuple[str, ...]
    hedges: tuple[str, ...]
    bounds: bool


def proposals(document: str, sections: Sequence[TextSection], grammar: Grammar) -> Iterator[Proposal]:
    """What of ``document`` may become claims, in order."""
    for section in sections:
        for number, paragraph in enumerate(section.paragraphs, start=1):
            sentences = SENTENCE_END.split(" ".join(straighten(paragraph).split()))
            for at, sentence in enumerate(sentences, start=1):
                id = f"{document.replace('-', '_')}_{section.id}_{number}_{at}"
                found = tuple(_quantities(id, sentence, paragraph, grammar))
                bounds = _MUST.search(sentence) is not None
                folded = fold(sentence)
                unread = tuple(folded[one.start : one.stop] for one in quantities(folded, grammar) if one.part)
                if found or unread or bounds:
                    hedges = tuple(dict.fromkeys(fold(one) for one in _HEDGES.findall(sentence)))
                    yield Proposal(id, sentence, section.id, number, found, unread, hedges, bounds)


def _quantities(id: str, sentence: str, paragraph: str, grammar: Grammar) -> Iterator[Quantity]:
    folded = fold(sentence)
    for number, found in enumerate(_told(folded, grammar), start=1):
        first, *last = (_typed(end, grammar) for end in found.ends)
        name = id if number == 1 else f"{id}_{number}"
        quantity = Quantity(name, first, last[0] if last else None, False, ())
        yield replace(quantity, near=_near(quantity, folded, found, paragraph, grammar))


def _told(folded: str, grammar: Grammar) -> list[FoundQuantity]:
    """The figures that can be taken apart. In "a small one needs" there is none."""
    units = {*grammar.figures.units.values()}
    return [
        one for one in quantities(folded, grammar) if not one.part and (one.ends[-1][1] in units or one.ends[-1][0] != ("1",))
    ]


def _typed(end: End, grammar: Grammar) -> str:
    """An end as the ledger has it: the amount with its unit."""
    amounts, unit = end
    return f"{f' {grammar.figures.or_word} '.join(amounts)} {unit}{'' if amounts == ('1',) else grammar.figures.plural}"


def _near(quantity: Quantity, sentence: str, found: FoundQuantity, paragraph: str, grammar: Grammar) -> tuple[str, ...]:
    """The nearest words with which nothing else of the paragraph stands; the nearest alone where there are none."""
    around = sorted(
        (min(abs(match.start() - found.stop), abs(found.start - match.end())), match.group())
        for match in _WORD.finditer(sentence)
        if match.end() <= found.start or match.start() >= found.stop
    )
    telling = (word for _, word in around if not _HEDGES.fullmatch(word) and word not in _ANYWHERE)
    words = list(dict.fromkeys(telling))[:_NEAREST]
    for near in [(one,) for one in words] + [*combinations(words[:5], 2)]:
        if not mistakes_of(replace(quantity, near=near), paragraph, grammar):
            return near
    return tuple(words[:1])


def drafted(document: str, found: Sequence[Proposal], paragraphs: dict[tuple[str, int], str], grammar: Grammar) -> str:
    """The proposals as YAML: to be finished, and moved to claims.yaml."""
    lines = [
        f"# Claims that {document} may give: {len(found)} sentences with a figure, a must or a must not.",
        "# For each that patients ask about: write the claim in your own words, with {the_figure} where a figure belongs; say",
        "# for whom and when it holds (scope); look whether the hedge is all of it. Move it to claims.yaml, delete the others.",
        "# Nothing in this file is read, and a claim without words is refused.",
    ]
    for one in found:
        said = f"# {'must or must not; ' if one.bounds else ''}it says: {one.sentence}"
        lines += ["", said, f"- id: {one.id}", "  claim:"]
        lines += [f"  # a figure that could not be read, type it yourself: {figure}" for figure in one.unread]
        if one.quantities:
            lines.append("  quantities:")
        for quantity in one.quantities:
            figure = f"from: {quantity.first}, to: {quantity.last}" if quantity.last else f"value: {quantity.first}"
            wrong = mistakes_of(quantity, paragraphs[one.section, one.paragraph], grammar)
            lines += [f"    # to be mended: {wrong[0]}"] if wrong else []
            lines.append(f"    {quantity.name}: {{{figure}, near: {json.dumps(list(quantity.near), ensure_ascii=False)}}}")
        lines.append("  scope:")
        if one.hedges:
            lines.append(f"  hedge: {json.dumps(list(one.hedges), ensure_ascii=False)}")
        lines.append(f"  source: {{document: {document}, section: {one.section}, paragraph: {one.paragraph}}}")
    return "\n".join(lines) + "\n"
