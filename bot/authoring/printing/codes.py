"""QR codes: the link that a leaflet carries, and the squares that a phone reads it from."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

# M: a code that is a seventh covered with coffee is still read.
_CORRECTION = "m"
QUIET = 4  # squares of white around it, by the standard
_TELEGRAM = {"t.me", "telegram.me", "telegram.dog"}


def leads_to_telegram(link: str) -> bool:
    return (urlsplit(link).hostname or "") in _TELEGRAM


def link_to(address: str, topic: str | None) -> str:
    """``address``, of the bot on Telegram or of its web chat, so that it opens with the answer to ``topic``.

    Raises ValueError for what is no address of the kind.
    """
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{address!r} is no address; write it like https://t.me/clinic_bot or https://bot.clinic.example/")
    if leads_to_telegram(address):
        name = parts.path.strip("/")
        if not name or "/" in name:
            raise ValueError(f"{address!r} names no bot; write it like https://t.me/clinic_bot")
        return f"https://t.me/{name}" + (f"?start={topic}" if topic else "")
    query = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key != "topic" or not topic]
    query += [("topic", topic)] if topic else []
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", urlencode(query), parts.fragment))


def squares(link: str) -> tuple[str, ...]:
    """The code as rows of 0 and 1, without the white around it. Raises ModuleNotFoundError where segno is not installed."""
    import segno  # noqa: PLC0415  # of an extra

    code = segno.make_qr(link, error=_CORRECTION, boost_error=False)
    return tuple("".join("1" if dark else "0" for dark in row) for row in code.matrix)
