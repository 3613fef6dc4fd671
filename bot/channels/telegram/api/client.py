"""The client of the Bot API."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import AsyncIterator
from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]  # not in the stubs

from telegram import Bot
from telegram.warnings import PTBUserWarning

from bot.channels.declaration import ConfigError
from bot.channels.telegram.api.transport import AiohttpRequest

# Some calls are made by their plain name, as the library's own methods do more than is wanted: they read all updates of an answer
# at once, so that one that cannot be read would lose the others with it, and all of a message just sent.
warnings.filterwarnings("ignore", message="Please use 'Bot.", category=PTBUserWarning)


def proxy_for(base_url: str) -> str | None:
    """The proxy that HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY name for ``base_url``, as for other programs.

    Never for this machine itself. Raises ConfigError for one of another kind.
    """
    parts, proxies = urlsplit(base_url), getproxies_environment()
    name = parts.scheme if proxies.get(parts.scheme) else "all"
    proxy = proxies.get(name)
    if not proxy or _is_here(parts.hostname or "") or proxy_bypass_environment(parts.netloc, proxies):
        return None
    kind, _, rest = proxy.rpartition("://")
    if kind.lower() not in {"", "http", "https"}:
        raise ConfigError(f"{name.upper()}_PROXY: {kind} proxies are not spoken here; TELEGRAM_PROXY takes an http one, or none")
    return proxy if kind else f"http://{rest}"


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


@contextlib.asynccontextmanager
async def client(token: str, base_url: str, proxy: str | None = None) -> AsyncIterator[Bot]:
    """A client; nothing is asked of it yet. One transport for calls and one for polling.

    ``proxy``: None takes the environment's, "" none at all.
    """
    through = proxy_for(base_url) if proxy is None else proxy or None
    calls, polls = AiohttpRequest(proxy=through), AiohttpRequest(connections=2, proxy=through)
    bot = Bot(token, base_url=base_url, request=calls, get_updates_request=polls)
    await calls.initialize()
    await polls.initialize()
    try:
        yield bot
    finally:
        await calls.shutdown()
        await polls.shutdown()
