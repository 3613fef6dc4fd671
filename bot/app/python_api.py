"""The bot inside another program: load the knowledge, ask, go on in a conversation. No server, no storage, no network."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Self

from bot.app import config
from bot.app.editions import open_dialogue
from bot.dialogue.conversation import Choice, Conversation, Outcome, Reply
from bot.dialogue.events import Chosen, Said
from bot.dialogue.policy import Dialogue
from bot.dialogue.state import ChatState, Participant, dump_state, load_state


class InfusionBot:
    """Answers from one knowledge folder. May be shared between threads if each question is asked under a lock of yours."""

    def __init__(self, dialogue: Dialogue, zone: tzinfo) -> None:
        self._dialogue = dialogue
        self._zone = zone

    @classmethod
    def open(
        cls,
        knowledge: str | Path | None = None,
        clinic: str | None = None,
        timezone: str | None = None,
        model: str | None = None,
        cache: str | Path | None = None,
        tell: Callable[[str], None] = lambda _: None,
        clinics: str | Path | None = None,
    ) -> Self:
        """Loads a knowledge folder. The first time it takes some seconds, as phrases are learned.

        The arguments are those of the command line, and what is not given comes from the environment in the same way:
        ``knowledge`` a folder (else the one that comes with the bot), ``clinic`` the name of one among ``clinics``, a folder
        (else clinics/ in the knowledge), ``timezone`` an IANA name, ``model`` the sentence model ("auto", "off" or a folder),
        ``cache`` where what was learned is kept. ``tell`` hears a line for all that takes long. Raises ConfigError for these,
        and KnowledgeError with all mistakes of the folder.
        """
        given = {"knowledge": knowledge, "clinic": clinic, "tz": timezone, "model": model, "cache_dir": cache, "clinics": clinics}
        settings = config.read_settings({name: value for name, value in given.items() if value is not None})
        dialogue = open_dialogue(settings, tell)
        return cls(dialogue, config.zone_for(settings, dialogue.knowledge.clinic.timezone))

    @property
    def topics(self) -> tuple[Choice, ...]:
        """What can be answered: ids with their questions, for ``Chat.choose``."""
        return tuple(self._dialogue.compose.choice(id) for id in self._dialogue.knowledge.entries)

    def ask(self, question: str, now: datetime | None = None) -> Reply:
        """The reply to one question by itself. Never raises for any text; ``now`` is zone-aware (None: the present)."""
        return self._respond(question, Conversation(greeted=True), now)[0]

    def urgent(self, text: str) -> Reply | None:
        """The reply where ``text`` is urgent, else None: for text that is not said to the bot."""
        return self._dialogue.urgent(text)

    def chat(self, state: str | None = None) -> Chat:
        """A conversation: a new one, or one that goes on where ``Chat.state`` was taken."""
        return Chat(self, load_state(state).participant("").conversation)

    # What a Chat does, with the conversation that it holds.

    def _respond(self, text: str, before: Conversation, now: datetime | None) -> Outcome:
        return self._dialogue.turn(Said(text), before, now or datetime.now(self._zone))

    def _press(self, id: str, before: Conversation) -> Outcome:
        return self._dialogue.turn(Chosen(id), before, datetime.now(self._zone))


class Chat:
    """One person's conversation: follow-ups, choices, what was asked before."""

    def __init__(self, bot: InfusionBot, conversation: Conversation) -> None:
        self._bot = bot
        self._conversation = conversation

    def ask(self, text: str, now: datetime | None = None) -> Reply:
        """The reply to what the person wrote. Never raises for any text; ``now`` is zone-aware (None: the present)."""
        reply, self._conversation = self._bot._respond(text, self._conversation, now)  # noqa: SLF001  # two halves of one thing
        return reply

    def choose(self, id: str) -> Reply:
        """The reply to a choice or a related question by its id; an unknown one is told to be gone."""
        reply, self._conversation = self._bot._press(id, self._conversation)  # noqa: SLF001  # as above
        return reply

    @property
    def state(self) -> str:
        """What is remembered, as one line of JSON: ids and flags, never a word that the person wrote."""
        return dump_state(ChatState({"": Participant(self._conversation)}))
