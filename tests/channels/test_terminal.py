"""The chat in a terminal."""

from __future__ import annotations

import io
import os
import pty
import select
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import terminal
from bot.channels.terminal import Look, TerminalChat
from bot.dialogue.conversation import Conversation, Reply
from bot.dialogue.events import Event
from bot.dialogue.policy import Dialogue
from bot.dialogue.replies import Composer
from bot.dialogue.trace import trace_of
from bot.knowledge import load as loader
from bot.knowledge.model import Knowledge
from tests import folders
from tests.fakes.detector import DARK
from tests.fakes.dialogue import FakeDialogue

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECONDS = 60  # until a program that says nothing is given up


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folders.write(tmp_path_factory.mktemp("knowledge"))


@pytest.fixture(scope="module")
def small(folder: Path) -> Knowledge:
    return loader.load(folder)


@pytest.fixture
def dialogue() -> FakeDialogue:
    return FakeDialogue()


@pytest.fixture
def chat(small: Knowledge, dialogue: FakeDialogue) -> TerminalChat:
    return TerminalChat(dialogue, small, lambda: NOON, "America/Chicago")


def calls(dialogue: FakeDialogue) -> list[tuple[str, str]]:
    return [(what, words) for what, words, _, _ in dialogue.heard]


# -- turns ----------------------------------------------------------------------------------------------------------


def test_a_conversation_goes_on_and_is_greeted_once(chat: TerminalChat, dialogue: FakeDialogue) -> None:
    assert [chat.respond("x"), chat.respond("x")] == ["hello; turn 1", "turn 2"]
    assert [(c.timezone, now) for _, _, c, now in dialogue.heard] == [("America/Chicago", NOON)] * 2


def test_related_questions_are_numbered_and_a_number_picks_one(chat: TerminalChat, dialogue: FakeDialogue) -> None:
    assert chat.respond("related") == "hello; see\n\nAlso:\n1. How long does it rise?\n2. And rolls?\n\nsource"
    assert chat.respond(" (2) ") == "pressed rolls"
    assert calls(dialogue)[1] == ("chosen", "rolls")


@pytest.mark.parametrize(
    ("before", "typed"),
    [("x", "1"), ("which", "1"), ("related", "0"), ("related", "3"), ("related", "1 of them")],
    ids=["nothing offered", "the dialogue asked", "zero", "too high", "a sentence"],
)
def test_other_numbers_are_for_the_dialogue(chat: TerminalChat, dialogue: FakeDialogue, before: str, typed: str) -> None:
    chat.respond(before)
    chat.respond(typed)
    assert calls(dialogue)[1] == ("said", typed)


def test_a_number_picks_from_the_last_list_only(chat: TerminalChat, dialogue: FakeDialogue) -> None:
    for line in ("related", "/timeline", "1"):
        chat.respond(line)
    assert calls(dialogue)[-1] == ("said", "1")


def test_an_empty_line_says_nothing(chat: TerminalChat, dialogue: FakeDialogue) -> None:
    assert chat.respond("  \n") == ""
    assert not dialogue.heard


def test_a_failure_ends_neither_the_chat_nor_the_silence_about_what_was_said(
    chat: TerminalChat, caplog: pytest.LogCaptureFixture
) -> None:
    assert chat.respond("boom canary") == "Words for apology."
    assert "RuntimeError < dialogue.py" in caplog.text
    assert "canary" not in caplog.text
    assert chat.respond("x") == "hello; turn 1"


# -- commands -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("command", "said"), [("/new", "new"), ("/forget", "forgotten")])
def test_a_new_conversation_forgets_the_old_one(chat: TerminalChat, command: str, said: str) -> None:
    chat.respond("related")
    assert chat.respond(command) == f"Words for chat {said}."
    assert chat.forgotten == 1
    assert chat.respond("/why") == "Words for no reply yet."
    assert chat.respond("1") == "hello; turn 1"


@pytest.mark.parametrize(("command", "is_kept"), [("/new", True), ("/forget", False)])
def test_only_forgetting_forgets_danger(chat: TerminalChat, dialogue: FakeDialogue, command: str, is_kept: bool) -> None:
    for line in ("i want to die", command, "ok"):
        chat.respond(line)
    assert (dialogue.heard[-1][2].watch is not None) is is_kept


@pytest.mark.parametrize("line", ["/help", "/Help"])
def test_help_has_the_numbers_to_call(chat: TerminalChat, line: str) -> None:
    assert chat.respond(line).endswith("\n\nWords for help now.")


def test_help_in_words_has_the_numbers_to_call(listening: Dialogue) -> None:
    talk = TerminalChat(listening, listening.knowledge, lambda: NOON)
    for line in ("help", "help me please"):
        told = talk.respond(line)
        assert "911" in told, line
        assert "988" in told, line


def test_a_check_in_is_answered_by_its_number(listening: Dialogue) -> None:
    talk = TerminalChat(listening, listening.knowledge, lambda: NOON)
    asked = talk.respond(DARK).split("\n")
    assert asked[-3:] == ["1. I am safe", "2. I am not sure", "3. No, I am not safe"]
    alarm, again = talk.respond("3"), talk.respond("2")
    assert "911" in alarm
    assert "911" in again
    assert alarm != again
    assert "good to" in talk.respond("I am safe")


def test_an_unknown_command_is_named_without_what_could_harm_a_terminal(chat: TerminalChat) -> None:
    assert chat.respond("/fo\x1b[2Jo bar") == "Words for chat unknown command /fo[2Jo."


@pytest.mark.parametrize(
    ("line", "said"),
    [
        *((f"{command}die", "call now") for command in ("/help i want to ", "/", "/quit ", "/timeline ", "/i want to ", "/foo ")),
        ("/i feel low", "somebody listens"),
        ("/help low", "somebody listens"),
    ],
)
def test_a_slash_holds_back_no_reply_to_danger_or_despair(chat: TerminalChat, line: str, said: str) -> None:
    assert chat.respond(line) == f"hello; {said}"
    assert not chat.over


def test_a_command_is_no_turn_of_the_conversation(chat: TerminalChat) -> None:
    for line in ("/foo bar", "/help me", "/topics"):
        chat.respond(line)
    assert chat.respond("x") == "hello; turn 1"


def test_the_timeline_asks_for_the_end_or_takes_it(chat: TerminalChat, dialogue: FakeDialogue) -> None:
    assert chat.respond("/timeline") == "when?"
    chat.respond("2:10 pm")
    chat.respond("/new")
    chat.respond("/timeline 3 pm")
    assert [(words, conversation.asked_end) for _, words, conversation, _ in dialogue.heard] == [
        ("2:10 pm", True),
        ("3 pm", True),
    ]


def test_topics_are_numbered_and_can_be_picked(chat: TerminalChat, dialogue: FakeDialogue, small: Knowledge) -> None:
    shown = chat.respond("/topics").split("\n")
    assert shown[1:-1] == [f"{n}. {entry.question}" for n, entry in enumerate(small.entries.values(), start=1)]
    assert shown[-1] == "."  # what the sentence ends with stands apart
    chat.respond("2")
    assert calls(dialogue) == [("chosen", list(small.entries)[1])]


def test_sources_name_title_link_and_sections(chat: TerminalChat, small: Knowledge) -> None:
    shown = chat.respond("/sources")
    document = small.documents[0]
    assert all(words in shown for words in (document.title, document.link, *(section.title for section in document.sections)))


def test_why_explains_the_last_reply(small: Knowledge) -> None:
    class Real(FakeDialogue):
        def turn(self, event: Event, conversation: Conversation, now: datetime) -> tuple[Reply, Conversation]:
            del event, now
            return Composer(small).topics([(next(iter(small.entries)), 0.5)], trace_of("line", "because")), conversation

    chat = TerminalChat(Real(), small, lambda: NOON)
    assert chat.respond("/why") == "Words for no reply yet."
    chat.respond("x")
    shown = chat.respond("/why")
    entry = next(iter(small.entries.values()))
    assert shown.startswith("Words for why answer ")
    assert all(words in shown for words in (entry.question, small.documents[0].title))
    assert not any(figure in shown for figure in ("0.50", "because"))


def test_quitting_says_goodbye(chat: TerminalChat) -> None:
    assert chat.respond("/quit") == "Words for chat goodbye."
    assert chat.over


# -- how it looks ---------------------------------------------------------------------------------------------------


# Without control characters: no knowledge folder holds any, and what is a blank among them is not one for the text wrapper.
@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]) | st.just("\n"), max_size=300), st.integers(20, 120))
def test_wrapping_keeps_every_word_and_the_width(text: str, width: int) -> None:
    shown = Look(width, coloured=False).lay_out(text)
    assert shown.split() == text.split()
    assert all(len(line) <= min(width, 88) or len(line.split()) <= 2 for line in shown.split("\n"))


def test_what_follows_a_number_hangs_under_it() -> None:
    assert Look(20, coloured=False).lay_out("1. one two three four five") == "1. one two three\n   four five"


def test_colours_change_no_letter() -> None:
    text = "Ask:\n1. one\nSource: here"
    coloured = Look(80, coloured=True, quiet="Source: ").lay_out(text)
    assert coloured == "Ask:\n\x1b[36m1.\x1b[0m one\n\x1b[2mSource: here\x1b[0m"


def test_a_pipe_gets_replies_and_nothing_else(chat: TerminalChat, small: Knowledge) -> None:
    out = io.StringIO()
    terminal.run(chat, small, io.StringIO("x\n\nrelated\n"), out, colours=True)
    shown = out.getvalue().split("\n\n")
    assert shown[:2] == ["Words for chat welcome.", "hello; turn 1"]
    assert shown[-2] == "Words for chat goodbye."
    assert "\x1b" not in out.getvalue()


def test_after_quit_a_pipe_is_not_read_on(chat: TerminalChat, small: Knowledge, dialogue: FakeDialogue) -> None:
    out = io.StringIO()
    terminal.run(chat, small, io.StringIO("/quit\nx\n"), out, colours=False)
    assert out.getvalue().count("goodbye") == 1
    assert not dialogue.heard


# -- a real terminal ------------------------------------------------------------------------------------------------


class Screen:
    """A program on a pseudo-terminal: what it has shown so far, and keys to it."""

    def __init__(self, program: list[str], env: dict[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        self._program = subprocess.Popen(program, stdin=theirs, stdout=theirs, stderr=theirs, env=env, start_new_session=True)
        os.close(theirs)
        self.shown = ""

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def wait_for(self, words: str) -> None:
        """Returns when ``words`` come after all that was waited for before."""
        end = time.monotonic() + SECONDS
        while words not in self.shown:
            ready, _, _ = select.select([self._ours], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"{words!r} did not come; there was: {self.shown!r}"
            self.shown += os.read(self._ours, 65536).decode()
        self.shown = self.shown.partition(words)[2]

    def left(self) -> int:
        """The exit code, once it has ended by itself."""
        return self._program.wait(SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._program.kill()
        self._program.wait()
        os.close(self._ours)


def test_a_chat_on_a_real_terminal(folder: Path, small: Knowledge, tmp_path: Path) -> None:
    env = {
        **{key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "KNOWLEDGE", "CLINIC", "TIMEZONE"}},
        "HOME": str(tmp_path),
        "CACHE_DIR": str(tmp_path / "cache"),
        "TERM": "xterm",
        "PROMPT_TOOLKIT_NO_CPR": "1",
    }
    entry = next(iter(small.entries.values()))
    with Screen([sys.executable, "-m", "bot", "chat", "--knowledge", str(folder)], env) as screen:
        # Each key waits for the prompt: before it the terminal itself still acts on Ctrl-C.
        screen.wait_for("Words for chat welcome.")
        screen.wait_for("> ")
        screen.press("/topics\r")
        screen.wait_for("\x1b[36m1.\x1b[0m " + entry.question)
        screen.wait_for("> ")
        screen.press("1\r")
        screen.wait_for("Words for disclaimer")
        screen.wait_for("Words for source")
        screen.wait_for("> ")
        screen.press("half a canary\x03")
        screen.wait_for("Words for chat interrupted")
        screen.wait_for("> ")
        screen.press("\x1b[A")  # the line before comes back, from memory
        screen.wait_for("1")
        screen.press("\x15/new\r")
        screen.wait_for("Words for chat new")
        screen.wait_for("> ")
        screen.press("\x1b[A/nothing\r")  # nothing comes back now
        screen.wait_for("Words for chat unknown command /nothing")
        screen.wait_for("> ")
        screen.press("\x04")
        screen.wait_for("Words for chat goodbye")
        assert screen.left() == 0
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all(path.parent.name == "cache" for path in kept)
    assert not any(b"canary" in path.read_bytes() for path in kept)


# -- knowledge on another topic -------------------------------------------------------------------------------------


def test_each_command_answers_where_there_is_no_timeline(sourdough: Dialogue) -> None:
    for name in terminal.COMMANDS:
        for words in ("", " my infusion ended an hour ago"):
            talk = TerminalChat(sourdough, sourdough.knowledge, lambda: NOON)
            shown = talk.respond(f"{name}{words}")
            assert shown, name
            assert shown != talk.say("apology"), name
            assert (shown == talk.say("timeline_none")) is (name == "/timeline"), name


def test_danger_behind_the_command_is_heard_without_a_timeline(sourdough: Dialogue) -> None:
    talk = TerminalChat(sourdough, sourdough.knowledge, lambda: NOON)
    assert "112" in talk.respond("/timeline the kitchen is on fire")
