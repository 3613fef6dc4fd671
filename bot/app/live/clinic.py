"""One clinic while it serves: its files looked at, copied, read and made an edition. All of it blocks, and runs in a thread."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from bot.app.config import Settings
from bot.app.editions import Part, dialogue_at_once, dialogue_for, dialogue_near, edition_of, print_progress
from bot.app.knowledge import open_knowledge
from bot.app.live.kept import KeptVersions
from bot.app.live.sources import Copied, Seen, Source, source_of
from bot.app.sharing import SharedParts
from bot.channels.edition import Edition
from bot.knowledge.load import KnowledgeError


@dataclass(frozen=True, slots=True)
class Refused:
    """An edit that is not served: since when (Unix time), and its mistakes, the first cause first."""

    at: float
    mistakes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Built:
    """``whole``: all was fitted as at a start; else what changed was learned in haste, or parts are ``lacking``, and the whole is
    still to come.
    """

    edition: Edition
    whole: bool
    seconds: float
    lacking: tuple[Part, ...] = ()


@dataclass(slots=True)
class LiveClinic:
    """``edition`` is the one that serves, since the Unix time ``since``; ``whole`` the last one that was fitted as at a start.

    ``seen``: the files of the last edit that was looked at, whatever became of it; ``served``: those of the edition.
    ``learning``: what is learned whole meanwhile: ``this`` edition, which serves already, or the ``next`` one; ``first``: what no
    answer can be given without, and ``lacking`` is what of it. ``progress``: how far that is. ``shared``: what the clinics of
    this process have in common.
    """

    settings: Settings
    source: Source
    kept: KeptVersions
    edition: Edition
    whole: Edition
    seen: Seen
    served: Seen
    since: float = field(default_factory=time.time)
    refused: Refused | None = None
    learning: Literal["first", "this", "next"] | None = None
    lacking: tuple[Part, ...] = ()
    progress: str = ""
    shared: SharedParts = field(default_factory=SharedParts)

    @property
    def name(self) -> str:
        return self.settings.clinic

    @property
    def version(self) -> str:
        return self.edition.knowledge.version

    def shown(self) -> Mapping[str, object]:
        """What serves and why a newer one does not, as JSON."""
        told: dict[str, object] = {"version": self.version, "since": _moment(self.since)}
        if self.refused is not None:
            first, count = self.refused.mistakes[0], len(self.refused.mistakes)
            told["refused"] = {"at": _moment(self.refused.at), "mistake": first, "mistakes": count}
        if self.learning is not None:
            told["learning"] = self.learning
            if self.progress:
                told["progress"] = self.progress
        return told

    def progressed(self, line: str) -> None:
        """How far the learning is."""
        self.progress = line

    def build(self, copied: Copied) -> Built | None:
        """The edition of a copy, from what is kept in the cache and from ``whole``; None where it is the one that serves.

        Raises KnowledgeError, ConfigError, and NotKept where too much must be learned for a process that answers.
        """
        began = time.monotonic()
        knowledge = self.shared.knowledge(copied.settings)
        if knowledge.version == self.version and self.edition is self.whole and not self.lacking:
            return None
        dialogue, whole = dialogue_near(knowledge, self.settings, self.whole.dialogue, self.shared)
        edition = edition_of(self.settings, dialogue)
        return Built(edition, whole, time.monotonic() - began)

    def build_at_once(self, copied: Copied) -> Built:
        """The edition of a copy from what is kept, and what it lacks. Raises as ``build``, but for NotKept."""
        began = time.monotonic()
        dialogue, lacking = dialogue_at_once(self.shared.knowledge(copied.settings), self.settings, self.shared)
        return Built(edition_of(self.settings, dialogue), not lacking, time.monotonic() - began, lacking)

    def build_whole(self, copied: Copied) -> Built:
        """The edition of a copy, with all that has to be learned for it. Raises as ``build``, but for NotKept."""
        began = time.monotonic()
        dialogue = dialogue_for(self.shared.knowledge(copied.settings), self.settings, self.progressed, self.shared)
        return Built(edition_of(self.settings, dialogue), True, time.monotonic() - began)

    def took_over(self, edition: Edition, *, whole: bool) -> None:
        """``edition`` serves from now on."""
        if edition.knowledge.version != self.version:
            self.since = time.time()
        self.edition, self.refused, self.served = edition, None, self.seen
        if whole:
            self.whole, self.lacking = edition, ()

    def refuse(self, error: Exception) -> Refused:
        """Notes why the files that were seen last do not serve. Of an error that is no mistake of theirs, ``str`` is told."""
        mistakes = error.mistakes if isinstance(error, KnowledgeError) else (str(error),)
        changed = {name for name in (*self.seen, *self.served) if self.seen.get(name) != self.served.get(name)}
        # A claim that is gone makes a mistake in every file that names it: what was edited comes first.
        first = sorted(mistakes, key=lambda one: one.partition(":")[0] not in changed)
        self.refused = Refused(time.time(), tuple(first))
        return self.refused


def open_clinic(
    settings: Settings,
    tell: Callable[[str], None] = print_progress,
    shared: SharedParts | None = None,
    *,
    learns: bool = True,
) -> LiveClinic:
    """The clinic that ``settings`` name, with what it serves at a start. Raises KnowledgeError, ConfigError.

    ``shared``: what the clinics of this process have in common. Not ``learns``: it serves what is kept, and lacks the rest.

    Where its files are not in order, but a version that served is kept, that one serves, and the files are refused.
    """
    shared = shared or SharedParts()
    source, kept = source_of(settings), KeptVersions(settings.serving.data_dir, settings.clinic)
    seen = source.look()
    with copy_folder(settings) as folder:
        try:
            copied = source.copy(settings, folder)
            knowledge, lacking = shared.knowledge(copied.settings), tuple[Part, ...]()
            if learns:
                dialogue = dialogue_for(knowledge, settings, tell, shared)
            else:
                dialogue, lacking = dialogue_at_once(knowledge, settings, shared)
            edition = edition_of(settings, dialogue)
        except KnowledgeError as error:
            last = _last_good(settings, source, kept, tell)
            if last is None:
                raise
            clinic = LiveClinic(settings, source, kept, last, last, seen, {}, shared=shared)
            clinic.refuse(error)
            return clinic
        clinic = LiveClinic(settings, source, kept, edition, edition, seen, seen, shared=shared, lacking=lacking)
        clinic.learning = "first" if lacking else None
        with suppress(OSError):  # a folder that cannot be written is told with the first edit
            kept.keep(clinic.version, copied)
        return clinic


def _last_good(settings: Settings, source: Source, kept: KeptVersions, tell: Callable[[str], None]) -> Edition | None:
    """The edition that served last, where it is kept and this program still reads it."""
    last = kept.before({})
    if last is None:
        return None
    with copy_folder(settings) as folder:
        try:
            kept.copy(last, folder)
            knowledge = open_knowledge(source.within(settings, folder))
        except (OSError, KnowledgeError):
            return None
        return edition_of(settings, dialogue_for(knowledge, settings, tell))


@contextmanager
def copy_folder(settings: Settings) -> Iterator[Path]:
    """A new folder, for as long as something is read from it: in the cache, or where that cannot be written, in the system's."""
    try:
        settings.cache_dir.mkdir(parents=True, exist_ok=True)
        made = tempfile.TemporaryDirectory(prefix="edit-", dir=settings.cache_dir, ignore_cleanup_errors=True)
    except OSError:
        made = tempfile.TemporaryDirectory(prefix="infusion-bot-", ignore_cleanup_errors=True)
    with made as folder:
        yield Path(folder)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
