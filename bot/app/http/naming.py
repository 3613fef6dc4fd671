"""Each request gets an id, which goes through all that is done for it, and back to who asked."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.delivery.tracing import begin

_HEADER = b"x-request-id"


class RequestNaming:
    """Takes the id that a proxy gave (X-Request-ID), where that is sane, or makes one; tells it in the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = next((value for name, value in scope["headers"] if name == _HEADER), None)
        id = begin(given.decode("latin-1") if given is not None else None).encode()

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (_HEADER, id)]
            await send(message)

        await self._app(scope, receive, named)
