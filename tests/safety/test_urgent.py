"""The urgent step: what it must hear, what it must not, and the law that a neighbour never silences a sentence."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.app.paths import knowledge_folder
from bot.safety.rules import KINDS, LANGUAGES, UrgentRules, rules_from
from bot.safety.urgent import Alarm, UrgentStep


def load_data() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((knowledge_folder() / "safety" / "urgent.yaml").read_text(encoding="utf-8"))
    return data


def load_rules() -> UrgentRules:
    return rules_from(load_data())


@pytest.fixture(scope="module")
def rules() -> UrgentRules:
    return load_rules()


@pytest.fixture(scope="module")
def step(rules: UrgentRules) -> UrgentStep:
    return UrgentStep(rules, frozenset({"subside", "propofol", "drips"}))


HEARD = {
    "self_harm": """
        i am going to end my life
        honestly thinking about offing myself
        i just want to die
        Let me die.
        im suicidal and alone
        I AM SUICIDAL
        feeling really suicidal tonight
        my suicidal thoughts came back
        i have been having suicidal thoughts since the second drip
        i keep thinking about dying
        i don't want to live anymore
        cant do this anymore, i dont want to exist
        i'd rather be dead
        there is no point in being alive
        nobody would miss me if i was gone
        my kids would be better off without me
        i'm such a burden to everyone
        i can't keep myself safe tonight
        i don't trust myself alone
        i wish i could fall asleep and never wake up
        been cutting again
        i want to hurt myself
        i burned myself on purpose
        i relapsed and cut really deep
        i have a plan
        i have a plan and the means
        i've got the pills in front of me
        been saving up my pills for when it gets too much
        i have a gun in my hand
        i'm standing on the ledge
        i want to jump off the bridge
        i wrote goodbye letters to my kids
        goodbye everyone, i'm sorry
        take care of my dog when i'm gone
        what is the quickest way to die
        how many of these pills would it take to kill me
        if this fails i am ending it
        my brother wants to kill himself
        my wife is suicidal
        she says she wants to die
        my son tried to hang himself this morning
        my daughter is cutting herself
        my friend left a suicide note
        he has a gun to his head
        not a joke i am going to kill myself
        i told them i'm not suicidal but i lied
        started hurting myself again
        tonight is my last night on this planet
        my brother attempted two days ago
        i think about swerving into oncoming traffic
        she keeps talking about driving off the pier
        what combo of my prescriptions would kill me fastest
        i want to drift off and never wake up
        after my attempt in march i am going to do it for real this time
        got drunk so i have the courage to do it tonight
    """,
    "medical": """
        i can't breathe
        i am struggling to breathe
        she isn't breathing
        my dad is not breathing right
        he stopped breathing
        i'm short of breath and it's getting worse
        my husband won't wake up
        i can't wake her
        she passed out and isn't responding
        my mom collapsed
        he is unconscious
        no pulse
        he turned blue
        her lips are blue
        severe chest pain
        my chest hurts so bad
        there's an elephant sitting on my chest
        i think i'm having a heart attack
        she is having a stroke
        my face is drooping
        i can't feel my left side
        his speech is slurred and his arm went limp
        my son is having a seizure
        he keeps convulsing
        my throat is closing
        my tongue is swelling up
        covered in hives and wheezing badly
        i'm coughing up blood
        the bleeding won't stop
        i'm pregnant and bleeding
        worst headache of my life
        need an ambulance
        someone call 911
        it's an emergency
        i feel like i'm dying
        my blood pressure is 220 over 130
        i keep blackin out
        my thoat is closin up
        he smacked his head on the tub and keeps throwing up
        fever since last night, stiff neck, really confused
        grandma grabbed her chest and sat down
        the guy beside me just collapsed and is twitching
    """,
    "overdose": """
        overdose
        i overdosed
        my roommate od'd
        i took the whole bottle
        swallowed all my pills
        i took way too many xanax
        i took 30 tylenol
        my kid drank my liquid ketamine
        my toddler ate a lozenge
        i accidentally took double my dose
        took my meds twice by mistake
        mixed xanax with vodka and can't stay awake
        she drank bleach
        i did too much k and can't move
        i combined my norcos with tequila
        is klonopin strong because i had a handful of them
        there's a syringe on the floor and she doesn't respond
        gave him narcan twice and he keeps fading out again
    """,
    "harm_to_others": """
        i'm going to kill my husband
        i want to hurt someone
        the voices tell me to stab my mother
        i keep thinking about smothering my baby
        i have a gun and i'm outside his house
        my husband is threatening to kill me
        he is beating my mom
        i am scared i'm going to hurt my baby
        i am going to put my boss in a grave
        she spiked his drink with something
        i imagine pressing a pillow over the baby's face
        he says he will shoot his teachers
        my cousin is packing ammo and says his coworkers have to die
        packing ammo for work
        bringing my gun to work tomorrow
        loading my rifle before my shift
        the police cannot stop me, i am taking my guns to the office
        i put a pistol in my backpack for school
        my husband is taking his rifles to the office
    """,
}
HEARD_IN_SPANISH = {
    "self_harm": [
        "quiero morir",
        "me quiero matar",
        "no quiero vivir más",
        "estoy pensando en suicidarme",
        "todos estarían mejor sin mí",
    ],
    "medical": [
        "no puedo respirar",
        "mi esposo no despierta",
        "me duele mucho el pecho",
        "está convulsionando",
        "llamen una ambulancia",
        "mi abuelo no tiene pulso",
    ],
    "overdose": ["tomé demasiadas pastillas", "me tomé todo el frasco", "tuve una sobredosis"],
    "harm_to_others": ["quiero matar a mi esposo", "voy a matar a mi jefe", "mi novio me esta golpeando"],
}
MISSPELT = """
    i want to dieeeee
    i wnat to die
    i wana die
    i want too kil myself
    suicdal
    im suicidial
    pleaseee i cant breath
    i cant breeth
    chest payn bad
    he colapsed
    shes unconcious
    i overdozed
    heart atack
    kms
    gonna unalive myself
    thinking of unaliving
    i k1ll myself
    i want to k*ll myself
    su1c1de
    i want to d1e
    s u i c i d e
    i want to k.m.s
    i want to d i e
    i wаnt tо diе
    i don’t want to live
    want to\u200b di\u200be
    ｉ ｗａｎｔ ｔｏ ｄｉｅ
"""
SILENT = """
    how long does an infusion last
    can i drive home after
    what is ketamine
    i'm dying to know how it feels
    my back is killing me
    the waiting list is killing me
    i could kill for a coffee
    when can i carry my gun at work again
    i am a cop, may i carry my gun on my shift after it
    i take my rifle to the range after work
    can i bring my massage gun to work
    we put the guns in a safe before school
    my phone died
    dead tired the day after
    does the nausea die down by evening
    i nearly died laughing
    kill two birds with one stone
    shoot me an email
    give it a shot
    i rolled the dice on this clinic
    does the swelling at the iv site subside
    does ketamine help with suicidal thoughts
    how fast does it work for suicidality
    is suicide a risk after ketamine
    ketamine for suicidal ideation
    what is anaphylaxis
    can you overdose on ketamine
    how much is too much
    is 100mg too much
    can it affect breathing?
    is chest pain a side effect
    will i pass out
    do people stop breathing during an infusion
    can ketamine cause a heart attack
    what if there is an emergency during my infusion
    what happens if i stop breathing
    who is my emergency contact
    do you have an ambulance on standby
    i work in an emergency room
    i'm a suicide hotline volunteer, is burnout treatable
    i am not suicidal
    no thoughts of suicide or self harm
    i have never hurt myself
    i used to cut myself as a teenager
    i tried to kill myself ten years ago
    i overdosed in 2011, does that matter
    my uncle died by suicide
    i had a stroke in 2015
    i have epilepsy
    i have high blood pressure
    i have a plan with aetna
    i can't do this on tuesdays
    i don't want to wake up early
    i don't want to be here all day
    i won't be here tomorrow, can we reschedule
    throwing up since i got home
    my lips feel numb
    i took two tylenol, is that ok
    i take 20 pills a day, all prescribed
    goodbye and thank you
    need help with my portal login
    me muero de hambre
    la espalda me está matando
    no quiero morir, quiero mejorarme
    ¿es normal vomitar después?
    my leg went dead from kneeling
    i'd rather jump off a bridge than wait on hold again
    is ketamine given for seizures that won't stop
    when i was fifteen i swallowed a bottle of pills
    my aunt stopped breathing under anesthesia once
    i had suicidal thoughts on singulair, they went away when i quit
    is slurred speech normal during the infusion
    i have seizures and depression, am i a candidate
    las convulsiones son un efecto secundario?
"""
# An exemption, the rule that it is for, a sentence that it keeps silent, and one in which the same words are real all the same.
EXEMPT = [
    (
        "denied",
        "suicidal",
        "i am not having suicidal thoughts, just low mood",
        "i am not having suicidal thoughts, i want to die",
    ),
    ("denied", "self_kill", "i am not going to kill myself", "i am not going to lie i will kill myself"),
    ("denied_wish", "want_death", "i do not want to die", "i do not want to die but i am going to kill myself"),
    ("denied_life", "no_life", "it's not that i don't want to live", "it's not that i am scared, i don't want to live"),
    (
        "past",
        "want_death",
        "before ketamine i wanted to die every day",
        "before ketamine i wanted to die and now i want to die again",
    ),
    ("pastdone", "overdose", "i had an overdose in my twenties", "i had an overdose in my twenties and i just overdosed"),
    (
        "past_event",
        "self_kill",
        "my cousin hanged himself years ago",
        "my cousin hanged himself and my brother just hanged himself",
    ),
    ("asked", "took_too_much", "what is the lethal dose of ketamine", "what is the lethal dose because i took a lethal dose"),
    ("asked", "not_responding", "people say it feels like dying", "it feels like i'm dying"),
    (
        "asked_topic",
        "suicidal",
        "can ketamine make suicidal thoughts worse",
        "can ketamine help because i am having suicidal thoughts again",
    ),
    ("asked_wish", "want_death", "i'd rather die than go to another ward", "i'd rather die"),
    ("asked_harm", "harm_others", "could it make someone want to hurt people", "could it help because i want to hurt people"),
    ("about_self", "suicidal", "my therapist asked if i'm suicidal", "my therapist asked and i'm suicidal"),
    ("supposed", "breathing", "can they stop it if i can't breathe", "can they stop it because i can't breathe"),
    ("supposed_self", "suicidal", "what if i become suicidal after", "what if i tell you i am suicidal"),
    ("trait", "not_responding", "my depression is not responding to medication", "my husband is not responding"),
    ("breathing_trait", "breathing", "i can't breathe through my nose", "i can't breathe through this pain in my chest"),
    (
        "known_condition",
        "chest_heart_stroke",
        "i have had seizures before",
        "i have had seizures before and now i am having a seizure",
    ),
    ("figure", "breathing", "i'm drowning in medical bills", "i'm drowning"),
    ("dying_to", "not_responding", "will i feel like i'm dying", "i feel like i'm dying"),
    ("later_here", "not_here", "i don't want to be here all day", "i don't want to be here"),
    ("with_illness", "no_life", "i'm tired of living with pain", "i'm tired of living"),
    ("plain_cannot", "no_life", "i don't want to do this anymore, can i cancel", "i can't do this anymore"),
    ("business", "plan_and_goodbye", "how do i say goodbye to depression", "i came to say goodbye to everyone"),
    ("as_prescribed", "took_too_much", "my pills are gone, my roommate stole them", "my pills are gone, i took the whole bottle"),
    ("food", "poisoned", "my son drank it with milk", "my son drank it"),
    ("accident", "self_injury", "i cut my leg badly shaving", "i cut my leg badly"),
    ("joke", "harm_others", "my wife is going to kill me if i forget", "my wife is going to kill me"),
    ("violence_past", "harm_others", "patients threatening to kill someone", "my son is threatening to kill someone"),
    (
        "armed_rightly",
        "armed_or_attacked",
        "as a security guard i carry my gun on my shift",
        "no guard stops me, i carry my gun on my shift",
    ),
    ("who_to_call", "call_for_help", "when should i call 911", "should i call 911"),
    ("admin", "call_for_help", "help, i lost my appointment card", "help"),
    ("not_symptom", "present", "my infusion is booked and i am having it today", "is it a symptom, i am having it right now"),
    ("es_no", "es_suicidio", "no tengo pensamientos suicidas", "tengo pensamientos suicidas"),
    ("es_pregunta", "es_medico", "puede causar problemas para respirar", "tengo problemas para respirar"),
    ("es_pasado", "es_medico", "mi padre tuvo un infarto hace años", "creo que tengo un infarto"),
    ("es_figura", "es_medico", "casi me da un infarto", "me da un infarto"),
    ("es_broma", "es_dano_a_otros", "mi jefe me va a matar si llego tarde", "me va a matar"),
]
# Danger that an exemption must not swallow.
OVERRIDES = """
    i was suicidal years ago and it's back
    does ketamine help with suicidal thoughts because i am having them right now
    im not suicidal i just dont want to exist anymore
    is chest pain a side effect because my chest hurts so bad
    can it affect breathing, my wife isn't breathing
    what if there is an emergency, i can't breathe
    i used to think about ending it sometimes, now it's all the time
    my back is killing me and i want to die
    is it normal that i can't breathe
    how long does it last and i want to kill myself
    i have a plan with aetna and a plan to kill myself
    i'm not sure what to do i can't breathe
    can i drive home, my husband won't wake up
    how much is too much, i took the whole bottle
    does it help people with ptsd because i am going to hurt myself
    never thought i'd say this but i want to end my life
"""


def rows(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


ALARMS = [said for text in HEARD.values() for said in rows(text)] + [said for some in HEARD_IN_SPANISH.values() for said in some]


@pytest.mark.parametrize(("kind", "said"), [(kind, said) for kind, text in HEARD.items() for said in rows(text)])
def test_danger_is_heard_and_its_kind_is_known(step: UrgentStep, kind: str, said: str) -> None:
    alarm = step.detect(said)
    assert alarm is not None
    assert (alarm.kind, alarm.language) == (kind, "en")


@pytest.mark.parametrize(("kind", "said"), [(kind, said) for kind, some in HEARD_IN_SPANISH.items() for said in some])
def test_plain_spanish_is_heard(step: UrgentStep, kind: str, said: str) -> None:
    alarm = step.detect(said)
    assert alarm is not None
    assert (alarm.kind, alarm.language) == (kind, "es")


@pytest.mark.parametrize("said", rows(MISSPELT))
def test_danger_is_heard_however_it_is_typed(step: UrgentStep, said: str) -> None:
    assert step.detect(said)


@pytest.mark.parametrize("said", rows(SILENT))
def test_ordinary_words_raise_no_alarm(step: UrgentStep, said: str) -> None:
    assert step.detect(said) is None


@pytest.mark.parametrize("said", rows(OVERRIDES))
def test_an_exemption_never_swallows_what_is_present(step: UrgentStep, said: str) -> None:
    assert step.detect(said)


@pytest.mark.parametrize(("name", "rule", "silent", "heard"), EXEMPT, ids=[f"{row[0]}-{row[1]}" for row in EXEMPT])
def test_an_exemption_silences_only_what_it_fits(
    rules: UrgentRules, step: UrgentStep, name: str, rule: str, silent: str, heard: str
) -> None:
    one = next(each for each in rules.rules if each.id == rule)
    assert name in one.unless
    without = UrgentStep(replace(rules, rules=(replace(one, unless=tuple(set(one.unless) - {name})),)), frozenset())
    assert without.detect(silent), "the row does not test its exemption"
    assert step.detect(silent) is None
    assert step.detect(heard)


def test_every_exemption_is_used_and_tested(rules: UrgentRules) -> None:
    assert set(rules.exemptions) == {name for rule in rules.rules for name in rule.unless} == {row[0] for row in EXEMPT}


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("does ketamine help with suicidal thoughts", True),
        ("what does the research say about self harm", True),
        ("my brother died by suicide last year", True),
        ("i am not going to kill myself", True),
        ("how long does an infusion last", False),
        ("my back is killing me", False),
        ("", False),
    ],
)
def test_self_harm_is_named_without_an_alarm(step: UrgentStep, said: str, named: bool) -> None:
    assert step.detect(said) is None
    assert step.names_self_harm(said) is named


BORDERS = st.sampled_from([". ", "! ", "? ", "\n", "... ", "?! ", '." ', "?", "; ", "\u2028"])


@given(st.text(), BORDERS, st.sampled_from(ALARMS), BORDERS, st.text())
def test_a_sentence_that_alarms_alone_alarms_inside_any_text(
    step: UrgentStep, before: str, first: str, said: str, second: str, after: str
) -> None:
    assert step.detect(f"{before}{first}{said}{second}{after}")


@given(
    st.lists(st.sampled_from(rows(SILENT) + rows(MISSPELT)), max_size=4),
    st.sampled_from(ALARMS),
    st.sampled_from([". ", "\n", "? ", "! "]),
)
def test_no_question_before_or_after_silences_a_sentence(step: UrgentStep, others: list[str], said: str, border: str) -> None:
    assert step.detect(border.join([*others, said, *others]))


@given(st.sampled_from(ALARMS), st.data())
def test_case_blanks_and_invisible_characters_change_nothing(step: UrgentStep, said: str, data: st.DataObject) -> None:
    heard = step.detect(said)
    at = data.draw(st.integers(0, len(said)))
    assert step.detect(said.upper()) == heard
    assert step.detect(said[:at] + "\u200b" + said[at:]) == heard
    assert step.detect("  " + said.replace(" ", " \u00a0 ") + " ") == heard
    assert step.detect(said.replace("'", "’")) == heard


@given(st.text() | st.text(alphabet="aik1s!*@ .,-_'?\n(\u0301ı", max_size=60))
def test_no_text_makes_it_raise(step: UrgentStep, said: str) -> None:
    alarm = step.detect(said)
    assert alarm is None or isinstance(alarm, Alarm)
    assert step.names_self_harm(said) in {True, False}


@pytest.mark.parametrize(
    "filler",
    [
        "a",
        "a ",
        "k1",
        "!a",
        "a*",
        ".",
        "'",
        "i do not want to die ",
        "does it help with suicidal thoughts ",
        "want to kill pills ",
        "zqxv jklw ",
    ],
)
def test_a_long_text_is_heard_to_its_end_in_little_time(step: UrgentStep, filler: str) -> None:
    text = filler * (100_000 // len(filler))
    began = time.process_time()
    assert step.detect(text) is None
    assert step.detect(f"{text}\ni am going to kill myself")
    assert step.detect(f"i am going to kill myself\n{text}")
    assert time.process_time() - began < 12  # seconds; 1.5 at most when measured


def test_the_first_rule_gives_the_reply(step: UrgentStep) -> None:
    alarm = step.detect("i want to die. i swallowed all my pills.")
    assert alarm is not None
    assert alarm.kind == "overdose"


def test_there_is_a_reply_for_each_kind_and_language() -> None:
    replies = load_data()["replies"]
    assert {(one["kind"], one["language"]) for one in replies} == {(kind, language) for kind in KINDS for language in LANGUAGES}
    for one in replies:
        assert "{emergency}" in one["text"]
        assert "{crisis}" in one["text"] or one["kind"] == "medical"
        assert not any(char.isdigit() for char in one["text"])


def test_warming_changes_nothing_that_is_heard() -> None:
    cold, warm = (UrgentStep(load_rules(), frozenset()) for _ in range(2))
    warm.warm()
    for text in ("i want to die", "does ketamine help with suicidal thoughts", "how long does it take"):
        assert cold.detect(text) == warm.detect(text)
