"""Who may open the clinic's page: links that open it once, sessions, what each role may, what was done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Role = Literal["viewer", "editor", "staff"]
# Each may what those before it may.
ROLES: Final[tuple[Role, ...]] = ("viewer", "editor", "staff")


@dataclass(frozen=True, slots=True)
class StaffSession:
    """Somebody who is signed in. ``id`` is no secret; moments are Unix seconds, ``seen`` to the minute."""

    id: str
    clinic: str
    role: Role
    name: str
    began: float
    seen: float
    expires: float

    def may(self, least: Role) -> bool:
        return ROLES.index(self.role) >= ROLES.index(least)


@dataclass(frozen=True, slots=True)
class AuditLine:
    """``who``: a name as the link was made for, "" for somebody who is not signed in."""

    at: float
    who: str
    what: str
    detail: str = ""
