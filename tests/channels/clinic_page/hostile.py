"""A clinic where somebody wrote what is to do harm wherever words come from."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC
from typing import Any

from bot.app.editions import LoadedEditions
from bot.channels.channel import ClinicHealth, Shared
from bot.channels.edition import Edition
from bot.delivery.counting.measures import CountKey
from bot.delivery.counting.records import add
from bot.delivery.handoff.handoffs import Handoffs
from bot.dialogue.conversation import ConversationKey
from bot.dialogue.policy import Dialogue
from tests.channels.clinic_page.seeding import SeededGaps, alike

VIEWS = ("", "gaps", "knowledge", "health", "audit")


async def written_everywhere(shared: Shared, dialogue: Dialogue, *words: str) -> Shared:
    """``words`` as questions, as what is not there any more, as the clinic's name, as what was not answered, as mistakes."""
    word, knowledge = words[0], dialogue.knowledge
    entries = {
        id: replace(entry, question=words[at % len(words)], topic_file=word)
        for at, (id, entry) in enumerate(knowledge.entries.items())
    }
    hostile = replace(knowledge, entries=entries, clinic=replace(knowledge.clinic, name=word), version=word)
    edition = Edition("default", Dialogue(hostile, dialogue.matcher), UTC)
    subjects = [*words, *entries]
    hour = int(time.time()) // 3600
    counts: dict[CountKey, int] = {}
    for number, subject in enumerate(subjects):
        measures: Any = (("topic", "entry"), ("feedback", "wrong"), ("alarm", ""), ("reply", ""))
        counts |= {CountKey("default", one, hour, subject, subject, detail): 1 + number for one, detail in measures}
    await shared.storage.run(lambda: add(counts))
    handoffs = Handoffs(shared.storage, "default")
    for number, subject in enumerate(words):
        await handoffs.open(ConversationKey("default", "web", f"{number}"), "", subject, "en", "1")
    gaps = [alike(f"{at}{one}", [one, *words[:3]], label=one, why=one) for at, one in enumerate(words)]
    health = ClinicHealth((False, word), {one: (False, one) for one in words}, 0.0, (0.0, words))
    return replace(shared, editions=LoadedEditions([edition]), gaps=SeededGaps(*gaps), health=lambda: health)
