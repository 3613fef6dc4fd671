"""Knowledge folders opened for use: loaded, with what was learned from them and the dialogue on them; the editions that serve."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from bot.app.config import Settings, zone_for
from bot.app.detector import open_detector, plain_detector
from bot.app.knowledge import open_knowledge
from bot.app.sharing import SharedParts
from bot.channels.declaration import ConfigError
from bot.dialogue.policy import Dialogue
from bot.dialogue.reviews import STATES, counts, standings, withheld
from bot.knowledge.model import Knowledge
from bot.matching import weights
from bot.matching.refit import NotKept
from bot.matching.training import Nearby, open_matcher
from bot.matching.weights import WeightsError

if TYPE_CHECKING:
    from bot.channels.edition import Edition
    from bot.delivery.metrics import Metrics
    from bot.matching.matcher import Matcher


_log = logging.getLogger(__name__)
# What can be learned by itself: what danger sounds like; the words of questions; those and what the sentence model makes of them.
Part = Literal["danger", "words", "all"]
# The sections of a calibration that hold with a sentence model.
WITH_SMALL, WITH_LARGE = "with_meaning", "with_large"


def print_progress(line: str) -> None:
    """What takes long at a start is told beside the output."""
    print(line, file=sys.stderr, flush=True)


def matcher_for(knowledge: Knowledge, settings: Settings, tell: Callable[[str], None] = print_progress) -> Matcher:
    """The matcher of ``knowledge``. ``tell`` hears a line for all that takes long. Raises ConfigError: no such model is there."""
    try:
        return open_matcher(knowledge, settings.cache_dir, tell, settings.model)
    except WeightsError as error:
        raise ConfigError(f"MODEL: {error}; or leave MODEL out to go without") from error


def matchers_for(knowledge: Knowledge, settings: Settings) -> dict[str, Matcher]:
    """The matchers that are calibrated, by their section of the calibration; "auto": with each model that is installed."""
    installed = [model for model in (weights.SMALL, weights.LARGE) if weights.place_of(model) is not None]
    matchers = {}
    for model in installed if settings.model == "auto" and installed else [settings.model]:
        matcher = matcher_for(knowledge, replace(settings, model=model))
        large = matcher.understands and weights.find(model).large
        matchers[WITH_LARGE if large else WITH_SMALL] = matcher
    return matchers


def dialogue_for(
    knowledge: Knowledge, settings: Settings, tell: Callable[[str], None] = print_progress, shared: SharedParts | None = None
) -> Dialogue:
    """The dialogue on ``knowledge``, with all that is learned from it, or is ``shared``."""
    knowledge = _as_signed(knowledge, settings)
    shared = shared or SharedParts()
    matcher = shared.matcher(knowledge, settings) or matcher_for(knowledge, settings, tell)
    detector = shared.detector(knowledge) or open_detector(knowledge, settings.cache_dir, tell)
    dialogue = Dialogue(knowledge, matcher, detector)
    shared.add(dialogue)
    return dialogue


def dialogue_near(
    knowledge: Knowledge, settings: Settings, near: Dialogue, shared: SharedParts | None = None
) -> tuple[Dialogue, bool]:
    """As ``dialogue_for``, in a second: what is not kept is made from ``near``; whether all was kept, and so is as at a start.

    Raises NotKept where too much would have to be learned.
    """

    def silent(line: str) -> None:
        _log.debug(line)

    shared = shared or SharedParts()
    knowledge = _as_signed(knowledge, settings)
    nearby = Nearby(near.knowledge, near.matcher, settings.cache_dir)
    detector = shared.detector(knowledge, near) or open_detector(knowledge, settings.cache_dir, silent, learns=False)
    matcher = shared.matcher(knowledge, settings)
    if matcher is None:
        matcher = open_matcher(knowledge, settings.cache_dir, silent, settings.model, nearby)
    dialogue = Dialogue(knowledge, matcher, detector)
    if not nearby.used:  # what was made in haste is soon made anew, and is nobody else's
        shared.add(dialogue)
    return dialogue, not nearby.used


def dialogue_at_once(
    knowledge: Knowledge, settings: Settings, shared: SharedParts | None = None
) -> tuple[Dialogue, tuple[Part, ...]]:
    """The dialogue on ``knowledge`` from what is kept or shared; and what it lacks, in the order in which that is best learned.

    Without "danger" it hears that in plain words alone, without "words" it answers nothing else, without "all" it does so by
    words alone. Raises ConfigError: no such model is there.
    """

    def silent(line: str) -> None:
        _log.debug(line)

    shared = shared or SharedParts()
    knowledge = _as_signed(knowledge, settings)
    lacking = list[Part]()
    detector = shared.detector(knowledge)
    if detector is None:
        try:
            detector = open_detector(knowledge, settings.cache_dir, silent, learns=False)
        except NotKept:
            detector = plain_detector(knowledge)
            lacking.append("danger")
    matcher = shared.matcher(knowledge, settings)
    if matcher is None:
        matcher, missing = _kept_matcher(knowledge, settings, shared, silent)
        lacking += missing
    dialogue = Dialogue(knowledge, matcher, detector)
    if not lacking:
        shared.add(dialogue)
    return dialogue, tuple(lacking)


def _kept_matcher(
    knowledge: Knowledge, settings: Settings, shared: SharedParts, tell: Callable[[str], None]
) -> tuple[Matcher, tuple[Part, ...]]:
    """The best that is kept, and what is missing of the one that ``settings`` ask for."""
    choices: tuple[tuple[str, tuple[Part, ...]], ...] = ((settings.model, ()), ("off", ("all",)))
    for model, missing in choices:
        try:
            return open_matcher(knowledge, settings.cache_dir, tell, model, learns=False), missing
        except NotKept:
            continue
        except WeightsError as error:
            raise ConfigError(f"MODEL: {error}; or leave MODEL out to go without") from error
    return shared.unlearned(knowledge), ("words", "all") if settings.model != "off" else ("words",)


def _as_signed(knowledge: Knowledge, settings: Settings) -> Knowledge:
    """With what is not told today, as no clinician has signed it, where the clinic wants that."""
    today = datetime.now(zone_for(settings, knowledge.clinic.timezone)).date()
    return replace(knowledge, withheld=withheld(knowledge, today))


def open_dialogue(settings: Settings, tell: Callable[[str], None] = print_progress) -> Dialogue:
    """The dialogue on the folder and the clinic that ``settings`` name. Raises KnowledgeError with all mistakes of the folder."""
    return dialogue_for(open_knowledge(settings), settings, tell)


def edition_of(settings: Settings, dialogue: Dialogue) -> Edition:
    """The edition of ``dialogue``, under the name by which the settings know its clinic. Raises ConfigError for its time zone."""
    from bot.channels.edition import Edition  # noqa: PLC0415  # it draws pictures, which who asks one question does not need

    chosen = dialogue.knowledge.clinic.timezone
    if settings.timezone is None and chosen is None:
        _log.warning("no time zone is set; clock times are this system's: set TIMEZONE, or timezone in the clinic's file")
    return Edition(settings.clinic, dialogue, zone_for(settings, chosen))


def tell_unsigned(edition: Edition, metrics: Metrics) -> None:
    """How many texts patients read that no clinician has signed as they are, in a line of the log and in the metrics."""
    many = counts(standings(edition.knowledge, datetime.now(edition.zone).date()))
    metrics.unsigned(edition.clinic, {state: many.get(state, 0) for state in STATES if state != "signed"})
    if left := sum(many.values()) - many.get("signed", 0):
        _log.warning(
            "texts without a signature of a clinician that holds; kb review lists them",
            extra={"clinic": edition.clinic, "count": left},
        )


class LoadedEditions:
    """The edition of each clinic that is served. A new one takes the place of the old one whole, between two turns."""

    def __init__(self, editions: Iterable[Edition]) -> None:
        self._editions = {edition.clinic: edition for edition in editions}

    @property
    def clinics(self) -> tuple[str, ...]:
        return tuple(self._editions)

    def current(self, clinic: str) -> Edition:
        """As ``channels.edition.Editions`` says."""
        return self._editions[clinic]

    def swap(self, edition: Edition) -> None:
        """Turns that begin from now on are answered from ``edition``."""
        self._editions[edition.clinic] = edition
