"""Which call answers which update; what was lost, answered twice, or out of order; how long it took.

An answer belongs to the update whose correlation id stands in its text; else to the one whose message it replies to; else, in a
chat with one update, to that one; else the k-th answer of a chat belongs to its k-th update.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tests.fakes.botapi.state import Call, Injected, Json

ANSWERS = ("sendmessage", "sendphoto", "senddocument")
ASKING = ("message", "edited_message", "business_message", "callback_query")


@dataclass(frozen=True, slots=True)
class Stats:
    """``twice``: updates with more than one answer; ``repeated``: with the same words more than once. Latencies are in ms.

    ``latency`` from injection, ``reaction`` from the last delivery before the answer; to the first answer of each update.
    """

    updates: int
    answered: int
    lost: list[int]
    twice: list[int]
    repeated: list[int]
    unattributed: int
    inversions: int
    acknowledged: int
    expired: int
    latency: Json = field(default_factory=dict)
    reaction: Json = field(default_factory=dict)


def delivered(calls: Iterable[Call], methods: Sequence[str] = ANSWERS) -> list[Call]:
    return [call for call in calls if call.delivered and call.method in methods]


def attribute(updates: Iterable[Injected], calls: Iterable[Call], methods: Sequence[str] = ANSWERS) -> dict[int, list[Call]]:
    """Answers by update id, in the order in which they came; those that belong to nothing are under 0."""
    asked: dict[int, Injected] = {}
    for update in updates:
        if update.kind in ASKING:
            asked.setdefault(update.id, update)
    correlated = {update.correlation: update.id for update in asked.values() if update.correlation}
    replied = {
        (update.chat, update.message): update.id for update in asked.values() if update.message and update.kind == "message"
    }
    in_chat: dict[int | None, list[int]] = defaultdict(list)
    for update in asked.values():
        in_chat[update.chat].append(update.id)
    found: dict[int, list[Call]] = {id: [] for id in asked}
    position: Counter[int | None] = Counter()
    for call in delivered(calls, methods):
        owner = _by_text(call, correlated) or replied.get((call.chat, reply_to(call)))
        if owner is None:
            ids, at = in_chat.get(call.chat, []), position[call.chat]
            position[call.chat] += 1
            owner = ids[0] if len(ids) == 1 else ids[at] if at < len(ids) else ids[-1] if ids else 0
        found.setdefault(owner, []).append(call)
    return found


def reply_to(call: Call) -> int:
    """The message that a call replies to, 0 if none."""
    given = call.params.get("reply_parameters", "")
    if '"message_id"' in given:
        return int(given.partition('"message_id"')[2].lstrip(": ").partition(",")[0].strip(" }"))
    return int(call.params.get("reply_to_message_id") or 0)


def measure(updates: Sequence[Injected], calls: Sequence[Call], methods: Sequence[str] = ANSWERS) -> Stats:
    found = attribute(updates, calls, methods)
    strange = found.pop(0, [])
    first = {update.id: update for update in reversed(updates)}
    expired = sum(1 for update in updates if update.how == "expired")
    lost = [id for id, answers in found.items() if not answers and first[id].how not in ("expired", "dropped")]
    latency, reaction = [], []
    for id, answers in found.items():
        if answers:
            latency.append((answers[0].at - first[id].injected) * 1000)
            began = [attempt.at for attempt in first[id].attempts if attempt.at <= answers[0].at]
            if began:
                reaction.append((answers[0].at - began[-1]) * 1000)
    return Stats(
        updates=len(found),
        answered=sum(1 for answers in found.values() if answers),
        lost=lost,
        twice=[id for id, answers in found.items() if len(answers) > 1],
        repeated=[id for id, answers in found.items() if len({call.text for call in answers}) < len(answers)],
        unattributed=len(strange),
        inversions=_inversions(found),
        acknowledged=sum(1 for update in updates if update.how in ("offset", "webhook")),
        expired=expired,
        latency=percentiles(latency),
        reaction=percentiles(reaction),
    )


def percentiles(values: Sequence[float]) -> Json:
    if not values:
        return {}
    ranked = sorted(values)
    at = {f"p{share}": ranked[min(len(ranked) - 1, len(ranked) * share // 100)] for share in (50, 90, 99)}
    return {"n": len(ranked), **at, "max": ranked[-1]}


def _by_text(call: Call, correlated: dict[str, int]) -> int | None:
    """A correlation id is a word of its own: c0123."""
    if not correlated:
        return None
    words = (word.strip(".,:;!?\"'()") for word in call.text.split())
    return next((correlated[word] for word in words if word in correlated), None)


def _inversions(found: dict[int, list[Call]]) -> int:
    """How often the first answer of a later update of a chat came before that of an earlier one."""
    order: dict[int | None, list[tuple[float, int]]] = defaultdict(list)
    for id, answers in found.items():
        if answers:
            order[answers[0].chat].append((answers[0].at, id))
    count = 0
    for moments in order.values():
        ids = [id for _, id in sorted(moments)]
        count += sum(1 for before, after in pairwise(ids) if before > after)
    return count
