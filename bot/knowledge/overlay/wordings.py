"""What a clinic's sentence may not say: leave where the sources forbid, a ban that ends too early, another figure, a dose.

A sentence is read by its words alone. Where a rule stands behind an act, a sentence on it has to forbid it, to ask for what is
needed, or to send to the clinic: what is none of these is refused, as nobody can list all the ways to give leave.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.knowledge.fields import Row
from bot.language.grammar import Grammar
from bot.language.quantities import PLACEHOLDER, fold, quantities, span_of

# What is no act: a street of that name; and a case that a rule holds in, too.
_ASIDE = re.compile(r"\bat once\b|\d\w*(?:\s+[A-Z]\w*)+\s+Drive\b|\b[Ee]ven (?:if|when|though|after)\b[^,;.]*")
_QUARTERS = re.compile(r"(?<!\w)(?:a|(three))\s+quarters?\s+of\s+an\s+hour(?!\w)")
_FULL = re.compile(r"(?<!\w)(?:full|whole|entire|solid)\s+(?=(?:hour|day|week|month|year)s?(?!\w))")
_SENTENCE = re.compile(r"(?<=[.!?;\n])\s+|\s+(?:but|pero|although|aunque)\s+|\s+[–—]\s+|\n")
_DOSE = re.compile(
    r"(?<!\w)(?:\d[\d.,]*\s*|[a-z]+(?:-[a-z]+)?\s+)(?:mg|mcg|µg|μg|ug|milligram|microgram|miligramo|microgramo|millilit|mililit)\w*(?!\w)"
    r"|(?<!\w)\d[\d.,]*\s*(?:ml|cc|grams?|gramos?|units?|unidades)(?!\w)|(?:per|por)\s+kil|(?:mg|mcg|µg)\s*/\s*kg"
    r"|(?<!\w)(?:\d+|one|two|three|four|five|six|un|una|dos|tres|cuatro)\s+(?:nasal\s+)?(?:spray|drop|puff|lozenge|tablet|pill|troche|capsule|gota|pastilla)s?(?!\w)"
    r"|(?<!\w)(?:double|half|extra|twice|higher|larger|doble|media)\s+(?:the\s+|your\s+)?dos[ei]s?(?!\w)"
)
_NO = re.compile(
    r"(?:(?<!\w)(?:not|never|no|nobody|nor|neither|cannot|without|unless|ni|nunca|nadie|ningún|ninguna)|n't)(?:[^\w,;:]+(?:\w+[^\w,;:]+){0,2}|\W+(?:\w+\W+)?)$"
)
_WHETHER = re.compile(r"(?<!\w)(?:when|whether|if|before|how soon|cuándo|si)\W+(?:\w+\W+){0,3}$")
_NOT = re.compile(r"^\W+(?:not|never|no)(?!\w)")
_OF_INFUSION = (
    r"(?:your|the|an|a|each|every|any|this|su|la|una|cada)\s+(?:ketamine\s+)?"
    r"(?:infusion|session|treatment|visit|appointment|infusión|sesión)"
)
_ENDS = re.compile(
    r"(?<!\w)(?:until|till|til|unless|except|only if|as long as|before|hasta|a menos que|salvo|mientras|while|when|cuando)(?!\w)"
    rf"|(?<!\w)(?<!even )if(?!\s+you\s+(?:come|drive|drove|travel|arrive|had|have had))(?!\w)|(?<!\w)after\s+(?!{_OF_INFUSION})"
)
# What makes a rule one for some.
_SOME = re.compile(
    r"(?<!\w)(?:first|second|initial|early)\s+(?:session|infusion|visit|time|treatment|appointment)s?\s+only|(?<!\w)only\s+(?:for|at|after|on|in|the|those|patients|people|some)\s"
    r"|(?<!\w)new\s+patients|(?<!\w)on\s+your\s+first|(?<!\w)solo\s+la\s+primera"
)
_DAY = 24 * 3600.0
_SLACK = 1.0  # second


def pattern_of(words: Iterable[str]) -> re.Pattern[str]:
    """Finds each of ``words``, as words of their own; one that ends in * has any ending."""
    made = (r"\s+".join(re.escape(part).replace(r"\*", r"\w*") for part in word.lower().split()) for word in words)
    return re.compile(rf"(?<![\w])(?:{'|'.join(sorted(made, key=len, reverse=True)) or '(?!)'})(?!\w|'t)")


@dataclass(frozen=True, slots=True)
class ActWords:
    """An act that a rule stands behind, as patterns; the names are those of ``floor.yaml``."""

    name: str
    claim: str | None
    words: re.Pattern[str]
    beside: re.Pattern[str] | None
    aside: re.Pattern[str]
    deny: bool
    weakens: re.Pattern[str]
    only_weakens: bool
    always: bool
    permits: re.Pattern[str] | None
    softens: re.Pattern[str]
    bounds: re.Pattern[str] | None
    unless: re.Pattern[str]
    topics: frozenset[str]
    strict: bool
    negated: bool

    def is_spoken_of(self, sentence: str) -> bool:
        bare = self.aside.sub(" ", sentence)
        return bool(self.words.search(bare)) and (self.beside is None or bool(self.beside.search(bare)))


class Wordings:
    """The words of ``floor.yaml``, and the figures of the base's claims by their names."""

    def __init__(self, floor: Row, claims: Mapping[str, Row], grammar: Grammar) -> None:
        self._grammar = grammar
        self._permits, self._asks, self._forbids = (pattern_of(floor.get(key)) for key in ("permits", "asks", "forbids"))
        self.acts = tuple(_act(name, row) for name, row in floor.get("acts").items())
        own = {name: row for claim in claims.values() for name, row in claim.get("quantities", {}).items()}
        self._figures = [
            (name, [pattern_of(words) for words in groups], _ends(own[name], grammar))
            for name, groups in floor.get("figures").items()
            if name in own
        ]

    def faults(self, text: str, rules: Sequence[float] = (), topic: str | None = None) -> Iterator[str]:
        """What is wrong with ``text``, whose figures are filled in. ``rules``: for how many seconds its claims forbid.

        ``topic``: the boundary topic whose text it is; there a sentence may give leave without naming what it speaks of.
        """
        for said in _SENTENCE.split(text):
            sentence = _QUARTERS.sub(
                lambda found: "45 minutes" if found[1] else "15 minutes", fold(_FULL.sub("", _ASIDE.sub(" ", said)))
            )
            if not sentence:
                continue
            shown = f"“{said.strip()[:80]}”"
            if _DOSE.search(sentence):
                yield f"{shown} gives a dose; no text tells one, as the dose is for the clinic to set in person"
            yield from (f"{shown} {what}" for what in self._figures_in(sentence))
            for act in self.acts:
                if act.is_spoken_of(sentence):
                    what = self._weakened(act, sentence, rules)
                else:
                    what = self._weakened_unnamed(act, sentence) if topic in act.topics else None
                if what is not None:
                    yield f"{shown} {what}"

    def act_of(self, text: str) -> ActWords | None:
        """The first act ruled by a claim that ``text`` speaks of."""
        words = fold(text)
        return next((act for act in self.acts if act.claim is not None and act.is_spoken_of(words)), None)

    def _weakened(self, act: ActWords, sentence: str, rules: Sequence[float]) -> str | None:
        if act.only_weakens:
            if self._stands(act.words if act.always else act.weakens, sentence):
                return f"weakens what is said of {act.name}; leave it out, or say what has to be done"
            return None
        unless = act.unless.search(sentence) is not None
        soft = act.softens.search(sentence) or (act.deny and act.claim and _SOME.search(sentence)) or None
        if soft:
            return f"softens the rule on {act.name} ({soft.group()}); it holds for everybody and every time, so say it without"
        weakening = self._leave(sentence, act) or self._unforbidden(act.weakens, sentence)
        if weakening and not (unless and not act.weakens.search(sentence)):
            return f"gives leave ({weakening}) against the rule on {act.name}; say what must not be, or leave it out"
        if act.bounds is not None and (what := self._too_short(act, sentence, rules)):
            return what
        if act.deny and not unless and not self._is_safe(act.words.sub(" ", sentence) if act.negated else sentence):
            return f"speaks of {act.name} and forbids nothing; say what must not be, or send the patient to you (“ask us”)"
        return None

    def _weakened_unnamed(self, act: ActWords, sentence: str) -> str | None:
        """The same where the topic says what is spoken of: "One or two never hurt anybody", of alcohol."""
        if act.unless.search(sentence):
            return None
        soft = None if act.only_weakens else act.softens.search(sentence)
        if act.only_weakens and self._stands(act.weakens, sentence):
            soft = act.weakens.search(sentence)
        weakening = soft.group() if soft else None if act.only_weakens else self._leave(sentence, act)
        way_out = "say what must not be, or send the patient to you (“ask us”)"
        if weakening:
            return f"gives leave ({weakening}) where the question is of {act.name}; {way_out}"
        if act.strict and re.search(r"\w", PLACEHOLDER.sub("", sentence)) and not self._is_safe(sentence):
            return f"answers a question of {act.name} and forbids nothing; {way_out}"
        return None

    def _is_safe(self, sentence: str) -> bool:
        return self._is_forbidden(sentence) or self._asks.search(sentence) is not None

    def _leave(self, sentence: str, act: ActWords) -> str | None:
        """A word that gives leave, with no word that takes it back."""
        bare = act.aside.sub(" ", sentence)
        for found in (act.permits or self._permits).finditer(bare):
            behind = bare[found.end() :]
            if _NO.search(bare[: found.start()]) and not found.group().startswith(
                ("no ", "not ", "n't", "don't", "doesn't", "unne")
            ):
                continue
            if _WHETHER.search(bare[: found.start()]) and self._asks.search(bare[: found.start()]):
                continue  # "ask us when you may drive"
            if _NOT.match(behind) or self._asks.match(behind.lstrip()):
                continue
            return found.group()
        return None

    def _unforbidden(self, weakens: re.Pattern[str], sentence: str) -> str | None:
        found = weakens.search(sentence)
        return found.group() if found and not self._is_forbidden(sentence) else None

    @staticmethod
    def _stands(words: re.Pattern[str], sentence: str) -> bool:
        """Whether one of ``words`` stands in ``sentence`` without a "no" before it."""
        return any(not _NO.search(sentence[: found.start()]) for found in words.finditer(sentence))

    def _is_forbidden(self, sentence: str) -> bool:
        """Whether a word forbids, or asks for what is needed, and is not taken back ("not ruled out")."""
        return any(not _NO.search(sentence[: found.start()]) for found in self._forbids.finditer(sentence))

    def _too_short(self, act: ActWords, sentence: str, rules: Sequence[float]) -> str | None:
        """What ends a ban before the sources do."""
        times = [span for found in quantities(sentence, self._grammar) if (span := span_of(found.ends)) is not None]
        for least, most in times:
            if least < _DAY - _SLACK:
                return f"ends the rule on {act.name} after less than a day; the sources forbid it for longer"
            if not any(most <= rule + _SLACK for rule in rules):
                own = f"write it as a claim with tightens: {act.claim}, so that it holds everywhere"
                return f"has a rule on {act.name} of its own; {own}"
        ends = _ENDS.search(sentence)
        if ends and not times and act.bounds is not None and not act.bounds.search(sentence) and not self._asks.search(sentence):
            return f"ends the rule on {act.name} ({ends.group()}) where the sources do not; leave the condition out"
        return None

    def _figures_in(self, sentence: str) -> Iterator[str]:
        found = [one.ends for one in quantities(sentence, self._grammar)]
        for name, groups, ends in self._figures:
            if not all(group.search(sentence) for group in groups):
                continue
            for said in found:
                if (what := _differs(said, ends)) is not None:
                    yield f"has another figure than the sources, whose {name} is {what}; leave it out"


_Ends = tuple[tuple[tuple[str, ...], str], ...]


def _differs(said: _Ends, ends: _Ends | None) -> str | None:
    """The sources' figure, where ``said`` is one of the same kind, and not within it."""
    if not ends:
        return None
    shown = " to ".join(f"{' or '.join(amounts)} {unit}" for amounts, unit in ends)
    of_time, time = _span(ends), _span(said)
    if of_time is None or time is None:
        same_unit = {unit for _, unit in said} <= {unit for _, unit in ends}
        counts = {amount for amounts, _ in ends for amount in amounts}
        return shown if same_unit and not {amount for amounts, _ in said for amount in amounts} <= counts else None
    return None if of_time[0] - _SLACK <= time[0] and time[1] <= of_time[1] + _SLACK else shown


# A few are more than one; of days at most those of a week, of weeks about those of a month.
_FEW = ("2", "6")


def _span(ends: _Ends) -> tuple[float, float] | None:
    known = [
        (tuple(one for amount in amounts for one in (_FEW if not amount[0].isdigit() else (amount,))), unit)
        for amounts, unit in ends
    ]
    return span_of(known)


def _ends(quantity: Row, grammar: Grammar) -> _Ends | None:
    if "words" in quantity.values:
        return None
    text = " to ".join(part for key in ("value", "from", "to") if (part := quantity.get(key)))
    return next((one.ends for one in quantities(text, grammar)), None)


def _act(name: str, row: Row) -> ActWords:
    weakens = row.get("weakens", ())
    return ActWords(
        name=name.replace("_", " "),
        claim=row.get("claim"),
        words=pattern_of(row.get("words")),
        beside=pattern_of(row.get("with")) if "with" in row.values else None,
        aside=pattern_of(row.get("aside", ())),
        deny=row.get("deny") == "true",
        weakens=pattern_of(word for word in weakens if word != "*"),
        only_weakens=row.get("only_weakens") == "true",
        always="*" in weakens,
        softens=pattern_of(row.get("softens", ())),
        permits=pattern_of(row.get("permits")) if "permits" in row.values else None,
        bounds=pattern_of(row.get("bounds")) if "bounds" in row.values else None,
        unless=pattern_of(row.get("unless", ())),
        topics=frozenset(row.get("topics", ())),
        strict=row.get("strict") == "true",
        negated=row.get("negated") == "true",
    )
