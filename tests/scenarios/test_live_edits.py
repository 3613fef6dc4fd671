"""An editor at work while people ask on every channel: what is broken is never seen, what is good takes over whole."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import re
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.app.paths import knowledge_folder
from tests import folders
from tests.fakes.botapi import FakeBotApi, updates
from tests.running import TOKEN, Bot
from tests.scenarios.desks import ChatwootDesk, GenericDesk
from tests.scenarios.environment import until

SCALE = 20.0
BROKEN = "broken"
MARK = re.compile(r"§(\w+)§")
SAID = (
    "How long do I bake it?",
    "what is a starter",
    "tell me more",
    "why?",
    "flour price",
    "can I freeze it",
    "hello",
    "who won the cup",
    "the kitchen is on fire",
    "when is the bread done",
)
DANGER = "the kitchen is on fire"


def letters(number: int) -> str:
    """The mark of a good edition, in order: a figure in an answer would be refused."""
    return "abcdefghijklmnopqrstuvwxyz"[number // 26] + "abcdefghijklmnopqrstuvwxyz"[number % 26]


def marked(mark: str) -> dict[str, str]:
    """The small folder, where what is said shows of which edition it is."""
    files = folders.files()
    for name in ("topics/bread.yaml", "topics/oven.yaml", "safety/boundaries.yaml", "smalltalk.yaml"):
        files[name] = re.sub(r"^( +(?:answer|detail|reply): )", rf"\1§{mark}§ ", files[name], flags=re.MULTILINE)
    files["messages.yaml"] = files["messages.yaml"].replace(': "', f': "§{mark}§ ')
    return files


# -- an editor ----------------------------------------------------------------------------------------------------

Spoil = Callable[[Path], object]


def _edit(name: str, old: str, new: str) -> Spoil:
    def spoil(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), "utf-8")

    return spoil


def _write(name: str, data: bytes) -> Spoil:
    return lambda folder: (folder / name).write_bytes(data)


def _cut(folder: Path) -> None:
    path = folder / "topics" / "oven.yaml"
    path.write_bytes(path.read_bytes()[:150])


def _unreadable(folder: Path) -> None:
    path = folder / "claims.yaml"
    path.chmod(0)
    if os.geteuid() == 0:  # whom rights do not stop
        path.unlink()
        path.symlink_to("nowhere")


def _folder_for_file(folder: Path) -> None:
    (folder / "claims.yaml").unlink()
    (folder / "claims.yaml").mkdir()


def _huge(folder: Path) -> None:
    with (folder / "messages.yaml").open("r+b") as file:
        file.truncate(9_000_000)


def _pipe(folder: Path) -> None:
    (folder / "lexicon.yaml").unlink()
    os.mkfifo(folder / "lexicon.yaml")


def _file_for_folder(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("a file")


SPOILT: dict[str, Spoil] = {
    "cut off": _cut,
    "no YAML": _write("topics/oven.yaml", b"- id: ["),
    "empty": _write("claims.yaml", b""),
    "binary": _write("topics/bread.yaml", bytes(range(256))),
    "not UTF-8": _write("smalltalk.yaml", "- id: hello\n  act: reply\n  phrases: [café]\n".encode("latin-1")),
    "an unknown claim": _edit("topics/oven.yaml", "claims: [baking_time]", "claims: [no_such_claim]"),
    "a figure of no claim": _edit("topics/oven.yaml", "About {loaf}", "About 90 minutes"),
    "an id that stands twice": _edit("topics/oven.yaml", "id: baking", "id: feeding"),
    "an unknown field": _edit("topics/oven.yaml", "question:", "qestion:"),
    "an alarm without a number": _edit("safety/replies.yaml", "Please call {emergency} now.", "Please call somebody now."),
    "no replies to danger": lambda folder: (folder / "safety" / "replies.yaml").unlink(),
    "no plain words": lambda folder: (folder / "safety" / "plain.yaml").unlink(),
    "no examples of a kind": lambda folder: (folder / "safety" / "examples" / "self_harm.txt").unlink(),
    "no clinic": lambda folder: (folder / "clinics" / "default.yaml").unlink(),
    "unreadable": _unreadable,
    "a folder in place of a file": _folder_for_file,
    "huge": _huge,
    "a pipe": _pipe,
    "no folder": shutil.rmtree,
    "a file in place of the folder": _file_for_folder,
}


@dataclass
class Editor:
    """Saves the whole folder, or breaks it."""

    folder: Path

    def save(self, mark: str) -> None:
        if self.folder.is_file():
            self.folder.unlink()
        wanted = marked(mark)
        for name, text in wanted.items():
            path = self.folder / name
            if path.is_dir():
                shutil.rmtree(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_name(f".{path.name}.new")
            beside.write_text(text, "utf-8")
            beside.replace(path)

    def spoil(self, how: str) -> None:
        self.save(BROKEN)
        SPOILT[how](self.folder)


# -- those who ask ------------------------------------------------------------------------------------------------


@dataclass
class Town:
    """People on all channels, who ask until they are told to stop. ``seen``: all replies, by channel."""

    bot: Bot
    api: FakeBotApi
    desks: tuple[ChatwootDesk, GenericDesk]
    http: aiohttp.ClientSession
    seen: dict[str, list[str]] = field(default_factory=lambda: {"api": [], "web": []})
    strange: list[str] = field(default_factory=list)
    least: str = ""  # what is asked from now on is answered from this edition, or a newer one
    asked: int = 0

    async def ask_everywhere(self, stop: asyncio.Event, pause: float) -> None:
        async with self.http.post(f"{self.bot.url}/api/v1/conversations", json={}) as answer:
            conversation = (await answer.json())["conversation"]
        tasks = set()
        for number in itertools.count():
            if stop.is_set():
                break
            question = SAID[number // 5 % len(SAID)]  # each channel hears all of them, in their order
            match number % 5:
                case 0:
                    self.api.inject(updates.text(question, updates.user(1000 + number % 7)))
                case 1:
                    tasks.add(asyncio.create_task(self._ask("api", {"question": question})))
                case 2:
                    await self._ask("web", {"question": question, "conversation": conversation})
                case 3:
                    self.desks[1].ask(number % 11, question)
                case 4:
                    self.desks[0].ask(2000 + number, question)
            self.asked += 1
            await asyncio.sleep(pause)
        await asyncio.gather(*tasks)

    async def _ask(self, channel: str, asked: dict[str, str]) -> None:
        least = self.least
        async with self.http.post(f"{self.bot.url}/api/v1/ask", json=asked) as answer:
            text = await answer.text()
        self.seen[channel].append(text)
        if answer.status != 200 or (asked["question"] == DANGER) != (json.loads(text)["kind"] == "urgent"):
            self.strange.append(f"{answer.status} {asked['question']}: {text}")
        if any(mark < least for mark in MARK.findall(text)):
            self.strange.append(f"older than {least}: {text}")

    async def quiet(self) -> bool:
        return not self.api.state.pending and all(desk.quiet for desk in self.desks)

    def replies(self) -> dict[str, list[str]]:
        calls = self.api.calls("sendMessage")
        told = [json.dumps(call.params, ensure_ascii=False) for call in calls if call.delivered]
        chatwoot, generic = ([call.text for call in desk.said] for desk in self.desks)
        return {**self.seen, "telegram": told, "chatwoot": chatwoot, "generic": generic}

    # -- what the process says of itself ----------------------------------------------------------------------

    async def reloads(self, outcome: str) -> float:
        async with self.http.get(f"{self.bot.url}/metrics") as answer:
            page = await answer.text()
        return float(re.search(rf'infusion_bot_reloads_total{{clinic="default",outcome="{outcome}"}} (\S+)', page)[1])  # type: ignore[index]  # it is there

    async def told_of(self, outcome: str, before: float, what: str) -> None:
        """Waits until one more edit became that."""

        async def more() -> bool:
            return await self.reloads(outcome) > before

        await until(more, 20, lambda: f"{what}: {self.bot.log()[-600:]}")

    async def knowledge(self) -> tuple[bool, Any]:
        async with self.http.get(f"{self.bot.url}/readyz") as answer:
            return answer.status == 200, await answer.json()


@asynccontextmanager
async def town(folder: Path, editor: Editor) -> AsyncIterator[Town]:
    """A bot on the folder of ``editor``, and all who speak to it."""
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(FakeBotApi(TOKEN, time_scale=SCALE))
        desks = ChatwootDesk(SCALE, lambda _: None), GenericDesk(SCALE, lambda _: None)
        given = {
            "KNOWLEDGE": str(editor.folder),
            "CLOCK_SCALE": f"{SCALE:g}",
            "TELEGRAM_BASE_URL": api.base_url,
            "API_RATE": "off",
        }
        for desk in desks:
            await desk.open()
            stack.push_async_callback(desk.close)
            given |= desk.settings
        bot = await stack.enter_async_context(Bot(folder / "bot", given))
        for desk in desks:
            desk.route([bot.url])
        http = await stack.enter_async_context(aiohttp.ClientSession())
        yield Town(bot, api, desks, http)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("saves", "good", "pause"),
    [
        pytest.param(len(SPOILT), 7, 0.02, id="short"),
        pytest.param(200, 9, 0.02, id="full", marks=pytest.mark.scenario),
    ],
)
async def test_broken_saves_are_never_seen(tmp_path: Path, saves: int, good: int, pause: float) -> None:
    editor = Editor(tmp_path / "bread")
    editor.save(letters(0))
    hows: Iterator[str] = itertools.cycle(SPOILT)
    chance = random.Random(1)
    async with town(tmp_path, editor) as here:
        pid, stop, edition = here.bot.pid, asyncio.Event(), 0
        asking = asyncio.create_task(here.ask_everywhere(stop, pause))
        for number in range(saves):
            how, before = next(hows), await here.reloads("refused")
            editor.spoil(how)
            await here.told_of("refused", before, how)
            ready, found = await here.knowledge()
            assert "refused" in found["knowledge"]["default"], how
            assert ready, found
            if number % good == good - 1 or number == saves - 1:
                before, edition = await here.reloads("ok"), edition + 1
                editor.save(letters(edition))
                await here.told_of("ok", before, "a good one")
                here.least = letters(edition)
                assert "refused" not in (await here.knowledge())[1]["knowledge"]["default"]
            await asyncio.sleep(chance.uniform(0, 0.1))
        stop.set()
        await asking
        await until(here.quiet, 60)
        assert (here.bot.pid, here.bot.alive) == (pid, True)
        replies, log = here.replies(), here.bot.log()
    marks_of = {channel: [set(MARK.findall(text)) for text in texts] for channel, texts in replies.items()}
    counts = {channel: len(texts) for channel, texts in replies.items()}
    print(f"\n{saves} broken saves, {edition} good ones, {here.asked} questions; replies {counts}")
    assert here.strange == []
    assert all(len(marks) <= 1 for each in marks_of.values() for marks in each), "of two editions"
    assert {mark for each in marks_of.values() for marks in each for mark in marks} <= {letters(n) for n in range(edition + 1)}
    assert all(len([marks for marks in each if marks]) > saves // 5 for each in marks_of.values()), counts
    assert "could not be taken" not in log
    assert log.count('"event": "serving"') == 1


@pytest.mark.scenario
@pytest.mark.parametrize("model", ["off", "small"])
async def test_a_phrase_is_live_within_seconds(fitted_cache: Path, tmp_path: Path, model: str) -> None:
    """The shipped knowledge, asked over the web: from the save to the first answer that knows the phrase."""
    folder = tmp_path / "knowledge"
    shutil.copytree(knowledge_folder(), folder)
    path = next(iter(sorted((folder / "topics").glob("*.yaml"))))
    given = {
        "KNOWLEDGE": str(folder),
        "CACHE_DIR": str(fitted_cache),
        "MODEL": model,
        "TELEGRAM_BOT_TOKEN": "",
        "API_RATE": "off",
    }
    bot = Bot(tmp_path / "bot", given)
    async with AsyncExitStack() as stack:
        stack.push_async_exit(bot)
        await bot.start(seconds=600)  # where nothing is learned yet
        http = await stack.enter_async_context(aiohttp.ClientSession())

        async def ask(question: str) -> str:
            async with http.post(f"{bot.url}/api/v1/ask", json={"question": question}) as answer:
                return str((await answer.json())["kind"])

        async def learned() -> bool:
            async with http.get(f"{bot.url}/readyz") as answer:
                return "learning" not in (await answer.json())["knowledge"]["default"]

        took = []
        for number in range(3):
            question = ("xenium quark gremble", "wozzle a tifflet", "bruntle my skeeb")[number]
            assert await ask(question) != "answer"
            text = path.read_text("utf-8")
            path.write_text(text.replace("\n  phrases:\n", f"\n  phrases:\n    - {question}\n", 1), "utf-8")
            began = time.monotonic()
            while await ask(question) != "answer":
                assert time.monotonic() < began + 60, bot.log()[-600:]
                await asyncio.sleep(0.01)
            took.append(round(time.monotonic() - began, 2))
            await until(learned, 900)
    print(f"\nmodel {model}: a phrase is live after {took} s")
    assert min(took) < 20
