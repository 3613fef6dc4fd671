"""A folder of YAML into one valid ``Knowledge``, or a ``KnowledgeError`` with every mistake in it.

Reading never stops at the first mistake, and nothing is loaded while there is one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType

from bot.knowledge import build, schema, yamlfile
from bot.knowledge.checks import CONTACT_SLOTS, Consistency, check_slots
from bot.knowledge.fields import Row
from bot.knowledge.messages import SLOTS, Slots
from bot.knowledge.model import Calibration, Knowledge, SmallTalk
from bot.knowledge.safety import SafetyReader, message_lines
from bot.knowledge.yamlfile import Fields, Items, Mistakes, Value

# Until `kb calibrate` has been run on a folder: careful values, chosen on the development questions of the shipped one.
DEFAULT_CALIBRATION = Calibration(
    weights=MappingProxyType({"bias": -4.0, "sum": 0.6, "share": 3.0, "cover": 1.0, "known": 1.0}),
    answer=0.6,
    boundary=0.5,
    clarify=0.15,
    lead=0.2,
)


_CLINICS = "clinics"
DEFAULT_WITH_MEANING = Calibration(
    weights=MappingProxyType({"bias": -6.0, "sum": 0.4, "share": 3.0, "cover": 1.0}),
    answer=0.6,
    boundary=0.5,
    clarify=0.15,
    lead=0.2,
)


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
    if clinics is not None and not clinics.is_dir():
        raise KnowledgeError([f"{clinics}:1: this is not a folder; name the folder of the clinics with --clinics"])
    return _Reading(folder, clinic, of_channels, clinics or folder / _CLINICS).knowledge()


def clinics_of(folder: Path, clinics: Path | None = None) -> tuple[str, ...]:
    """The names of the clinics that ``load`` finds, in order."""
    place = clinics or folder / _CLINICS
    files = {path.stem for path in place.glob("[!.]*.yaml")}
    return tuple(sorted(files | {path.parent.name for path in place.glob("[!.]*/clinic.yaml")}))


class _Reading:
    """One reading of a folder: the mistakes found so far, and the bytes that make its version."""

    def __init__(self, folder: Path, clinic: str, of_channels: Slots | None, clinics: Path) -> None:
        self._folder = folder
        self._clinics = clinics
        self._strict = of_channels is not None
        self._slots = {**SLOTS, **(of_channels or {})}
        self._clinic = clinic
        self._mistakes = Mistakes()
        self._version = hashlib.sha256()

    def knowledge(self) -> Knowledge:
        if not self._folder.is_dir():
            raise KnowledgeError([f"{self._folder}:1: this is not a folder; name a knowledge folder with --knowledge"])
        if not self._path(self._clinic_file()).is_file() and (known := clinics_of(self._folder, self._clinics)):
            place = f"{_CLINICS}/{self._clinic}.yaml"
            raise KnowledgeError([f"{place}:1: there is no such clinic; choose one with --clinic: {', '.join(known)}"])
        documents = tuple(build.document(row) for row in self._rows("sources.yaml", "sources"))
        claim_rows = self._unique(self._rows("claims.yaml", "claims"))
        entry_rows = self._unique([row for name in self._topic_files() for row in self._rows(name, "topics")])
        boundary_rows = self._unique(self._rows("safety/boundaries.yaml", "boundaries"))
        smalltalk = self._rows("smalltalk.yaml", "smalltalk")
        lexicon_row = self._row("lexicon.yaml", "lexicon")
        slots_row = self._row("slots.yaml", "slots", needed=False)
        timeline_row = self._row("timeline.yaml", "timeline", needed=False)
        messages = self._messages()
        clinic_row = self._row(self._clinic_file(), "clinic")
        safety = SafetyReader(self._row, self._text, self._names, self._mistakes)
        plain, examples, care, languages = safety.plain(), safety.examples(), safety.texts(), safety.languages()
        numbers = safety.numbers(clinic_row)
        seen: dict[str, str] = {}
        ours, strangers = self._messages_in("ours", seen), self._messages_in("strangers", seen)
        calibration, calibration_with_meaning, calibration_with_large = self._calibration(clinic_row)

        allowed = frozenset(lexicon_row.get("no_quantity", ())) if lexicon_row else frozenset()
        checks = Consistency(self._mistakes, allowed, build.grammar(lexicon_row))
        checks.claims(claim_rows, documents)
        quantities = {name for row in claim_rows.values() for name in row.get("quantities", {})}
        topic_ids = set(entry_rows) | set(boundary_rows)
        checks.topics(entry_rows, boundary_rows, claim_rows, topic_ids, quantities)
        checks.phrases([*entry_rows.values(), *boundary_rows.values()])
        checks.timeline(timeline_row, claim_rows, entry_rows, boundary_rows)
        checks.implied(lexicon_row)
        checks.smalltalk(smalltalk)
        checks.slots(slots_row, topic_ids)
        checks.clinic(clinic_row, entry_rows, boundary_rows, claim_rows)
        if self._mistakes.found or not lexicon_row or not clinic_row:
            raise KnowledgeError(self._mistakes.lines())

        lexicon = build.lexicon(lexicon_row)
        overlay = clinic_row.get("safety", {})
        return Knowledge(
            documents=documents,
            claims=MappingProxyType({id: build.claim(row) for id, row in claim_rows.items()}),
            entries=MappingProxyType({id: build.entry(row, overlay.get(id, ())) for id, row in entry_rows.items()}),
            boundaries=MappingProxyType(
                {
                    id: build.boundary(row, clinic_row.get("boundaries", {}).get(id), overlay.get(id, ()))
                    for id, row in boundary_rows.items()
                }
            ),
            plain=plain,
            care=care,
            lexicon=lexicon,
            facets=build.facets(lexicon_row),
            foreign=build.words(lexicon_row, "foreign"),
            subject=build.words(lexicon_row, "subject"),
            medical_terms=frozenset(lexicon_row.get("medical_terms", ())),
            messages=MappingProxyType(messages),
            smalltalk=tuple(
                SmallTalk(row.get("id"), row.get("act"), row.get("phrases"), row.get("reply", "")) for row in smalltalk
            ),
            clinic=build.clinic(clinic_row, numbers),
            calibration=calibration,
            calibration_with_meaning=calibration_with_meaning,
            calibration_with_large=calibration_with_large,
            version=self._version.hexdigest()[:16],
            examples=examples,
            languages=languages,
            ours=ours,
            strangers=strangers,
            slots=build.slots(slots_row, lexicon),
            implied=MappingProxyType(dict(lexicon_row.get("implied", {}))),
            hours=build.hours(timeline_row),
            course=build.course(timeline_row),
        )

    # -- reading files ------------------------------------------------------------------------------------------

    def _messages_in(self, folder: str, seen: dict[str, str]) -> tuple[str, ...]:
        texts = ((name, self._text(name) or "") for name in self._names(folder))
        return tuple(line for name, text in texts for line in message_lines(self._mistakes, name, text, seen))

    def _topic_files(self) -> list[str]:
        names = self._names("topics")
        found = [name for name in names if name.endswith(".yaml")]
        for name in names:
            if name.endswith(".yml") or self._path(name).is_dir():
                self._mistakes.add(name, 1, "this is not read; entries stand in topics/, in files whose names end in .yaml")
        if not found:
            self._mistakes.add("topics/", 1, "there is no topics/*.yaml; at least one file with entries is needed")
        return found

    def _clinic_file(self) -> str:
        name = f"{_CLINICS}/{self._clinic}"
        return f"{name}/clinic.yaml" if self._path(name).is_dir() else f"{name}.yaml"

    def _path(self, name: str) -> Path:
        """Where the file lies that mistakes call ``name``: those of clinics may be anywhere."""
        first, _, rest = name.partition("/")
        return self._clinics / rest if first == _CLINICS else self._folder / name

    def _names(self, folder: str) -> list[str]:
        """The files in ``folder`` that are not hidden, in order."""
        return [f"{folder}/{path.name}" for path in sorted(self._path(folder).glob("[!.]*"))]

    def _read(self, name: str, needed: bool = True) -> Value | None:
        data = self._bytes(name, needed)
        return None if data is None else yamlfile.parse_yaml(name, data, self._mistakes)

    def _text(self, name: str) -> str | None:
        data = self._bytes(name, needed=False)
        return None if data is None else yamlfile.decoded(name, data, self._mistakes)

    def _bytes(self, name: str, needed: bool) -> bytes | None:
        try:
            data = self._path(name).read_bytes()
        except FileNotFoundError:
            if needed:
                self._mistakes.add(name, 1, "this file is missing; a knowledge folder needs it")
            return None
        except OSError as error:
            self._mistakes.add(name, 1, f"this file cannot be read ({error.strerror})")
            return None
        self._version.update(name.encode() + b"\0" + hashlib.sha256(data).digest())
        return data

    def _rows(self, name: str, kind: str) -> list[Row]:
        value = self._read(name)
        if value is None:
            return []
        if not isinstance(value, Items):
            self._mistakes.add(name, value.line, "this file is a list; each item begins with '- '")
            return []
        if not value.values:
            self._mistakes.add(name, value.line, "this list is empty")
        rows = (schema.FILES[kind][0].read(name, item, self._mistakes) for item in value.values)
        return [row for row in rows if row is not None]

    def _row(self, name: str, kind: str, needed: bool = True) -> Row | None:
        value = self._read(name, needed)
        row = None if value is None else schema.FILES[kind][0].read(name, value, self._mistakes)
        # A mapping with free keys is a row, too: all of it are its values.
        return Row(name, 1, row, {}) if isinstance(row, dict) else row if isinstance(row, Row) else None

    def _unique(self, rows: list[Row]) -> dict[str, Row]:
        found: dict[str, Row] = {}
        for row in rows:
            first = found.setdefault(row.get("id"), row)
            if first is not row:
                self._mistakes.add(
                    row.file, row.at("id"), f"the id {row.get('id')} is used already ({first.file}:{first.line}); use another"
                )
        return found

    def _messages(self) -> dict[str, str]:
        name = "messages.yaml"
        value = self._read(name)
        if value is None:
            return {}
        read: dict[str, str] = schema.MESSAGES.read(name, value, self._mistakes) or {}
        lines = value.lines if isinstance(value, Fields) else {}
        for key in lines:
            if key not in self._slots and self._strict:
                self._mistakes.add(name, lines[key], f"nothing says {key}; known: {', '.join(sorted(self._slots))}")
        for key in self._slots:
            if key not in lines:
                self._mistakes.add(name, 1, f"the message {key} is missing")
        for key, text in read.items():
            if key in self._slots:
                check_slots(self._mistakes, name, lines[key], text, self._slots[key] | CONTACT_SLOTS)
        return read

    def _calibration(self, clinic: Row | None) -> tuple[Calibration, Calibration, Calibration]:
        """The calibration of the words alone, with the sentence model, and with the large one, as careful as the clinic wants.

        The values that hold until a folder is calibrated are careful ones, and hold for every caution. What holds for the small
        model is nearer to the large one's than they are.
        """
        value = self._read("calibration.yaml", needed=False)
        row = None if value is None else schema.CALIBRATION.read("calibration.yaml", value, self._mistakes)
        if row is None:
            return DEFAULT_CALIBRATION, DEFAULT_WITH_MEANING, DEFAULT_WITH_MEANING
        words = self._chosen(row, row, clinic)
        sections = [row.get(name) for name in ("with_meaning", "with_large")]
        small, large = (self._chosen(section, row, clinic) if section is not None else None for section in sections)
        return words, small or DEFAULT_WITH_MEANING, large or small or DEFAULT_WITH_MEANING

    def _chosen(self, row: Row, whole: Row, clinic: Row | None) -> Calibration:
        caution = clinic.get("caution", "normal") if clinic is not None else "normal"
        thresholds: Row = row.get("thresholds")
        if clinic is not None and caution != "normal":
            if "cautions" in row.values:
                thresholds = row.get("cautions").get(caution)
            else:
                self._mistakes.add(
                    clinic.file,
                    clinic.at("caution"),
                    f"calibration.yaml ({row.line}) has no thresholds for caution {caution}; "
                    "leave caution out, or write them first with `infusion-bot kb calibrate` while it is left out",
                )
        return Calibration(
            weights=MappingProxyType(dict(row.get("weights"))),
            boundary_weights=MappingProxyType(dict(row.get("boundary_weights", {}))),
            **thresholds.values,
            chosen_on=whole.get("chosen_on", ()),
            method=whole.get("method", ""),
        )
