"""Labelled questions on the command line: scored, calibrated on, and what has moved between two folders."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bot.app.commands.labelled import UsageError, read_questions
from bot.knowledge.build import DEFAULT_CALIBRATION, DEFAULT_WITH_MEANING
from bot.knowledge.load import load
from tests import folders
from tests.app.commands.conftest import QUESTIONS, Said, text_of, write_questions
from tests.fakes.encoder import install

# -- labelled questions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        pytest.param('{"q": "a", "label": "b"}\n{"q": "a"', ":2", "not a labelled question", id="broken-json"),
        pytest.param('{"q": "a"}', ":1", "'label'", id="no-label"),
        pytest.param('{"label": "a"}', ":1", "'q'", id="no-question"),
        pytest.param('["q", "label"]', ":1", "not a labelled question", id="a-list"),
        pytest.param("7", ":1", "not a labelled question", id="a-number"),
        pytest.param("null", ":1", "not a labelled question", id="null"),
        pytest.param('{"q": 7, "label": "a"}', ":1", "must be text", id="a-question-that-is-no-text"),
        pytest.param('{"q": "a", "label": null}', ":1", "must be text", id="a-label-that-is-no-text"),
        pytest.param('{"q": "a", "label": "b", "also": [1]}', ":1", "must be text", id="also-of-numbers"),
        pytest.param('{"q": "a", "label": "b", "also": "out"}', ":1", "also must be a list", id="also-that-is-no-list"),
        pytest.param('{"q": "a", "label": "b", "also": {"c": 1}}', ":1", "also must be a list", id="also-that-is-a-mapping"),
        pytest.param('{"q": "a", "label": "b", "also": null}', ":1", "not a labelled question", id="also-that-is-null"),
        pytest.param('{"q": "a", "label": "b", "style": 3}', ":1", "must be text", id="a-style-that-is-no-text"),
        pytest.param('{"q": "a", "label": "b", "kind": ["c"]}', ":1", "must be text", id="a-kind-that-is-no-text"),
        pytest.param("\n  \n", "", "there is no question in it", id="empty"),
        pytest.param(b"\xff\xfe", "", "not UTF-8", id="not-text"),
        pytest.param(None, "", "No such file", id="missing"),
    ],
)
@pytest.mark.parametrize(
    "command", [["score"], ["calibrate"], ["diff", "OLD", "OLD", "--questions"]], ids=lambda command: str(command[0])
)
def test_questions_that_cannot_be_read_are_refused(
    kb: Said, folder: Path, tmp_path: Path, text: str | bytes | None, where: str, what: str, command: list[str]
) -> None:
    path = tmp_path / "q.jsonl"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    code, out, err = kb(*[folder if word == "OLD" else word for word in command], path)
    assert (code, out) == (2, "")
    message = next(line for line in err.splitlines() if str(path) in line)
    assert message.startswith(f"{path}{where}: ")
    assert what in message
    assert "Traceback" not in err


def test_a_folder_in_the_place_of_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Is a directory"):
        read_questions(tmp_path)


def test_questions_are_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(
        '{"q": "one\u2028line\u0085", "label": "a", "also": ["b", "out"], "style": "s", "kind": "k", "more": 1}\r\n\n'
        '{"q": "", "label": "out"}',
        "utf-8",
    )
    first, second = read_questions(path)
    assert (first.q, first.label, first.also, first.style, first.sort) == ("one\u2028line\u0085", "a", ("b", "out"), "s", "k")
    assert (second.q, second.also, second.style, second.sort) == ("", (), "", "")


# -- scoring -----------------------------------------------------------------------------------------------------------


def test_score_prints_counts_shares_styles_and_the_worst(kb: Said, questions: Path) -> None:
    code, out, _ = kb("score", questions)
    assert code == 0
    assert out.startswith("questions.jsonl: 7 questions (thresholds were not chosen on these questions)\n")
    assert "  answerable: questions 3, right 2 (66.7%), offered 0 (0.0%), wrong 1 (33.3%)" in out
    assert "  urgent: questions 1, heard 1 (100.0%), numbers 0 (0.0%), missed 0 (0.0%), heard or numbers 100.0%\n" in out
    assert "  messy:\n    answerable: questions 1, right 1 (100.0%)" in out
    worst = out.split("worst first:\n")[1].splitlines()
    assert re.match(r"    wrong +0\.\d\d  'feeding schedule' wanted what_is, got answer: feeding_interval, flour", worst[0])


def test_score_as_json_gives_the_same_figures(kb: Said, questions: Path) -> None:
    code, out, _ = kb("score", "--json", questions)
    told = json.loads(out)["questions.jsonl"]
    assert code == 0
    assert told["how"] == "thresholds were not chosen on these questions"
    assert (told["answerable"]["right"], told["answerable"]["wrong"], told["answerable"]["questions"]) == (2, 1, 3)
    assert (
        told["out"]["questions"]
        == told["out"]["refused rightly"] + told["out"]["asked back"] + told["out"]["answered wrongly"]
        == 3
    )
    assert told["urgent"]["heard share"] == 1
    assert set(told["by style"]) == {"plain", "messy"}
    assert sum(by["all"]["questions"] for by in told["by style"].values()) == told["all"]["questions"] == 7


CONVERSATIONS = [
    {"id": "one", "turns": [["how long in the oven for a loaf", ["baking_time"]], ["whats sourdough made of", ["what_is"]]]},
    {"id": "two", "turns": [["what does rye flour cost", ["answer"]]], "now": "2026-12-01T15:00"},
]


def test_score_of_conversations_counts_turns_and_whole_ones(kb: Said, tmp_path: Path) -> None:
    path = tmp_path / "talks.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in CONVERSATIONS), "utf-8")
    code, out, _ = kb("score", path)
    first, wrong = out.splitlines()
    assert code == 0
    assert first == "talks.jsonl: turns right 2 of 3 (66.7%), whole conversations 1 of 2 (50.0%)"
    assert wrong.strip() == "'what does rye flour cost' wanted answer, got boundary: price"
    told = json.loads(kb("score", "--json", path)[1])["talks.jsonl"]
    assert (told["turns right"], told["whole right"]) == (2, 1)


def test_a_broken_conversation_is_refused_with_its_line(kb: Said, tmp_path: Path) -> None:
    path = tmp_path / "talks.jsonl"
    path.write_text(json.dumps(CONVERSATIONS[0]) + '\n{"id": "two", "turns": [["no labels"]]}\n', "utf-8")
    code, out, err = kb("score", path)
    assert (code, out) == (2, "")
    assert f"{path}:2: not a labelled conversation" in err


MESSAGES = [
    {"q": "the kitchen is on fire", "label": "urgent", "kind": "medical_now", "style": "short"},
    {"q": "kitchen is on fire, i will end it", "label": "urgent", "kind": "self_plain", "style": "short"},
    {"q": "the stove is burning down my house", "label": "urgent", "kind": "medical_now", "style": "long"},
    {"q": "kitchen is on fire said the radio", "label": "calm", "kind": "story", "style": "long"},
    {"q": "die küche brennt", "label": "numbers", "kind": "despair", "style": "foreign"},
    {"q": "my loaf weeps", "label": "numbers", "kind": "despair", "style": "short"},
    {"q": "how do i feed it", "label": "calm", "kind": "question", "style": "short"},
    {"q": "yeast in my eye", "label": "today", "kind": "call_today", "style": "short"},
]


def test_score_of_danger_tells_what_was_heard_by_kind_and_what_went_wrong_worst_first(kb: Said, tmp_path: Path) -> None:
    code, out, _ = kb("score", write_questions(tmp_path / "danger.jsonl", MESSAGES))
    assert code == 0
    heading, worst = out.split("  worst first:\n")
    assert (
        "  urgent: questions 3, heard 2 (66.7%), numbers 0 (0.0%), missed 1 (33.3%), alarms of a named kind 2, "
        "heard or numbers 66.7%, kind right 50.0%\n" in heading
    )
    assert "  numbers: questions 2, told 0 (0.0%), alarm 1 (50.0%), missed 1 (50.0%), told or alarm 50.0%\n" in heading
    assert "  calm: questions 2, left calm 1 (50.0%), today 0 (0.0%), numbers 0 (0.0%), false alarm 1 (50.0%)\n" in heading
    assert "  story:\n    calm: questions 1, left calm 0 (0.0%)" in heading
    assert [line.split("'")[1].split(",")[0] for line in worst.splitlines()] == [
        "the stove is burning down my house",  # nobody heard it
        "kitchen is on fire said the radio",  # a false alarm
        "my loaf weeps",  # no numbers
        "kitchen is on fire",  # the wrong kind
        "yeast in my eye",
        "die küche brennt",  # an alarm, where numbers would do
    ]
    assert "wanted urgent (self_plain), got urgent: plain_medical" in worst


def test_score_of_danger_as_json_is_by_kind_too(kb: Said, tmp_path: Path) -> None:
    told = json.loads(kb("score", "--json", write_questions(tmp_path / "danger.jsonl", MESSAGES))[1])["danger.jsonl"]
    assert set(told["by kind"]) == {"medical_now", "self_plain", "story", "despair", "question", "call_today"}
    assert told["by kind"]["medical_now"]["urgent"]["kind right share"] == 1
    assert told["by style"]["foreign"]["numbers"]["alarm"] == 1
    assert told["all"]["alarms"] == 4


def test_what_messages_need_is_nothing_to_choose_thresholds_on(kb: Said, questions: Path, tmp_path: Path) -> None:
    def figures_of(*files: Path) -> list[str]:
        return [line for line in _without_comments(kb("calibrate", "--dry-run", *files)[1]) if "Chosen on" not in line][:20]

    assert figures_of(questions, write_questions(tmp_path / "danger.jsonl", MESSAGES)) == figures_of(questions)


def test_score_of_files_of_the_same_name_tells_both(kb: Said, questions: Path, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    other = write_questions(tmp_path / "more" / "questions.jsonl", QUESTIONS[:1])
    told = json.loads(kb("score", "--json", questions, other)[1])
    assert {name: figures["all"]["questions"] for name, figures in told.items()} == {str(questions): 7, str(other): 1}


def test_score_lists_the_worst_or_all(kb: Said, tmp_path: Path) -> None:
    many = write_questions(tmp_path / "many.jsonl", [{"q": f"who won the cup {i}", "label": "what_is"} for i in range(60)])
    short, long = (kb("score", *flags, many)[1].split("worst first:\n")[1].splitlines() for flags in ([], ["--all"]))
    assert (len(short), len(long)) == (40, 60)


def test_score_is_out_of_fold_where_the_thresholds_were_chosen_on_the_same_file(
    kb: Said, questions: Path, tmp_path: Path
) -> None:
    assert kb("calibrate", questions)[0] == 0
    out = kb("score", questions)[1]
    assert out.startswith(
        "questions.jsonl: 7 questions (out-of-fold: for each fifth the thresholds were chosen on the other 4 fifths alone)\n"
    )
    other = write_questions(tmp_path / "other.jsonl", QUESTIONS[:3])
    assert kb("score", other)[1].startswith("other.jsonl: 3 questions (thresholds were not chosen on these questions)\n")


def test_score_of_a_single_question_that_the_thresholds_were_chosen_on(kb: Said, tmp_path: Path) -> None:
    single = write_questions(tmp_path / "single.jsonl", QUESTIONS[:1])
    assert kb("calibrate", single)[0] == 0
    code, out, _ = kb("score", single)
    assert code == 0
    assert "out-of-fold" in out


def test_score_of_the_matcher_alone(kb: Said, tmp_path: Path) -> None:
    train = write_questions(tmp_path / "train.jsonl", [{"q": q, "label": label} for q, label in [
        ("play some music", "music"), ("put on a song", "music"), ("will it rain", "weather"), ("what is the weather", "weather"),
    ]])  # fmt: skip
    test = write_questions(tmp_path / "test.jsonl", [{"q": q, "label": label} for q, label in [
        ("play me a song", "music"), ("is it going to rain", "weather"), ("song about the weather", "rain"), ("who won", "out"),
    ]])  # fmt: skip
    code, out, _ = kb("score", "--rank", "--phrases", train, test)
    assert (code, out) == (0, "test.jsonl: in scope 3, top-1 0.6667, top-3 0.6667, out of scope 1, AUROC 1.0000\n")
    told = json.loads(kb("score", "--rank", "--json", "--phrases", train, test)[1])
    assert told == {
        "test.jsonl": {"in scope": 3, "top-1": pytest.approx(2 / 3), "top-3": pytest.approx(2 / 3), "out of scope": 1, "AUROC": 1}
    }


def test_score_of_the_matcher_alone_needs_phrases(kb: Said, questions: Path) -> None:
    code, _, err = kb("score", "--rank", questions)
    assert (code, err) == (2, "--rank needs --phrases TRAIN.jsonl, the labelled phrases to match against\n")


# -- calibrating -------------------------------------------------------------------------------------------------------


def _without_comments(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_calibrate_writes_a_file_that_the_loader_reads(kb: Said, folder: Path, questions: Path) -> None:
    assert load(folder).calibration == DEFAULT_CALIBRATION
    code, out, _ = kb("calibrate", questions)
    text = (folder / "calibration.yaml").read_text("utf-8")
    assert code == 0
    assert _without_comments(text) == _without_comments(out)
    read = load(folder).calibration
    assert read.weights["bias"] != 0
    assert len(read.chosen_on) == 1
    assert "Chosen on 7 questions of questions.jsonl." in read.method
    assert "3.0% of the answerable" in read.method


@pytest.mark.parametrize("caution", ["low", "normal", "high"])
def test_calibrate_writes_thresholds_for_every_caution(kb: Said, folder: Path, questions: Path, caution: str) -> None:
    kb("calibrate", questions)
    (folder / "clinics" / "default.yaml").write_text(f"{text_of('default')}caution: {caution}\n", "utf-8")
    assert kb("check")[0] == 0
    read = load(folder)
    assert read.calibration.weights["bias"] != 0
    assert read.calibration.sure > 0
    # It can be calibrated again, and comes out the same: the clinic's caution picks, and does not choose.
    before = (folder / "calibration.yaml").read_text("utf-8")
    kb("calibrate", questions)
    assert (folder / "calibration.yaml").read_text("utf-8") == before
    assert "out-of-fold" in kb("score", questions)[1]


@pytest.mark.parametrize(
    ("there", "named", "sections"),
    [
        (("small", "large"), "auto", {"with_meaning", "with_large"}),
        (("small", "large"), "small", {"with_meaning"}),
        (("small", "large"), "large", {"with_large"}),
        (("large",), "auto", {"with_large"}),
        ((), "auto", set()),
    ],
    ids=["both", "the-small-one-by-name", "the-large-one-by-name", "the-large-one-alone", "none"],
)
def test_calibrate_writes_a_section_for_each_sentence_model(
    kb: Said,
    folder: Path,
    questions: Path,
    monkeypatch: pytest.MonkeyPatch,
    there: tuple[str, ...],
    named: str,
    sections: set[str],
) -> None:
    install(monkeypatch, *there)
    code, _, err = kb("calibrate", questions, "--model", named)
    text = (folder / "calibration.yaml").read_text("utf-8")
    assert code == 0
    assert {line.removesuffix(":") for line in text.splitlines() if line.startswith("with_")} == sections
    assert ("its thresholds are left out" in err, "those with the other one hold" in err) == (
        "with_meaning" not in sections,
        "with_large" not in sections,
    )
    read = load(folder)
    assert (read.calibration_with_meaning == DEFAULT_WITH_MEANING) is ("with_meaning" not in sections)
    assert "with_large" in sections or read.calibration_with_large == read.calibration_with_meaning


def test_calibrate_says_the_same_each_time(kb: Said, questions: Path) -> None:
    assert kb("calibrate", questions)[1] == kb("calibrate", questions)[1]


def test_calibrate_without_questions_takes_the_folders_own_phrases(kb: Said, folder: Path) -> None:
    code, out, _ = kb("calibrate")
    assert code == 0
    assert "Chosen on 16 of the folder's own phrases, each held out." in " ".join(out.split())
    assert "chosen_on" not in out
    assert load(folder).calibration.chosen_on == ()
    assert kb("check")[0] == 0


def test_calibrate_may_only_say(kb: Said, folder: Path, questions: Path) -> None:
    code, out, _ = kb("calibrate", "--dry-run", questions)
    assert code == 0
    assert "weights:" in out
    assert not (folder / "calibration.yaml").exists()


@pytest.mark.parametrize("rate", ["-0.1", "1.1", "nan", "4"])
def test_calibrate_refuses_a_rate_that_is_none(kb: Said, folder: Path, questions: Path, rate: str) -> None:
    code, _, err = kb("calibrate", f"--wrong={rate}", questions)
    assert code == 2
    assert "--wrong" in err
    assert not (folder / "calibration.yaml").exists()


def test_calibrate_states_the_rate_that_it_was_given(kb: Said, questions: Path) -> None:
    assert "at or below 1.5% of the answerable" in kb("calibrate", "--wrong", "0.015", questions)[1]


def test_calibrate_needs_a_question_to_go_by(kb: Said, tmp_path: Path) -> None:
    urgent = write_questions(
        tmp_path / "urgent.jsonl", [{"q": "kitchen is on fire", "label": "urgent"}, {"q": "...", "label": "out"}]
    )
    code, out, err = kb("calibrate", urgent)
    assert (code, out) == (2, "")
    assert "there is nothing to calibrate on" in err


def test_calibrate_needs_a_question_about_a_topic(kb: Said, tmp_path: Path) -> None:
    code, _, err = kb("calibrate", write_questions(tmp_path / "calm.jsonl", [{"q": "how do i feed it", "label": "calm"}]))
    assert (code, "there is nothing to calibrate on" in err) == (2, True)


# -- two folders -------------------------------------------------------------------------------------------------------


def test_diff_of_a_folder_with_itself(kb: Said, folder: Path, questions: Path) -> None:
    assert kb("diff", folder, folder, "--questions", questions)[:2] == (0, "fine: none of 7 questions changed its reply\n")


def test_diff_tells_what_moved_and_whether_it_is_right(kb: Said, folder: Path, questions: Path, tmp_path: Path) -> None:
    oven = text_of("oven").replace("How long do I bake it?", "Is steam good?")
    oven = oven.replace("oven time for a loaf, when is the bread done", "hot steam")
    new = folders.write(tmp_path / "new", oven=oven)
    code, out, _ = kb("diff", folder, new, "--questions", questions)
    *moved, total = out.splitlines()
    assert code == 1
    assert any(re.match(r"'how long in the oven for a loaf': answer baking -> .* \(right -> \w+\)", line) for line in moved)
    assert total == f"{len(moved)} of 7 questions changed their reply"


def test_diff_of_two_clinics(kb: Said, folder: Path, questions: Path) -> None:
    other = folders.CLINIC.replace("default", "other") + "disabled: [price]\n"
    (folder / "clinics" / "other.yaml").write_text(other, "utf-8")
    code, out, _ = kb("diff", "default", "other", "--questions", questions)
    assert (code, out.splitlines()[-1]) == (0, "fine: none of 7 questions changed its reply")
    (folder / "clinics" / "other.yaml").write_text(other.replace("disabled: [price]", "disabled: [feeding]"), "utf-8")
    code, out, _ = kb("diff", "default", "other", "--questions", questions)
    assert code == 1
    assert "'feeding schedule': answer feeding -> boundary feeding" in out


def test_diff_reads_several_files(kb: Said, folder: Path, questions: Path) -> None:
    assert "none of 14" in kb("diff", folder, folder, "--questions", questions, "--questions", questions)[1]


def test_diff_refuses_a_folder_that_is_not_valid(kb: Said, folder: Path, questions: Path, tmp_path: Path) -> None:
    code, out, err = kb("diff", folder, folders.write(tmp_path / "broken", lexicon="synonyms: 7\n"), "--questions", questions)
    assert (code, out) == (2, "")
    assert "lexicon.yaml:1: " in err


def test_labels_that_are_none_are_told_beside_the_figures(kb: Said, tmp_path: Path) -> None:
    path = write_questions(tmp_path / "wrong.jsonl", [{"q": "how long in the oven", "label": "baking_tim"}])
    code, out, err = kb("score", path)
    assert code == 1
    assert out.startswith("wrong.jsonl: 1 questions")
    assert f"{path}: 'how long in the oven': there is no label baking_tim; did you mean baking_time?\n" in err
