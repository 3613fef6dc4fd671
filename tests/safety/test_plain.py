"""Plain words: the language of patterns, how people type them, and what the shipped ones hear and leave alone."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app.paths import knowledge_folder
from bot.knowledge.load import load
from bot.safety.plain import CALM, PAST, PatternError, PlainAlarm, PlainStep, PlainWords
from tests.safety.faults import marked, rows

PLAIN = load(knowledge_folder()).plain
GROUPS = {"kin": ("dad|mom", "my boss"), "hot": ("very hot", "<kin>")}
REWRITE = {"im": ("i", "am"), "i'm": ("i", "am"), "wont": ("will", "not"), "fyre": ("fire",)}


def alarm(step: PlainStep, said: str) -> PlainAlarm | None:
    """What ``step`` hears, but for denials."""
    heard = step.hear(said)
    return None if heard is None or heard.kind == CALM else heard


def small(*patterns: str, calm: tuple[str, ...] = ()) -> PlainStep:
    by_kind = {"medical": patterns, **({CALM: calm} if calm else {})}
    return PlainStep(PlainWords({"en": by_kind}, ("self_harm", "medical"), GROUPS, REWRITE))


@pytest.fixture(scope="module")
def step() -> PlainStep:
    return PlainStep(PLAIN)


# -- the language of patterns -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "said", "heard"),
    [
        ("red fire", "a red fire here", True),
        ("red fire", "red hot fire", False),
        ("red fire", "red, fire", True),
        ("red fire", "red. fire", False),
        ("red fire", "red\nfire", False),
        ("red|blue fire", "blue fire", True),
        ("red|blue fire", "red blue", False),
        ("(red hot|blue) fire", "red hot fire", True),
        ("(red hot|blue) fire", "hot fire", False),
        ("(red (hot|cold)|blue) fire", "red cold fire", True),
        ("red [hot|cold day] fire", "red cold day fire", True),
        ("red [hot|cold day] fire", "red fire", True),
        ("red [hot|cold day] fire", "red day fire", False),
        ("[red [hot]] fire", "red hot fire", True),
        ("fire [now]", "fire", True),
        ("<kin> burns", "my boss burns", True),
        ("<kin> burns", "boss burns", False),
        ("<kin>|dog burns", "dog burns", True),
        ("<hot> burns", "my boss burns", True),
        ("(<kin>|the <hot>) burns", "the mom burns", True),
        ("^ fire", "fire here", True),
        ("^ fire", "a fire", False),
        ("^ fire", "run! fire", True),
        ("^ fire", "run.fire", False),
        ("fire $", "a fire", True),
        ("fire $", "a fire? where", True),
        ("fire $", "a fire, run", False),
        ("fire [now|$] run", "fire. run", False),
        ("^ fire $", '("fire")', True),
        ("=greatfire", "seethegreatfirehere", True),
        ("=greatfire", "see the greatfire", True),
        ("=greatfire", "see the great fire", False),
        ("=fire", "fires", False),  # too short a word to be several without blanks
        ("café brûlé", "cafe brule", True),
        ("l'eau", "l'eau", True),
        ("l'eau", "leau", True),
        ("i'm on fire", "i am on fire", True),
        ("im|it is on fire", "i am is on fire", True),
        ("f1re", "f1re", True),
    ],
)
def test_the_pattern_language(pattern: str, said: str, heard: bool) -> None:
    assert (alarm(small(pattern), said) is not None) is heard


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("", "nothing stands where words should"),
        ("()", "nothing stands where words should"),
        ("[] die", "nothing stands where words should"),
        ("die|", "'the end' stands where a word should"),
        ("|die", "'|' stands where a word should"),
        ("die|)", "')' stands where a word should"),
        ("(die", "'(' is not closed"),
        ("[die", "'[' is not closed"),
        ("die)", "')' closes nothing"),
        ("die]", "']' closes nothing"),
        ("[die)", "'[' is not closed"),
        ("kin> dies", "cannot read '>'"),
        ("<nobody> dies", "the group <nobody> does not exist; allowed: circle, open, round"),
        ("<circle> dies", "the group <circle> contains itself; allowed: open, round"),
        ("<round> dies", "the group <round> contains itself"),
        ("<open> dies", "'(' is not closed"),
        ("die.", "'die.' is no word"),
        ("[die] [now]", "there is no word that must be there"),
    ],
)
def test_a_pattern_that_cannot_be_read_says_why(pattern: str, what: str) -> None:
    groups = {"circle": ("a <circle>",), "round": ("a|the <round>",), "open": ("(a",)}
    with pytest.raises(PatternError, match="allowed: ") as caught:
        PlainStep(PlainWords({"en": {"medical": (pattern,)}}, ("medical",), groups))
    assert str(caught.value).startswith(f"in {pattern!r}")
    assert what in str(caught.value)


def test_a_kind_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="tuple"):
        PlainStep(PlainWords({"en": {"party": ("dance",)}}, ("medical",)))


def test_nothing_to_hear_hears_nothing() -> None:
    assert alarm(PlainStep(PlainWords()), "i want to die") is None


# -- what is calm, and what comes first ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("there is a fire", True),
        ("there is no fire", False),
        ("there is no fire. fire", True),
        ("no fire but a fire", True),
        ("no fire, fire, no fire", True),
        ("no fire and no fire", False),
        ("fire drill", False),
        ("no fire drill", False),
        ("no. fire", True),
    ],
)
def test_calm_words_take_what_they_cover_out_of_the_text_and_no_more(said: str, heard: bool) -> None:
    assert (alarm(small("fire", calm=("no fire", "fire drill")), said) is not None) is heard


def test_calm_words_of_another_script_take_what_they_cover() -> None:
    step = PlainStep(PlainWords({"zh": {"self_harm": ("想死",), CALM: ("不想死",)}}, ("self_harm",)))
    assert alarm(step, "我不想死") is None
    assert alarm(step, "我想死") == PlainAlarm("self_harm", "zh")
    assert alarm(step, "我不想死，我想死") == PlainAlarm("self_harm", "zh")
    assert alarm(step, "我不想死，我不想死") is None


@pytest.mark.parametrize(
    ("said", "kind"), [("there is no fire", CALM), ("no fire but a fire", "medical"), ("there is smoke", None), ("", None)]
)
def test_what_is_only_denied_is_told_from_what_is_not_said(said: str, kind: str | None) -> None:
    heard = small("fire", calm=("no fire",)).hear(said)
    assert (heard.kind if heard else None) == kind


def test_a_denial_in_another_script_is_told_too() -> None:
    step = PlainStep(PlainWords({"zh": {"self_harm": ("想死",), CALM: ("不想死",)}}, ("self_harm",)))
    assert step.hear("我不想死") == PlainAlarm(CALM, "zh")


def test_what_is_calm_in_one_language_is_calm_in_all() -> None:
    step = PlainStep(PlainWords({"en": {"medical": ("fire",)}, "de": {CALM: ("kein fire",)}}, ("medical",)))
    assert alarm(step, "kein fire") is None
    assert alarm(step, "fire") == PlainAlarm("medical", "en")


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("there was a fire when i was young", False),
        ("when i was young there was a fire", False),
        ("there was a fire in 2011", False),
        ("there was a fire in 1929", True),  # nobody who writes lived then
        ("when i was young. fire", True),
        ("fire! when i was young i was not afraid", True),
        ("in 2011 we moved. there is a fire", True),
        ("when i was young", None),
    ],
)
def test_what_is_long_over_is_no_danger_and_no_denial(said: str, heard: bool | None) -> None:
    step = PlainStep(PlainWords({"en": {"medical": ("fire",), PAST: ("when i was young",)}}, ("medical",)))
    assert step.hear(said) == (PlainAlarm("medical", "en") if heard else None)


KINDS = {"self_harm": ("red",), "medical": ("blue", "green day"), "overdose": ("green",)}


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("blue then red", "self_harm"),
        ("red then blue", "self_harm"),
        ("blue. green.", "overdose"),
        ("blue", "medical"),
        ("nothing", None),
    ],
)
def test_of_several_kinds_the_first_in_order_counts(said: str, kind: str | None) -> None:
    heard = alarm(PlainStep(PlainWords({"en": KINDS}, ("self_harm", "overdose", "medical"))), said)
    assert (heard.kind if heard else None) == kind


def test_the_order_of_kinds_is_not_that_of_the_file() -> None:
    backwards = dict(reversed(KINDS.items()))
    heard = alarm(PlainStep(PlainWords({"en": backwards}, ("self_harm", "overdose", "medical"))), "blue, green and red")
    assert heard == PlainAlarm("self_harm", "en", also="overdose")


# -- how people type ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        "i am on fire",
        "I AM ON FIRE",
        "im on fire",
        "I'm on fire",
        "I’m on fire",
        "i am on fiiiire",
        "i am on fireeee!!!",
        "i am on f1re",
        "i am on f!re",
        "i am on fyre",
        "i am on fyyyyre",
        "і аm оn fіrе",  # Cyrillic look-alikes
        "ｉ ａｍ ｏｎ ｆｉｒｅ",
        "i am on fi\u200bre",
        "i am on fíre",
        "i\u00a0am\u2003on   fire",
        "(i am on fire)",
        "i am on fire's",
    ],
)
def test_one_thing_is_heard_however_it_is_typed(said: str) -> None:
    assert alarm(small("i am on fire"), said) is not None


@pytest.mark.parametrize(
    "said",
    [
        "b i g f i r e s",
        "B I G  F I R E S",
        "b.i.g.f.i.r.e.s",
        "b-i-g-f-i-r-e-s",
        "b_i_g_f_i_r_e_s",
        "b*i*g*f*i*r*e*s",
        "see b i g f i r e s now",
    ],
)
def test_letters_that_are_spelled_out_are_joined(said: str) -> None:
    assert alarm(small("=bigfires"), said) is not None


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("iamonfire", True),
        ("iam on fire", False),  # four letters and fewer are a word of their own
        ("i am onfire", True),
        ("imonfire", True),
        ("i am o n f i r e", True),
        ("iamonfires", False),
        ("i am onfiren", False),
        ("iamnotonfire", False),
        ("i am not on fire", False),
    ],
)
def test_words_without_blanks_are_parted_where_all_of_them_are_known(said: str, heard: bool) -> None:
    assert (alarm(small("i am on fire", calm=("not on fire",)), said) is not None) is heard


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("i k1ll", True),
        ("i ki11", False),  # 1 is read as i
        ("i k!ll", True),
        ("i k*ll", False),
        ("k1ll!", True),
        ("*k1ll*", True),
        ("take 2 pills", False),
        ("4 kill", True),
        ("k1ll3d", False),
    ],
)
def test_digits_and_signs_in_a_word_are_read_as_letters(said: str, heard: bool) -> None:
    assert (alarm(small("kill"), said) is not None) is heard


def test_a_word_that_is_known_with_its_double_letters_keeps_them() -> None:
    step = small("i feel sad")
    assert alarm(step, "i feel sad")
    assert alarm(step, "i feeeeel saaaad")
    assert alarm(step, "i fel sad") is None


@pytest.mark.parametrize(
    ("said", "heard"),
    [("我想自杀", True), ("我 想 自杀", True), ("今天我想自杀了。", True), ("我想 要 自杀", False), ("我想", False)],
)
def test_other_scripts_are_found_wherever_they_stand(said: str, heard: bool) -> None:
    step = PlainStep(PlainWords({"zh": {"self_harm": ("想自杀",)}}, ("self_harm",)))
    assert (alarm(step, said) is not None) is heard


def test_marks_of_other_scripts_do_not_matter() -> None:
    step = PlainStep(PlainWords({"ar": {"self_harm": ("أريد أن أموت",)}}, ("self_harm",)))
    assert alarm(step, "اريد ان اموت")
    assert alarm(step, "أُرِيدُ أَنْ أَمُوتَ")


# -- what is shipped ------------------------------------------------------------------------------------------------------------


def reading(pattern: str, groups: Mapping[str, tuple[str, ...]]) -> str:
    """The shortest text that ``pattern`` stands for: the first of all choices, and nothing that may be left out."""
    text, before = pattern.removeprefix("="), ""
    while text != before:
        before = text
        text = re.sub(r"\[[^()\[\]]*\]", " ", text)
        text = re.sub(r"<(\w+)>", lambda found: reading(groups[found[1]][0], groups), text)
        text = re.sub(r"\(([^()\[\]]*)\)", lambda found: f" {found[1].split('|')[0]} ", text)
    return " ".join(word.split("|")[0] for word in text.replace("^", " ").replace("$", " ").split())


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("i [so] want|wish to (die|be dead)", "i want to die"),
        ("^ <hot> burns $", "very hot burns"),
        ("=greatfire", "greatfire"),
        ("((a b|c) [d (e|f)]|g) h", "a b h"),
    ],
)
def test_a_pattern_is_read(pattern: str, text: str) -> None:
    assert reading(pattern, GROUPS) == text


SHIPPED = [(language, kind) for language, by_kind in PLAIN.languages.items() for kind in by_kind if kind not in {CALM, PAST}]


def test_there_are_many_languages() -> None:
    assert len(PLAIN.languages) >= 39
    assert all(
        by_kind.keys() >= {"self_harm", "someone_else", "overdose", "medical", CALM} for by_kind in PLAIN.languages.values()
    )


@pytest.mark.parametrize(
    ("kind", "language"),
    [
        *marked([(kind, language) for language, kind in SHIPPED if kind == "self_harm"], {"no": "it is Danish, too"}),
        *[(kind, language) for language, kind in SHIPPED if kind != "self_harm"],
    ],
)
def test_the_first_phrase_of_each_kind_is_heard_as_that_kind(step: PlainStep, language: str, kind: str) -> None:
    assert alarm(step, reading(PLAIN.languages[language][kind][0], PLAIN.groups)) == PlainAlarm(kind, language)


@pytest.mark.parametrize("language", PLAIN.languages)
def test_no_phrase_of_a_language_is_dead(step: PlainStep, language: str) -> None:
    readings = [
        reading(pattern, PLAIN.groups)
        for kind, patterns in PLAIN.languages[language].items()
        for pattern in patterns
        if kind not in {CALM, PAST}
    ]
    assert [said for said in readings if alarm(step, said) is None] == []


@pytest.mark.parametrize("language", PLAIN.languages)
def test_what_a_language_says_calmly_is_no_alarm(step: PlainStep, language: str) -> None:
    readings = [reading(pattern, PLAIN.groups) for pattern in PLAIN.languages[language][CALM]]
    assert [said for said in readings if alarm(step, said) is not None] == []


HEARD = {
    "self_harm": """
        thinking of unaliving
        i want to unalive
        i want to die
        I just want to die.
        im going to die tonight, i decided to
        i really want to kill myself tonight
        im going to kill myself
        i'm gonna end my life
        honestly i keep thinking about ending it all
        i have been thinking about killing myself
        i don't want to live anymore
        i dont wanna be alive
        i no longer want to exist
        i wish i was dead
        i wish i were never born
        i would be better off dead
        i'd rather be dead
        my kids would be better off without me
        i am suicidal
        feeling suicidal again
        my suicidal thoughts are back
        i am having suicidal thoughts
        there is no point in living
        life is not worth living
        i can't keep myself safe
        i won't be here tomorrow
        i am cutting myself
        i cut my wrists
        i have a plan to kill myself
        i wrote my suicide note
        i can't go on and i want to hurt myself
        thinking of suicide
        wanna kms
        i want to k1ll myself
        i want to dieeeee
    """,
    "someone_else": """
        my husband says he wants to kill himself
        my best friend texted me that she is going to end it all
        my son is suicidal
        he tried to kill himself last night
        my daughter is cutting herself
        my wife wants to die
    """,
    "harm_to_others": """
        i am going to kill him
        i want to hurt my wife
        i want to stab someone
    """,
    "overdose": """
        i overdosed
        my roommate has overdosed
        i took too many pills
        she took way too much ketamine
        i swallowed a whole bottle of pills
        i took the whole bottle of sleeping pills
        just took all my meds
        i took 20 advil
        she swallowed twelve ativan
        my mum has takn 2 boxs of parasetamol
        he has had a load of painkillers
        i just took three months worth of my meds
        my roommate took about forty xanax
        accidental overdose
        he is overdosing
    """,
    "medical": """
        i can't breathe
        my mom can not breathe properly
        trouble breathing right now
        he stopped breathing
        she is not waking up
        i can't wake him
        my dad is unconscious
        his lips are turning blue
        i think i am having a heart attack
        my wife is having a seizure
        i have severe chest pain
        my throat is closing up
        her face is drooping
        call an ambulance
        this is an emergency
    """,
    "accident": """
        she is driving us home and nodding off
        about to drive my kids, still high from the infusion
        im driving right now and everything is wavy
        he is about to drive home and he is still loopy
        i am on the motorway and still falling asleep
        i'm going to drive home now, still woozy
    """,
}
SILENT = {
    "of who drives, and of medicines": """
        my husband is driving me home and i am sleepy
        is it ok that my wife is driving me home while i am still high
        can i drive if i am dizzy
        is driving while groggy dangerous
        i took two tylenol for my headache
        i took 20 mg of prozac this morning
        she took 3 boxes of books to school
        i have taken 3 antidepressants in 10 years
        they took 20 tubes of blood
        it took 40 minutes
    """,
    "of the body, with an object": """
        I don't see a difference yet
        I can't see my doctor until friday
        I can't swallow pills so I chose infusions
        i can't speak to the nurse before monday
        i don't feel my mood lift yet
        i can not feel a change after two of them
        she can't hear the phone, please write
        he can't move the appointment
        i passed out flyers for the clinic
        my pain is not responding to gabapentin
        she does not respond to texts about the appointment
        my son is not responding to emails
        i can't breathe through my nose
    """,
    "courtesies and arrangements": """
        thank you for everything you have done for me
        goodbye and see you next week
        i hope you understand
        please help me find the parking lot
        take care and have a good weekend
        my sister takes the children that day
        my kids stay with my mother during the infusion
    """,
    "figures of speech": """
        my back is killing me
        this headache is killing me
        i'm dying to know how it feels
        i nearly died laughing
        i want to die of embarrassment
        my phone died on the way
        i could kill for a coffee
        it takes my breath away
        that waiting room makes me want to scream
        i am tired of waiting on hold
    """,
    "denied": """
        i am not suicidal
        i do not want to die
        i don't want to kill myself
        i never thought about killing myself
        no, i am not feeling suicidal
        he does not want to hurt himself
        i have no suicidal thoughts
    """,
    "past": """
        i used to be suicidal
        i was suicidal years ago
        i tried to kill myself when i was fifteen
        my uncle died by suicide
        he had a stroke in spring
        i had a seizure once as a child
        years ago i took too many pills
        i overdosed in 2011, does that matter
    """,
    "asked": """
        does ketamine help with suicidal thoughts
        can ketamine cause a heart attack
        what happens if i stop breathing
        is chest pain a side effect
        can you overdose on ketamine
        how many pills are too many
        do you have an ambulance on site
        i work in an emergency room
        is an overdose possible with an infusion
        when can i carry my gun at work again
        how long does an infusion last
        can i drive home afterwards
        what does it cost
        may i eat before the infusion
    """,
}

ALARMS = [said for text in HEARD.values() for said in rows(text)]


@pytest.mark.parametrize(("kind", "said"), [(kind, said) for kind, text in HEARD.items() for said in rows(text)])
def test_plain_danger_is_heard_and_its_kind_is_known(step: PlainStep, kind: str, said: str) -> None:
    assert alarm(step, said) == PlainAlarm(kind, "en")


@pytest.mark.parametrize("said", [said for text in SILENT.values() for said in rows(text)])
def test_ordinary_words_raise_no_alarm(step: PlainStep, said: str) -> None:
    assert alarm(step, said) is None


# Danger that neither a denial nor the past beside it may swallow.
STILL_HEARD = """
    i was suicidal years ago. now i want to die again
    i do not want to die but i am going to kill myself
    i never thought i would say this. i want to end my life
    i don't want to kill myself. my husband is not breathing
    years ago i took too many pills! today i took too many pills
    when i was fifteen i overdosed and now i want to die
    i have been depressed since 2019 and i want to kill myself
    my son was born in 2012 and i am going to kill him
    room 2011, he is not breathing
    i was in the army until 2015, i have a gun in my hand
"""
SWALLOWED = dict.fromkeys(
    (
        "room 2011, he is not breathing",
        "i was in the army until 2015, i have a gun in my hand",
    ),
    "a year, or a word of the past, takes all of its sentence up to 'and' out of the text",
)


@pytest.mark.parametrize("said", marked([(said,) for said in rows(STILL_HEARD)], SWALLOWED))
def test_neither_a_denial_nor_the_past_swallows_what_is_present(step: PlainStep, said: str) -> None:
    assert alarm(step, said) is not None


# -- laws -----------------------------------------------------------------------------------------------------------------------

BORDERS = st.sampled_from([". ", "! ", "? ", "\n", "... ", "?! ", '." ', "; ", "\u2028"])


@given(st.text(), BORDERS, st.sampled_from(ALARMS), BORDERS, st.text())
def test_what_alarms_alone_alarms_inside_any_text(
    step: PlainStep, before: str, first: str, said: str, second: str, after: str
) -> None:
    assert alarm(step, f"{before}{first}{said}{second}{after}") is not None


@given(st.lists(st.sampled_from([*SILENT["denied"].split("\n"), *ALARMS]), max_size=4), st.sampled_from(ALARMS))
def test_no_denial_before_or_after_silences_a_sentence(step: PlainStep, others: list[str], said: str) -> None:
    assert alarm(step, ". ".join([*others, said, *others])) is not None


@given(st.sampled_from(ALARMS), st.data())
def test_case_blanks_and_invisible_characters_change_nothing(step: PlainStep, said: str, data: st.DataObject) -> None:
    heard = alarm(step, said)
    at = data.draw(st.integers(0, len(said)))
    assert alarm(step, said.upper()) == heard
    assert alarm(step, said[:at] + "\u200b" + said[at:]) == heard
    assert alarm(step, "  " + said.replace(" ", " \u00a0 ") + " ") == heard
    assert alarm(step, said.replace("'", "’")) == heard


@given(st.text() | st.text(alphabet="aik1s!*@ .,-_'?\n(\u0301ı", max_size=60))
def test_no_text_makes_it_raise(step: PlainStep, said: str) -> None:
    heard = step.hear(said)
    assert heard is None or (heard.kind in {CALM, *PLAIN.kinds} and heard.language in PLAIN.languages)
