"""What becomes of one call, with the real client, over a real socket, against the fake Bot API."""

from __future__ import annotations

import asyncio
import logging
import typing
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from telegram import Bot

from bot.channels.telegram.api.pace import Pace
from bot.channels.telegram.api.sender import EVENTS, ChatGone, Event, MethodCall, Sender, SendLater, SendRefused, Sent
from bot.channels.telegram.api.transport import AiohttpRequest
from bot.delivery.journal import NoJournal
from tests.fakes.botapi import TOKEN, FakeBotApi, updates

ANN = 1001
SPEED = 20.0  # patience 2 s, probes every 12 to 100 ms


class Notes:
    """A journal in memory; ``calls`` tells with each note how often the API had been called by then."""

    def __init__(self, api: FakeBotApi, **known: str) -> None:
        self.api, self.known = api, known
        self.noted: list[tuple[str, str, int]] = []

    def sent(self, part: str) -> str | None:
        return self.known.get(part)

    async def note(self, part: str, what: str) -> None:
        self.known[part] = what
        self.noted.append((part, what, len(self.api.calls("sendMessage"))))


class Desk:
    """A sender, what it counted, and the API that it talks to."""

    def __init__(self, api: FakeBotApi, bot: Bot, **settings: Any) -> None:
        self.api, self.counts = api, Counter[str]()
        self.pace = Pace(speed=SPEED, **settings)
        self.sender = Sender(bot, self.pace, self.count, patience=40)

    def count(self, event: Event) -> None:
        self.counts[event] += 1

    async def say(
        self, text: str = "hello", chat: int = ANN, journal: Notes | None = None, **more: Any
    ) -> Sent | ChatGone | None:
        call = MethodCall("send_message", {"chat_id": chat, "text": text, **more}, part="0")
        return await self.sender.send(call, journal or Notes(self.api))

    def delivered(self, method: str = "sendMessage") -> list[str]:
        return [call.text for call in self.api.calls(method) if call.delivered]


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    async with FakeBotApi() as fake:
        for id in (ANN, 1002, 1003):
            fake.set_chat(updates.private_chat(updates.user(id)))
        fake.set_chat(updates.group_chat(updates.FORUM), topics=[5, 6], closed=[6])
        yield fake


@pytest.fixture
async def desk(api: FakeBotApi) -> AsyncIterator[Desk]:
    request = AiohttpRequest(read_timeout=0.3, connect_timeout=0.2, pool_timeout=0.2, write_timeout=0.2)
    await request.initialize()
    yield Desk(api, Bot(TOKEN, base_url=api.base_url, request=request, get_updates_request=request))
    await request.shutdown()


async def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # what is waited for happens in the fake
            await asyncio.sleep(0.002)


async def test_what_is_sent_is_noted_and_counted(desk: Desk, api: FakeBotApi) -> None:
    journal = Notes(api)
    sent = await desk.say(journal=journal)
    assert isinstance(sent, Sent)
    assert sent.message_id == api.calls("sendMessage")[0].message
    assert journal.noted == [("0", "sent", 1)]
    assert desk.counts == {"sent": 1}


@pytest.mark.parametrize(("known", "event"), [("sent", "skipped"), ("twice", "given_up")])
async def test_what_the_journal_says_is_over_is_not_sent(desk: Desk, api: FakeBotApi, known: str, event: str) -> None:
    assert await desk.say(journal=Notes(api, **{"0": known})) is None
    assert api.calls() == []
    assert desk.counts == {event: 1}


# -- floods -------------------------------------------------------------------------------------------------------


async def test_a_flood_is_waited_out(desk: Desk, api: FakeBotApi) -> None:
    api.fault("flood", methods="sendMessage", times=1, seconds=1)
    assert isinstance(await desk.say(), Sent)
    first, second = api.calls("sendMessage")
    assert second.at - first.at >= 1.0
    assert api.violations() == []
    assert desk.counts == {"flood": 1, "sent": 1}


async def test_a_flood_longer_than_the_patience_postpones_at_once(desk: Desk, api: FakeBotApi) -> None:
    api.fault("flood", methods="sendMessage", times=1, seconds=30)
    journal = Notes(api)
    for _ in range(2):
        with pytest.raises(SendLater) as raised:
            await desk.say(journal=journal)
        assert raised.value.after == pytest.approx(30, abs=1)
    assert len(api.calls("sendMessage")) == 1
    assert journal.noted == []
    assert isinstance(await desk.say(chat=1002), Sent)


async def test_limits_are_kept_so_that_nothing_is_refused(desk: Desk, api: FakeBotApi) -> None:
    api.settings(time_scale=SPEED)
    api.limit()
    group = updates.GROUP
    api.set_chat(updates.group_chat(group))
    calls = [desk.say(f"{number}", chat) for number in range(20) for chat in (ANN, 1002, 1003)]
    calls += [desk.say(f"{number}", group) for number in range(24)]
    for begun in range(0, len(calls), 40):
        await asyncio.gather(*calls[begun : begun + 40])
    assert api.flood.refused == 0
    assert len(desk.delivered()) == 84
    for chat in (ANN, 1002, 1003, group):
        order = [int(call.text) for call in api.calls("sendMessage", chat)]
        assert order == sorted(order)


# -- never sent ---------------------------------------------------------------------------------------------------


async def test_an_api_that_is_down_for_a_while_gets_each_message_once(desk: Desk, api: FakeBotApi) -> None:
    await api.down()
    saying = [asyncio.create_task(desk.say(chat=chat)) for chat in (ANN, 1002, 1003)]
    await until(lambda: desk.counts["unsent"] > 0)
    await api.up()
    assert all(isinstance(one, Sent) for one in await asyncio.gather(*saying))
    assert len(api.calls("sendMessage")) == 3
    assert desk.counts["unknown"] == 0


async def test_an_api_that_stays_down_postpones(desk: Desk, api: FakeBotApi) -> None:
    await api.down()
    journal = Notes(api)
    with pytest.raises(SendLater) as raised:
        await desk.say(journal=journal)
    assert 0 < raised.value.after <= 3.0 / SPEED
    assert journal.noted == []
    assert desk.counts["later"] == 1
    await api.up()
    assert isinstance(await desk.say(journal=journal), Sent)


# -- who knows ----------------------------------------------------------------------------------------------------

UNKNOWN = [
    pytest.param({"kind": "drop"}, 2, id="delivered-and-no-answer"),
    pytest.param({"kind": "reset"}, 1, id="reset"),
    pytest.param({"kind": "hang", "seconds": 9}, 2, id="silence"),
    pytest.param({"kind": "error"}, 1, id="502"),
    pytest.param({"kind": "error_after"}, 2, id="502-though-delivered"),
    pytest.param({"kind": "trickle", "seconds": 9}, 2, id="trickle"),
]


@pytest.mark.parametrize(("fault", "copies"), UNKNOWN)
async def test_an_unknown_outcome_is_noted_and_then_repeated_once(
    desk: Desk, api: FakeBotApi, fault: dict[str, Any], copies: int
) -> None:
    api.fault(methods="sendMessage", times=1, **fault)
    journal = Notes(api)
    assert isinstance(await desk.say(journal=journal), Sent)
    assert journal.noted == [("0", "unknown", 1), ("0", "sent", 2)]
    assert len(desk.delivered()) == copies
    assert desk.counts == {"unknown": 1, "repeated": 1, "sent": 1}


@pytest.mark.parametrize(("fault", "copies"), UNKNOWN)
async def test_after_two_unknown_outcomes_it_is_left_at_that(
    desk: Desk, api: FakeBotApi, fault: dict[str, Any], copies: int
) -> None:
    api.fault(methods="sendMessage", times=2, **fault)
    journal = Notes(api)
    assert await desk.say(journal=journal) is None
    assert journal.noted == [("0", "unknown", 1), ("0", "twice", 2)]
    assert len(api.calls("sendMessage")) == 2
    assert desk.counts == {"unknown": 2, "repeated": 1, "given_up": 1}
    assert await desk.say(journal=journal) is None
    assert len(api.calls("sendMessage")) == 2


@pytest.mark.parametrize(("faults", "what"), [(0, "sent"), (1, "twice")])
async def test_what_an_earlier_life_left_unknown_is_repeated_once(desk: Desk, api: FakeBotApi, faults: int, what: str) -> None:
    api.fault("drop", methods="sendMessage", times=faults)
    journal = Notes(api, **{"0": "unknown"})
    await desk.say(journal=journal)
    assert journal.noted == [("0", what, 1)]
    assert desk.counts["repeated"] == 1


async def test_the_one_repeat_is_kept_for_an_api_that_answers_again(desk: Desk, api: FakeBotApi) -> None:
    """Nor do those that come meanwhile spend their first attempt on it."""
    api.fault("error", status=502)
    first = asyncio.create_task(desk.say("first"))
    await until(lambda: len(api.calls("getMe")) > 0)
    second = asyncio.create_task(desk.say("second", 1002))
    await until(lambda: len(api.calls("getMe")) > 2)
    assert len(api.calls("sendMessage")) == 1
    api.clear_faults()
    assert isinstance(await first, Sent)
    assert isinstance(await second, Sent)
    assert len(api.calls("sendMessage", ANN)) == 2
    assert len(api.calls("sendMessage", 1002)) == 1


async def test_what_is_urgent_is_tried_at_once(desk: Desk, api: FakeBotApi) -> None:
    """Whatever our own limits say, and though the API failed a moment ago."""
    fault = api.fault("error", status=502)
    waiting = asyncio.create_task(desk.say("first"))
    await until(lambda: len(api.calls("getMe")) > 0)
    fault.methods = ("getme",)
    for _ in range(5):
        await desk.pace.turn(1002, urgent=True)
    call = MethodCall("send_message", {"chat_id": 1002, "text": "urgent"}, part="0", urgent=True)
    assert isinstance(await desk.sender.send(call), Sent)
    assert isinstance(await waiting, Sent)
    assert desk.delivered() == ["urgent", "first"]


async def test_an_outage_longer_than_the_patience_keeps_the_repeat_for_later(desk: Desk, api: FakeBotApi) -> None:
    api.fault("error", status=502)
    journal = Notes(api)
    with pytest.raises(SendLater):
        await desk.say(journal=journal)
    assert journal.known == {"0": "unknown"}
    assert len(api.calls("sendMessage")) == 1
    api.clear_faults()
    assert isinstance(await desk.say(journal=journal), Sent)


@pytest.mark.parametrize(("faults", "calls"), [(2, 3), (3, 3)], ids=["then-it-works", "until-it-is-postponed"])
async def test_what_can_be_done_twice_is_simply_retried(desk: Desk, api: FakeBotApi, faults: int, calls: int) -> None:
    sent = await desk.say("before")
    assert isinstance(sent, Sent)
    api.fault("reset", methods="editMessageText", times=faults)
    edit = MethodCall("edit_message_text", {"chat_id": ANN, "message_id": sent.message_id, "text": "after"}, part="1")
    journal = Notes(api)
    if faults < 3:
        assert isinstance(await desk.sender.send(edit, journal), Sent)
    else:
        with pytest.raises(SendLater):
            await desk.sender.send(edit, journal)
    assert len(api.calls("editMessageText")) == calls
    assert journal.noted == []


PASSING = [
    pytest.param("send_chat_action", {"chat_id": ANN, "action": "typing"}, id="typing"),
    pytest.param("answer_callback_query", {"callback_query_id": "1"}, id="button"),
]


@pytest.mark.parametrize(("method", "kwargs"), PASSING)
async def test_what_only_passes_by_never_postpones(desk: Desk, api: FakeBotApi, method: str, kwargs: dict[str, Any]) -> None:
    await api.down()
    assert await desk.sender.send(MethodCall(method, kwargs)) is None
    assert desk.counts["dropped"] == 1
    assert desk.counts["later"] == 0


async def test_typing_is_left_out_where_the_chat_must_wait(desk: Desk, api: FakeBotApi) -> None:
    desk.pace.flood(ANN, 0.3)
    assert await desk.sender.send(MethodCall("send_chat_action", {"chat_id": ANN, "action": "typing"})) is None
    assert api.calls() == []


# -- what Telegram says -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("problem", "why"), [("blocked", "blocked"), ("deactivated", "deactivated"), ("kicked", "kicked"), ("left", "kicked")]
)
async def test_who_is_gone_is_an_ordinary_event(desk: Desk, api: FakeBotApi, problem: str, why: str) -> None:
    api.set_chat(updates.private_chat(updates.user(ANN)), problem=problem)
    assert await desk.say() == ChatGone(why)  # type: ignore[arg-type]  # a row
    assert desk.counts == {"gone": 1}


@pytest.mark.parametrize(
    ("more", "why"),
    [
        pytest.param({"chat": 4711}, "chat", id="no-such-chat"),
        pytest.param({"chat": updates.FORUM, "message_thread_id": 77}, "topic", id="no-such-topic"),
        pytest.param({"chat": updates.FORUM, "message_thread_id": 6}, "topic", id="topic-closed"),
        pytest.param({"business_connection_id": "none"}, "business", id="no-such-connection"),
    ],
)
async def test_a_place_that_is_gone_is_one_too(desk: Desk, more: dict[str, Any], why: str) -> None:
    assert await desk.say(**more) == ChatGone(why)  # type: ignore[arg-type]  # a row


async def test_a_refusal_in_words_that_mean_gone(desk: Desk, api: FakeBotApi) -> None:
    api.fault("refusal", status=400, text="Bad Request: not enough rights to send text messages to the chat", times=1)
    assert await desk.say() == ChatGone("forbidden")


async def test_a_group_that_moved_is_followed(desk: Desk, api: FakeBotApi) -> None:
    api.set_chat(updates.group_chat(), migrated_to=updates.SUPERGROUP)
    sent = await desk.say(chat=updates.GROUP)
    assert isinstance(sent, Sent)
    assert sent.migrated == updates.SUPERGROUP
    assert [call.chat for call in api.calls("sendMessage") if call.delivered] == [updates.SUPERGROUP]
    assert desk.counts == {"migrated": 1, "sent": 1}


async def test_a_group_that_moves_in_circles_is_not_followed_for_ever(desk: Desk, api: FakeBotApi) -> None:
    api.set_chat(updates.group_chat(), migrated_to=updates.SUPERGROUP)
    api.set_chat(updates.group_chat(updates.SUPERGROUP), migrated_to=updates.GROUP)
    with pytest.raises(SendRefused):
        await desk.say(chat=updates.GROUP)
    assert len(api.calls("sendMessage")) == 2


@pytest.mark.parametrize("plain", [None, "1 < 2 & so on"], ids=["stripped", "given"])
async def test_markup_that_telegram_cannot_read_becomes_plain_text(desk: Desk, api: FakeBotApi, plain: str | None) -> None:
    kwargs = {"chat_id": ANN, "text": "<b>1 &lt; 2</i> &amp; so on", "parse_mode": "HTML"}
    assert isinstance(await desk.sender.send(MethodCall("send_message", kwargs, "0", plain)), Sent)
    assert desk.delivered() == ["1 < 2 & so on"]
    assert desk.counts == {"plain": 1, "sent": 1}


async def test_a_caption_becomes_plain_text_too(desk: Desk) -> None:
    kwargs = {"chat_id": ANN, "photo": b"\x89PNG\r\n\x1a\n", "caption": "<b>x", "parse_mode": "HTML"}
    assert isinstance(await desk.sender.send(MethodCall("send_photo", kwargs)), Sent)
    assert desk.delivered("sendPhoto") == ["x"]


async def test_the_caller_keeps_its_arguments(desk: Desk) -> None:
    kwargs = {"chat_id": ANN, "text": "<b>x", "parse_mode": "HTML"}
    await desk.sender.send(MethodCall("send_message", kwargs))
    assert kwargs == {"chat_id": ANN, "text": "<b>x", "parse_mode": "HTML"}


async def test_a_reply_to_what_is_no_more_is_sent_without_it(desk: Desk) -> None:
    assert isinstance(await desk.say(reply_parameters={"message_id": 99}), Sent)
    assert desk.counts == {"unreplied": 1, "sent": 1}


@pytest.mark.parametrize(
    ("method", "kwargs"),
    [
        pytest.param("edit_message_text", {"chat_id": ANN, "message_id": 1, "text": "same"}, id="not-modified"),
        pytest.param("edit_message_text", {"chat_id": ANN, "message_id": 99, "text": "x"}, id="nothing-to-edit"),
    ],
)
async def test_what_is_not_needed_any_more_is_no_failure(desk: Desk, method: str, kwargs: dict[str, Any]) -> None:
    await desk.say("same")
    assert await desk.sender.send(MethodCall(method, kwargs)) is None
    assert desk.counts["unneeded"] == 1


async def test_a_press_that_is_too_old_finds_nobody_waiting(desk: Desk) -> None:
    assert await desk.sender.send(MethodCall("answer_callback_query", {"callback_query_id": "old"})) == ChatGone("expired")


async def test_what_telegram_will_never_take_is_refused_without_quoting_it(
    desk: Desk, api: FakeBotApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    with pytest.raises(SendRefused) as raised:
        await desk.say("secret " * 1000)
    assert raised.value.reason == "Message is too long"
    api.fault("refusal", status=400, text='Bad Request: wrong thing "secret" given', times=1)
    with pytest.raises(SendRefused) as quoted:
        await desk.say("secret")
    assert "secret" not in str(quoted.value) + caplog.text
    assert desk.counts == {"refused": 2}


async def test_a_wrong_token_lets_the_update_wait(desk: Desk, api: FakeBotApi) -> None:
    api.token = "1:other"  # noqa: S105  # opens nothing
    with pytest.raises(SendLater):
        await desk.say()


@pytest.mark.parametrize(
    ("status", "text"),
    [(400, "Logged out"), (400, "Bad Request: bot is already logged out"), (401, "Unauthorized"), (404, "Not Found")],
)
@pytest.mark.parametrize("method", ["send_message", "send_photo"])
async def test_what_is_wrong_with_the_bot_itself_lets_the_update_wait(
    desk: Desk, api: FakeBotApi, status: int, text: str, method: str
) -> None:
    api.fault("refusal", status=status, text=text)
    what: dict[str, Any] = {"text": "a"} if method == "send_message" else {"photo": b"a picture", "filename": "a.png"}
    with pytest.raises(SendLater) as later:
        await desk.sender.send(MethodCall(method, {"chat_id": ANN, **what}))
    assert later.value.after > 1  # 30 s on a clock that is 20 times quicker


async def test_a_journal_that_fails_is_heard_of_before_anything_is_repeated(desk: Desk, api: FakeBotApi) -> None:
    class Broken(NoJournal):
        async def note(self, part: str, what: str) -> None:
            raise OSError(part, what)

    api.fault("drop", methods="sendMessage", times=1)
    with pytest.raises(OSError, match="unknown"):
        await desk.sender.send(MethodCall("send_message", {"chat_id": ANN, "text": "x"}, part="0"), Broken())
    assert len(api.calls("sendMessage")) == 1


# -- the values ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "posting", "passing"),
    [
        ("send_message", True, False),
        ("send_photo", True, False),
        ("copy_message", True, False),
        ("create_forum_topic", True, False),
        ("edit_message_text", False, False),
        ("delete_message", False, False),
        ("close_forum_topic", False, False),
        ("send_chat_action", False, True),
        ("answer_callback_query", False, True),
        ("answer_inline_query", False, True),
    ],
)
def test_which_calls_give_a_message_each_time(method: str, posting: bool, passing: bool) -> None:
    call = MethodCall(method, {})
    assert (call.posting, call.passing) == (posting, passing)
    assert callable(getattr(Bot, method))


def test_the_events_are_a_closed_set() -> None:
    assert set(EVENTS) == set(typing.get_args(Event))
    assert len(EVENTS) == 15
