"""``infusion-bot status``: asks the running process which knowledge it answers from, and why not from a newer one."""

from __future__ import annotations

import argparse
import json
import urllib.error
import urllib.request
from typing import Any

from bot.app.config import Settings
from bot.channels.declaration import ConfigError

_PATIENCE = 5.0  # seconds
_LEARNING = {
    "first": "; it is being learned for the first time",
    "this": "; its last edit was learned in haste, and is being learned whole",
    "next": "; an edit is being learned, and serves after that",
}
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # what listens on all addresses is asked on its own machine


def run_status(args: argparse.Namespace, settings: Settings) -> int:
    """0: all that was saved serves; 1: something does not, or the process is not ready. Raises ConfigError where none answers."""
    del args
    url = _url(settings)
    found = _asked(url)
    others = [f"{name} {how}" for name, how in found.items() if name not in {"ready", "knowledge", "clinics"}]
    print(f"{url}: {'ready' if found.get('ready') else 'not ready'} ({', '.join(others)})")
    well = bool(found.get("ready"))
    together = found.get("clinics", {})
    for clinic, one in found.get("knowledge", {}).items():
        learning = _LEARNING.get(str(one.get("learning")), "")
        channels = "".join(f"; {channel} {how}" for channel, how in together.get(clinic, {}).items() if channel != "failed")
        print(f"{clinic}: version {one['version']} since {one['since']}{channels}{learning}")
        if (refused := one.get("refused")) is not None:
            well = False
            more = refused["mistakes"] - 1
            print(f"  an edit of {refused['at']} does not serve: {refused['mistake']}")
            if more:
                print(f"  and {more} more; all of them: infusion-bot kb check")
    for clinic, one in together.items():
        if "failed" in one:
            well = False
            print(f"{clinic}: not served: {one['failed']}")
    return 0 if well else 1


def _url(settings: Settings) -> str:
    host, port = settings.serving.host, settings.serving.port
    if port == 0:
        raise ConfigError("PORT: the port is 0, so the server chose one; name it with --port")
    host = _ANYWHERE.get(host, host)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _asked(url: str) -> dict[str, Any]:
    """What ``/readyz`` says, ready or not."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # it is on this machine
    try:
        with opener.open(f"{url}/readyz", timeout=_PATIENCE) as answer:
            found = json.load(answer)
    except urllib.error.HTTPError as error:
        found = _json(error.read())
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise ConfigError(f"HOST, PORT: nothing answers at {url} ({reason}); is it running, with these settings?") from error
    if not isinstance(found, dict) or "ready" not in found:
        raise ConfigError(f"HOST, PORT: what answers at {url} is no infusion-bot")
    return found


def _json(data: bytes) -> object:
    try:
        return json.loads(data)
    except ValueError:
        return None
