"""A folder of YAML into one valid ``Knowledge``, or a ``KnowledgeError`` with every mistake in it.

Reading never stops at the first mistake, and nothing is loaded while there is one. The folder (the base) is read once; any number
of clinics can be laid over it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bot.knowledge import build, schema
from bot.knowledge.care import CareTexts, ForeignLanguage
from bot.knowledge.checks import CONTACT_SLOTS, Consistency, check_slots
from bot.knowledge.fields import Row
from bot.knowledge.files import OVER_THE_BASE, FolderFiles, OwnRows, by_id, read_own
from bot.knowledge.messages import SLOTS, Slots
from bot.knowledge.model import Boundary, Entry, Knowledge
from bot.knowledge.overlay.build import clinic as build_clinic
from bot.knowledge.overlay.floor import SafetyFloor
from bot.knowledge.overlay.tightening import check_tightening
from bot.knowledge.safety import COUNTRIES, FLOOR, SafetyReader, numbers_of
from bot.knowledge.yamlfile import Fields, Mistakes
from bot.language.grammar import Grammar
from bot.language.nearest import choice, nearest
from bot.safety.heard import Examples
from bot.safety.plain import PlainWords

_CLINICS, REVIEWS = "clinics", "reviews.yaml"


class KnowledgeError(Exception):
    """The knowledge folder is not valid. ``mistakes`` are lines ``file:line: what is wrong; what is allowed``."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


def load(folder: Path, clinic: str = "default", of_channels: Slots | None = None, clinics: Path | None = None) -> Knowledge:
    """The knowledge in ``folder`` with what ``clinic`` lays over it. Raises KnowledgeError.

    ``clinics``: the folder of the clinics, else ``clinics/`` in ``folder``; a clinic is a file in it, ``<clinic>.yaml``, or a
    folder ``<clinic>/`` with a ``clinic.yaml``.

    ``of_channels``: the messages of channels that must be there. Where it is None, it is not known what channels say, and
    messages besides those of the dialogue are taken as they are.
    """
    return read_base(folder, of_channels).with_clinic(clinic, clinics)


def clinics_of(folder: Path, clinics: Path | None = None) -> tuple[str, ...]:
    """The names of the clinics that ``load`` finds, in order."""
    place = clinics or folder / _CLINICS
    files = {path.stem for path in place.glob("[!.]*.yaml")}
    return tuple(sorted(files | {path.parent.name for path in place.glob("[!.]*/clinic.yaml")}))


def ledger_of(clinic_file: str) -> str:
    """Where the signatures of a clinic stand: in its folder, or beside its file (``a/clinic.yaml``, ``a.yaml``)."""
    folder, _, name = clinic_file.rpartition("/")
    return f"{folder}/{REVIEWS}" if name == "clinic.yaml" else f"{clinic_file.removesuffix('.yaml')}.reviews"


def ledger_path(folder: Path, clinic: str = "default", clinics: Path | None = None) -> Path:
    """The file in which signatures for ``clinic`` stand; for the default one, that of the knowledge folder."""
    if clinic == "default":
        return folder / REVIEWS
    place = clinics or folder / _CLINICS
    return place / ledger_of(f"{clinic}/clinic.yaml" if (place / clinic).is_dir() else f"{clinic}.yaml")


def read_base(folder: Path, of_channels: Slots | None = None) -> Base:
    """What stands in ``folder``, without any clinic; its mistakes are raised when a clinic is laid over it.

    Raises KnowledgeError where there is no such folder.
    """
    if not folder.is_dir():
        raise KnowledgeError([f"{folder}:1: this is not a folder; name a knowledge folder with --knowledge"])
    mistakes, version = Mistakes(), hashlib.sha256()
    files = FolderFiles(lambda name: folder / name, mistakes, _into(version))
    sources = files.rows("sources.yaml", "sources")
    documents_read = not mistakes.found
    claims = by_id(files.rows("claims.yaml", "claims"), mistakes)
    entries = by_id([row for name in files.topic_files() for row in files.rows(name, "topics")], mistakes)
    boundaries = by_id(files.rows("safety/boundaries.yaml", "boundaries"), mistakes)
    smalltalk = files.rows("smalltalk.yaml", "smalltalk")
    lexicon = files.row("lexicon.yaml", "lexicon")
    slots = files.row("slots.yaml", "slots", needed=False)
    timeline = files.row("timeline.yaml", "timeline", needed=False)
    sheet = files.row("sheet.yaml", "sheet", needed=False)
    reviews = files.row(REVIEWS, "reviews", needed=False)
    messages = _messages(files, mistakes, of_channels)
    safety = SafetyReader(files.row, files.text, files.names, mistakes)
    plain, examples, care, languages = safety.plain(), safety.examples(), safety.texts(), safety.languages()
    countries = files.row(COUNTRIES, "countries", needed=False)
    seen: dict[str, str] = {}
    ours, strangers = files.messages_in("ours", seen), files.messages_in("strangers", seen)
    floor = files.row(FLOOR, "floor", needed=False)
    value = files.value("calibration.yaml", needed=False)
    calibration = None if value is None else schema.CALIBRATION.read("calibration.yaml", value, mistakes)

    mistakes.all_read()
    broken = {**files.broken, **dict.fromkeys(mistakes.lost, frozenset[str]())}
    phrases: dict[str, Row] = {}
    if not mistakes.unread and lexicon is not None:  # what refers to a file that could not be read would look wrong, and is not
        checks = Consistency(mistakes, build.no_quantity(lexicon), build.grammar(lexicon), broken)
        checks.claims(claims, tuple(map(build.document, sources)) if documents_read else None)
        checks.topics(entries, boundaries, claims, {*entries, *boundaries})
        checks.about([*entries.values(), *boundaries.values()], lexicon)
        phrases = checks.phrases([*entries.values(), *boundaries.values()])
        checks.timeline(timeline, claims, entries, boundaries)
        checks.sheet(sheet, claims, {*entries, *boundaries})
        checks.implied(lexicon)
        checks.smalltalk(smalltalk)
        checks.slots(slots, {*entries, *boundaries})
    return Base(
        folder=folder,
        mistakes=mistakes,
        broken=broken,
        digest=version.digest(),
        sources=tuple(sources),
        claims=claims,
        entries=entries,
        boundaries=boundaries,
        phrases=phrases,
        smalltalk=tuple(smalltalk),
        lexicon=lexicon,
        slots=slots,
        timeline=timeline,
        reviews=reviews,
        sheet=sheet,
        messages=messages,
        plain=plain,
        examples=examples,
        care=care,
        languages=languages,
        countries=countries,
        ours=ours,
        strangers=strangers,
        calibration=calibration,
        floor=SafetyFloor(
            floor,
            claims,
            {**entries, **boundaries},
            messages,
            {row.get("id"): row.get("reply", "") for row in smalltalk},
            countries,
            plain,
            build.grammar(lexicon),
        ),
    )


@dataclass(frozen=True, slots=True)
class Base:
    """A knowledge folder as it was read: rows that were checked, and what was made of those that no clinic changes.

    ``broken``: ids of items with a mistake (see ``FolderFiles``); ``phrases``: the topic of each phrase, by its words.
    """

    folder: Path
    mistakes: Mistakes
    broken: Mapping[str, frozenset[str]]
    digest: bytes
    sources: tuple[Row, ...]
    claims: Mapping[str, Row]
    entries: Mapping[str, Row]
    boundaries: Mapping[str, Row]
    phrases: Mapping[str, Row]
    smalltalk: tuple[Row, ...]
    lexicon: Row | None
    slots: Row | None
    timeline: Row | None
    reviews: Row | None
    sheet: Row | None
    messages: Mapping[str, str]
    plain: PlainWords
    examples: Examples
    care: CareTexts
    languages: tuple[ForeignLanguage, ...]
    countries: Row | None
    ours: tuple[str, ...]
    strangers: tuple[str, ...]
    calibration: Row | None
    floor: SafetyFloor

    @property
    def grammar(self) -> Grammar:
        return build.grammar(self.lexicon)

    def with_clinic(self, clinic: str, clinics: Path | None = None) -> Knowledge:
        """The knowledge with what ``clinic`` lays over it; as ``load`` says. Raises KnowledgeError."""
        if clinics is not None and not clinics.is_dir():
            raise KnowledgeError([f"{clinics}:1: this is not a folder; name the folder of the clinics with --clinics"])
        place = clinics or self.folder / _CLINICS
        is_folder = (place / clinic).is_dir()
        if is_folder and not (place / clinic / "clinic.yaml").is_file():
            raise KnowledgeError([f"{_CLINICS}/{clinic}/clinic.yaml:1: a clinic's folder lacks clinic.yaml; {OVER_THE_BASE}"])
        if not (place / (f"{clinic}/clinic.yaml" if is_folder else f"{clinic}.yaml")).is_file() and (
            known := clinics_of(self.folder, clinics)
        ):
            meant = nearest(clinic, known)
            hint = "" if meant is None or len(known) == 1 else f" (did you mean {meant}?)"
            what = f"there is no such clinic; choose one with --clinic: {', '.join(known)}{hint}"
            raise KnowledgeError([f"{_CLINICS}/{clinic}.yaml:1: {what}"])
        mistakes, version = self.mistakes.of_reading(), hashlib.sha256(self.digest)
        files = FolderFiles(lambda name: place / name.partition("/")[2], mistakes, _into(version))
        own = read_own(files, f"{_CLINICS}/{clinic}", is_folder, mistakes)
        broken = {**self.broken, **files.broken, **dict.fromkeys(mistakes.lost, frozenset[str]())}
        return self._laid(own, broken, mistakes, version.hexdigest()[:16])

    def _laid(self, own: OwnRows, broken: Mapping[str, frozenset[str]], mistakes: Mistakes, version: str) -> Knowledge:
        """What a clinic says, checked and laid over the base."""
        clinic = own.clinic
        numbers = {} if clinic is None else numbers_of(clinic, self.countries, mistakes)
        calibrations = build.calibrations(self.calibration, clinic, mistakes)
        documents = tuple(map(build.document, by_id([*self.sources, *own.sources], mistakes).values()))
        claims = {**self.claims, **by_id(own.claims, mistakes, self.claims)}
        entries = {**self.entries, **by_id(own.entries, mistakes, {**self.boundaries, **self.entries})}
        boundaries = {**self.boundaries, **by_id(own.boundaries, mistakes, {**self.entries, **self.boundaries})}
        if mistakes.unread or self.lexicon is None:
            raise KnowledgeError(mistakes.lines())
        known = None if mistakes.found else documents
        mistakes.all_read()
        mistakes.found += self.mistakes.of_fitting()
        checks = Consistency(mistakes, build.no_quantity(self.lexicon), self.grammar, broken)
        checks.claims(_new(claims, self.claims), known, self.claims)
        new = {
            "claims": _new(claims, self.claims),
            "entries": _new(entries, self.entries),
            "boundaries": _new(boundaries, self.boundaries),
            "sources": {row.get("id"): row for row in own.sources},
        }
        check_tightening(new["claims"], self.claims, self.grammar, mistakes)
        self.floor.check(clinic, new, mistakes)
        checks.about((*own.entries, *own.boundaries), self.lexicon)
        checks.topics(new["entries"], new["boundaries"], claims, {*entries, *boundaries})
        checks.phrases((*own.entries, *own.boundaries), self.phrases)
        checks.clinic(clinic, entries, boundaries, claims, known)
        if mistakes.found or not clinic:
            raise KnowledgeError(mistakes.lines())

        lexicon = build.lexicon(self.lexicon)
        safety, texts = clinic.get("safety", {}), clinic.get("boundaries", {})
        phrases = {id: tuple(one.value for one in some) for id, some in clinic.get("phrases", {}).items()}
        said = {key: one.value for key, one in clinic.get("messages", {}).items()}
        topics = build.topics(entries, boundaries, texts, safety, phrases)
        hidden = frozenset(one.value for one in clinic.get("disabled", ()))
        told = build.without(topics, hidden, self.messages["topic_disabled"])
        return Knowledge(
            documents=documents,
            claims=MappingProxyType({id: build.claim(row) for id, row in claims.items()}),
            entries=MappingProxyType({one.id: one for one in told if isinstance(one, Entry)}),
            boundaries=MappingProxyType({one.id: one for one in told if isinstance(one, Boundary)}),
            plain=self.plain,
            care=self.care,
            lexicon=lexicon,
            facets=build.facets(self.lexicon),
            foreign=build.words(self.lexicon, "foreign"),
            subject=build.words(self.lexicon, "subject"),
            medical_terms=frozenset(self.lexicon.get("medical_terms", ())),
            messages=MappingProxyType({**self.messages, **{key: text for key, text in said.items() if key in self.messages}}),
            smalltalk=tuple(build.smalltalk(row, said) for row in self.smalltalk),
            clinic=build_clinic(clinic, numbers, own.logo),
            calibration=calibrations[0],
            calibration_with_meaning=calibrations[1],
            calibration_with_large=calibrations[2],
            version=version,
            examples=self.examples,
            languages=self.languages,
            ours=self.ours,
            strangers=self.strangers,
            slots=build.slots(self.slots, lexicon),
            implied=MappingProxyType(dict(self.lexicon.get("implied", {}))),
            hours=build.hours(self.timeline),
            course=build.course(self.timeline),
            sheet=build.sheet(self.sheet),
            signatures=build.signatures(row for row in (self.reviews, own.reviews) if row is not None),
        )


def _into(version: hashlib._Hash) -> Callable[[str, bytes], None]:
    """Puts what was read into ``version``."""
    return lambda name, data: version.update(name.encode() + b"\0" + hashlib.sha256(data).digest())


def _new(rows: Mapping[str, Row], base: Mapping[str, Row]) -> dict[str, Row]:
    return {id: row for id, row in rows.items() if id not in base}


def _messages(files: FolderFiles, mistakes: Mistakes, of_channels: Slots | None) -> dict[str, str]:
    name = "messages.yaml"
    value = files.value(name)
    if value is None:
        return {}
    known = {**SLOTS, **(of_channels or {})}
    read: dict[str, str] = schema.MESSAGES.read(name, value, mistakes) or {}
    lines = value.lines if isinstance(value, Fields) else {}
    missing = known.keys() - lines.keys()
    meant = {nearest(key, missing) for key in lines.keys() - known.keys()} if of_channels is not None else set()
    for key in lines:
        if key not in known and of_channels is not None:
            mistakes.add(name, lines[key], f"the bot has no message {key}; {choice(key, sorted(known))}")
    for key in known:
        if key in missing - meant:
            mistakes.add(name, 1, f"the message {key} is missing")
    for key, text in read.items():
        if key in known:
            with mistakes.within(key):
                check_slots(mistakes, name, lines[key], text, known[key] | CONTACT_SLOTS)
    return read
