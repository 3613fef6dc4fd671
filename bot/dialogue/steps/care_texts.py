"""Which text is told to a person in danger, in which language, and the numbers that stand above and below it."""

from __future__ import annotations

import re

from bot.dialogue.conversation import Kind, Reply, Watch
from bot.dialogue.foreign import ForeignLanguages
from bot.dialogue.replies import Composer
from bot.dialogue.trace import Trace
from bot.knowledge.care import AfterTexts
from bot.knowledge.model import Knowledge

# Kinds where the body is in danger: unsure of them, the person is asked what happens, and not how they feel.
OF_THE_BODY = frozenset({"overdose", "medical", "accident"})
_SLOT = re.compile(r"\{[a-z_]+\}")


class CareComposer:
    """The texts of ``knowledge/safety/replies.yaml``, filled in. Keeps nothing between calls."""

    def __init__(self, knowledge: Knowledge, compose: Composer, languages: ForeignLanguages) -> None:
        self._texts = knowledge.care
        self._english = AfterTexts(
            *(self._texts.safe, self._texts.unsafe, self._texts.denial, self._texts.not_over),
            *(self._texts.follow, self._texts.lines, self._texts.numbers),
        )
        self._compose = compose
        self._languages = languages

    def alarm_text(self, kind: str, language: str, also: str = "") -> tuple[str, str]:
        """The text and its language: the one that danger was said in, where there is a text in it. Numbers first.

        ``also``: a second kind that it may be, whose number is told where it is another one.
        """
        if (foreign := self._languages.named(language)) is not None and language not in self._texts.alarm:
            return self._compose.figured_in(language, foreign.medical if kind in OF_THE_BODY else foreign.urgent), language
        told_in = language if language in self._texts.alarm else "en"
        text = self._texts.alarm[told_in][kind]
        line = self._texts.also.get(told_in, {}).get(also, "")
        if line and _SLOT.findall(line)[0] not in text:
            text = f"{text}\n\n{line}"
        return self._compose.figured_in(told_in, text), told_in

    def list_after(self, watch: Watch) -> str:
        """Which list of texts follows an alarm of this kind."""
        if watch.kind in self._texts.follow:
            return watch.kind
        return "body" if watch.kind in OF_THE_BODY else "other"

    def language(self, watch: Watch) -> str:
        """The one that follows an alarm: that of the alarm where there are texts in it."""
        return watch.language if watch.language in self._texts.told else "en"

    def told_after(self, watch: Watch) -> AfterTexts:
        return self._texts.told.get(watch.language, self._english)

    def beside(self, watch: Watch, text: str, language: str = "") -> str:
        """``text`` (in ``language``, else in that of what follows), below the numbers of the kinds that it lacks.

        Above a text in English stands what there is in the language of the alarm.
        """
        language = language or self.language(watch)
        told = self._compose.figured_in(language, text) if language != "en" else self.figured(text)
        foreign = self._languages.named(watch.language) if language != watch.language else None
        above = [self._compose.figured_in(foreign.tag, foreign.help)] if foreign is not None else []
        return "\n\n".join((*above, *self.lines(watch, told), told))

    def lines(self, watch: Watch, told: str) -> list[str]:
        """The numbers that belong to the kinds of danger so far, where they do not stand in what is ``told``."""
        language, lines = self.language(watch), self.told_after(watch).lines
        named = [lines[kind] for kind in watch.kinds if kind in lines]
        return [self._compose.figured_in(language, line) for line in named if not self._is_named(line, language, told)]

    def also(self, kind: str, language: str, told: str) -> list[str]:
        """The line on a second kind, where its number does not stand in what is ``told``."""
        line = self._texts.also.get(language, {}).get(kind, "")
        return [self._compose.figured_in(language, line)] if line and not self._is_named(line, language, told) else []

    def _is_named(self, line: str, language: str, told: str) -> bool:
        return all(self._compose.figured_in(language, slot) in told for slot in _SLOT.findall(line))

    def figured(self, text: str) -> str:
        return self._compose.figured(text)

    def reply(self, kind: Kind, text: str, language: str = "en", trace: Trace | None = None) -> Reply:
        helpline = kind == "support"
        return self._compose.plain(kind, text, confidence=1.0, helpline=helpline, language=language, trace=trace or Trace())
