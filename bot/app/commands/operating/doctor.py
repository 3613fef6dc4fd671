"""``infusion-bot doctor``: whether all is there that a start needs, and how to mend what is not. It changes nothing."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import TYPE_CHECKING

from bot.app.channels import CHANNELS
from bot.app.commands.operating import machine
from bot.app.commands.operating.effective import shown_address
from bot.app.config import Settings, environment, read_settings
from bot.app.serving import wiring
from bot.app.serving.clinics import served_together
from bot.app.variables import misspelt, refuse_misspelt
from bot.channels.declaration import CheckResult, ConfigError
from bot.channels.probe import clock_check
from bot.delivery import logs
from bot.delivery.storage import StorageError
from bot.delivery.storage.check import look
from bot.delivery.storage.open import postgres_address
from bot.delivery.storage.schema.upgrade import NEWEST, is_behind

if TYPE_CHECKING:
    from bot.knowledge.model import Knowledge

_SECONDS = 25.0  # for a channel's look, in which each call has a shorter limit
_LISTED = 5
_MEND_SERVER = "look whether it runs, whether this machine reaches it, and whether name and password in DATABASE_URL are right"
_MEND_FILE = "look whose file it is (ls -l), and whether it is the bot's own; a backup can take its place"
_MARKS = {"ok": "ok     ", "warning": "warning", "wrong": "WRONG  "}


def add_command(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], flags: argparse.ArgumentParser) -> None:
    """``flags``: those of all commands that read what serving needs."""
    about = (
        "look whether all is there that a start needs, and say how to mend what is not; nothing is changed, and nobody is called "
        "but whom the settings name"
    )
    command = subparsers.add_parser("doctor", help=about.partition(";")[0], description=about, parents=[flags])
    command.add_argument("--json", action="store_true", help="as JSON")
    command.set_defaults(run_unread=run)


def run(args: argparse.Namespace) -> int:
    """0: nothing is wrong, though something may be warned of; 1: something is; 2: a setting is, and no more was looked at."""
    logs.start("error")
    try:
        settings = read_settings(vars(args))
        refuse_misspelt(environment())
        wiring.check(settings.serving)
        names = served_together(vars(args), environment())
    except ConfigError as error:
        _tell(_wrong("settings", error), args.json)
        return 2
    found = [*_spelling(), *asyncio.run(_examine(settings, names, vars(args)))]
    _tell(found, args.json)
    return 1 if any(one.state == "wrong" for one in found) else 0


def _spelling() -> Iterator[CheckResult]:
    near = misspelt(environment())
    for name, meant in near:
        mend = f"if {meant} is meant, rename it" if meant else "infusion-bot config lists the names of all settings"
        yield CheckResult("settings", "warning", f"{name} is no setting, and is ignored", mend)
    if not near:
        yield CheckResult("settings", "ok", "all are right; infusion-bot config shows them")


def _wrong(part: str, error: ConfigError) -> list[CheckResult]:
    mend = "infusion-bot config shows all settings, and where each comes from"
    return [CheckResult(part, "wrong", line, mend) for line in str(error).splitlines()]


async def _examine(settings: Settings, names: Sequence[str], flags: Mapping[str, object]) -> list[CheckResult]:
    """``names``: of the clinics that are served together; none: the one of ``settings`` alone."""
    serving, env = settings.serving, environment()
    found = [
        await asyncio.to_thread(_model, settings),
        machine.folder_check("data", "DATA_DIR", serving.data_dir),
        machine.folder_check("cache", "CACHE_DIR", settings.cache_dir),
        *machine.user_check(env),
        await machine.port_check(serving),
        machine.files_check(serving),
        *machine.proxy_checks(env),
        *await _store(serving.database_url),
    ]
    if not names:
        return [*found, *await _clinic(settings)]
    for name in names:  # one after the other: what is asked of Telegram is little, and its answers stay apart
        try:
            one = read_settings({**flags, "clinic": name}, env)
            wiring.check(one.serving)
            found += [replace(result, part=f"{name}: {result.part}") for result in await _clinic(one)]
        except ConfigError as error:
            found += _wrong(f"{name}: settings", error)
    return found


async def _clinic(settings: Settings) -> list[CheckResult]:
    """What one clinic needs for itself: its knowledge, its clock, its channels."""
    knowledge, found = await asyncio.to_thread(_knowledge, settings)
    clinic_zone = knowledge.clinic.timezone if knowledge is not None else None
    found.append(machine.zone_check(settings, clinic_zone, environment()))
    for some in await asyncio.gather(*_channels(settings)):
        found += some
    return found


# -- what is looked at ------------------------------------------------------------------------------------------------


def _knowledge(settings: Settings) -> tuple[Knowledge | None, list[CheckResult]]:
    from bot.app.knowledge import open_knowledge  # it reads yaml, which who asks for help need not wait for
    from bot.knowledge.load import KnowledgeError

    try:
        knowledge = open_knowledge(settings)
    except KnowledgeError as error:
        more = len(error.mistakes) - _LISTED
        mend = "infusion-bot kb check lists all mistakes"
        found = [CheckResult("knowledge", "wrong", line, mend) for line in error.mistakes[:_LISTED]]
        return None, [*found, *([CheckResult("knowledge", "wrong", f"and {more} mistakes more", mend)] if more > 0 else [])]
    said = f"{len(knowledge.entries)} entries, for the clinic {settings.clinic}, version {knowledge.version}"
    return knowledge, [CheckResult("knowledge", "ok", said), *_reviews(knowledge)]


def _reviews(knowledge: Knowledge) -> Iterator[CheckResult]:
    """What patients are told without a signature of a clinician that holds."""
    from bot.dialogue.reviews import STATES, standings

    found = standings(knowledge, date.today())  # noqa: DTZ011  # a review is due on somebody's calendar day
    mend = "infusion-bot kb report makes the document to read, kb sign records who has; kb review lists all"
    for state in (state for state in STATES if state != "signed"):
        if ids := [one.text.id for one in found if one.state == state]:
            yield CheckResult("reviews", "warning", f"{len(ids)} texts, {state}: {_some(ids)}", mend)
    if all(one.state == "signed" for one in found):
        yield CheckResult("reviews", "ok", "each text is signed as it is, and none is due again")


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:_LISTED]) + (" ..." if len(ids) > _LISTED else "")


def _model(settings: Settings) -> CheckResult:
    from bot.matching import weights  # numpy, as above

    if settings.model == "off":
        return CheckResult("model", "ok", "switched off: the bot understands by words alone, and asks back more often")
    try:
        found = weights.find(settings.model)
        weights.encoder(found)
    except weights.WeightsError as error:
        wanted = settings.model != "auto"
        mend = "infusion-bot model install" if not wanted else "install it, or leave MODEL out"
        return CheckResult("model", "wrong" if wanted else "warning", f"no sentence model: {error}", mend)
    return CheckResult("model", "ok", f"{found.folder}")


async def _store(url: str) -> list[CheckResult]:
    part, shown = "database", shown_address(url)
    if url == "memory:":
        return [CheckResult(part, "warning", "in memory: all is lost when the bot stops", "leave DATABASE_URL out")]
    try:
        async with asyncio.timeout(_SECONDS):
            state = await look(url)
        behind = is_behind(state.revision)
    except ValueError as error:
        return [CheckResult(part, "wrong", f"DATABASE_URL: {error}", "correct it")]
    except StorageError as error:
        return [CheckResult(part, "wrong", f"{shown}: {error}", _MEND_SERVER if postgres_address(url) else _MEND_FILE)]
    except TimeoutError:
        return [CheckResult(part, "wrong", f"{shown}: no answer within {_SECONDS:.0f} s", _MEND_SERVER)]
    if state.revision is None:
        said = f"{shown} is empty; the first start makes its tables"
    elif behind:
        said = f"{shown}: tables of revision {state.revision}; the next start makes {NEWEST} of them (back it up first)"
    else:
        said = f"{shown}: tables of revision {state.revision}, the newest"
    return [CheckResult(part, "ok", said), *clock_check(state.ahead, "the database")]


def _channels(settings: Settings) -> Iterator[Awaitable[list[CheckResult]]]:
    async def one(name: str, looking: Awaitable[Sequence[CheckResult]]) -> list[CheckResult]:
        try:
            async with asyncio.timeout(_SECONDS):
                return list(await looking)
        except TimeoutError:
            return [CheckResult(name, "wrong", f"no answer within {_SECONDS:.0f} s", "look at the network between")]

    for channel in CHANNELS:
        given = settings.serving.channels[channel.name]
        if channel.check is not None and given.configured:
            yield one(channel.name, channel.check(given))


# -- what is said -----------------------------------------------------------------------------------------------------


def _tell(found: Sequence[CheckResult], as_json: bool) -> None:
    if as_json:
        print(json.dumps([asdict(one) for one in found], indent=2, ensure_ascii=False))
        return
    width = max(len(one.part) for one in found)
    for one in found:
        print(f"{_MARKS[one.state]}  {one.part:{width}}  {one.said}")
        if one.mend and one.state != "ok":
            print(f"{'':{len(_MARKS['ok'])}}  {'':{width}}  -> {one.mend}")
    count = {state: sum(one.state == state for one in found) for state in ("warning", "wrong")}
    print(f"{count['wrong']} wrong, {count['warning']} to think of" if any(count.values()) else "all is there that a start needs")
    sys.stdout.flush()
