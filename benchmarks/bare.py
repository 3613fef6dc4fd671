"""A bare endpoint for ``make bench``: Starlette reads and checks the same body, and answers with as many bytes as a reply has."""

from __future__ import annotations

import sys

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.channels.web.api.schema import Ask


def main() -> None:
    length, port = int(sys.argv[1]), int(sys.argv[2])
    reader = msgspec.json.Decoder(Ask)

    async def ask(request: Request) -> Response:
        asked = reader.decode(await request.body())
        return JSONResponse({"kind": "answer", "text": "x" * length, "size": len(asked.question or "")})

    app = Starlette(routes=[Route("/api/v1/ask", ask, methods=["POST"])])
    uvicorn.run(app, port=port, log_config=None, access_log=False, lifespan="off", server_header=False)


if __name__ == "__main__":
    main()
