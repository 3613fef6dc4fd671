"""All rules, in order, on one text."""

from __future__ import annotations

import re
import unicodedata

from bot.language.redaction.marks import MARK
from bot.language.redaction.names import hide_names, leaves_a_name
from bot.language.redaction.numbers import hide_dates, hide_links, hide_numbers, hide_records, leaves_a_number
from bot.language.redaction.places import hide_addresses, hide_postcodes, leaves_an_address

# Characters. A letter tells more of a life than rules can find, so that none is kept.
LONGEST = 400
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")


def redacted(text: str) -> str | None:
    """``text`` on one line with marks such as "[name]" where something told who somebody is; None where it is in doubt."""
    read = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).replace("’", "'").strip()
    if len(read) > LONGEST:
        return None
    # An order of its own: an address holds numbers, and a record's number looks like a telephone's.
    for hide in (hide_links, hide_dates, hide_postcodes, hide_records, hide_addresses, hide_numbers, hide_names):
        read = hide(read)
    if leaves_a_number(read) or leaves_a_name(read) or leaves_an_address(read):
        return None
    return " ".join(read.split())


def without_marks(text: str) -> str:
    """A redacted text as something is to be learned or compared from it."""
    return " ".join(MARK.sub(" ", text).split())
