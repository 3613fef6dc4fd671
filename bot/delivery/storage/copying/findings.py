"""What is wrong with a store, and how full it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.delivery.storage.copying import OpenTables
from bot.delivery.storage.copying.transfer import count
from bot.delivery.storage.operations.leases import MOST_POSTPONED
from bot.delivery.storage.schema.upgrade import is_behind

# What no transaction leaves behind. The first would never be answered.
_WRONG: Mapping[str, str] = {
    "updates wait in a conversation that nobody will take": """
        SELECT COUNT(*) FROM inbox WHERE payload IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM leases WHERE leases.conversation = inbox.conversation AND leases.due IS NOT NULL)""",
    "updates are done, and what was written in them is still there": """
        SELECT COUNT(*) FROM inbox WHERE payload IS NOT NULL AND done IS NOT NULL""",
    "updates are neither done nor readable": """
        SELECT COUNT(*) FROM inbox WHERE payload IS NULL AND done IS NULL""",
    "dead letters wait in the inbox, too": """
        SELECT COUNT(*) FROM dead_letters JOIN inbox ON inbox.ref = dead_letters.ref WHERE inbox.payload IS NOT NULL""",
    "rows name no clinic, channel and conversation": """
        SELECT COUNT(*) FROM (
            SELECT conversation FROM conversations UNION ALL SELECT conversation FROM reminders UNION ALL
            SELECT conversation FROM leases UNION ALL SELECT conversation FROM dead_letters UNION ALL
            SELECT conversation FROM inbox WHERE payload IS NOT NULL
        ) named WHERE conversation NOT LIKE '%/%/%'""",
}
# Of a clock that began anew: the next start of a bot sets them free.
_LONGEST_LEASE = 3600.0


@dataclass(frozen=True, slots=True)
class Findings:
    """``revision``: of the tables, None where there are none. ``wrong``: a line for each thing that has to be looked at."""

    revision: str | None
    rows: Mapping[str, int]
    waiting: int
    wrong: Sequence[str]


async def look_over(tables: OpenTables) -> Findings:
    """Raises StorageError where it cannot be read, or is of a newer version of this program."""
    revision = await tables.revision()
    wrong = list(await tables.damage())
    if revision is None:
        return Findings(None, {}, 0, [*wrong, "there is no store of this program; the first start of a bot makes one"])
    rows = await count(tables)
    if is_behind(revision):  # its tables may be without what is asked for; the start of a bot brings them up to date
        return Findings(revision, rows, 0, wrong)
    for what, statement in _WRONG.items():
        ((found,),) = await tables.query(statement)
        if found:
            wrong.append(f"{found} {what}")
    far = await tables.ticks() + _LONGEST_LEASE + MOST_POSTPONED
    ((late,),) = await tables.query(f"SELECT COUNT(*) FROM leases WHERE due > {far!r}")  # noqa: S608  a number of our own
    if late:
        wrong.append(f"{late} conversations are held by a clock that began anew; the next start of a bot sets them free")
    ((waiting,),) = await tables.query("SELECT COUNT(*) FROM inbox WHERE payload IS NOT NULL")
    return Findings(revision, rows, waiting, wrong)
