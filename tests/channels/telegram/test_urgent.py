"""Danger is heard whatever came before it in the chat: updates in, calls out, over a socket."""

from __future__ import annotations

import pytest

from tests.channels.telegram.conftest import ANN, BEN, Stage
from tests.fakes.botapi import FakeBotApi, updates
from tests.fakes.botapi.state import Json

LENGTH, DANGER, ALARM = "how long does an infusion take?", "I just took all my pills, I want to die", "1-800-222-1222"
FORUM = updates.group_chat(updates.FORUM, "Patients' forum")
OTHER_BOT = updates.user(6001, "Pictures") | {"is_bot": True}


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(lambda: [updates.text("/forget", ANN)], id="forgotten"),
        pytest.param(lambda: [updates.membership("kicked", ANN), updates.membership("member", ANN)], id="blocked and unblocked"),
    ],
)
@pytest.mark.parametrize("together", [True, False], ids=["in one poll", "a moment later"])
async def test_danger_after_what_forgets_a_chat_is_answered(
    stage: Stage, api: FakeBotApi, before: object, together: bool
) -> None:
    assert callable(before)
    api.fault("delay", methods="sendMessage", times=1, seconds=0.1)
    told: list[Json] = [*before(), updates.text(DANGER, ANN)]
    seen = await stage.tell(*told) if together else [call for one in told for call in await stage.tell(one)]
    assert ALARM in " ".join(call.text for call in seen)
    assert (await stage.memory()).participant("").conversation.watch is not None, "what follows is heard as after an alarm"


async def test_danger_in_a_group_where_nothing_may_be_sent_in_answer_to_another_is_answered(
    stage: Stage, api: FakeBotApi
) -> None:
    api.fault("refusal", methods="sendPhoto", status=403, text="Forbidden: not enough rights to send photos to the chat")
    seen = await stage.tell(updates.group_text(f"/timeline@{updates.USERNAME}", who=ANN), updates.group_text(DANGER, who=BEN))
    assert ALARM in " ".join(call.text for call in seen)


@pytest.mark.parametrize("where", ["private", "group"])
async def test_danger_overtakes_what_was_asked_before_it(stage: Stage, api: FakeBotApi, where: str) -> None:
    asked = [
        updates.text(LENGTH, ANN) if where == "private" else updates.group_text(f"/ask@{updates.USERNAME} {LENGTH}", who=ANN)
        for _ in range(9)
    ]
    danger = updates.text(DANGER, ANN) if where == "private" else updates.group_text(DANGER, who=BEN)
    api.fault("delay", methods="sendMessage", times=1, seconds=0.3)
    seen = await stage.tell(*asked, danger)
    alarms = [place for place, call in enumerate(seen) if ALARM in call.text]
    assert len(seen) == 10
    assert len(alarms) == 1, "once, also when its turn comes"
    assert alarms[0] <= 1, "before all but the answer that was under way"
    person = "" if where == "private" else "1002"
    assert (await stage.memory(1001 if where == "private" else updates.GROUP)).participant(person).conversation.watch is not None


async def test_danger_that_another_bot_helped_to_write_is_answered_and_nothing_else(stage: Stage) -> None:
    assert await stage.tell(updates.text(LENGTH, ANN, via_bot=OTHER_BOT)) == []
    (alarm,) = await stage.tell(updates.text(DANGER, ANN, via_bot=OTHER_BOT))
    assert ALARM in alarm.text
    assert await stage.tell(updates.text(DANGER, ANN, via_bot=updates.BOT)) == [], "our own inline answer"


async def test_danger_in_a_topic_that_was_closed_is_answered_beside_it(stage: Stage, api: FakeBotApi) -> None:
    api.set_chat(FORUM, topics=[77], closed=[77])
    (alarm,) = await stage.tell(updates.group_text(DANGER, FORUM, who=ANN, topic=77))
    assert ALARM in alarm.text
    assert "message_thread_id" not in alarm.params
    assert await stage.tell(updates.group_text(f"/ask@{updates.USERNAME} {LENGTH}", FORUM, topic=77)) == []
