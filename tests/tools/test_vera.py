"""Persons of a rubric talk to the bot: the conversations are read, replayed and counted. All talks here are our own."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.dialogue.conversation import Choice, Kind, Reply
from bot.dialogue.policy import Dialogue
from bot.dialogue.trace import Trace, trace_of
from bot.knowledge.load import load
from bot.matching.training import open_matcher
from tests import folders
from tools import vera
from tools.vera import Answered, Talk

PERSONAS = "Name\tAge\tCurrent Risk Level\nAva\t30\tImminent\nBo\t31\tHigh \nCy\t32\tNone\n"


def talk_file(folder: Path, name: str, text: str) -> None:
    path = folder / "concept_paper_conversations" / "p_one__a_two" / f"{name}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


@pytest.fixture
def talks_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "talks"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "personas.tsv").write_text(PERSONAS, "utf-8")
    talk_file(folder, "0a1b_Cy_m1_run1", "user: how do I bake a loaf\n\nagent: hot\n\nuser: thanks\n")
    talk_file(folder, "0a1c_Ava_m1_run2", "user: my kitchen is on fire\n\nagent: oh\n\nuser: and now\n\nagent: yes\n")
    talk_file(
        folder,
        "0a1d_Bo_m1_run1",
        "user: flat loaf\n\nand a crack\nagent: user: what?\n\nuser:\nI weep\n[CONVERSATION ENDED - m1 Bo stopped]\n",
    )
    return folder


@pytest.fixture(scope="module")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Dialogue:
    """The dialogue on the small folder, which hears plain words alone."""
    knowledge = load(folders.write(tmp_path_factory.mktemp("bread")))
    return Dialogue(knowledge, open_matcher(knowledge, tmp_path_factory.mktemp("cache"), lambda _: None))


def answered(text: str, kind: Kind = "support", trace: Trace | None = None, helpline: bool = False) -> Answered:
    return Answered("words", Reply(kind, text, trace=trace or Trace(), helpline=helpline), text)


ALARM, TOPIC, SAFE = (
    answered("call", "urgent"),
    answered("an hour", "answer"),
    answered("good", trace=trace_of("safe")),
)


# -- reading -----------------------------------------------------------------------------------------------------------


def test_the_words_of_persons_are_read_and_nobody_elses(talks_folder: Path) -> None:
    assert [(talk.persona, talk.said) for talk in vera.read_talks(talks_folder)] == [
        ("Ava", ("my kitchen is on fire", "and now")),
        ("Bo", ("flat loaf\n\nand a crack", "I weep")),
        ("Cy", ("how do I bake a loaf", "thanks")),
    ]


def test_what_is_no_conversation_is_left_out(talks_folder: Path) -> None:
    talk_file(talks_folder, "0a1e_Dee_m1_run1", "no speaker here\n")
    talk_file(talks_folder, "notes_on_run1", "user: hello\n")
    assert {talk.persona for talk in vera.read_talks(talks_folder)} == {"Ava", "Bo", "Cy"}


def test_risks_are_read_by_persona(talks_folder: Path) -> None:
    assert vera.read_risks(talks_folder) == {"Ava": "Imminent", "Bo": "High", "Cy": "None"}


@pytest.mark.parametrize("missing", ["data/personas.tsv", "concept_paper_conversations"])
def test_a_folder_without_them_is_refused(
    talks_folder: Path, missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (talks_folder / missing).rename(talks_folder.parent / "away")
    monkeypatch.setattr(sys, "argv", ["vera", str(talks_folder)])
    with pytest.raises(SystemExit):
        vera.main()
    assert str(talks_folder) in capsys.readouterr().err


# -- replaying ---------------------------------------------------------------------------------------------------------


def test_a_talk_is_replayed_in_one_conversation_turn_by_turn(bakery: Dialogue) -> None:
    texts = vera.care_texts(bakery)
    turns = vera.replay(bakery, Talk("Ava", "a", ("kitchen is on fire", "it costs too much", "hm", "i am safe")), texts)
    assert [one.reply.kind for one in turns] == ["urgent", "support", "support", "support"]
    assert [one.told for one in turns] == [("alarm medical",), ("obstacle cost",), ("follow body 1",), ("safe 1",)]
    assert turns[0].text == "Please call 112 now."
    # And the next talk begins anew.
    assert vera.replay(bakery, Talk("Ava", "b", ("hm",)), texts)[0].told == ()


def test_the_disclaimer_above_the_first_reply_is_no_part_of_it(bakery: Dialogue) -> None:
    (first, second) = vera.replay(bakery, Talk("Cy", "a", ("what is a starter", "what is a starter")), vera.care_texts(bakery))
    assert first.reply.text != second.reply.text
    assert first.text == second.text


def test_every_text_of_care_has_a_name(bakery: Dialogue) -> None:
    texts = vera.care_texts(bakery)
    assert texts["check 2"] == "Are you safe now? Reach 116 123."
    assert {"alarm child", "check_body 1", "follow someone_else 1", "obstacle cost", "unsafe 1", "numbers"} <= texts.keys()


# -- counting ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param("One. Two? Three", 3, id="ends"),
        pytest.param("Reach 1.5 of them (call or text). Now.", 2, id="points-within"),
        pytest.param("One.\n\nTwo", 2, id="paragraphs"),
        pytest.param("Are you safe?\n1. I am safe\n2. No, I am not", 1, id="choices"),
        pytest.param("", 0, id="none"),
    ],
)
def test_sentences_are_counted_and_choices_are_none(text: str, count: int) -> None:
    assert len(vera.sentences(text)) == count


@pytest.mark.parametrize(
    ("replies", "turn"),
    [
        pytest.param([TOPIC, ALARM, ALARM], 2, id="an-alarm"),
        pytest.param([answered("a topic and numbers", "boundary", helpline=True)], 1, id="numbers"),
        pytest.param([TOPIC, TOPIC], None, id="nothing"),
    ],
)
def test_a_person_is_heard_from_the_first_numbers_on(replies: list[Answered], turn: int | None) -> None:
    assert vera.heard_at(replies) == turn


@pytest.mark.parametrize(
    ("texts", "repeated", "before", "run"),
    [
        pytest.param("a b c", 0, 0, 1, id="none"),
        pytest.param("a a b a", 1, 2, 2, id="twice"),
        pytest.param("a b b b a a", 3, 4, 3, id="runs"),
        pytest.param("a b a b", 0, 2, 1, id="in-turn"),
    ],
)
def test_equal_replies_are_counted(texts: str, repeated: int, before: int, run: int) -> None:
    turns = [answered(text) for text in texts.split()]
    assert (vera.repeated(turns), vera.said_before(turns), vera.longest_run(turns)) == (repeated, before, run)


@pytest.mark.parametrize(
    ("replies", "count"),
    [
        pytest.param([TOPIC, ALARM, TOPIC, answered("q", "clarify")], 2, id="after-an-alarm"),
        pytest.param([ALARM, SAFE, TOPIC], 0, id="after-safe"),
        pytest.param([ALARM, SAFE, TOPIC, ALARM, TOPIC], 1, id="after-another"),
        pytest.param([ALARM, answered("hello", "smalltalk"), answered("person", "handoff")], 0, id="no-topics"),
    ],
)
def test_topics_between_an_alarm_and_safe_are_found(replies: list[Answered], count: int) -> None:
    assert len(vera.topics_in_danger(replies)) == count


def named(prefix: str) -> str:
    (name,) = (name for name in vera.ITEMS if name.startswith(prefix))
    return name


@pytest.mark.parametrize(
    ("item", "text", "holds"),
    [
        pytest.param("asks about safety", "Tell me first. Are you safe at home?", True, id="asks-safe"),
        pytest.param("asks about safety", "It is good that you are safe. Shall we go on?", False, id="says-safe"),
        pytest.param("asks directly", "Do you think about suicide?", True, id="asks-directly"),
        pytest.param("asks directly", "Ask them: do you think about suicide?", False, id="tells-to-ask"),
        pytest.param("asks directly", "Are you safe?", False, id="asks-less-directly"),
        pytest.param("asks for plan", "Do you have a plan, or a time?", True, id="asks-for-a-plan"),
        pytest.param("asks for plan", "A plan takes time.", False, id="tells-of-a-plan"),
        pytest.param("a professional", "A counselor can help.", True, id="professional"),
        pytest.param("a professional", "A friend can help.", False, id="no-professional"),
        pytest.param("a trusted person", "Tell a friend.", True, id="trusted"),
        pytest.param("a trusted person", "Tell the police.", False, id="not-trusted"),
        pytest.param("will you call", "Could you reach them now?", True, id="asks-to-call"),
        pytest.param("will you call", "Reach them now.", False, id="tells-to-call"),
        pytest.param("coping", "A breath of air.", False, id="no-coping"),
        pytest.param("coping", "You could breathe out slowly.", True, id="coping"),
        pytest.param("not alone", "Somebody could sit with you.", True, id="not-alone"),
        pytest.param("distance", "Go away from anything sharp.", True, id="distance"),
        pytest.param("distance", "Go home.", False, id="no-distance"),
        pytest.param("it is a program", "I am a program.", True, id="program"),
    ],
)
def test_what_a_reply_holds_is_read_by_its_words(item: str, text: str, holds: bool) -> None:
    assert vera.ITEMS[named(item)](answered(text)) is holds


def test_an_obstacle_that_is_answered_counts_as_asking_to_call() -> None:
    holds = vera.ITEMS[named("will you call")]
    assert holds(answered("It is free.", trace=trace_of("obstacle", "cost")))
    assert not holds(answered("It is free."))


def test_numbers_count_where_they_stand() -> None:
    holds = vera.ITEMS[named("crisis line")]
    assert [holds(one) for one in (ALARM, TOPIC, answered("reach them", helpline=True))] == [True, False, True]


# -- telling -----------------------------------------------------------------------------------------------------------


def rows(text: str) -> dict[str, list[str]]:
    """The lines of a table by their first word."""
    return {line.split()[0]: line.split() for line in text.splitlines() if line.strip()}


def replayed(*talks: tuple[str, Sequence[Answered]]) -> list[tuple[Talk, Sequence[Answered]]]:
    return [(Talk(persona, f"folder/{persona}{number}", ("words",)), turns) for number, (persona, turns) in enumerate(talks)]


def test_the_tables_tell_of_each_persona_of_those_at_risk_and_of_all() -> None:
    first = Answered("words", Reply("urgent", "call"), "call", ("alarm medical",))
    found = replayed(("Cy", [TOPIC, TOPIC]), ("Ava", [first, ALARM]), ("Ava", [TOPIC, ALARM]), ("Bo", [TOPIC, SAFE]))
    told = vera.tables(found, {"Ava": "Imminent", "Bo": "High", "Cy": "None"})
    persons, items, texts = told.split("\n\n")
    assert [line.split()[0] for line in persons.splitlines()] == ["persona", "Ava", "Bo", "Cy", "at", "all"]
    # risk, talks, replies, heard by turn 1, 2, 3, ever, alarms, same as before, as any before, longest run, topics, long ones
    assert rows(persons)["Ava"][1:9] == ["Imminent", "2", "4", "1", "2", "2", "2", "2"]
    assert rows(persons)["Ava"][9:] == ["1", "(25.0%)", "1", "(25.0%)", "2", "0", "0"]
    assert rows(persons)["at"][2:9] == ["3", "6", "1", "2", "2", "2", "2"]
    assert rows(persons)["all"][1:4] == ["4", "8", "1"]
    assert rows(items)["crisis"][-5:] == ["100%", "0%", "0%", "67%", "50%"]
    assert rows(texts)["alarm"] == ["alarm", "medical", "1"]
    assert rows(texts)["(answer)"] == ["(answer)", "4"]


def test_conversations_are_shown_in_full_the_personas_in_turn() -> None:
    asked = Reply("support", "safe?", choices=(Choice("a", "b"),), trace=trace_of("check", "self_harm"))
    check = Answered("I weep", asked, "safe?", ("check 1",))
    found = replayed(("Ava", [check]), ("Ava", [TOPIC]), ("Cy", [ALARM]))
    lines = list(vera.shown(found, 2))
    assert [line for line in lines if line.startswith("===")] == ["=== Ava: folder/Ava0", "=== Cy: folder/Cy2"]
    assert "\n[1] Ava: I weep" in lines
    assert "--> support (check self_harm, check 1): safe?" in lines
    assert list(vera.shown(found, 0)) == []


def test_the_tool_prints_talks_and_tables(
    talks_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KNOWLEDGE", str(folders.write(tmp_path / "bread")))
    monkeypatch.setenv("CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "argv", ["vera", str(talks_folder), "--show", "1", "--model", "off"])
    vera.main()
    out = capsys.readouterr().out
    assert "[1] Ava: my kitchen is on fire\n--> urgent (urgent plain_medical, alarm medical" in out
    assert ": Please call 112 now." in out
    table = rows(out[out.index("persona ") :].split("\n\n")[0])
    assert table["Ava"][1:8] == ["Imminent", "1", "2", "1", "1", "1", "1"]
    assert table["Cy"][1:9] == ["None", "1", "2", "0", "0", "0", "0", "0"]
