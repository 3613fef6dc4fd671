"""Reading a body without being flooded."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

_SLOWEST = 10.0  # seconds for a whole body


class TooLarge(Exception):
    """The body is larger than it may be, or does not come."""


async def body(request: Request, largest: int) -> bytes:
    """The whole body, of at most ``largest`` bytes. Raises TooLarge, and reads no further than that."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > largest:
        raise TooLarge
    pieces, size = [], 0
    try:
        async with asyncio.timeout(_SLOWEST):
            async for piece in request.stream():
                size += len(piece)
                if size > largest:
                    raise TooLarge
                pieces.append(piece)
    except (TimeoutError, ClientDisconnect) as error:
        raise TooLarge from error
    return b"".join(pieces)
