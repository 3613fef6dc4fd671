"""Acts of a conversation, questions of ours and strangers are told apart by what was learned of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge.load import load
from bot.knowledge.model import Knowledge
from bot.matching import acts
from bot.matching.acts import ActReader
from tests import folders

STRANGERS = [f"how long does {what} last" for what in ("a flight", "the film", "winter", "a battery", "measles", "the match")] + [
    f"what are the symptoms of {what}" for what in ("gout", "mumps", "rickets", "croup", "asthma", "lupus")
]


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    folder = folders.write(tmp_path_factory.mktemp("bread"))
    (folder / "strangers").mkdir()
    (folder / "strangers" / "some.txt").write_text("\n".join(STRANGERS) + "\n", "utf-8")
    return load(folder)


@pytest.fixture(scope="module")
def reader(knowledge: Knowledge) -> ActReader:
    examples = acts.examples_of(knowledge)
    count = len(knowledge.smalltalk) + 2
    return ActReader([talk.id for talk in knowledge.smalltalk], acts.learn(examples, count))


def test_every_phrase_and_message_of_a_folder_is_an_example(knowledge: Knowledge) -> None:
    phrases = sum(len(talk.phrases) for talk in knowledge.smalltalk) + sum(1 + len(t.phrases) for t in knowledge.topics)
    examples = acts.examples_of(knowledge)
    assert len(examples) == phrases + len(STRANGERS)
    assert examples[-1] == (STRANGERS[-1], len(knowledge.smalltalk) + 1)


@pytest.mark.parametrize("text", ["how long is bread baked", "how often is a starter fed"])
def test_a_question_of_ours_is_told_from_others_in_the_same_frame(text: str, reader: ActReader) -> None:
    assert reader.read(text).ours > 0 > reader.read("how long does a flight last").ours


def test_an_act_has_the_greatest_share_of_the_acts(reader: ActReader) -> None:
    gist = reader.read("talk to a baker")
    assert gist.act == "person"
    assert gist.share > reader.read("how long does a loaf bake").share


@pytest.mark.parametrize("text", ["", "???", "\ufdfa" * 3, "x" * 50_000])
def test_any_text_is_read(text: str, reader: ActReader) -> None:
    gist = reader.read(text)
    assert 0 <= gist.share <= 1
    assert -8 <= gist.ours <= 8


def test_topics_that_are_outside_the_subject_are_strangers(tmp_path: Path) -> None:
    text = folders.files()["safety/boundaries.yaml"]
    first = next(line for line in text.splitlines() if line.startswith("  question:"))
    knowledge = load(folders.write(tmp_path, boundaries=text.replace(first, f'{first}\n  outside: "true"', 1)))
    outside = next(one for one in knowledge.boundaries.values() if one.outside)
    classes = dict(acts.examples_of(knowledge))
    assert classes[outside.question] == len(knowledge.smalltalk) + 1


def test_what_is_learned_more_is_known_and_changes_little_else(knowledge: Knowledge, reader: ActReader) -> None:
    before = acts.examples_of(knowledge)
    count = len(knowledge.smalltalk) + 2
    new = ("is there a zebra in the oven", count - 2)
    model = acts.learn_more(reader.model, before, [*before, new], count)
    more, anew = ActReader(reader.ids, model), ActReader(reader.ids, acts.learn([*before, new], count))
    assert more.read(new[0]).ours > reader.read(new[0]).ours
    for text in (*STRANGERS, "how long do i bake it"):
        assert more.read(text).ours == pytest.approx(anew.read(text).ours, abs=0.6)
    assert acts.learn_more(reader.model, before, before[:-1], count) is reader.model, "nothing is unlearned"
