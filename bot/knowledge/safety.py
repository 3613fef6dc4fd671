"""The files in ``safety/`` that danger is heard by and answered from, read into values; mistakes are noted with their lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.knowledge import schema
from bot.knowledge.care import AfterTexts, CareTexts, ForeignLanguage, Obstacle
from bot.knowledge.checks import CONTACT_SLOTS, check_slots
from bot.knowledge.fields import Row
from bot.knowledge.yamlfile import Mistakes
from bot.language.nearest import choice
from bot.language.text import normalise
from bot.safety.heard import DANGERS, KINDS, Examples, Thresholds
from bot.safety.plain import CALM, PAST, PatternError, PlainStep, PlainWords

PLAIN, HEARING, REPLIES, COUNTRIES, LANGUAGES, FLOOR = (
    f"safety/{name}.yaml" for name in ("plain", "hearing", "replies", "countries", "languages", "floor")
)
EXAMPLES, ASKED = "safety/examples", "safety/asked.txt"
_LONGEST = 4000  # characters of an example
# At least one of these stands in whatever is said to a person in danger.
_WITH_NUMBERS = frozenset({"alarm", "also", *schema.CARE_SAID, "follow", "lines", "numbers", "told"})
_NUMBERS = ("{emergency}", "{crisis}", "{poison}", "{violence}", "{child}")


@dataclass(frozen=True, slots=True)
class SafetyReader:
    """``row``: reads a file as the kind that schema.py has for it; ``text``: a file's text, None where there is none.

    ``names``: of the files in a folder.
    """

    row: Callable[[str, str, bool], Row | None]
    text: Callable[[str], str | None]
    names: Callable[[str], list[str]]
    mistakes: Mistakes

    def plain(self) -> PlainWords:
        row = self.row(PLAIN, "plain", True)
        if row is None:
            return PlainWords()
        languages: dict[str, Mapping[str, tuple[str, ...]]] = row.get("languages")
        for language, by_kind in languages.items():
            for kind in by_kind.keys() - {CALM, PAST, *DANGERS}:
                self.mistakes.add(
                    PLAIN,
                    row.at("languages"),
                    f"languages > {language}: there is no kind {kind}; {choice(kind, (CALM, PAST, *DANGERS))}",
                )
                return PlainWords()
        rewrite = {word: tuple(words.split()) for word, words in row.get("rewrite", {}).items()}
        plain = PlainWords(languages, DANGERS, row.get("groups", {}), rewrite)
        try:
            PlainStep(plain)
        except PatternError as wrong:
            self.mistakes.add(PLAIN, row.at("languages"), str(wrong))
        return plain

    def examples(self) -> Examples:
        """Messages by kind."""
        files = {f"{EXAMPLES}/{kind}.txt": kind for kind in KINDS}
        found = self.names(EXAMPLES)
        for name in found:
            if name not in files:
                allowed = choice(name.rpartition("/")[2], [f"{kind}.txt" for kind in KINDS])
                self.mistakes.add(name, 1, f"there is no kind of this name; {allowed}")
        row = self.row(HEARING, "hearing", bool(found))  # without it nothing of them would be learned
        if row is None:
            return Examples()
        messages: dict[str, tuple[str, ...]] = {}
        seen: dict[str, str] = {}
        for name, kind in files.items():
            text = self.text(name)
            if text is None and name not in self.mistakes.unread:
                self.mistakes.unreadable(name, 1, "this file is missing; hearing.yaml needs examples of every kind")
            elif text is not None:
                messages[kind] = tuple(message_lines(self.mistakes, name, text, seen))
        return Examples(MappingProxyType(messages), Thresholds(**row.values), self._asked())

    def _asked(self) -> tuple[str, ...]:
        text = self.text(ASKED)
        if text is None:
            self.mistakes.add(ASKED, 1, "this file is missing; hearing.yaml needs what people ask without danger, one a line")
            return ()
        # The same may stand there twice: whoever adds questions need not look for them.
        return tuple(line for line in text.splitlines() if line.strip())

    def texts(self) -> CareTexts:
        row = self.row(REPLIES, "replies", True)
        if row is None:
            return CareTexts()
        alarm, also = (
            MappingProxyType({language: MappingProxyType(dict(one.values)) for language, one in row.get(key).items()})
            for key in ("alarm", "also")
        )
        if "en" not in alarm:
            self.mistakes.add(REPLIES, row.at("alarm"), "there are no alarms in en; other languages fall back on them")
        obstacles = tuple(Obstacle(one.get("id"), one.get("words"), one.get("text")) for one in row.get("obstacles"))
        told = CareTexts(
            **{key: row.get(key) for key in (*schema.CARE_SAID, *schema.CARE_WORDS)},
            alarm=alarm,
            also=also,
            check_choices=MappingProxyType(dict(row.get("check_choices").values)),
            follow=MappingProxyType(dict(row.get("follow").values)),
            lines=MappingProxyType(dict(row.get("lines").values)),
            obstacles=obstacles,
            numbers=row.get("numbers"),
            told=MappingProxyType({language: _after(one) for language, one in row.get("told", {}).items()}),
        )
        for key, text in _spoken(told):
            check_slots(self.mistakes, REPLIES, row.at(key), text, CONTACT_SLOTS)
            if any(char.isdigit() for char in text):
                self.mistakes.add(
                    REPLIES, row.at(key), f"{text[:40]!r} has a number in it; numbers to call are slots such as {{emergency}}"
                )
            if key in _WITH_NUMBERS and not any(slot in text for slot in _NUMBERS):
                self.mistakes.add(REPLIES, row.at(key), f"{text[:40]!r} has no number to call; one of {', '.join(_NUMBERS)}")
        return told

    def languages(self) -> tuple[ForeignLanguage, ...]:
        row = self.row(LANGUAGES, "languages", False)
        if row is None:
            return ()
        found = []
        for tag, one in row.values.items():
            fields = {key: one.get(key) for key in ("name", "sorry", "help", "urgent", "medical")}
            for key in ("help", "urgent", "medical"):
                check_slots(self.mistakes, LANGUAGES, one.line, fields[key], ("emergency", "crisis"))
                if "{emergency}" not in fields[key]:
                    self.mistakes.add(LANGUAGES, one.line, f"{key} of {tag} has no {{emergency}}; the number must stand in it")
            common = frozenset(map(normalise, one.get("common")))
            found.append(ForeignLanguage(tag=tag, common=common, either=one.get("or", "/"), **fields))
        return tuple(found)


def numbers_of(clinic: Row, countries: Row | None, mistakes: Mistakes) -> Mapping[str, str]:
    """The numbers to call where the clinic is: those of its country, and its own over them; with the country's clock."""
    table: Mapping[str, Row] = countries.get("countries") if countries is not None else {}
    country = clinic.get("country", countries.get("default") if countries is not None else "")
    known = table.get(country)
    if countries is None and COUNTRIES in {name for name, _, _ in mistakes.found}:
        return {}  # it is there, and could not be read
    if known is None and (country or countries is not None):
        allowed = choice(country, table, len(table)) if table else f"allowed: none, as {COUNTRIES} is missing"
        hint = " (did you mean GB?)" if country == "UK" and "GB" in table else ""
        mistakes.add(clinic.file, clinic.at("country"), f"the country {country} is not known; {allowed}{hint}")
        return {}
    told = {**(known.values if known is not None else {}), **clinic.values}
    for key in ("emergency", "crisis"):
        if key not in told:
            mistakes.add(clinic.file, clinic.line, f"a clinic lacks {key}; needed, as its country is in no table")
    numbers = {key: told[key] for key in (*schema.NUMBERS, "clock") if key in told}
    # Where a country has no line of that kind, who takes such calls in its place.
    crisis, emergency = numbers.get("crisis", ""), numbers.get("emergency", "")
    return {"crisis_spanish": crisis, "poison": emergency, "violence": crisis, "child": crisis, **numbers}


def message_lines(mistakes: Mistakes, name: str, text: str, seen: dict[str, str]) -> Iterator[str]:
    """The messages in a file, one a line; a backslash and an n in it are a line break. ``seen`` tells where each stands."""
    for number, line in enumerate(text.splitlines(), start=1):
        place, key = f"{name}:{number}", " ".join(normalise(line).split())
        if not key:
            mistakes.add(name, number, "this line has no words; every line is a message")
        elif len(line) > _LONGEST:
            mistakes.add(name, number, f"this message has {len(line)} characters; at most {_LONGEST} are allowed")
        elif seen.setdefault(key, place) != place:
            mistakes.add(name, number, f"this message stands in {seen[key]} already; keep one")
        else:
            yield line.replace("\\n", "\n")


def _after(row: Row) -> AfterTexts:
    return AfterTexts(
        **{key: row.get(key) for key in schema.AFTER_SAID},
        follow=MappingProxyType(dict(row.get("follow").values)),
        lines=MappingProxyType(dict(row.get("lines").values)),
        numbers=row.get("numbers"),
    )


def _spoken(told: CareTexts) -> Iterable[tuple[str, str]]:
    """Each text that is said, with the key it stands under."""
    for key, by_language in (("alarm", told.alarm), ("also", told.also)):
        yield from ((key, text) for texts in by_language.values() for text in texts.values())
    for some in told.follow.values():
        yield from (("follow", text) for text in some)
    for key in schema.CARE_SAID:
        yield from ((key, text) for text in getattr(told, key))
    yield from (("lines", line) for line in told.lines.values())
    for after in told.told.values():
        yield from (("told", text) for key in schema.AFTER_SAID for text in getattr(after, key))
        yield from (("told", text) for some in after.follow.values() for text in some)
        yield from (("told", text) for text in (*after.lines.values(), after.numbers))
    yield from (("obstacles", one.text) for one in told.obstacles)
    yield ("numbers", told.numbers)
