"""Edits taken while it serves: whole or not at all, told in the log, in the metrics and in readiness."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app.editions import LoadedEditions
from bot.app.live import reload as module
from bot.app.live.clinic import LiveClinic
from bot.app.live.learner import NotLearned
from bot.app.live.reload import Reloader
from bot.delivery.metrics import Metrics
from bot.dialogue.conversation import Conversation
from bot.dialogue.events import AsksEnd, Chosen, Ended, Event, NotHelped, Said, WantsPerson
from bot.dialogue.policy import Dialogue
from bot.dialogue.state import ChatState, Participant, dump_state, load_state
from bot.knowledge.load import load
from bot.matching.training import open_matcher
from tests import folders
from tests.app.live.test_clinic import add_phrase, edit
from tests.fakes.editions import metrics_of

PHRASE = "crackle of the crust"


class Live:
    """A clinic whose edits are taken, in this process."""

    def __init__(self, clinic: LiveClinic, metrics: Metrics, watch: bool) -> None:
        self.clinic, self.metrics = clinic, metrics
        self.editions = LoadedEditions([clinic.edition])
        self.reloader = Reloader([clinic], self.editions, metrics, watch=watch)

    @property
    def serving(self) -> str:
        return self.editions.current("default").knowledge.version

    def finds(self, question: str) -> bool:
        ranking = self.editions.current("default").dialogue.matcher.rank(question)
        return ranking is not None and ranking.top.nearest == question

    def count(self, outcome: str) -> float:
        line = f'infusion_bot_reloads_total{{clinic="default",outcome="{outcome}"}} '
        return next(float(one.removeprefix(line)) for one in self.lines() if one.startswith(line))

    def lines(self) -> list[str]:
        return self.metrics.rendered().decode().splitlines()


@asynccontextmanager
async def running(clinic: LiveClinic, *, watch: bool = True) -> AsyncIterator[Live]:
    live = Live(clinic, metrics_of(), watch)
    task = asyncio.create_task(live.reloader.run())
    try:
        yield live
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


async def test_a_saved_phrase_is_answered_and_told_of(clinic: LiveClinic, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bot")
    async with running(clinic) as live:
        before = live.serving
        add_phrase(folder, PHRASE)
        await until(lambda: live.serving != before)
        assert live.finds(PHRASE)
        await until(lambda: len(clinic.kept.listed()) == 2)
        (line,) = [one for one in caplog.records if one.message == "knowledge is live"]
        assert (line.clinic, line.knowledge) == ("default", live.serving)  # type: ignore[attr-defined]  # of `extra`
        infos = [one for one in live.lines() if one.startswith("infusion_bot_info{")]
        assert len(infos) == 1, "the one before is no longer told"
        assert f'knowledge="{live.serving}"' in infos[0]
        assert live.count("ok") == 1


async def test_what_was_learned_in_haste_is_learned_whole_afterwards(clinic: LiveClinic, folder: Path) -> None:
    async with running(clinic) as live:
        add_phrase(folder, PHRASE)
        await until(lambda: live.finds(PHRASE) and clinic.whole is clinic.edition)
        assert live.editions.current("default") is clinic.whole
        assert live.count("ok") == 1, "it is one edit"


async def test_what_is_learned_of_danger_takes_over_when_it_is_learned(clinic: LiveClinic, folder: Path) -> None:
    async with running(clinic) as live:
        before = live.serving
        edit(folder, "safety/examples/medical.txt", "flames on my arm", "sparks on my sleeve")
        await until(lambda: live.reloader.shown()["default"].get("learning") or live.serving != before)
        await until(lambda: live.serving != before)
        assert clinic.whole is clinic.edition


async def test_what_cannot_be_learned_is_refused_and_told(
    clinic: LiveClinic, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(_: object) -> None:
        raise NotLearned("the process that learns ended with -9")

    monkeypatch.setattr(module, "learn", dies)  # a machine without memory cannot be made here
    async with running(clinic) as live:
        before = live.serving
        edit(folder, "safety/examples/medical.txt", "flames on my arm", "embers on my knee")
        await until(lambda: clinic.refused)
        assert live.serving == before
        assert live.reloader.shown()["default"]["refused"] == {
            "at": live.reloader.shown()["default"]["refused"]["at"],  # type: ignore[index]  # whenever it was
            "mistake": "the process that learns ended with -9",
            "mistakes": 1,
        }
        # Little is live all the same, and stays as it was made in haste.
        edit(folder, "safety/examples/medical.txt", "embers on my knee", "flames on my arm")
        add_phrase(folder, PHRASE)
        await until(lambda: live.finds(PHRASE))
        await until(lambda: clinic.learning is None)
        assert clinic.refused is None


def _claim_of_none(folder: Path) -> None:
    edit(folder, "topics/oven.yaml", "claims: [baking_time]", "claims: [no_such_claim]")


def _cut(folder: Path) -> None:
    path = folder / "claims.yaml"
    path.write_bytes(path.read_bytes()[:700])


def _gone(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        pytest.param(_claim_of_none, "topics/oven.yaml:", id="an-unknown-claim"),
        pytest.param(_cut, "claims.yaml:", id="a-file-that-was-cut-off"),
        pytest.param(_gone, "bread:1: this is not a folder", id="no-folder"),
    ],
)
async def test_what_is_not_in_order_is_not_served_and_is_told(
    clinic: LiveClinic, folder: Path, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], None], told: str
) -> None:
    async with running(clinic) as live:
        before = live.editions.current("default")
        spoil(folder)
        await until(lambda: clinic.refused)
        assert live.editions.current("default") is before
        refused = live.reloader.shown()["default"]["refused"]
        assert isinstance(refused, dict)
        assert told in refused["mistake"]
        (line,) = [one for one in caplog.records if one.message == "knowledge refused, the last good one serves"]
        assert told in line.reason.split("; ")[0]  # type: ignore[attr-defined]  # of `extra`
        assert live.count("refused") == 1
        assert 'infusion_bot_knowledge_refused{clinic="default"} 1.0' in live.lines()


async def test_what_is_mended_serves_and_what_is_taken_back_is_no_more_refused(clinic: LiveClinic, folder: Path) -> None:
    async with running(clinic) as live:
        before = live.serving
        _claim_of_none(folder)
        await until(lambda: clinic.refused)
        edit(folder, "topics/oven.yaml", "claims: [no_such_claim]", "claims: [baking_time]")
        await until(lambda: clinic.refused is None)
        assert live.serving == before
        assert 'infusion_bot_knowledge_refused{clinic="default"} 0.0' in live.lines()


async def test_who_does_not_watch_takes_edits_when_asked_alone(clinic: LiveClinic, folder: Path) -> None:
    async with running(clinic, watch=False) as live:
        before = live.serving
        add_phrase(folder, PHRASE)
        await asyncio.sleep(3 * module._LOOK)  # two looks, and one more
        assert live.serving == before
        live.reloader.ask()
        await until(lambda: live.serving != before)


async def test_who_asks_is_told_that_nothing_changed(clinic: LiveClinic, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bot")
    async with running(clinic) as live:
        live.reloader.ask()
        await until(lambda: any(one.message == "knowledge is the same" for one in caplog.records))
        assert live.count("same") == 1


async def test_a_file_that_is_being_written_is_waited_for(clinic: LiveClinic, folder: Path) -> None:
    path = folder / "topics" / "oven.yaml"
    text = path.read_text("utf-8").replace("phrases: [", f"phrases: [{PHRASE}, ", 1)
    async with running(clinic) as live:
        before = live.serving
        for end in range(0, len(text), 40):  # slower than two looks in all, never as long as one at a time
            path.write_text(text[:end], "utf-8")
            await asyncio.sleep(module._LOOK / 4)
        path.write_text(text, "utf-8")
        await until(lambda: live.serving != before)
        assert live.finds(PHRASE)
        assert live.count("refused") == 0


async def test_an_edit_upon_an_edit_is_the_one_that_serves(clinic: LiveClinic, folder: Path) -> None:
    async with running(clinic) as live:
        add_phrase(folder, PHRASE)
        await until(lambda: live.finds(PHRASE))
        add_phrase(folder, "scent of the loaf")  # while the first is learned whole
        await until(lambda: live.finds("scent of the loaf") and clinic.whole is clinic.edition)
        assert live.finds(PHRASE)
        assert live.count("ok") == 2


async def test_a_fault_of_ours_takes_nothing_down(
    clinic: LiveClinic, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    async with running(clinic) as live:
        before = live.serving
        with monkeypatch.context() as patched:
            patched.setattr(LiveClinic, "build", fails)  # nothing that an editor can write does that
            add_phrase(folder, PHRASE)
            await until(lambda: live.count("failed"))
        assert live.serving == before
        assert any(one.message == "an edit could not be taken" for one in caplog.records)
        add_phrase(folder, "scent of the loaf")
        await until(lambda: live.finds("scent of the loaf"))


async def test_what_cannot_be_kept_serves_all_the_same(
    clinic: LiveClinic, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = clinic.settings.serving.data_dir
    data.rename(data.with_name("away"))
    data.write_text("no folder")
    async with running(clinic) as live:
        add_phrase(folder, PHRASE)
        await until(lambda: live.finds(PHRASE))
        await until(lambda: any(one.message == "knowledge could not be kept" for one in caplog.records))


def _of(folder: Path, name: str, text: str, cache: Path) -> Dialogue:
    (folder / name).write_text(text, "utf-8")
    knowledge = load(folder)
    return Dialogue(knowledge, open_matcher(knowledge, cache, lambda _: None))


SAID = ("what is a starter", "how long do i bake it", "why?", "tell me more", "what is the source", "that is wrong", "and rolls?")
SAID_MORE = ("1", "the second", "say it again", "flour price", "the kitchen is on fire", "thanks")


def test_a_conversation_goes_on_where_what_it_was_about_is_gone(folder: Path, learned: Path) -> None:
    before = _of(folder, "topics/oven.yaml", folders.OVEN, learned)
    other = folders.OVEN.replace("id: baking", "id: cooling").replace("How long do I bake it?", "How long does it cool?")
    after = _of(folder, "topics/oven.yaml", other, learned)
    assert after.knowledge.topic("baking") is None
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    states = [Conversation()]
    for text in (*SAID, *SAID_MORE):
        states += [before.turn(Said(text), state, now)[1] for state in states[-20:]]
    assert any("baking" in state.topics for state in states)
    said: list[Event] = [Said(text) for text in (*SAID, *SAID_MORE)]
    for state in states:
        kept = load_state(dump_state(ChatState().with_person("", Participant(state, None)))).participant("").conversation
        for event in (*said, Chosen("baking"), NotHelped(), WantsPerson(), AsksEnd(), Ended(now)):
            reply, _ = after.turn(event, kept, now)
            assert reply.text
            assert "baking" not in {part.entry for part in reply.parts}
            assert "baking" not in {choice.id for choice in (*reply.choices, *reply.related)}
            assert set(reply.stamp.values()).isdisjoint({before.knowledge.version})
