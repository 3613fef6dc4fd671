"""A faithful fake of the Telegram Bot API on loopback: what the real server does to a bot, on demand.

In process::

    async with FakeBotApi(time_scale=10) as api:  # what takes ten seconds takes one
        bot = Bot(api.token, base_url=api.base_url)  # base_url as python-telegram-bot takes it: http://127.0.0.1:PORT/bot
        api.inject(updates.crowd(300))  # one message each of 300 people
        api.fault("drop", methods="sendMessage", times=3)  # delivered, but the bot does not hear of it
        ...
        stats = api.stats()  # lost, twice, repeated, inversions, latencies
        api.calls("sendMessage", chat=10_000)[0].text

As a process of its own, which stays when the bot is killed: ``RemoteBotApi``, or
``python -m tests.fakes.botapi --port 0 --token T``,
whose first line is JSON: base_url, control_url, token, pid. ``POST {control_url}/inject`` with ``{"updates": [...]}``, and so on
for each name in ``control.OPEN``; the arguments are those of the methods of ``control.Control``. GET works for what needs no
JSON. The control port stays open while the API is down.

Webhooks: ``api.route("https://bot.test", ["http://127.0.0.1:8001", "http://127.0.0.1:8002"])`` stands for TLS proxy and load
balancer. Flood limits are off until ``api.limit()``; ``api.violations(in_flight_ms=50)`` lists calls that came before
``retry_after`` had passed. ``api.listeners`` are called with every delivered call, which makes closed-loop load easy.

Left out: Markdown, media groups, payments, stickers, games, file download, TLS of its own, entities that Telegram finds itself.
"""

from tests.fakes.botapi import updates
from tests.fakes.botapi.control import Control
from tests.fakes.botapi.faults import Fault
from tests.fakes.botapi.oracle import Stats
from tests.fakes.botapi.remote import ControlError, RemoteBotApi
from tests.fakes.botapi.server import TOKEN, FakeBotApi
from tests.fakes.botapi.state import Call, Injected

__all__ = ["TOKEN", "Call", "Control", "ControlError", "FakeBotApi", "Fault", "Injected", "RemoteBotApi", "Stats", "updates"]
