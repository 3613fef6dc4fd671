"""Reading a body without being flooded."""

from __future__ import annotations

from starlette.requests import ClientDisconnect, Request

_LONGEST = 19  # digits of a length


class TooLarge(Exception):
    """The body is larger than it may be, or breaks off."""


async def body(request: Request, largest: int) -> bytes:
    """The whole body, of at most ``largest`` bytes. Raises TooLarge, and reads no further than that.

    How long it may take is the server's to say (``BODY_SECONDS``): then it ends as if the client had hung up.
    """
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > _LONGEST or int(length) > largest:
        raise TooLarge
    pieces, size = [], 0
    try:
        async for piece in request.stream():
            size += len(piece)
            if size > largest:
                raise TooLarge
            pieces.append(piece)
    except ClientDisconnect as error:
        raise TooLarge from error
    return b"".join(pieces)
