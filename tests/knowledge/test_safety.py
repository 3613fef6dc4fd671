"""The files that danger is heard by and answered from: what is read out of them, and what is said of each mistake."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from bot.knowledge.load import KnowledgeError, load
from bot.knowledge.model import Knowledge
from bot.knowledge.overlay.clinic import Clinic
from bot.safety.heard import DANGERS, KINDS, Examples, Thresholds
from tests import folders

COUNTRIES = """\
default: DE
countries:
  DE:
    name: Germany
    emergency: "112"
    crisis: "0800 1110111"
    violence: "116 016"
  AT:
    name: Austria
    emergency: "144"
    crisis: "142"
    crisis_spanish: "143"
    poison: "01 4064343"
    violence: "0800 222555"
    child: "147"
    clock: "24"
"""
LANGUAGES = """\
eo:
  name: Esperanto
  common: [kaj, estas, Ĉu]
  sorry: Mi parolas nur la anglan.
  help: "En danĝero voku {emergency}. Por paroli: {crisis}."
  urgent: "Voku {emergency} nun."
  medical: "Voku {emergency} tuj."
  or: aŭ
"""
CLINIC = "id: default\n"


def folder_with(place: Path, **changed: str) -> Path:
    """The sourdough folder with countries and languages; ``changed`` as ``folders.write`` takes it."""
    folder = folders.write(place, **changed)
    for name, text in (("countries", COUNTRIES), ("languages", LANGUAGES)):
        (folder / "safety" / f"{name}.yaml").write_text(changed.get(name, text), "utf-8")
    return folder


def mistakes(folder: Path) -> tuple[str, ...]:
    with pytest.raises(KnowledgeError) as caught:
        load(folder)
    return caught.value.mistakes


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return load(folder_with(tmp_path_factory.mktemp("bread")))


# -- what is read ------------------------------------------------------------------------------------------------------


def test_plain_words_are_read(read: Knowledge) -> None:
    assert read.plain.kinds == DANGERS
    assert read.plain.groups == {"i": ("i", "we")}
    assert read.plain.rewrite["weve"] == ("we", "have")
    assert read.plain.languages["en"]["calm"] == ("kitchen is on fire in my dream|dreams",)
    assert read.plain.languages["de"] == {"medical": ("die küche brennt",)}


def test_examples_and_thresholds_are_read(read: Knowledge) -> None:
    assert tuple(read.examples.messages) == KINDS
    assert read.examples.thresholds == Thresholds(alarm=0.9, check=0.8, despair=0.8, care=0.7, today=0.8)
    assert read.examples.messages["medical"] == (
        "flames on my arm and the skin comes off",
        "he choked on a crust and turns blue",
    )


def test_a_backslash_and_an_n_are_a_line_break(read: Knowledge) -> None:
    assert "my loaf is flat\nwhat went wrong" in read.examples.messages["calm"]


def test_a_folder_may_go_without_examples_and_their_thresholds(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    (folder / "safety" / "hearing.yaml").unlink()
    shutil.rmtree(folder / "safety" / "examples")
    (folder / "safety" / "asked.txt").unlink()
    assert load(folder).examples == Examples()


def test_replies_are_read(read: Knowledge) -> None:
    care = read.care
    assert care.alarm["en"]["medical"] == "Please call {emergency} now."
    assert care.also["en"]["overdose"] == "If something was taken, call {poison}."
    assert care.check_choices == {"safe": "I am safe", "unsure": "I am not sure", "unsafe": "I am not safe"}
    assert care.follow["other"] == ("Call {emergency} if it goes on.",)
    assert [(one.id, one.words) for one in care.obstacles] == [("cost", ("costs too much",))]
    assert care.numbers == "In danger: {emergency}. To talk: {crisis}."
    assert (care.safe_words, care.yes_words) == (("i am safe",), ("yes",))


def test_languages_are_read_and_their_common_words_as_they_are_compared(read: Knowledge) -> None:
    (esperanto,) = read.languages
    assert (esperanto.tag, esperanto.name) == ("eo", "Esperanto")
    assert esperanto.common == {"kaj", "estas", "cu"}
    assert (esperanto.medical, esperanto.either) == ("Voku {emergency} tuj.", "aŭ")


@pytest.mark.parametrize("name", ["languages", "countries"])
def test_a_folder_may_go_without(tmp_path: Path, name: str) -> None:
    folder = folder_with(tmp_path)
    (folder / "safety" / f"{name}.yaml").unlink()
    assert load(folder).clinic.emergency == "112"


@pytest.mark.parametrize("name", ["plain", "hearing", "replies", "languages", "countries", "calm"])
def test_each_file_is_part_of_the_version(tmp_path: Path, name: str, read: Knowledge) -> None:
    folder = folder_with(tmp_path)
    (path,) = (path for path in (folder / "safety").rglob("*") if path.stem == name)
    line = "what is a loaf\n" if path.suffix == ".txt" else "# a remark\n"
    path.write_text(path.read_text("utf-8") + line, "utf-8")
    assert load(folder).version != read.version


# -- numbers to call ---------------------------------------------------------------------------------------------------


def numbers(clinic: Clinic) -> tuple[str, ...]:
    return (clinic.emergency, clinic.crisis, clinic.crisis_spanish, clinic.poison, clinic.violence, clinic.child)


@pytest.mark.parametrize(
    ("clinic", "told"),
    [
        pytest.param("", ("112", "0800 1110111", "0800 1110111", "112", "116 016", "0800 1110111"), id="of-the-usual-country"),
        pytest.param("country: AT\n", ("144", "142", "143", "01 4064343", "0800 222555", "147"), id="of-its-country"),
        pytest.param(
            'country: AT\ncrisis: "999"\nchild: "998"\n',
            ("144", "999", "143", "01 4064343", "0800 222555", "998"),
            id="its-own-over-them",
        ),
        pytest.param(
            'emergency: "112"\ncrisis: "222"\n',
            ("112", "222", "222", "112", "116 016", "222"),
            id="its-own-where-the-country-has-no-line",
        ),
    ],
)
def test_a_clinic_has_the_numbers_of_its_country_and_its_own_over_them(
    tmp_path: Path, clinic: str, told: tuple[str, ...]
) -> None:
    assert numbers(load(folder_with(tmp_path, default=CLINIC + clinic)).clinic) == told


@pytest.mark.parametrize(("country", "clock"), [("DE", "12"), ("AT", "24")])
def test_a_clinic_reads_its_clocks_as_its_country_does(tmp_path: Path, country: str, clock: str) -> None:
    assert load(folder_with(tmp_path, default=f"{CLINIC}country: {country}\n")).clinic.clock == clock


def test_without_a_table_a_clinic_has_its_own_numbers(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    (folder / "safety" / "countries.yaml").unlink()
    assert numbers(load(folder).clinic) == ("112", "116 123", "116 123", "112", "116 123", "116 123")


@pytest.mark.parametrize(
    ("clinic", "table", "told"),
    [
        pytest.param(
            "country: XX\n",
            True,
            ["clinics/default.yaml:2: the country XX is not known; allowed: DE, AT"],
            id="unknown",
        ),
        pytest.param(
            'country: DE\nemergency: "118"\ncrisis: "222"\n',
            False,
            ["clinics/default.yaml:2: the country DE is not known; allowed: none, as safety/countries.yaml is missing"],
            id="no-table",
        ),
        pytest.param(
            'emergency: "118"\n',
            False,
            ["clinics/default.yaml:1: a clinic lacks crisis; needed, as its country is in no table"],
            id="no-crisis-line",
        ),
        pytest.param(
            "country: germany\n",
            True,
            ["clinics/default.yaml:2: country: 'germany' is not a country code such as US"],
            id="a-name",
        ),
    ],
)
def test_a_clinic_without_numbers_is_refused(tmp_path: Path, clinic: str, table: bool, told: list[str]) -> None:
    folder = folder_with(tmp_path, default=CLINIC + clinic)
    if not table:
        (folder / "safety" / "countries.yaml").unlink()
    assert list(mistakes(folder)) == told


@pytest.mark.parametrize(
    ("was", "is_", "told"),
    [
        ("default: DE", "default: FR", "clinics/default.yaml:1: the country FR is not known; allowed: DE, AT"),
        ("default: DE\n", "", "safety/countries.yaml:1: the countries lacks default; needed: default, countries"),
        ("  AT:", "  austria:", "safety/countries.yaml:8: countries: 'austria' is not allowed as a key here"),
        (
            '    crisis: "142"\n',
            "",
            "safety/countries.yaml:9: countries > AT: a country lacks crisis; needed: name, emergency, crisis",
        ),
        ('"147"', "147", "safety/countries.yaml:15: countries > AT > child: YAML does not read 147 as text; put it in quotes"),
        (
            "    child:",
            "    children:",
            "safety/countries.yaml:15: countries > AT: a country has no key 'children'; allowed: name, emergency",
        ),
    ],
)
def test_a_mistake_in_the_table_of_countries_is_told(tmp_path: Path, was: str, is_: str, told: str) -> None:
    assert COUNTRIES.count(was) == 1
    found = mistakes(folder_with(tmp_path, countries=COUNTRIES.replace(was, is_), default=CLINIC))
    assert any(line.startswith(told) for line in found), found


# -- mistakes ----------------------------------------------------------------------------------------------------------


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize(
    ("was", "is_", "at", "told"),
    [
        (
            "    medical:\n",
            "    party:\n",
            "languages:",
            "languages > en: there is no kind party; allowed: calm, past, self_harm, someone_else",
        ),
        ("<i> [have]", "<us> [have]", "languages:", "in '<us> [have] burnt|burned myself badly': the group <us> does not exist"),
        ("- kitchen is on fire\n", "- (kitchen is\n", "languages:", "in '(kitchen is': '(' is not closed; allowed: words"),
        (
            "- kitchen is on fire\n",
            '- "[kitchen]"\n',
            "languages:",
            "in '[kitchen]' there is no word that must be there; allowed",
        ),
        (
            "  i: [i, we]",
            "  i: [<i>, we]",
            "languages:",
            "in '<i> [have] burnt|burned myself badly': the group <i> contains itself",
        ),
        ("  i: [i, we]", "  i: everybody", "  i: [i", "this is text; a list is needed here"),
        ("  i: [i, we]", "  i: [i, yes]", "  i: [i", "YAML does not read yes as text; put it in quotes"),
        ("[die küche brennt]", "[]", "    medical: [die", "this list has 0 items; 1 to 5000 are allowed"),
        ("  weve: we have\n", "  weve: [we, have]\n", "  weve", "this is a list; text is allowed here"),
        ("  weve: we have\n", "  We're: we are\n", "  weve", '"We\'re" is not allowed as a key here'),
        ("languages:\n", "langues:\n", "languages:", "the plain words has no key 'langues'; allowed: languages, groups, rewrite"),
        ("groups:\n", "groups: {a: [b]}\ngroups:\n", "groups:", ""),
    ],
)
def test_a_mistake_in_the_plain_words_is_told(tmp_path: Path, was: str, is_: str, at: str, told: str) -> None:
    assert was in folders.PLAIN
    found = mistakes(folder_with(tmp_path, plain=folders.PLAIN.replace(was, is_, 1)))
    assert any(f": {told}" in line for line in found), found
    line = line_of(folders.PLAIN, at)
    assert any(one.startswith(f"safety/plain.yaml:{line + (not told)}:") for one in found), found


@pytest.mark.parametrize(
    ("was", "is_", "at", "told"),
    [
        ("check: 0.8", "check: 0.95", "alarm", "check is greater than alarm; what is no alarm would be more"),
        ("today: 0.8", "today: 1.1", "today", "today: '1.1' is not a number from 0 to 1"),
        ("today: 0.8", "today: rarely", "today", "today: 'rarely' is not a number from 0 to 1"),
        ("today: 0.8\n", "", "alarm", "the thresholds of what is heard lacks today; needed: alarm, check, despair, care, today"),
        ("care: 0.7", "caring: 0.7", "care", "the thresholds of what is heard has no key 'caring'; allowed: alarm, check"),
    ],
)
def test_a_mistake_in_the_thresholds_is_told(tmp_path: Path, was: str, is_: str, at: str, told: str) -> None:
    assert was in folders.HEARING
    found = mistakes(folder_with(tmp_path, hearing=folders.HEARING.replace(was, is_)))
    line = line_of(folders.HEARING, at)
    assert any(one.startswith(f"safety/hearing.yaml:{line}: {told}") for one in found), found


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        ("medical", "he chokes\n\nshe chokes\n", "medical.txt:2: this line has no words; every line is a message"),
        ("medical", "he chokes\n?!\n\u00a0\n", "medical.txt:3: this line has no words; every line is a message"),
        (
            "medical",
            "he chokes\nshe chokes\nhe chokes\n",
            "medical.txt:3: this message stands in safety/examples/medical.txt:1 already; keep one",
        ),
        (
            "calm",
            "is rye better\n  The Mixer CAUGHT my hand \n",
            "calm.txt:2: this message stands in safety/examples/accident.txt:1 already; keep one",
        ),
        ("today", "ow\n" + "ow " * 1400, "today.txt:2: this message has 4200 characters; at most 4000 are allowed"),
        ("today", "ow\x07\n", "today.txt:1: "),
    ],
)
def test_a_mistake_in_the_examples_is_told_with_its_line(tmp_path: Path, kind: str, text: str, told: str) -> None:
    found = mistakes(folder_with(tmp_path, **{kind: text}))
    assert [line for line in found if line.startswith(f"safety/examples/{told}")], found


@pytest.mark.parametrize("kind", KINDS)
def test_examples_of_every_kind_are_needed(tmp_path: Path, kind: str) -> None:
    folder = folder_with(tmp_path)
    (folder / "safety" / "examples" / f"{kind}.txt").unlink()
    assert mistakes(folder) == (f"safety/examples/{kind}.txt:1: this file is missing; hearing.yaml needs examples of every kind",)


def test_what_is_asked_without_danger_is_needed_and_may_stand_twice(tmp_path: Path) -> None:
    folder = folders.write(tmp_path, asked="how hot is it\n\nhow hot is it\n")
    assert load(folder).examples.asked == ("how hot is it", "how hot is it")
    (folder / "safety" / "asked.txt").unlink()
    (found,) = mistakes(folder)
    assert found.startswith("safety/asked.txt:1: this file is missing; ")


def test_examples_of_no_kind_are_told(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    (folder / "safety" / "examples" / "medcal.txt").write_text("the oven burns\n", "utf-8")
    (found,) = mistakes(folder)
    assert found.startswith("safety/examples/medcal.txt:1: there is no kind of this name; allowed: self_harm.txt, ")


def test_examples_without_thresholds_are_told(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    (folder / "safety" / "hearing.yaml").unlink()
    assert any(one.startswith("safety/hearing.yaml:1: this file is missing") for one in mistakes(folder))


NO_NUMBER = "has no number to call; one of {emergency}, {crisis}, {poison}, {violence}, {child}"
TYPED = "has a number in it; numbers to call are slots such as {emergency}"


@pytest.mark.parametrize(
    ("was", "is_", "at", "told"),
    [
        ("Please call {emergency} now.", "Please call 112 now.", "alarm:", TYPED),
        ("Please call {emergency} now.", "Please call ١١٢ now, {emergency}.", "alarm:", TYPED),
        ("This sounds hard.", "This sounds hard, at 3.", "despair:", TYPED),
        ("A call to {crisis} is free.", "A call to 116 123 is free.", "obstacles:", TYPED),
        ("It is good that you are safe.", "It is good on day 2.", "safe: [", TYPED),
        ("Please call {emergency} now.", "Please call for help now.", "alarm:", NO_NUMBER),
        ("If you hear voices, reach {crisis}.", "If you hear voices.", "also:", NO_NUMBER),
        ("Are you safe now? Reach {crisis}.", "Are you safe now?", "check:", NO_NUMBER),
        ("Does this happen now? Call {emergency}.", "Does this happen now?", "check_body:", NO_NUMBER),
        ("This sounds hard. Reach {crisis}.", "This sounds hard.", "despair:", NO_NUMBER),
        ("you are safe. Else reach {crisis}.", "you are safe.", "safe: [", NO_NUMBER),
        ("today; if it burns, {emergency}.", "today.", "today: [", NO_NUMBER),
        ("Go to somebody, and reach {crisis}.", "Go to somebody.", "unsafe: [", NO_NUMBER),
        ("Please reach {crisis}.", "Please.", "follow:", NO_NUMBER),
        ("In danger: {emergency}. To talk: {crisis}.", "Call.", "numbers:", NO_NUMBER),
        ("This sounds hard.", "This sounds hard, {friend}.", "despair:", "{friend}"),
        ("Call {violence}.", "Call {violence.", "alarm:", ""),
        ("Call {poison}.", "Call {poison} now", "    overdose: Call", "this text stops in mid-sentence"),
        ("    medical: Please call {emergency} now.\n", "", "    self_harm:", "the alarms of a language lacks medical; needed:"),
        ("    medical: Please", "    party: Please", "    medical: Please", "has no key 'party'; allowed: self_harm"),
        ("alarm:\n  en:", "alarm:\n  de:", "alarm:", "there are no alarms in en; other languages fall back on them"),
        ("safe_words: [i am safe]", "safe_words: [I am safe!]", "safe_words:", "'I am safe!' is not plain words"),
        ('yes_words: ["yes"]\n', "", "alarm:", "the replies to danger lacks yes_words; needed: alarm, also, check"),
        ("check_body: [", "check_body: []\nbody: [", "check_body:", "this list has 0 items; 1 to"),
        ("unsure: I am not sure, ", "", "check_choices:", "the choices lacks unsure; needed: safe, unsure, unsafe"),
        ("unsure: I am not sure", "unsure: I am really not so very sure", "check_choices:", "28 characters; at most 20"),
        ("  other: [", "  others: [", "  other: [", "what follows has no key 'others'; allowed: self_harm, someone"),
        ("words: [costs too much], ", "", "  - {id: cost", "an obstacle lacks words; needed: id, words, text"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_replies_is_told(tmp_path: Path, was: str, is_: str, at: str, told: str) -> None:
    assert was in folders.REPLIES
    found = mistakes(folder_with(tmp_path, replies=folders.REPLIES.replace(was, is_, 1)))
    line = line_of(folders.REPLIES, at)
    assert any(one.startswith(f"safety/replies.yaml:{line}: ") and told in one for one in found), found


@pytest.mark.parametrize(
    ("was", "is_", "at", "told"),
    [
        ("Voku {emergency} nun.", "Voku nun.", 2, "urgent of eo has no {emergency}; the number must stand in it"),
        ("Voku {emergency} tuj.", "Voku {crisis} tuj.", 2, "medical of eo has no {emergency}; the number must stand in it"),
        ("En danĝero voku {emergency}.", "En danĝero voku.", 2, "help of eo has no {emergency}; the number must stand in it"),
        ("Voku {emergency} nun.", "Voku {emergency} aŭ {contact} nun.", 2, "{contact}"),
        (
            "  sorry: Mi parolas nur la anglan.\n",
            "",
            2,
            "a language lacks sorry; needed: name, common, sorry, help, urgent, medical",
        ),
        ("common: [kaj, estas, Ĉu]", "common: kaj", 3, "this is text; a list is needed here"),
        ("eo:", "Esperanto:", 1, "'Esperanto' is not allowed as a key here"),
    ],
)
def test_a_mistake_in_the_languages_is_told(tmp_path: Path, was: str, is_: str, at: int, told: str) -> None:
    assert was in LANGUAGES
    found = mistakes(folder_with(tmp_path, languages=LANGUAGES.replace(was, is_)))
    assert any(one.startswith(f"safety/languages.yaml:{at}: ") and told in one for one in found), found


@pytest.mark.parametrize("name", ["plain", "replies"])
def test_a_folder_may_not_go_without(tmp_path: Path, name: str) -> None:
    folder = folder_with(tmp_path)
    (folder / "safety" / f"{name}.yaml").unlink()
    assert mistakes(folder) == (f"safety/{name}.yaml:1: this file is missing; a knowledge folder needs it",)


def test_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path,
        plain=folders.PLAIN.replace("<i> [have]", "<us>"),
        replies=folders.REPLIES.replace("Call {child}.", "Call."),
        hearing=folders.HEARING.replace("0.9", "9"),
        medical="\n",
        languages=LANGUAGES.replace("{emergency}", ""),
        countries=COUNTRIES.replace("default: DE", "default: germany"),
    )
    (folder / "safety" / "hearing.yaml").write_text(folders.HEARING, "utf-8")
    named = {re.sub(r":\d+: .*", "", line) for line in mistakes(folder)}
    assert named >= {
        f"safety/{name}" for name in ("plain.yaml", "replies.yaml", "examples/medical.txt", "languages.yaml", "countries.yaml")
    }


# -- what is shipped ---------------------------------------------------------------------------------------------------


def test_whatever_is_said_in_the_shipped_folder_has_its_numbers(knowledge: Knowledge) -> None:
    care = knowledge.care
    assert care.alarm.keys() == care.also.keys()
    for text in (
        *care.despair,
        *care.check,
        *care.check_body,
        *care.unsafe,
        *(text for some in care.follow.values() for text in some),
    ):
        assert "{crisis}" in text or "{emergency}" in text, text
    for language, texts in care.alarm.items():
        assert texts.keys() == set(DANGERS), language
        assert all("{emergency}" in text or "{crisis}" in text for text in texts.values()), language


def test_every_shipped_country_and_language_has_its_numbers(knowledge: Knowledge) -> None:
    assert {one.tag for one in knowledge.languages} >= knowledge.plain.languages.keys() - {"en"}
    assert all(number for number in numbers(knowledge.clinic))
