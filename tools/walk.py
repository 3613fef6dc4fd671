"""Every feature of the Telegram channel, walked through over HTTP: the bot as its own process, the fake Bot API at its other end.

The test walks and checks; ``python -m tools.walk`` walks and writes what was said to docs/telegram.md.
"""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.botapi import Call, FakeBotApi, updates
from tests.fakes.botapi.state import Json
from tests.fakes.detector import DARK, HOPELESS, asking_folder
from tests.places import ROOT
from tests.running import TOKEN, Bot

ANSWERS = ("sendmessage", "sendphoto", "editmessagetext", "answerinlinequery")
ANN, BEN, OWNER = updates.user(1001, "Ann"), updates.user(1002, "Ben"), updates.user(5001, "Clinic")
FORUM = updates.group_chat(updates.FORUM, "Patients' forum")


@dataclass
class Walk:
    """One walk. ``told`` is the transcript: who, what they wrote or pressed, and the calls that answered."""

    api: FakeBotApi
    told: list[tuple[str, str, list[Call]]] = field(default_factory=list)

    async def say(self, who: str, shown: str, update: Json | Sequence[Json], answers: int = 1) -> list[Call]:
        """Injects ``update`` and waits until so many ``answers`` have come, or for none until the update is done."""
        before = len(self.api.calls())
        self.api.inject(update)
        try:
            async with asyncio.timeout(10):
                while len(found := self._since(before)) < answers:
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"{shown!r}: {len(self._since(before))} answers, not {answers}") from None
        self.told.append((who, shown, found))
        return found

    async def quiet(self, who: str, shown: str, update: Json | Sequence[Json], then: Json) -> None:
        """What must not be answered: of it and what follows it in the same chat, only that is."""
        before = len(self.api.calls())
        self.api.inject(update)
        await self.say(who, "", then)
        found = self._since(before)
        assert len(found) == 1, f"{shown!r} was answered: {[call.text for call in found]}"
        self.told[-1] = (who, shown, [])

    def _since(self, number: int) -> list[Call]:
        return [call for call in self.api.calls()[number:] if call.method in ANSWERS and call.delivered]

    async def press(self, label: str, on: Call, answers: int = 1, who: Json = ANN) -> list[Call]:
        """Presses the button with that ``label`` under the message that ``on`` sent."""
        data = next(data for text, data in buttons(on) if text == label)
        return await self.say(str(who["first_name"]), f"[{label}]", updates.callback(data, who, of=message_of(on, who)), answers)

    async def rate(self, label: str, on: Call) -> None:
        """Presses a button that only a word of thanks follows, and that goes with its row."""
        before = len(self.api.calls("editMessageReplyMarkup"))
        self.api.inject(updates.callback(dict(buttons(on))[label], ANN, of=message_of(on, ANN)))
        await until(lambda: len(self.api.calls("editMessageReplyMarkup")) > before)
        self.told.append(("Ann", f"[{label}]", []))


def buttons(call: Call) -> list[tuple[str, str]]:
    """Label and data of each button, in order."""
    rows = json.loads(call.params.get("reply_markup", "{}")).get("inline_keyboard", [])
    return [(one["text"], one["callback_data"]) for row in rows for one in row]


def message_of(call: Call, who: Json) -> Json:
    """The message that a call sent, as Telegram shows it to the bot when one of its buttons is pressed."""
    chat = call.chat or 0
    place = updates.private_chat(who) if chat > 0 else updates.group_chat(chat)
    markup = json.loads(call.params.get("reply_markup", "{}"))
    number = call.message or int(call.params.get("message_id", 0))
    found = {**updates.message(place, updates.BOT, text=call.text or "."), "message_id": number}
    return {**found, "reply_markup": markup} if markup else found


async def private_chat(walk: Walk) -> None:
    def ann(words: str) -> Json:
        return updates.text(words, ANN)

    (hello,) = await walk.say("Ann", "/start", ann("/start"))
    assert "/topics" in hello.text
    (leaflet,) = await walk.say("Ann", "/start ref_leaflet", ann("/start ref_leaflet"))
    assert leaflet.text == hello.text
    (answer,) = await walk.say("Ann", "how long does the drip take??", ann("how long does the drip take??"))
    assert "40 minutes to an hour" in answer.text
    assert "paragraph" in answer.text
    assert ("This helped") in dict(buttons(answer))
    (link,) = await walk.say("Ann", "/start driving", ann("/start driving"))
    assert "remainder of the day" in link.text
    related = next(text for text, data in buttons(answer) if data.startswith("r:"))
    await walk.press(related, answer)
    (asked,) = await walk.say(
        "Ann", "how long does ketamine therapy for depression work?", ann("how long does ketamine therapy for depression work?")
    )
    choice = next((text for text, data in buttons(asked) if data.startswith("c:")), None)
    if choice is not None:
        (picked,) = await walk.press(choice, asked)
        assert "Source:" in picked.text or "source" in picked.text
    await walk.rate("This helped", answer)
    (sorry,) = await walk.press("This did not help", link)
    assert "sorry" in sorry.text
    await walk.rate("Not what I asked", walk.api.calls("editMessageReplyMarkup")[-1])
    (nothing,) = await walk.say("Ann", "can you refill my prescription", ann("can you refill my prescription"))
    clinic = dict(buttons(nothing))
    assert "Ask the clinic" in clinic
    (person,) = await walk.press("Ask the clinic", nothing)
    assert "555 0100" in person.text
    (photo,) = await walk.say("Ann", "(a photo)", updates.media("photo", ANN))
    assert "words only" in photo.text
    await walk.say("Ann", "(a voice message)", updates.media("voice", ANN))
    album = [updates.media("photo", BEN, media_group_id="77") for _ in range(4)]
    await walk.say("Ben", "(an album of four photos)", album)
    (then,) = await walk.say("Ben", "how long does it take?", updates.text("how long does it take?", BEN))
    assert "words only" not in then.text, "a line for each photo"
    (captioned,) = await walk.say(
        "Ann", "(a photo, under it:) can I drive home?", updates.media("photo", ANN, caption="can I drive home?")
    )
    assert "remainder of the day" in captioned.text
    slip = ann("how long does the inf")
    await walk.say("Ann", "how long does the inf", slip)


async def until(true: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)


async def commands(walk: Walk) -> None:
    async def say(words: str, answers: int = 1) -> list[Call]:
        return await walk.say("Ann", words, updates.text(words, ANN), answers)

    assert "/aftercare" in (await say("/Help!"))[0].text
    (first,) = await say("/topics")
    assert sum(data.startswith("r:") for _, data in buttons(first)) == 8
    (second,) = await walk.press("More", first)
    assert second.method == "editmessagetext"
    assert buttons(second) != buttons(first)
    question = next(text for text, data in buttons(second) if data.startswith("r:"))
    await walk.press(question, second)
    assert "I took your question to be" in (await say("/why"))[0].text
    picture, words = await say("/timeline", 2)
    assert picture.files[0].content.startswith(b"\x89PNG")
    assert "typically" in words.text
    assert "Biology Insights" in (await say("/sources"))[0].text
    (asked,) = await say("/aftercare")
    (hours,) = await walk.press("Half an hour ago", asked)
    assert "wear off between" in hours.text
    (reminders,) = await walk.press("Remind me", hours)
    assert re.search(r"\d+:\d\d (am|pm)( on \w+, \w+ \d+)?, ", reminders.text)
    (listed,) = await say("what reminders do I have?")
    assert listed.text == reminders.text
    (off,) = await walk.press("No reminders", listed)
    assert "no reminders" in off.text
    assert "No reminders are set" in (await say("/reminders"))[0].text
    await walk.press("Remind me", hours)
    assert "no reminders" in (await say("cancel my reminders"))[0].text
    assert "No reminders are set" in (await say("/reminders"))[0].text
    (said,) = await say("my infusion ended an hour ago")
    assert "Remind me" in dict(buttons(said))
    assert "when your infusion ended" in (await say("/why"))[0].text
    assert "deleted" in (await say("/privacy"))[0].text
    assert "deleted all" in (await say("/forget"))[0].text
    assert "not answered anything" in (await say("/why"))[0].text
    await say("/nonsense")


async def danger(walk: Walk) -> None:
    """An alarm and what follows it, a check-in, despair, another language, a symptom; each with somebody of their own."""

    async def say(who: Json, words: str) -> Call:
        (said,) = await walk.say(str(who["first_name"]), words, updates.text(words, who))
        return said

    cleo, dan, eve, farid, gil = (
        updates.user(number, name) for number, name in enumerate(("Cleo", "Dan", "Eve", "Farid", "Gil"), 1011)
    )
    urgent = await say(cleo, "i cant do this anymore i want to end my life")
    assert "988" in urgent.text
    assert "<b>" in urgent.params["text"]
    follows = [await say(cleo, words) for words in ("ok", "nobody picks up", "start over")]
    assert all("988" in one.text or "911" in one.text for one in follows)
    assert len({one.text for one in follows}) == len(follows), "the same words twice"
    assert "988" in (await say(cleo, "yes, I am safe now")).text
    answer = await say(cleo, "how long does an infusion take?")
    assert "40 minutes" in answer.text
    assert "988" in answer.text

    asked = await say(dan, DARK)
    assert [label for label, _ in buttons(asked)] == ["I am safe", "I am not sure", "No, I am not safe"]
    (alarm,) = await walk.press("I am not sure", asked, who=dan)
    assert "911" in alarm.text
    (safe,) = await walk.press("I am safe", asked, who=dan)
    assert buttons(safe) == []

    assert "988" in (await say(eve, HOPELESS)).text
    assert "911" in (await say(farid, "أريد أن أموت")).text
    assert "call your clinic today" in (await say(gil, "my arm is red and sore since the infusion yesterday")).text
    assert "988" in (await say(gil, "help me please")).text


async def groups(walk: Walk) -> None:
    here = updates.group_chat()
    await walk.quiet(
        "Ann, in a group",
        "hello all, how long does it take?",
        updates.group_text("hello all, how long does it take?", here, ANN),
        updates.mention("how long does an infusion take?", here, ANN),
    )
    (told,) = await walk.say("Ann, in a group", "/help", updates.group_text("/help", here, ANN))
    assert "/ask" in told.text
    (mentioned,) = await walk.say("Ann, in a group", "@bot can I drive home?", updates.mention("can I drive home?", here, ANN))
    assert mentioned.params.get("reply_parameters")
    assert "remainder" in mentioned.text
    (asked,) = await walk.say(
        "Ben, in a group",
        "/ask how long does an infusion take?",
        updates.group_text("/ask how long does an infusion take?", here, BEN),
    )
    (replied,) = await walk.say(
        "Ben, in a group",
        "(replying to the bot) and the effects?",
        updates.reply_to_bot("when do the effects wear off?", here, BEN, to=asked.message or 1),
    )
    assert "1 to 3 hours" in replied.text
    (danger,) = await walk.say(
        "Ben, in a group",
        "I just took all my pills, I want to die",
        updates.group_text("I just took all my pills, I want to die", here, BEN),
    )
    assert "911" in danger.text
    (topic,) = await walk.say(
        "Ann, in a forum's topic", "/ask when can I drive?", updates.group_text("/ask when can I drive?", FORUM, ANN, topic=77)
    )
    assert topic.params["message_thread_id"] == "77"


async def on_the_clinics_account(walk: Walk) -> None:
    """Questions while nobody talks, nothing else; and danger always, shown to the clinic."""
    walk.api.inject(updates.business_connection(OWNER))
    asked = "how long does an infusion take?"
    (mine,) = await walk.say("Ann, to the clinic's account", asked, updates.business_text(asked, ANN))
    assert mine.params["business_connection_id"] == updates.CONNECTION
    drive = "can I drive home?"
    await walk.quiet(
        "Ann, to the clinic's account",
        "thank you, see you at two",
        updates.business_text("thank you, see you at two", ANN),
        updates.business_text(drive, ANN),
    )
    before = len(walk.api.calls())
    walk.api.inject(updates.business_text("When did your last one end?", ANN, owner=OWNER))
    walk.api.inject([updates.business_text("yes, two hours ago", ANN), updates.business_text(drive, ANN)])
    grave = "I just took all my pills, I want to die"
    alarm, notice = await walk.say("Ann, while the clinic writes with her", grave, updates.business_text(grave, ANN), 2)
    assert "911" in alarm.text
    assert notice.chat == OWNER["id"]
    assert len(walk._since(before)) == 2, "it spoke while people talk"


async def elsewhere(walk: Walk) -> None:
    """Inline mode, the clinic's own account, edits, and what ordinarily goes wrong."""
    (offered,) = await walk.say("Ann, in any chat", "@bot when can i drive", updates.inline("when can i drive", ANN))
    results = json.loads(offered.params["results"])
    assert offered.params["is_personal"] == "true"
    assert "remainder of the day" in results[0]["input_message_content"]["message_text"]
    (empty,) = await walk.say("Ann, in any chat", "@bot", updates.inline("", ANN))
    assert len(json.loads(empty.params["results"])) == 5

    await on_the_clinics_account(walk)
    walk.api.inject(updates.business_connection(OWNER, id="business-2", can_reply=False))
    before = len(walk.api.calls())
    walk.api.inject(updates.business_text("how long does an infusion take?", BEN, id="business-2"))

    wrong = updates.text("how long dose it tkae", BEN)
    await walk.say("Ben", "how long dose it tkae", wrong)
    (mended,) = await walk.say(
        "Ben", "(edits it:) how long does an infusion take", updates.edited(wrong, "how long does an infusion take", 5)
    )
    assert "40 minutes" in mended.text
    await walk.quiet(
        "Ben", "(edits it an hour later)", updates.edited(wrong, "is it safe", 3600), updates.text("can I drive home?", BEN)
    )
    assert not [call for call in walk._since(before) if call.params.get("business_connection_id") == "business-2"]

    walk.api.set_chat(updates.private_chat(updates.user(1003)), problem="blocked")
    walk.api.inject([updates.text("hello", updates.user(1003)), updates.membership("kicked", updates.user(1003))])
    walk.api.inject(updates.migrated())
    await walk.say(
        "Ann, in the supergroup",
        "/ask can I drive home?",
        updates.group_text("/ask can I drive home?", updates.group_chat(updates.SUPERGROUP), ANN),
    )
    long_ago = updates.callback("c:driving", ANN, of={"chat": updates.private_chat(ANN), "message_id": 5, "date": 0})
    await walk.say("Ann", "[a button of long ago]", long_ago)


async def whole(walk: Walk) -> None:
    for part in (private_chat, commands, danger, groups, elsewhere):
        await part(walk)


def settings(api: FakeBotApi, folder: Path) -> dict[str, str]:
    """Of a bot that asks where the shipped one may alarm, so that what it asks can be seen; its knowledge is in ``folder``."""
    return {
        "TELEGRAM_BASE_URL": api.base_url,
        "CLINIC": "example",
        "KNOWLEDGE": str(asking_folder(folder / "knowledge")),
        "CLOCK_SCALE": "20",
    }


async def transcript() -> str:
    """The walk as Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        async with FakeBotApi(token=TOKEN) as api, Bot(Path(folder), settings(api, Path(folder))):
            walk = Walk(api)
            await whole(walk)
    lines = [
        "# A walk through Telegram",
        "",
        "What people write and press, and what the bot answers, as it went over HTTP: the bot as its own process, a Bot API on",
        "loopback that keeps to the rules of the real one. It asks where the shipped one may alarm, so that what it asks",
        "can be seen. Written by `make transcript`; the same walk is a test (`tests/tools/test_walk.py`).",
    ]
    for who, shown, calls in walk.told:
        lines += ["", f"**{who}:** {shown}"]
        for call in calls or []:
            lines += ["", *(f"> {line}".rstrip() for line in _spoken(call))]
        if not calls:
            lines += ["", "> *(nothing)*" if not shown.startswith("[") else "> *(Thank you.)*"]
    return "\n".join(lines) + "\n"


def _spoken(call: Call) -> list[str]:
    if call.files:
        return ["*(the timeline as a picture)*"]
    if call.method == "answerinlinequery":
        return [f"*(offers)* {one['title']}" for one in json.loads(call.params["results"])]
    labels = " ".join(f"`[{label}]`" for label, _ in buttons(call))
    if call.chat == OWNER["id"] and "business_connection_id" not in call.params:
        return [f"*(to who connected the account)* {call.text}"]
    return [*(line or "" for line in call.text.split("\n")), *(["", labels] if labels else [])]


if __name__ == "__main__":
    (ROOT / "docs" / "telegram.md").write_text(asyncio.run(transcript()), "utf-8")
