"""Replies put together: order, what is shown with what, and that every topic makes a whole reply."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from bot.app.paths import knowledge_folder
from bot.dialogue.conversation import Kind, Reply
from bot.dialogue.replies import FALLBACKS, Composer
from bot.dialogue.trace import RankedTopic, Trace
from bot.knowledge import load as loader

if TYPE_CHECKING:
    from bot.knowledge.model import Knowledge

SLOT = re.compile(r"\{[a-z_]*\}?")
LONGEST = 700


@pytest.fixture(scope="module")
def composer(knowledge: Knowledge) -> Composer:
    return Composer(knowledge)


@pytest.fixture(scope="module", params=["default", "example", "example_folder"])
def either(request: pytest.FixtureRequest) -> Knowledge:
    """The knowledge as each shipped clinic has it."""
    return loader.load(knowledge_folder(), request.param)


def _without_source(knowledge: Knowledge, text: str) -> str:
    mark = knowledge.messages["source"].split("{")[0].strip()
    return "\n\n".join(part for part in text.split("\n\n") if not part.startswith(mark))


@pytest.mark.parametrize("detail", [False, True], ids=["short", "detail"])
def test_every_topic_makes_a_whole_and_short_reply(either: Knowledge, detail: bool) -> None:
    composer, faults = Composer(either), []
    for topic in either.topics:
        reply = composer.topics([(topic.id, 1.0)], Trace(), detail)
        body = _without_source(either, reply.text)
        if SLOT.search(reply.text):
            faults.append(f"{topic.id}: a slot is left")
        if len(body) >= LONGEST:
            faults.append(f"{topic.id}: {len(body)} characters")
        if set(reply.safety) & set(reply.claims) or len(set(reply.claims)) != len(reply.claims):
            faults.append(f"{topic.id}: a claim is told twice")
        if any(composer.figured(either.claims[id].statement) not in body for id in reply.safety):
            faults.append(f"{topic.id}: a safety claim is not shown")
        if (body == reply.text) is bool(reply.sources):
            faults.append(f"{topic.id}: places without a source line, or the other way round")
    assert not faults


def test_no_sentence_of_the_bot_keeps_a_slot(either: Knowledge) -> None:
    composer = Composer(either)
    own = [composer.say("disclaimer"), composer.handoff_text(), composer.say("helpline"), composer.say("help_now")]
    own += [composer.figured(talk.reply) for talk in either.smalltalk]
    care = either.care
    own += [composer.figured_in(language, text) for language, some in care.alarm.items() for text in some.values()]
    own += [composer.figured_in(language, text) for language, some in care.also.items() for text in some.values()]
    own += [composer.figured(text) for some in care.follow.values() for text in some]
    own += [composer.figured(text) for text in (*care.check, *care.check_body, *care.despair, *care.today, care.numbers)]
    own += [composer.figured(text) for text in (*care.safe, *care.unsafe, *(one.text for one in care.obstacles))]
    own += [composer.figured_in(one.tag, f"{one.help} {one.urgent} {one.medical}") for one in either.languages]
    assert not [text for text in own if SLOT.search(text)]


def test_answer_first_then_safety_related_and_source(composer: Composer, knowledge: Knowledge) -> None:
    reply = composer.topics([("infusion_length", 1.0)], Trace())
    entry = knowledge.entries["infusion_length"]
    marks = [
        composer.figured(entry.answer),
        composer.figured(knowledge.claims["driving"].statement),
        knowledge.entries[entry.related[0]].question,
        knowledge.documents[0].title,
    ]
    places = [reply.text.index(mark) for mark in marks]
    assert places == sorted(places)
    assert places[0] == 0
    assert knowledge.documents[0].link in reply.text


def test_places_of_one_section_are_named_once_and_in_order(composer: Composer, knowledge: Knowledge) -> None:
    reply = composer.topics([("psychoactive_wear_off", 1.0), ("infusion_length", 1.0)], Trace())
    title = knowledge.documents[0].section("acute").title
    assert reply.text.count(title) == 1
    assert re.search(r"1, 2\b", reply.text)


def test_safety_is_not_repeated_where_another_part_says_it(composer: Composer, knowledge: Knowledge) -> None:
    reply = composer.topics([("infusion_length", 1.0), ("driving", 0.9)], Trace())
    assert reply.safety == ()
    assert reply.claims == ("infusion_length", "monitoring", "driving", "ride_home")
    assert composer.figured(knowledge.claims["driving"].statement) not in reply.text


def test_an_answer_stands_before_what_is_not_covered(composer: Composer, knowledge: Knowledge) -> None:
    reply = composer.topics([("cost", 0.9), ("infusion_length", 0.8)], Trace())
    assert (reply.kind, reply.boundary, reply.confidence) == ("answer", "cost", 0.9)
    assert [part.entry or part.boundary for part in reply.parts] == ["infusion_length", "cost"]
    assert reply.text.index("minutes") < reply.text.index(composer.figured(knowledge.boundaries["cost"].reply))


def test_a_boundary_has_no_claims_and_yet_its_safety(composer: Composer) -> None:
    reply = composer.topics([("work_exercise", 1.0)], Trace())
    assert (reply.kind, reply.claims, reply.safety) == ("boundary", (), ("driving",))


def test_at_most_three_choices_numbered_as_they_are_read(composer: Composer, knowledge: Knowledge) -> None:
    ids = ["onset", "driving", "cost", "age"]
    reply = composer.clarify(ids, 0.4, Trace())
    assert [choice.id for choice in reply.choices] == ids[:3]
    assert [choice.claims for choice in reply.choices] == [("onset",), ("driving", "ride_home"), ()]
    assert all(f"{n}. {choice.label}" in reply.text for n, choice in enumerate(reply.choices, start=1))
    assert knowledge.entries["age"].question not in reply.text


@pytest.mark.parametrize(
    ("misses", "nearest", "person"),
    [(1, ["onset"], False), (2, ["onset"], True), (1, [], True), (3, ["onset"], False), (9, [], False)],
    ids=["first miss", "second miss", "nothing near", "third miss", "ninth miss"],
)
def test_a_fallback_names_the_nearest_and_after_the_second_a_person(
    misses: int, nearest: list[str], person: bool, composer: Composer
) -> None:
    reply = composer.fallback(nearest, misses, 0.1, Trace())
    assert (composer.handoff_text() in reply.text) is person
    assert [choice.id for choice in reply.related] == nearest
    assert not reply.claims


def test_no_two_fallbacks_in_a_row_are_the_same(composer: Composer) -> None:
    told = [composer.fallback([], misses, 0.1, Trace()).text for misses in range(1, 12)]
    assert all(one != other for one, other in pairwise(told))
    assert len(set(told)) == len(FALLBACKS) + 1  # the second miss comes without and, a round later, with no way to a person


@pytest.mark.parametrize(
    ("language", "crisis", "told"),
    [
        ("en", "988 (call or text)", "988 (call or text)"),
        ("es", "988 (call or text)", "988 (oprima 2)"),
        ("de", "988 (call or text)", "988"),
        ("de", "116 123 (call), or text SHOUT to 85258", "116 123"),
    ],
)
def test_how_a_line_is_reached_is_told_in_its_language_or_not_at_all(
    knowledge: Knowledge, language: str, crisis: str, told: str
) -> None:
    composer = Composer(replace(knowledge, clinic=replace(knowledge.clinic, crisis=crisis, crisis_spanish="988 (oprima 2)")))
    assert composer.figured_in(language, "{crisis}.") == f"{told}."


@pytest.mark.parametrize(
    ("language", "line", "told"),
    [
        ("en", "112 or 999", "112 or 999"),
        ("es", "112 or 999", "112 o 999"),
        ("es", "112, or 999 (from a mobile)", "112 o 999"),
        ("de", "112/999", "112 oder 999"),
        ("ru", "112, 999 or 1-800-222-1222", "112 или 999 или 1-800-222-1222"),
        ("zh", "112 or 999", "112 / 999"),
        ("es", "116 123 (call)", "116 123"),
        ("es", "0800 70 50 10 (call) or text 50808", "0800 70 50 10"),
        ("es", "the duty doctor", "the duty doctor"),
    ],
)
@pytest.mark.parametrize("name", ["emergency", "poison", "violence", "child", "crisis"])
def test_numbers_stand_in_a_text_without_words_of_another_language(
    knowledge: Knowledge, name: str, language: str, line: str, told: str
) -> None:
    lines: dict[str, Any] = {name: line, "crisis_spanish": line}
    clinic = replace(knowledge.clinic, **lines)
    composer = Composer(replace(knowledge, clinic=clinic))
    assert composer.figured_in(language, f"{{{name}}}!") == f"{told}!"


def test_a_contact_that_a_clinic_did_not_give_leaves_no_gap(knowledge: Knowledge) -> None:
    composer = Composer(replace(knowledge, clinic=replace(knowledge.clinic, contact=None)))
    assert composer.figured("Ask them. {contact} Go on. {contact}") == "Ask them. Go on."


def test_clinic_says_its_own_where_it_has_something_to_say(knowledge: Knowledge) -> None:
    example = loader.load(knowledge_folder(), "example")
    composer = Composer(example)
    booking = composer.topics([("booking", 1.0)], Trace())
    assert "To book, move or cancel" in booking.text
    assert "555 0100" in booking.text
    assert "555 0100" in composer.handoff_text()
    assert composer.topics([("ride_home", 1.0)], Trace()).safety == ("after_effects",)
    assert Composer(knowledge).topics([("ride_home", 1.0)], Trace()).safety == ()
    assert example.version != knowledge.version


# -- how a reply came about -----------------------------------------------------------------------------------------

LENGTH, COST = "“How long does an infusion take?”", "cost"


@pytest.mark.parametrize(
    ("share", "words"),
    [(1.0, "sure"), ("sure", "sure"), ("below sure", "fairly sure"), ("answer", "fairly sure"), ("below answer", "not sure")],
)
def test_why_tells_in_words_how_sure(composer: Composer, knowledge: Knowledge, share: float | str, words: str) -> None:
    least = knowledge.calibration
    sure = min(least.sure, 0.9)
    figures = {"sure": sure, "below sure": sure - 0.001, "answer": least.answer, "below answer": least.answer - 0.001}
    confidence = share if isinstance(share, float) else figures[share]
    said = composer.explained(composer.topics([("infusion_length", confidence)], Trace()))
    assert said.startswith(
        f"I took your question to be {LENGTH}, and I am {words} of that; my answer comes from my source, under “"
    )


def test_why_of_one_answer_names_the_question_the_place_and_the_source(composer: Composer, knowledge: Knowledge) -> None:
    reply = composer.topics([("infusion_length", 1.0)], Trace())
    sentence, source = composer.explained(reply).split("\n\n")
    titles = {knowledge.documents[0].section(place.section).title for place in reply.sources}
    assert all(f"“{title}”" in sentence for title in titles)
    assert [source] == composer.source_lines(reply.sources)


def test_why_of_several_answers_is_as_sure_as_of_the_least_sure(composer: Composer, knowledge: Knowledge) -> None:
    said = composer.explained(composer.topics([("infusion_length", 1.0), (COST, knowledge.calibration.answer)], Trace()))
    cost = knowledge.boundaries[COST].question
    assert said.startswith(
        f"I heard more than one question, {LENGTH} and “{cost}”, and I am fairly sure of that; what I answered"
    )


@pytest.mark.parametrize(("ids", "rest"), [([COST], "answer it."), ([COST, "insurance"], "answer them.")], ids=["one", "two"])
def test_why_of_what_the_source_does_not_answer(composer: Composer, ids: list[str], rest: str) -> None:
    said = composer.explained(composer.topics([(id, 1.0) for id in ids], Trace()))
    assert said.endswith(f"my source does not {rest}")


def _kept(kind: Kind, trace: Trace | None = None) -> Reply:
    return Reply(kind, "", trace=trace or Trace())


@pytest.mark.parametrize(
    ("reply", "key"),
    [
        (_kept("clarify"), "why_clarify"),
        (_kept("fallback", Trace(questions=((RankedTopic("onset", 0.1),),))), "why_fallback"),
        (_kept("fallback"), "why_no_question"),
        (_kept("answer"), "why_no_question"),
        (_kept("urgent"), "why_urgent"),
        (_kept("support"), "why_urgent"),
        (_kept("timeline"), "why_timeline_asked"),
        (_kept("smalltalk"), "why_smalltalk"),
        (_kept("handoff"), "why_handoff"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.kind,
)
def test_why_has_a_sentence_for_each_kind_of_reply(composer: Composer, reply: Reply, key: str) -> None:
    assert composer.explained(reply) == composer.say(key)


def test_why_of_clock_times_names_what_they_rest_on(composer: Composer, knowledge: Knowledge) -> None:
    said = composer.explained(composer.timeline("", ("psychoactive_wear_off", "driving"), Trace()))
    title = knowledge.documents[0].section(knowledge.claims["driving"].place.section).title
    assert said.startswith(f"I worked out the times from when your infusion ended, and from my source, under “{title}”.")


def test_why_tells_no_figures_and_no_ids(either: Knowledge) -> None:
    composer = Composer(either)
    for topic in either.topics:
        sentence = composer.explained(composer.topics([(topic.id, 0.7)], Trace())).split("\n\n")[0]
        rest = sentence.replace(topic.question, "")
        assert not re.search(r"[0-9_{}]", rest), sentence


def test_why_of_what_is_no_more_in_the_knowledge_is_an_error(composer: Composer) -> None:
    reply = composer.topics([("infusion_length", 1.0)], Trace())
    with pytest.raises(KeyError):
        composer.explained(replace(reply, parts=(replace(reply.parts[0], entry="gone"),)))
    with pytest.raises(KeyError):
        composer.explained(replace(reply, sources=(replace(reply.sources[0], section="gone"),)))


@pytest.fixture(scope="module")
def strict() -> Knowledge:
    """The knowledge of a clinic that rules out driving for longer than the article."""
    return loader.load(knowledge_folder(), "example_folder")


@pytest.mark.parametrize("topic", ["driving", "driving_later", "driving_now", "ride_home", "driver"])
def test_a_clinics_stricter_rule_stands_above_the_answer_with_its_own_source(strict: Knowledge, topic: str) -> None:
    composer = Composer(strict)
    reply = composer.topics([(topic, 1.0)], Trace())
    rule = composer.figured(strict.claims["no_driving_24_hours"].statement)
    assert "24 hours" in rule
    assert reply.text.startswith(composer.say("stricter", claims=rule))
    assert (reply.text.count(rule), reply.safety[0]) == (1, "no_driving_24_hours")
    assert "Patient policy, 1 October 2026" in reply.text
    assert strict.claims["no_driving_24_hours"].place in reply.sources


@pytest.mark.parametrize("topic", ["half_life", "work_exercise", "next_day"])
def test_it_stands_before_the_safety_claim_that_it_makes_stricter(strict: Knowledge, topic: str) -> None:
    composer = Composer(strict)
    reply = composer.topics([(topic, 1.0)], Trace())
    own, base = (composer.figured(strict.claims[id].statement) for id in ("no_driving_24_hours", "driving"))
    assert -1 < reply.text.index(own) < reply.text.index(base)
    assert reply.safety[:2] == ("no_driving_24_hours", "driving")


def test_a_text_of_the_clinics_own_names_its_own_document(strict: Knowledge) -> None:
    reply = Composer(strict).topics([("cost", 1.0)], Trace())
    assert "Source: Price list 2026, section “Prices”, paragraph 1." in reply.text
    assert reply.text.rstrip() == reply.text
