"""The loader: a valid folder loads; a broken one is refused with ``file:line`` for every mistake."""

# ruff: noqa: E501, Q003 -- a row is a line, and YAML has quotes of its own

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app.channels import slots
from bot.app.paths import knowledge_folder
from bot.knowledge.build import DEFAULT_CALIBRATION, DEFAULT_WITH_MEANING
from bot.knowledge.load import KnowledgeError, load
from tests import folders

# A folder may go without these.
OPTIONAL = {
    "calibration.yaml",
    "sheet.yaml",
    "slots.yaml",
    "timeline.yaml",
    "safety/countries.yaml",
    "safety/floor.yaml",
    "safety/hearing.yaml",
    "safety/languages.yaml",
}
# Of the small folder.
SMALL = {"safety/plain.yaml", "safety/hearing.yaml", "safety/replies.yaml"}
MISTAKE = re.compile(r"^[\w./-]+:\d+: .+")
Files = Mapping[str, bytes]
ID = "- id: "


def trimmed(folder: Path) -> dict[str, bytes]:
    """The shipped folder with three phrases a topic, a line of them an act, three languages, and the small folder's words on danger.

    Nearly all of the time goes into these, and each way to break it reads the whole folder.
    """
    files, small = {}, {name: text for name, text in folders.files().items() if name in SMALL}
    for path in sorted(folder.rglob("*.yaml")):
        name = str(path.relative_to(folder))
        text = path.read_text("utf-8")
        if name.startswith("topics/") or name == "safety/boundaries.yaml":
            text = re.sub(r"(  phrases:\n(?:    - .*\n){3})(?:    - .*\n)+", r"\1", text)
        if name == "smalltalk.yaml":
            text = re.sub(r"(  phrases:\n    \[.*),\n[^\]]*\]", r"\1]", text)
        if name == "safety/languages.yaml":
            text = "".join(re.split(r'(?m)^(?=")', text)[:4])
        files[name] = small.get(name, text).encode()
    return {name: data for name, data in files.items() if not name.startswith("clinics/example")}


def examples() -> dict[str, bytes]:
    """Messages that danger is learned from; ways to break them: test_safety.py."""
    return {name: text.encode() for name, text in folders.files().items() if name.endswith(".txt")}


@dataclass(frozen=True)
class Broken:
    """A way to break a folder: ``file`` gets ``data`` (None: is deleted)."""

    name: str
    file: str
    data: bytes | None


# -- the ways to break it ------------------------------------------------------------------------------------------


def cut_off(files: Files) -> Iterator[Broken]:
    """Files that end too early: within an item, at places spread over the file, and within a line."""
    for name, data in files.items():
        text = data.decode()
        lines = text.splitlines(keepends=True)
        starts = [n for n, line in enumerate(lines) if line.startswith(ID)] or [0]
        for start in starts[:: max(1, len(starts) // 3)][:3]:
            yield Broken(f"cut after {start + 2} lines", name, "".join(lines[: start + 2]).encode())
        for share in (0.31, 0.52, 0.77, 0.96):
            at = int(len(text) * share)
            while text[at - 1 : at + 1].strip() != text[at - 1 : at + 1] or len(text[at - 1 : at + 1]) < 2:
                at -= 1
            yield Broken(f"cut in a word at {share:.0%}", name, text[:at].encode())


def wrong_bytes(files: Files) -> Iterator[Broken]:
    for name, data in files.items():
        middle = data.index(b"\n", len(data) // 2) + 1
        yield Broken("tab", name, data[:middle] + b"\t" + data[middle:])
        yield Broken("empty", name, b"")
        yield Broken("invalid UTF-8", name, data[:middle] + b"# \xff\xfe\n" + data[middle:])
        yield Broken("control character", name, data[:middle] + b"# \x07\n" + data[middle:])
        yield Broken("zero-width blank", name, data[:middle] + "# \u200b\n".encode() + data[middle:])
        if name not in OPTIONAL:
            yield Broken("missing", name, None)
    yield Broken("binary", "claims.yaml", bytes(range(256)) * 40)
    yield Broken("UTF-16", "lexicon.yaml", files["lexicon.yaml"].decode().encode("utf-16"))
    yield Broken("too large", "smalltalk.yaml", files["smalltalk.yaml"] + b"# " + b"x" * 2_100_000 + b"\n")
    yield Broken("comments only", "messages.yaml", b"# nothing\n")


def wrong_yaml(files: Files) -> Iterator[Broken]:
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True))
    for name in ("claims.yaml", "messages.yaml", "safety/plain.yaml", "clinics/default.yaml", "topics/session.yaml"):
        yield Broken("alias bomb", name, bomb.encode())
        yield Broken("python object", name, b"!!python/object/apply:os.system [echo]\n")
        yield Broken("two documents", name, files[name] + b"---\n" + files[name])
        yield Broken("deep nesting", name, b"[" * 5000 + b"]" * 5000 + b"\n")
        yield Broken("deep mapping", name, "".join(f"{' ' * n}a:\n" for n in range(200)).encode() + b"\n")
        yield Broken(
            "own tag",
            name,
            files[name] + b"- !secret value\n" if name != "messages.yaml" else files[name] + b"x: !secret value\n",
        )
        yield Broken("root is text", name, b"just text\n")
        yield Broken(
            "root of the other kind",
            name,
            b"a: b\n" if files[name].lstrip().startswith(b"- ") or b"\n- " in files[name] else b"- a\n",
        )
        yield Broken("self-containing list", name, b"&a [*a]\n")
        yield Broken("unclosed quote", name, files[name] + b'zzz: "open\n')
        yield Broken("a key that is a list", name, b"? [a, b]\n: c\n")
        yield Broken("a merge key", name, b"base: &base {a: b}\nmore:\n  <<: *base\n")


Rows = list[tuple[str, str, str]]  # what is wrong, the text that stands there, what stands there instead


def typed_wrongly(files: Files) -> Iterator[Broken]:
    """Replacements in one place each."""
    entry, claim, boundary = "topics/session.yaml", "claims.yaml", "safety/boundaries.yaml"
    rows: dict[str, Rows] = {
        entry: [
            ("a digit in an answer", "runs for about {infusion_length}", "runs for about 40 minutes"),
            ("a digit beside its placeholder", "runs for about {infusion_length}", "runs for about {infusion_length}, say 45"),
            ("a spelled-out figure in an answer", "runs for about {infusion_length}", "runs for about forty minutes"),
            ("an hour in an answer", "runs for about {infusion_length}", "runs for an hour"),
            ("half in an answer", "runs for about {infusion_length}", "runs for half the morning"),
            ("a figure in a detail", "The figure is for the infusion alone.", "The figure is for two hours."),
            ("a unit in a detail", "The figure is for the infusion alone.", "It takes hours."),
            ("a figure of another script", "runs for about {infusion_length}", "runs for about ٤٠ min"),
            ("a fraction", "runs for about {infusion_length}", "runs for ½ the time"),
            ("a per cent sign", "runs for about {infusion_length}", "helps most (%) people"),
            ("a figure in a question", "question: How long does an infusion take?", "question: Does an infusion take 40 minutes?"),
            ("an unknown placeholder", "{infusion_length}", "{infusion_lenght}"),
            ("a placeholder of a claim not listed", "about {infusion_length}", "about {half_life}"),
            ("an open brace", "about {infusion_length}", "about {infusion_length"),
            ("a closing brace", "about {infusion_length}", "about infusion_length}"),
            ("empty braces", "about {infusion_length}", "about {}"),
            ("braces with blanks", "about {infusion_length}", "about { infusion_length }"),
            ("a claim that is not there", "claims: [infusion_length, monitoring]", "claims: [infusion_length, monitored]"),
            ("no claims", "claims: [infusion_length, monitoring]", "claims: []"),
            ("claims left out", "  claims: [infusion_length, monitoring]\n", ""),
            ("a claim twice", "claims: [infusion_length, monitoring]", "claims: [infusion_length, infusion_length]"),
            ("claims as text", "claims: [infusion_length, monitoring]", "claims: infusion_length"),
            ("claims as a mapping", "claims: [infusion_length, monitoring]", "claims: {infusion_length: monitoring}"),
            ("too many claims", "claims: [infusion_length, monitoring]", "claims: [infusion_length, monitoring, half_life, onset]"),
            ("a safety claim that is not there", "safety: [driving]", "safety: [drivin]"),
            ("safety as text", "safety: [driving]", "safety: driving"),
            ("a related topic that is not there", "related: [psychoactive_wear_off, ride_home]", "related: [nowhere]"),
            ("a bad id", "- id: monitoring", "- id: Monitoring!"),
            ("an id twice", "- id: monitoring", "- id: infusion_length"),
            ("an id of another file", "- id: monitoring", "- id: onset"),
            ("an id of a boundary topic", "- id: monitoring", "- id: cost"),
            ("an id that is a number", "- id: monitoring", "- id: 010"),
            ("an unknown key", "  about: {aspect: length", "  abaut: {aspect: length"),
            ("a key more", "  about: {aspect: length", "  note: hello\n  about: {aspect: length"),
            ("a key twice", "  about: {aspect: length", "  about: {aspect: x}\n  about: {aspect: length"),
            ("a day that is not", "  about: {aspect: length", "  reviewed: {by: X, on: 2026-02-30}\n  about: {aspect: length"),
            ("a day in words", "  about: {aspect: length", "  reviewed: {by: X, on: yesterday}\n  about: {aspect: length"),
            ("a day the other way round", "  about: {aspect: length", "  reviewed: {by: X, on: 24.11.2026}\n  about: {aspect: length"),
            (
                "a next review before this one",
                "  about: {aspect: length",
                "  reviewed: {by: X, on: 2026-11-24}\n  review_by: 2026-11-24\n  about: {aspect: length",
            ),
            ("a month without a day", "  about: {aspect: length", "  review_by: 2027-11\n  about: {aspect: length"),
            ("a day as a list", "  about: {aspect: length", "  review_by: [2027-11-24]\n  about: {aspect: length"),
            ("an empty question", "question: How long does an infusion take?", 'question: " "'),
            ("no question", "question: How long does an infusion take?", "question:"),
            ("an unquoted no", "question: How long does an infusion take?", "question: no"),
            ("an unquoted time", "question: How long does an infusion take?", "question: 1:30"),
            ("an unquoted number", "question: How long does an infusion take?", "question: 010"),
            ("a phrase that YAML reads as a truth value", "    - lenght of session\n", "    - yes\n"),
            ("a phrase that YAML reads as minutes", "    - lenght of session\n", "    - 1:30\n"),
            ("a phrase that YAML reads as a number", "    - lenght of session\n", "    - 1.5\n"),
            ("a phrase that YAML reads as a day", "    - lenght of session\n", "    - 2026-01-01\n"),
            ("a phrase without a word", "    - lenght of session\n", "    - '?!'\n"),
            ("an empty phrase", "    - lenght of session\n", "    -\n"),
            ("a phrase twice", "    - lenght of session\n", "    - How long does an infusion take?\n"),
            ("a phrase of another entry", "    - lenght of session\n", "    - monitered during treatment\n"),
            ("a phrase that is a mapping", "    - lenght of session\n", "    - so: what\n"),
            ("a very long phrase", "    - lenght of session\n", f"    - {'so ' * 100}what\n"),
            ("about as a list", "about: {aspect: length, phase: session}", "about: [length]"),
            ("about with a number", "about: {aspect: length, phase: session}", "about: {aspect: 5}"),
            ("a wrong indent", "  related: [psychoactive_wear_off, ride_home]", "   related: [psychoactive_wear_off, ride_home]"),
            ("an item that is text", "- id: monitoring\n", "- monitoring\n- id: monitoring\n"),
            ("an item that is a list", "- id: monitoring\n", "- [monitoring]\n- id: monitoring\n"),
        ],
        "topics/afterwards.yaml": [
            ("a reason that is not there", "why: after_effects", "why: because"),
            ("a reason that is a boundary topic", "why: after_effects", "why: cost"),
            ("a reason as a list", "why: after_effects", "why: [after_effects]"),
        ],
        claim: [
            ("a digit in a claim", "lasts about {infusion_length}", "lasts about 40 minutes"),
            ("a spelled-out figure in a claim", "lasts about {infusion_length}", "lasts about an hour"),
            ("a placeholder of another claim", "lasts about {infusion_length}", "lasts about {half_life}"),
            ("a figure without a unit", "{from: 40 minutes, to: an hour,", "{from: 40, to: an hour,"),
            ("a figure in disorder", "{from: 40 minutes, to: an hour,", "{from: minutes forty, to: an hour,"),
            ("half a range", "{from: 40 minutes, to: an hour,", "{from: 40 minutes,"),
            ("a value beside a range", "{from: 40 minutes, to: an hour,", "{value: 1 hour, from: 40 minutes, to: an hour,"),
            ("words beside a value", "{value: 2.5 hours,", "{value: 2.5 hours, words: a while,"),
            ("no near words", ", near: [half-life, adults]", ""),
            ("empty near words", "near: [half-life, adults]", "near: []"),
            ("near as text", "near: [half-life, adults]", "near: adults"),
            ("quantities as a list", "    half_life: {value: 2.5 hours, near: [half-life, adults]}", "    - {value: 2.5 hours, near: [adults]}"),
            ("a quantity twice", "    wear_off: {from", "    half_life: {from"),
            ("a document that is not there", "{document: biology-insights, section: introduction,", "{document: biology, section: introduction,"),
            ("a section that is not there", "section: introduction,", "section: intro,"),
            ("a paragraph that is not there", "section: introduction, paragraph: 1}", "section: introduction, paragraph: 2}"),
            ("paragraph zero", "section: introduction, paragraph: 1}", "section: introduction, paragraph: 0}"),
            ("a paragraph in words", "section: introduction, paragraph: 1}", "section: introduction, paragraph: one}"),
            ("no source", "  source: {document: biology-insights, section: introduction, paragraph: 1}\n", ""),
            ("hedge as text", "hedge: [primarily]", "hedge: primarily"),
            ("an empty hedge", "hedge: [primarily]", "hedge: []"),
            ("a claim id twice", "- id: monitoring", "- id: half_life"),
            ("a claim renamed", "- id: monitoring", "- id: monitored"),
            ("scope as a list", "scope: every session", "scope: [every session]"),
        ],
        boundary: [
            ("a digit in a reply", "  reply: ", "  reply: It costs 400. "),
            ("a spelled-out figure in a reply", "  reply: ", "  reply: Wait two weeks. "),
            ("a helpline that is no flag", "helpline: true", "helpline: maybe"),
            ("a related topic that is not there", "  related: [", "  related: [nowhere, "),
            ("an unknown placeholder in a reply", "  reply: ", "  reply: Ask {somebody}. "),
            ("a reply as a list", "  reply: ", "  reply: [a]\n  about: "),
        ],
        "sources.yaml": [
            ("a link that is none", "link: https://", "link: see "),
            ("a short hash", "0d4d2900", "0d4d"),
            ("a hash in capitals", "0d4d2900", "0D4D2900"),
            ("no title", "  title: How Long", "  titel: How Long"),
            ("a section without paragraphs", "      paragraphs:\n        - 0d4d2900270c1353cad2c85439e845ca58c9a8b4b1a121e1e983f2f22efecbc5\n", ""),
            ("sections as text", "  sections:\n    - id: introduction", "  sections: none\n  more:\n    - id: introduction"),
            ("a day that is not", "retrieved: 2026-11-24", "retrieved: 2026-13-24"),
        ],
        "lexicon.yaml": [
            ("synonyms as a list", "synonyms:\n", "synonyms: [a]\nrest:\n"),
            ("a synonym that is text", "  doctor: [doc", "  teacher: doc\n  doctor: [doc"),
            ("a key that YAML reads as a truth value", "  doctor: [doc", "  no: [nope]\n  doctor: [doc"),
            ("a word that YAML reads as a truth value", "  doctor: [doc", "  doctor: [yes, doc"),
            ("an unknown key", "foreign:\n", "foreigners:\n"),
            ("a group of facets that is a list", "facets:\n", "facets:\n  colour: [red]\n"),
            ("a synonym twice", "  doctor: [doc", "  doctor: [doc, doc"),
            ("a key twice", "foreign:\n", "ordinary:\n"),
        ],
        "messages.yaml": [
            ("an unknown message", "cut: ", "cutt: "),
            ("a message more", "cut: ", "zzz: hello\ncut: "),
            ("an unknown slot", "clarify: ", "clarify: \"{questions}\"\n# "),
            ("a stray brace", "clarify: ", "clarify: \"{\"\n# "),
            ("a message that is a list", "clarify: ", "clarify: [a]\n# "),
            ("an empty message", "clarify: ", "clarify: \n# "),
            ("a message that YAML reads as a truth value", "clarify: ", "clarify: no\n# "),
        ],
        "smalltalk.yaml": [
            ("an act that is not there", "act: handoff", "act: dance"),
            ("no phrases", "    [hi, ", "    []\n  more:\n    [hi, "),
            ("phrases as text", "    [hi, ", "    hi\n  more:\n    [hi, "),
            ("an unknown key", "  act: handoff", "  does: handoff"),
            ("a phrase twice", "    [hi, ", "    [hi, hi, "),
        ],
        "clinics/default.yaml": [
            ("a country that is not there", "country: US", "country: XX"),
            ("a country in words", "country: US", "country: the US"),
            ("an unquoted number", "country: US", "emergency: 911"),
            ("an unknown key", "country: US", 'country: US\nphone: "555"'),
            ("a time zone that is not there", "country: US", "country: US\ntimezone: Mars/Olympus"),
            ("a time zone that is no name", "country: US", 'country: US\ntimezone: "../../etc"'),
            ("a boundary topic that is not there", "country: US", 'country: US\nboundaries: {nowhere: "Ask."}'),
            ("a safety claim that is not there", "country: US", "country: US\nsafety: {onset: [nothing]}"),
            ("a safety claim for a topic that is not there", "country: US", "country: US\nsafety: {nowhere: [driving]}"),
            ("a language that is no code", "country: US", "country: US\nlanguages: [TLH]"),
            ("an unknown slot", "country: US", 'country: US\nboundaries: {cost: "{price}"}'),
        ],
    }  # fmt: skip
    for name, changes in rows.items():
        text = files[name].decode()
        for what, old, new in changes:
            assert old in text, f"{name} no longer has {old!r}: change this row ({what})"
            yield Broken(what, name, text.replace(old, new, 1).encode())


def all_broken() -> list[Broken]:
    files = trimmed(knowledge_folder())
    return [one for way in (cut_off, wrong_bytes, wrong_yaml, typed_wrongly) for one in way(files)]


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("knowledge")
    for name, data in {**trimmed(knowledge_folder()), **examples()}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


BROKEN = all_broken()
# Mistakes that show where something else refers to what is broken, or that are told of the file that comes second.
ELSEWHERE = {
    "an id of another file": "topics/",
    "an id of a boundary topic": "safety/boundaries.yaml",
    "a claim renamed": "topics/",
}


def test_messages_of_channels_are_looked_at_where_channels_are_known(copied: Path) -> None:
    path = copied / "messages.yaml"
    whole = path.read_text("utf-8")
    declared = {"smoke_signal": frozenset({"colour"})}
    try:
        path.write_text(whole + '\nsmoke_signal: "Smoke, {colour} and {thick}"\n', "utf-8")
        assert load(copied).messages["smoke_signal"]
        with pytest.raises(KnowledgeError, match="the bot has no message smoke_signal"):
            load(copied, of_channels=slots())
        with pytest.raises(KnowledgeError, match="thick"):
            load(copied, of_channels={**slots(), **declared})
        path.write_text(whole, "utf-8")
        with pytest.raises(KnowledgeError, match="the message smoke_signal is missing"):
            load(copied, of_channels={**slots(), **declared})
    finally:
        path.write_text(whole, "utf-8")


def test_there_are_at_least_two_hundred_ways_to_break_it() -> None:
    assert len({(one.name, one.file) for one in BROKEN}) == len(BROKEN) >= 200


@pytest.mark.parametrize("broken", BROKEN, ids=lambda one: f"{one.file}: {one.name}")
def test_a_broken_folder_is_refused_with_the_place(copied: Path, broken: Broken) -> None:
    path = copied / broken.file
    whole = path.read_bytes()
    try:
        if broken.data is None:
            path.unlink()
        else:
            path.write_bytes(broken.data)
        with pytest.raises(KnowledgeError) as caught:
            load(copied, of_channels=slots())
    finally:
        path.write_bytes(whole)
    assert caught.value.mistakes
    for line in caught.value.mistakes:
        assert MISTAKE.fullmatch(line), line
        assert "Traceback" not in line
    # What a missing topic file held is missed by those that refer to it.
    wanted = "" if broken.name == "missing" and broken.file.startswith("topics/") else ELSEWHERE.get(broken.name, broken.file)
    assert any(line.startswith(wanted) for line in caught.value.mistakes), caught.value.mistakes[:3]
    assert str(caught.value) == "\n".join(caught.value.mistakes)


# -- caution -----------------------------------------------------------------------------------------------------------


def _thresholds(answer: float, indent: str) -> str:
    return f"{indent}answer: {answer}\n{indent}boundary: 0.5\n{indent}clarify: 0.1\n{indent}lead: 0.1\n"


def _section(answer: float, indent: str = "", cautions: bool = True) -> str:
    more = "".join(
        f"{indent}  {name}:\n{_thresholds(value, indent + '    ')}"
        for name, value in (("low", answer - 0.1), ("high", answer + 0.1))
    )
    own = f"{indent}weights:\n{indent}  bias: -1\n{indent}thresholds:\n{_thresholds(answer, indent + '  ')}"
    return own + (f"{indent}cautions:\n{more}" if cautions else "")


def _careful(folder: Path, caution: str | None, calibration: str | None) -> Path:
    folders.write(folder, default=folders.CLINIC + (f"caution: {caution}\n" if caution else ""))
    if calibration is not None:
        (folder / "calibration.yaml").write_text(calibration, "utf-8")
    return folder


WHOLE = _section(0.5) + "with_meaning:\n" + _section(0.7, "  ") + "with_large:\n" + _section(0.8, "  ")


@pytest.mark.parametrize(("caution", "step"), [(None, 0.0), ("normal", 0.0), ("low", -0.1), ("high", 0.1)])
def test_the_thresholds_are_those_of_the_clinics_caution(tmp_path: Path, caution: str | None, step: float) -> None:
    read = load(_careful(tmp_path, caution, WHOLE))
    assert read.clinic.caution == (caution or "normal")
    assert read.calibration.answer == pytest.approx(0.5 + step)
    assert read.calibration_with_meaning.answer == pytest.approx(0.7 + step)
    assert read.calibration_with_large.answer == pytest.approx(0.8 + step)
    assert read.calibration.weights == {"bias": -1}


@pytest.mark.parametrize("caution", ["low", "high"])
@pytest.mark.parametrize(
    "calibration",
    [
        pytest.param(_section(0.5, cautions=False), id="in-neither"),
        pytest.param(_section(0.5) + "with_meaning:\n" + _section(0.7, "  ", cautions=False), id="not-with-the-sentence-model"),
        pytest.param(_section(0.5) + "with_large:\n" + _section(0.7, "  ", cautions=False), id="not-with-the-large-one"),
    ],
)
def test_a_caution_without_thresholds_is_a_mistake_of_the_clinic(tmp_path: Path, caution: str, calibration: str) -> None:
    with pytest.raises(KnowledgeError) as caught:
        load(_careful(tmp_path, caution, calibration))
    assert [line.split(" calibration.yaml")[0] for line in caught.value.mistakes] == ["clinics/default.yaml:5:"]
    assert load(_careful(tmp_path, None, calibration)).calibration.answer == 0.5


def test_until_it_is_calibrated_the_careful_values_hold_for_every_caution(tmp_path: Path) -> None:
    read = load(_careful(tmp_path, "high", None))
    assert (read.calibration, read.calibration_with_meaning) == (DEFAULT_CALIBRATION, DEFAULT_WITH_MEANING)
    assert read.calibration_with_large == DEFAULT_WITH_MEANING


def test_what_was_chosen_for_the_small_model_holds_for_the_large_one_until_that_has_its_own(tmp_path: Path) -> None:
    read = load(_careful(tmp_path, "high", _section(0.5) + "with_meaning:\n" + _section(0.7, "  ")))
    assert read.calibration_with_large == read.calibration_with_meaning
    assert read.calibration_with_large.answer == pytest.approx(0.8)
    read = load(_careful(tmp_path, None, _section(0.5) + "with_large:\n" + _section(0.7, "  ")))
    assert (read.calibration_with_meaning, read.calibration_with_large.answer) == (DEFAULT_WITH_MEANING, 0.7)


@pytest.mark.parametrize(
    ("caution", "calibration", "place"),
    [
        pytest.param("reckless", WHOLE, "clinics/default.yaml:5:", id="no-such-caution"),
        pytest.param(None, WHOLE.replace("  high:\n", "  higher:\n", 1), "calibration.yaml:", id="no-such-thresholds"),
        pytest.param(
            None,
            _section(0.5, cautions=False) + "cautions:\n  low:\n" + _thresholds(0.4, "    "),
            "calibration.yaml:",
            id="one-of-two",
        ),
    ],
)
def test_a_caution_that_is_not_known_is_refused(tmp_path: Path, caution: str | None, calibration: str, place: str) -> None:
    with pytest.raises(KnowledgeError) as caught:
        load(_careful(tmp_path, caution, calibration))
    assert caught.value.mistakes[0].startswith(place)


@pytest.mark.parametrize("name", ["lake.yaml", "lake/clinic.yaml"])
def test_a_clinic_is_a_file_or_a_folder_anywhere(tmp_path: Path, name: str) -> None:
    folder, clinics = folders.write(tmp_path / "bread"), tmp_path / "elsewhere"
    (clinics / name).parent.mkdir(parents=True)
    (clinics / name).write_text(folders.CLINIC.replace("id: default", "id: lake\nname: Lake"), "utf-8")
    assert load(folder, "lake", clinics=clinics).clinic.name == "Lake"
    with pytest.raises(KnowledgeError, match=r"clinics/default\.yaml:1: there is no such clinic; choose one with --clinic: lake"):
        load(folder, clinics=clinics)
    with pytest.raises(KnowledgeError, match=r"nowhere:1: this is not a folder; name the folder of the clinics with --clinics"):
        load(folder, "lake", clinics=tmp_path / "nowhere")


def test_entries_where_nobody_reads_them_are_named(tmp_path: Path) -> None:
    folder = folders.write(tmp_path / "bread")
    (folder / "topics" / "more.yml").write_text("- id: more\n", "utf-8")
    (folder / "topics" / "below").mkdir()
    (folder / "topics" / ".#bread.yaml").write_text("half\n", "utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load(folder)
    assert [line.split(";")[0] for line in caught.value.mistakes] == [
        "topics/below:1: this is not read",
        "topics/more.yml:1: this is not read",
    ]
