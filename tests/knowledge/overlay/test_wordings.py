"""Sentences that a clinic may say and may not, by the words of the shipped floor; many more: test_floor.py."""

from __future__ import annotations

import pytest
import yaml

from bot.app.paths import knowledge_folder
from bot.knowledge import schema, yamlfile
from bot.knowledge.fields import Row
from bot.knowledge.overlay.wordings import Wordings, pattern_of
from bot.knowledge.yamlfile import Items, Mistakes
from bot.language.english import ENGLISH

DAY = 24 * 3600.0


@pytest.fixture(scope="module")
def wordings() -> Wordings:
    mistakes = Mistakes()
    folder = knowledge_folder()
    read = [yamlfile.parse_yaml(name, (folder / name).read_bytes(), mistakes) for name in ("safety/floor.yaml", "claims.yaml")]
    floor, claims = read
    assert floor is not None
    assert isinstance(claims, Items)
    row = schema.FILES["floor"][0].read("floor.yaml", floor, mistakes)
    rows = [schema.CLAIM.read("claims.yaml", item, mistakes) for item in claims.values]
    assert mistakes.lines() == []
    assert isinstance(row, Row)
    return Wordings(row, {one.get("id"): one for one in rows if isinstance(one, Row)}, ENGLISH)


@pytest.mark.parametrize(
    "text",
    [
        "You must not drive today.",
        "Do not drive until the next day.",
        "No driving on the day, even if you feel fine.",
        "Ask us when you may drive.",
        "You may not drive.",
        "Nobody may drive on the day of an infusion.",
        "We are a ten minute drive from the station.",
        "We are at 12 Lakeside Drive.",
        "You need an escort.",
        "You are never left alone.",
        "An infusion takes 50 minutes.",
        "A session is $100.",
        "You can pay by card.",
        "It is not a cure.",
        "Tell us if you are pregnant or breastfeed.",
        "Tell us about all medicines; do not mix anything with the infusion on your own.",
        "Do not use a lawn mower that day.",
        "Water is fine until two hours before, and please do not eat.",
    ],
)
def test_what_is_honest_is_left_alone(wordings: Wordings, text: str) -> None:
    assert list(wordings.faults(text)) == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        pytest.param("You can mix it with your benzos, no problem.", "gives leave", id="mixed"),
        pytest.param("Mixing your sleeping pills with the infusion is fine.", "gives leave", id="mixed-with-pills"),
        pytest.param("It is safe in pregnancy.", "gives leave", id="pregnancy"),
        pytest.param("You can breastfeed right after the drip.", "gives leave", id="breastfeeding"),
        pytest.param("Take another dose at home whenever you feel low.", "gives leave", id="another-dose"),
        pytest.param("Redose with the spray at home if the effect fades.", "forbids nothing", id="redosed"),
        pytest.param("If you feel suicidal, wait for your next appointment.", "weakens", id="suicidal-until-later"),
        pytest.param("If suicidal thoughts come, mention them at your next visit.", "weakens", id="suicidal-mentioned-later"),
        pytest.param("Operating the forklift that afternoon has never been an issue.", "gives leave", id="never-an-issue"),
        pytest.param("Using the chainsaw that evening never hurt anybody.", "gives leave", id="never-hurt"),
        pytest.param("You may drive after 3 hours.", "gives leave (may)", id="leave"),
        pytest.param("Even if you feel dizzy, you may drive.", "gives leave (may)", id="leave-behind-even-if"),
        pytest.param(
            "Do not drive today, but tomorrow morning you can drive a little.", "gives leave (can)", id="leave-behind-a-ban"
        ),
        pytest.param("Do not drive for 3 hours.", "less than a day", id="a-short-ban"),
        pytest.param("Do not drive until you feel well.", "gives leave (feel well)", id="a-ban-with-a-condition"),
        pytest.param("Do not drive until the nurse is gone.", "ends the rule on driving (until)", id="a-ban-that-ends"),
        pytest.param("Patients drive.", "forbids nothing", id="no-ban"),
        pytest.param("Try not to drive.", "softens", id="advice"),
        pytest.param("Take 20 mg.", "gives a dose", id="a-dose"),
        pytest.param("An infusion takes 10 minutes.", "infusion_length is 40 minute to 1 hour", id="a-figure"),
        pytest.param("The first series is 3 infusions.", "series_count is 6 infusion", id="a-count"),
        pytest.param("It cures depression.", "weakens what is said of promises", id="a-promise"),
        pytest.param("There is no need to call 911.", "weakens what is said of help", id="help"),
    ],
)
def test_what_weakens_is_told(wordings: Wordings, text: str, what: str) -> None:
    found = list(wordings.faults(text))
    assert any(what in one for one in found), found


# Written by somebody who had not looked at the words of the floor.
@pytest.mark.parametrize(
    "text",
    [
        "You'll be safe on the road by tea time.",
        "Feel free to hop on your bike afterwards.",
        "Our patients tend to be back at the steering wheel within the afternoon.",
        "There's nothing to stop you driving if you pass our balance test.",
        "We trust you to know when to get into your car.",
        "Driving is discouraged, yet not ruled out.",
        "The no-driving rule is a formality.",
        "Only the elderly have to stay off the road.",
        "You may leave unescorted after your third infusion.",
        "Nobody will check whether you came with someone.",
        "We can sign you out without a chaperone if you insist.",
        "Your spouse does not need to be there.",
        "A couple of pints is no drama.",
        "Wine with dinner? Sure.",
        "Skip the fasting rules, they are old.",
        "No need to ring 999 for this.",
        "Wait for our opening hours if you have chest pains.",
        "Ketamine never causes dependence.",
        "Relief is for keeps.",
        "Take 3 tablets at home.",
        "Puedes manejar a las tres horas.",
        "Tómese una cerveza tranquilamente.",
        "Sus hijos pueden quedarse con usted a solas esa noche.",
        "Infusions here are over in a quarter of an hour.",
        "Doubling up your pills on the day helps.",
    ],
)
def test_ways_around_it_are_refused(wordings: Wordings, text: str) -> None:
    assert list(wordings.faults(text))


@pytest.mark.parametrize(
    "text",
    [
        "Our clinic is next to the bus station on Mill Road.",
        "We send you a text the day before your appointment.",
        "Please arrive fifteen minutes early.",
        "You can cancel up to 48 hours before your appointment without a fee.",
        "We take Visa, Mastercard and cash.",
        "Your escort must be over 18.",
        "Please do not drive yourself to your appointment; somebody has to take you home.",
        "Do not eat or drink anything for four hours before your infusion.",
        "You can have a sip of water until two hours before.",
        "If you take blood thinners, tell us before your first visit.",
        "We monitor your blood pressure during the infusion.",
        "Our nurse stays with you throughout.",
        "Snacks are waiting for you after your infusion.",
        "Children cannot wait in the clinic.",
        "You may work from home the next day if you feel rested.",
        "We do not prescribe ketamine for use at home.",
        "Call 911 in an emergency; call us for all else.",
        "We offer sessions on Saturdays, too.",
        "Please wear loose clothes.",
        "A follow-up call is made within two days.",
    ],
)
def test_what_clinics_say_is_left_alone(wordings: Wordings, text: str) -> None:
    assert list(wordings.faults(text)) == []


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        (None, "If you cannot wake somebody, let them sleep."),
        (None, "If he won't wake up, leave him to sleep."),
        (None, "Somebody who does not wake is only very tired, so no worries."),
        (None, "Snoring loudly and not waking is just the medicine working."),
        (None, "A teenager who drives does so at his parents' discretion."),
        (None, "A teenager who drives is welcome to come by car."),
        (None, "Seventeen-year-olds with a licence take themselves home."),
        (None, "Your son can take the wheel after an hour."),
        ("alcohol", "One or two never hurt anybody."),
        ("alcohol", "Toast the occasion, you earned it."),
        ("alcohol", "Our regulars enjoy a nightcap."),
        ("evening_alone", "Most of our patients live by themselves and manage nicely."),
        ("evening_alone", "It is no problem at all."),
        ("evening_alone", "Nobody has to sit with you."),
        ("food_before", "Have whatever you fancy beforehand."),
        ("food_before", "A bite of toast an hour before keeps you steady."),
        ("food_before", "Porridge at eight, infusion at nine."),
        ("pregnancy", "Go ahead and book."),
        ("pregnancy", "The baby will not notice."),
        ("suicidal_thoughts", "Take a deep breath and sleep on it."),
        ("suicidal_thoughts", "Write it in your diary and show us at the next session."),
        ("symptoms_worse", "It gets worse before it gets better, be patient."),
        ("side_effects_named", "A racing heart is nothing unusual; lie down and it settles."),
        ("companions", "Come solo if that is easier."),
        ("companions", "We look the other way if nobody collects you."),
        ("home_use", "A little at home between visits keeps the glow."),
        ("stopping_medication", "Drop the SSRI first."),
        ("interactions", "Benzos at breakfast are grand."),
        ("recovery_time", "You'll be fit for the road by tea."),
        ("recovery_time", "Drive-through coffee on your way home is our patients' favourite."),
        ("emergency_number", "Our receptionist is your first port of call, even in an emergency."),
        ("emergency_number", "Ambulances are expensive; try us first."),
        (None, "Conduzca con cuidado al salir."),
        (None, "Puede manejar despacio por calles tranquilas."),
        (None, "Si no se despierta, déjelo dormir."),
        (None, "Un vinito por la noche relaja."),
        (None, "Coma algo ligero antes de venir."),
        (None, "Vuelva a casa por su cuenta."),
        (None, "Los jóvenes con carnet pueden llevar el coche."),
        (None, "If you cannot wake somebody, don't panic."),
        (None, "If somebody cannot be woken, let them sleep."),
        (None, "The rule about a ride home is only there for insurance, do not worry about it."),
        (None, "An escort is a formality."),
        (None, "After one infusion you keep well for a whole year."),
        ("addiction", "You cannot get hooked on it, so relax."),
        ("illness_before", "A fever or a heart condition makes no difference, come anyway."),
    ],
)
def test_what_weakens_without_a_word_for_it_is_refused(wordings: Wordings, topic: str | None, text: str) -> None:
    assert list(wordings.faults(text, topic=topic))


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("evening_alone", "Do not be alone that evening; an adult has to stay with you."),
        ("alcohol", "Do not drink alcohol that day."),
        (None, "If you cannot wake somebody, call {emergency} at once."),
        (None, "If somebody does not wake, call {emergency} and do not let them sleep it off."),
        (None, "A teenager must not drive that day, licence or not."),
        (None, "The parent who drives you home signs at the desk."),
        (None, "A taxi alone is not enough; an adult has to ride with you."),
        ("food_before", "Nothing to eat for six hours before."),
        ("food_before", "Please fast from midnight. Sips of water are fine until two hours before."),
        ("companions", "The lounge has coffee and tea for your escort."),
        ("side_effects_named", "Nausea and dizziness are known; tell your nurse at once."),
        ("suicidal_thoughts", "You are not alone. Call {crisis} now, at any hour."),
        ("home_use", "We do not offer it."),
        ("stopping_medication", "Please keep taking everything as prescribed and bring a list."),
        ("pregnancy", "We need a pregnancy test before each series."),
        ("dose", "Your doctor sets it with you at each visit."),
        ("interactions", "Bring a list of all that you take. The doctor goes through it with you."),
        ("emergency_number", "Call {emergency}. Our own line is not staffed at night."),
        (None, "Parking is at the rear; leave the car in bay 4 and come in by the back door if you wait for somebody."),
        (None, "No conduzca hasta el día siguiente."),
        (None, "Venga en ayunas: no coma nada seis horas antes."),
        (None, "Un adulto tiene que acompañarle a casa."),
        (None, "We are closed on 24 December."),
        (None, "Our nurse rings you the next day to ask how you are."),
        (None, "Bring a blanket, an eye mask and your own music."),
        (None, "Wear short sleeves and comfortable clothes."),
        (None, "If you cannot wake the patient, call 911 at once."),
        (None, "If you have had a seizure, tell us before you book."),
        (None, "We do not treat people who have had a seizure in the last year."),
        (None, "Our crash trolley and oxygen are in the next room."),
        ("pregnancy", "We do not treat anybody who is or may be pregnant."),
        ("illness_before", "If you have a fever or a cold, call us before you come."),
        ("addiction", "Tell us about past addiction; we go through it with you before we book anything."),
        (None, "Dr Byrne is an addiction specialist."),
    ],
)
def test_what_is_honest_on_a_topic_is_left_alone(wordings: Wordings, topic: str | None, text: str) -> None:
    assert list(wordings.faults(text, topic=topic)) == []


def test_the_topics_of_acts_are_boundary_topics(wordings: Wordings) -> None:
    known = {row["id"] for row in yaml.safe_load((knowledge_folder() / "safety/boundaries.yaml").read_text("utf-8"))}
    named = {topic for act in wordings.acts for topic in act.topics}
    assert named
    assert named <= known


def test_a_longer_rule_needs_a_claim_of_its_own(wordings: Wordings) -> None:
    text = "Do not drive for 24 hours."
    assert "tightens: driving" in next(iter(wordings.faults(text)))
    assert list(wordings.faults(text, [DAY])) == []
    assert list(wordings.faults("Do not drive for 48 hours.", [DAY])) != []


def test_words_are_found_as_words_of_their_own() -> None:
    found = pattern_of(["can", "no need", "acompañ*"])
    assert [one.group() for one in found.finditer("can cancel can't no  need needless acompañante")] == [
        "can",
        "no  need",
        "acompañante",
    ]
