"""The chat in a terminal. What a person types stays in this process's memory, and goes with it.

Two rules fence this module in: what is said comes from the knowledge, and what is answered from the dialogue.
"""

from __future__ import annotations

import logging
import os
import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, TextIO

from bot.channels.channel import Answers
from bot.delivery.logs import trace
from bot.dialogue.conversation import Choice, Conversation, Reply
from bot.dialogue.events import AsksEnd, Chosen, Said
from bot.dialogue.replies import Composer
from bot.knowledge.model import Knowledge

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession

_log = logging.getLogger(__name__)
_WIDEST = 88
_NUMBER = re.compile(r"\(?([0-9]{1,3})[.)]?")
_ITEM = re.compile(r"( *)([0-9]{1,3}\.|[-•]) +")
_BOLD, _DIM, _CYAN, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[36m", "\x1b[0m"
_PROMPT = "> "
_OF_DANGER = frozenset({"urgent", "support"})  # replies that no command holds back


@dataclass(frozen=True, slots=True)
class Look:
    """How text is laid out: the columns there are, whether colours may be used, and how a line opens that stands back."""

    width: int
    coloured: bool
    quiet: str = "\0"

    def lay_out(self, text: str) -> str:
        """``text`` wrapped line by line; what follows a number or a dash hangs under it. Links are never broken."""
        return "\n".join(self._line(line.rstrip()) for line in text.split("\n"))

    def _line(self, line: str) -> str:
        item = _ITEM.match(line)
        wrapped = textwrap.fill(
            line,
            width=min(self.width, _WIDEST),
            subsequent_indent=" " * item.end() if item else "",
            break_long_words=False,
            break_on_hyphens=False,
        )
        if not self.coloured:
            return wrapped
        if line.startswith(self.quiet):
            return "\n".join(f"{_DIM}{part}{_PLAIN}" for part in wrapped.split("\n"))
        if item and item[2][0].isdigit():
            return f"{item[1]}{_CYAN}{item[2]}{_PLAIN}{wrapped[item.end(2) :]}"
        return wrapped


class TerminalChat:
    """One person at one terminal: what was said last, what a bare number picks, and the commands."""

    def __init__(
        self, answers: Answers, knowledge: Knowledge, clock: Callable[[], datetime], timezone: str | None = None
    ) -> None:
        self._answers = answers
        self._knowledge = knowledge
        self._compose = Composer(knowledge)
        self._clock = clock
        self._new = Conversation(timezone=timezone)
        self._conversation = self._new
        self._last: Reply | None = None
        self._offered: tuple[Choice, ...] = ()
        self.over = False
        self.forgotten = 0  # how often

    def say(self, key: str, **values: str) -> str:
        """The bot's own sentence ``key``."""
        return self._compose.say(key, **values)

    def respond(self, line: str) -> str:
        """What to show after ``line``; nothing after an empty one. Never raises."""
        line = line.strip()
        if not line:
            return ""
        try:
            return self._command(line) if line.startswith("/") else self._turn(line)
        except Exception as error:  # noqa: BLE001  # the edge of the channel: the chat goes on
            _log.error("a turn failed: %s", trace(error))  # without its message, which may quote the person
            return self.say("apology")

    def _turn(self, line: str) -> str:
        """A number picks from the list that was shown last; the dialogue itself knows the choices of its own questions."""
        number = _NUMBER.fullmatch(line)
        if number and 1 <= int(number[1]) <= len(self._offered):
            return self._show(self._answers.turn(Chosen(self._offered[int(number[1]) - 1].id), self._conversation, self._clock()))
        return self._show(self._answers.turn(Said(line), self._conversation, self._clock()))

    def _show(self, outcome: tuple[Reply, Conversation]) -> str:
        reply, self._conversation = outcome
        self._last = reply
        self._offered = () if reply.choices else reply.related
        return _numbered(reply.text, self._offered)

    # -- commands -----------------------------------------------------------------------------------------------

    def _command(self, line: str) -> str:
        name, _, words = line.partition(" ")
        command = COMMANDS.get(name.lower())
        if command is None or (words and command is not TerminalChat.time_aftercare):
            # Help that is needed now must not fail for a slash: "/help i want to die".
            outcome = self._answers.turn(Said(line.lstrip("/")), self._conversation, self._clock())
            if outcome[0].kind in _OF_DANGER:
                return self._show(outcome)
        if command is None:
            return self.say("chat_unknown_command", command="".join(c for c in name if c.isprintable())[:40])
        return command(self, words.strip())

    def tell_help(self, _: str) -> str:
        return f"{self.say('chat_help')}\n{self.say('chat_help_more')}\n\n{self.say('help_now')}"

    def leave(self, _: str) -> str:
        self.over = True
        return self.say("chat_goodbye")

    def start_over(self, _: str) -> str:
        """A fresh conversation, in which danger is not forgotten: who is not safe gets no menu for it."""
        self._begin(replace(self._new, watch=self._conversation.watch))
        return self.say("chat_new")

    def forget(self, _: str) -> str:
        self._begin(self._new)
        return self.say("chat_forgotten")

    def _begin(self, conversation: Conversation) -> None:
        self._conversation, self._last, self._offered = conversation, None, ()
        self.forgotten += 1

    def list_topics(self, _: str) -> str:
        self._offered = tuple(self._compose.choice(id) for id in self._knowledge.entries)
        labels = " ".join(one.label for one in self._offered)
        return _numbered(self.say("topics", questions=labels), self._offered)

    def list_sources(self, _: str) -> str:
        return self._compose.documents()

    def time_aftercare(self, words: str) -> str:
        asked = self._answers.turn(AsksEnd(), self._conversation, self._clock())
        if words:
            told = self._answers.turn(Said(words), asked[1], self._clock())
            # Danger is answered where there is no timeline, too.
            if asked[0].kind == "timeline" or told[0].kind in _OF_DANGER:
                return self._show(told)
        return self._show(asked)

    def tell_why(self, _: str) -> str:
        return self.say("no_reply_yet") if self._last is None else self._compose.explained(self._last)


COMMANDS: Mapping[str, Callable[[TerminalChat, str], str]] = {
    "/why": TerminalChat.tell_why,
    "/topics": TerminalChat.list_topics,
    "/sources": TerminalChat.list_sources,
    "/timeline": TerminalChat.time_aftercare,
    "/new": TerminalChat.start_over,
    "/forget": TerminalChat.forget,
    "/help": TerminalChat.tell_help,
    "/quit": TerminalChat.leave,
    "/exit": TerminalChat.leave,
}


def _numbered(text: str, offered: tuple[Choice, ...]) -> str:
    """``text`` with the questions it ends a paragraph with one below the other, so that a number can pick one."""
    run = " ".join(one.label for one in offered)
    if not run or run not in text:
        return text
    before, _, after = text.rpartition(run)
    lines = [f"{number}. {one.label}" for number, one in enumerate(offered, start=1)]
    # What a sentence goes on with after the questions must not read as part of the last one.
    rest = after if after.startswith("\n") or not after else "\n" + after.lstrip(" ")
    return "\n".join([before.rstrip(" "), *lines]) + rest


def look_of(knowledge: Knowledge, stdout: TextIO, colours: bool) -> Look:
    """How ``stdout`` is to look now: a terminal's width may change between two replies. The source line stands back."""
    quiet = knowledge.messages["source"].partition("{")[0]
    return Look(_columns(stdout), colours and stdout.isatty(), quiet or "\0")


def run(chat: TerminalChat, knowledge: Knowledge, stdin: TextIO, stdout: TextIO, colours: bool) -> None:
    """The chat, until the person leaves. Where either end is no terminal: plain lines in, plain replies out."""

    def show(text: str) -> None:
        if text:
            stdout.write(look_of(knowledge, stdout, colours).lay_out(text) + "\n\n")
            stdout.flush()

    show(chat.say("chat_welcome"))
    if stdin.isatty() and stdout.isatty():
        _talk(chat, show, colours)
    else:
        for line in stdin:
            show(chat.respond(line))
            if chat.over:
                return
    if not chat.over:
        show(chat.say("chat_goodbye"))


def _talk(chat: TerminalChat, show: Callable[[str], None], colours: bool) -> None:
    """Asks for line after line; Ctrl-D leaves, Ctrl-C drops the line and leaves when it comes twice."""
    session, forgotten, interrupted = _session(colours), chat.forgotten, False
    while not chat.over:
        try:
            line = session.prompt()
        except EOFError:
            return
        except KeyboardInterrupt:
            if interrupted:
                return
            interrupted = True
            show(chat.say("chat_interrupted"))
            continue
        interrupted = False
        show(chat.respond(line))
        if chat.forgotten != forgotten:
            # The lines that the arrow keys bring back are part of what was to be forgotten.
            session, forgotten = _session(colours), chat.forgotten


def _session(colours: bool) -> PromptSession[str]:
    from prompt_toolkit import PromptSession  # noqa: PLC0415  # not needed, and slow to import, without a terminal
    from prompt_toolkit.completion import WordCompleter  # noqa: PLC0415
    from prompt_toolkit.history import InMemoryHistory  # noqa: PLC0415
    from prompt_toolkit.output import ColorDepth  # noqa: PLC0415

    return PromptSession(
        [("bold ansicyan" if colours else "", _PROMPT)],
        history=InMemoryHistory(),
        completer=WordCompleter(list(COMMANDS), sentence=True),
        color_depth=None if colours else ColorDepth.DEPTH_1_BIT,
    )


def _columns(stdout: TextIO) -> int:
    """The terminal's width; the widest line where there is no terminal. Some terminals say 0; then 80."""
    try:
        columns = os.get_terminal_size(stdout.fileno()).columns
    except (OSError, ValueError):
        return _WIDEST
    return max(20, columns) if columns else 80
