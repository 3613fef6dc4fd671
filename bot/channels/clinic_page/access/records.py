"""The rows of links, sessions and what was done. Transactions for ``Storage.run``; all are of one clinic, and see no other's."""

from __future__ import annotations

from bot.channels.clinic_page.access import AuditLine, Role, StaffSession
from bot.delivery.storage.operations.steps import Query, Row, Transaction, Write

ADD_LINK = "INSERT INTO page_links (hash, clinic, role, name, expires) VALUES ($1, $2, $3, $4, $5)"
# Whoever deletes the row has the link: of two who press at once one comes in.
SPEND = "DELETE FROM page_links WHERE hash = $1 AND clinic = $2 AND expires > $3 RETURNING role, name"
ADD_SESSION = """
INSERT INTO page_sessions (hash, id, clinic, role, name, began, seen, expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_SESSION = "id, clinic, role, name, began, seen, expires"
SESSION = f"SELECT {_SESSION} FROM page_sessions WHERE hash = $1 AND clinic = $2"  # noqa: S608
SESSIONS = f"SELECT {_SESSION} FROM page_sessions WHERE clinic = $1 AND expires > $2 ORDER BY began, id"  # noqa: S608
SEEN = "UPDATE page_sessions SET seen = $2 WHERE hash = $1"
END = "DELETE FROM page_sessions WHERE hash = $1 AND clinic = $2 RETURNING name"
REVOKE = "DELETE FROM page_sessions WHERE id = $1 AND clinic = $2 RETURNING name"
NOTE = "INSERT INTO page_audit (clinic, at, id, who, what, detail) VALUES ($1, $2, $3, $4, $5, $6)"
LINES = """
SELECT at, who, what, detail FROM page_audit WHERE clinic = $1 AND at >= $2 AND at < $3 ORDER BY at DESC, id DESC LIMIT $4
"""


def add_link(clinic: str, digest: str, role: Role, name: str, expires: float) -> Transaction[None]:
    yield Write(ADD_LINK, [(digest, clinic, role, name, expires)])


def spend(clinic: str, link: str, session: str, id: str, now: float, expires: float) -> Transaction[StaffSession | None]:
    """The session that the link (a hash) opens, under the hash ``session``; None where there is no such link any more."""
    rows = yield Query(SPEND, (link, clinic, now))
    if not rows:
        return None
    role, name = rows[0]
    yield Write(ADD_SESSION, [(session, id, clinic, role, name, now, now, expires)])
    return StaffSession(id, clinic, role, name, now, now, expires)


def session(clinic: str, digest: str) -> Transaction[StaffSession | None]:
    rows = yield Query(SESSION, (digest, clinic))
    return _session(rows[0]) if rows else None


def sessions(clinic: str, now: float) -> Transaction[tuple[StaffSession, ...]]:
    rows = yield Query(SESSIONS, (clinic, now))
    return tuple(map(_session, rows))


def seen(digest: str, now: float) -> Transaction[None]:
    yield Write(SEEN, [(digest, now)])


def end(clinic: str, digest: str) -> Transaction[None]:
    yield Query(END, (digest, clinic))


def revoke(clinic: str, id: str) -> Transaction[str | None]:
    """Whose session it was; None where there is none of that id."""
    rows = yield Query(REVOKE, (id, clinic))
    return str(rows[0][0]) if rows else None


def note(clinic: str, id: str, line: AuditLine) -> Transaction[None]:
    yield Write(NOTE, [(clinic, line.at, id, line.who, line.what, line.detail)])


def lines(clinic: str, since: float, before: float, most: int) -> Transaction[tuple[AuditLine, ...]]:
    """The latest first."""
    rows = yield Query(LINES, (clinic, since, before, most))
    return tuple(AuditLine(*row) for row in rows)


def _session(row: Row) -> StaffSession:
    return StaffSession(*row)
