from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from pathlib import Path

import pytest

from bot.app.serving.gaps import ClinicGaps, KeptGroup, WeeklyDigests, grouped
from bot.delivery.gaps import GapReason, GapState, records
from bot.delivery.gaps.records import DAY, KeptGap
from bot.delivery.gaps.watching import Gap
from bot.delivery.handoff.handoffs import Handoffs, Places
from bot.delivery.storage.open import open_storage
from bot.dialogue.conversation import ConversationKey
from bot.dialogue.policy import Dialogue
from bot.knowledge.load import load
from bot.matching.matcher import Matcher
from tests import folders

OVEN = ("oven minutes for a single loaf", "minutes in the oven for a single loaf", "a single loaf: oven minutes?")
NOW = 1_764_000_000.0
TODAY = int(NOW // DAY)


@pytest.fixture(scope="module")
def dialogue(tmp_path_factory: pytest.TempPathFactory) -> Dialogue:
    bread = load(folders.write(tmp_path_factory.mktemp("gaps") / "bread"), "default")
    return Dialogue(bread, Matcher.from_knowledge(bread))


Row = Callable[..., KeptGap]


@pytest.fixture
def row() -> Row:
    made: list[KeptGap] = []

    def make(
        text: str,
        person: int,
        reason: GapReason = "unanswered",
        told: tuple[str, ...] = (),
        period: int = 1,
        state: GapState = "open",
    ) -> KeptGap:
        made.append(KeptGap(len(made) + 1, TODAY, reason, text, told, period, person, state))
        return made[-1]

    return make


@pytest.mark.parametrize(
    ("people", "people_of_next_month", "shown"),
    [((1, 2, 3), (), True), ((1, 2, 2), (), False), ((1, 1, 1), (), False), ((1, 2), (3,), False), ((1, 2, 3), (1,), True)],
    ids=["three", "two", "one", "three, who may be two", "three, and one again"],
)
def test_a_group_is_shown_from_three_people_on(
    dialogue: Dialogue, row: Row, people: tuple[int, ...], people_of_next_month: tuple[int, ...], shown: bool
) -> None:
    rows = [row(OVEN[0], one) for one in people] + [row(OVEN[1], one, period=2) for one in people_of_next_month]
    assert bool(grouped(rows, dialogue)) is shown


def test_what_staff_missed_comes_first_and_from_one_on(dialogue: Dialogue, row: Row) -> None:
    rows = [*(row(OVEN[0], person) for person in range(9)), row("the roof is calling me", 1, "missed")]
    assert [one.missed for one in grouped(rows, dialogue)] == [True, False]


def test_what_is_ignored_stays_hidden_and_what_is_done_may_come_again(dialogue: Dialogue, row: Row) -> None:
    ignored = [row(OVEN[0], person, state="ignored") for person in range(3)]
    assert grouped([*ignored, *(row(OVEN[1], person) for person in range(3, 9))], dialogue) == []
    done = [row(OVEN[0], person, state="done") for person in range(3)]
    again = [row(OVEN[1], person) for person in range(3)]
    assert [one.id for one in grouped([*done, *again], dialogue)] == [f"g{again[0].seq}"]


def test_what_was_told_in_vain_is_not_proposed(dialogue: Dialogue, row: Row) -> None:
    one = KeptGroup(tuple(row(text, person, "unhelped", ("baking",)) for person, text in enumerate(OVEN)))
    assert one.unhelpful == ("baking",)
    assert one.proposal(dialogue).topic != "baking"
    assert one.proposal(dialogue, "baking").topic == "baking"


async def test_groups_are_read_shown_and_marked(dialogue: Dialogue, tmp_path: Path) -> None:
    store = open_storage(f"sqlite:///{tmp_path / 'bot.db'}", owner="one", clock=lambda: NOW)
    await store.start()
    keys = [ConversationKey("default", "telegram", str(number)) for number in range(5)]
    found = [Gap(key, "unanswered", text, (), NOW) for key, text in zip(keys, (*OVEN, OVEN[0], "eagles [name]"), strict=True)]
    await store.run(lambda: records.add(found, {"default": 30}, {"default": b"m" * 32}, NOW))
    gaps = ClinicGaps(store, lambda _: dialogue, lambda: NOW)
    (one,) = await gaps.groups("default", 7)
    assert (one.id, one.count, one.people, one.nearest, one.label) == ("g1", 4, 4, "baking", "How long do I bake it?")
    assert set(one.texts) == set(OVEN)
    assert one.reasons == (("unanswered", 4),)
    assert (one.first, one.last) == (TODAY, TODAY)
    assert await gaps.groups("elsewhere", 7) == ()
    assert not await gaps.mark("default", "g9", "done")
    assert await gaps.mark("default", "g1", "done")
    assert await gaps.groups("default", 7) == ()
    await store.close()


async def test_the_staff_are_told_once_a_week_on_monday_morning(dialogue: Dialogue, tmp_path: Path) -> None:
    store = open_storage(f"sqlite:///{tmp_path / 'bot.db'}", owner="one", clock=lambda: NOW)
    await store.start()
    keys = [ConversationKey("default", "telegram", str(number)) for number in range(3)]
    found = [Gap(key, "unanswered", text, (), NOW) for key, text in zip(keys, OVEN, strict=True)]
    await store.run(lambda: records.add(found, {"default": 30}, {"default": b"m" * 32}, NOW))
    clock = NOW
    digests = WeeklyDigests(ClinicGaps(store, lambda _: dialogue, lambda: clock), lambda _: UTC, clock=lambda: clock)
    digests.add(Handoffs(store, "default", Places(frozenset(), "telegram"), lambda: clock))
    told = []
    for hours in (0, 161, 161.5, 185):  # Monday at four, the next one at nine and half past, Tuesday at nine
        clock = NOW + 3600 * hours
        await digests.tell()
        told.append((await store.counts()).waiting)
    assert told == [0, 1, 1, 1]
    (lease,) = await store.claim(5)
    assert b"What patients asked and the bot could not help with: 1 kinds" in lease.work[0].update.payload
    await store.close()
