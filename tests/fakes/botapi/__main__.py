"""``python -m tests.fakes.botapi``: serves until it is terminated; the first line says where."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal

from tests.fakes.botapi.server import TOKEN, FakeBotApi


async def serve(options: argparse.Namespace) -> None:
    ended = asyncio.Event()
    for kind in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(kind, ended.set)
    async with FakeBotApi(options.token, port=options.port, time_scale=options.time_scale) as api:
        for route in options.route:
            prefix, _, places = route.partition("=")
            api.route(prefix, places.split(","))
        address = {"base_url": api.base_url, "control_url": api.control_url, "token": api.token, "pid": os.getpid()}
        print(json.dumps(address), flush=True)
        await ended.wait()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fakes.botapi", description="A fake of the Telegram Bot API on loopback."
    )
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--time-scale", type=float, default=1.0, help="10: what takes ten seconds takes one")
    parser.add_argument(
        "--route", action="append", default=[], metavar="PREFIX=URL[,URL]", help="where a public webhook URL really is"
    )
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
