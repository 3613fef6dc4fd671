"""setWebhook, deleteWebhook and getWebhookInfo; which webhook there is."""

from __future__ import annotations

import itertools
import json
import re
import time
from urllib.parse import urlsplit

from tests.fakes.botapi.polling import ACTIVE, BY_WEBHOOK, Poller
from tests.fakes.botapi.state import ApiError, Call, Encoded, Injected, Json, State, bad
from tests.fakes.botapi.webhook import Execute, Settings, Webhook


class Hooks:
    """``routes``: prefix of a public URL -> where to connect instead; of several places each connection takes the next."""

    def __init__(self, state: State, poller: Poller, execute: Execute) -> None:
        self.webhook: Webhook | None = None
        self.routes: dict[str, list[str]] = {}
        self._state, self._poller, self._execute = state, poller, execute
        self._next_set = 0.0
        self._turn = itertools.count()

    def add(self, entry: Injected) -> None:
        if self.webhook is not None:
            self.webhook.add(entry)
        else:
            self._poller.wake()

    def route(self, url: str) -> str:
        for prefix, places in self.routes.items():
            if places and url.startswith(prefix):
                return places[next(self._turn) % len(places)] + url.removeprefix(prefix)
        return url

    async def get_updates(self, call: Call) -> Encoded:
        if self.webhook is not None:
            raise self._poller.conflict(ACTIVE)
        allow(self._state, call)
        return await self._poller.get_updates(call)

    async def set_webhook(self, call: Call) -> tuple[bool, str]:
        """Result and description."""
        params, now, state = call.params, time.monotonic(), self._state
        url = params.get("url", "") if call.method == "setwebhook" else ""
        if url:
            if now < self._next_set:
                raise ApiError(429, "Too Many Requests: retry after 1", retry_after=1)
            self._next_set = now + state.clock.real(1)
        most = min(100, max(1, int(params.get("max_connections") or 40)))
        wanted = Settings(url, params.get("secret_token", ""), most, params.get("ip_address", ""))
        drop = params.get("drop_pending_updates", "").lower() in ("true", "1", "yes", "t")
        same = self.webhook.settings == wanted if self.webhook else not url
        if same and not drop:
            allow(state, call)
            return True, "Webhook is already set" if url else "Webhook is already deleted"
        if url:
            self._poller.abort(BY_WEBHOOK)
        before = await self.remove()
        if drop:
            state.drop_pending()
        if not url:
            return True, "Webhook was deleted" if before else "Webhook is already deleted"
        _check(wanted)
        allow(state, call)
        self.webhook = Webhook(state, wanted, self.route, self._execute, self._forget)
        self.webhook.pump()
        return True, "Webhook was set"

    async def remove(self) -> bool:
        webhook, self.webhook = self.webhook, None
        if webhook is not None:
            await webhook.close()
        return webhook is not None

    def _forget(self) -> None:
        self.webhook = None

    def info(self) -> Json:
        pending = sum(1 for _ in self._state.waiting())
        found: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": pending}
        if self._state.allowed is not None:
            found["allowed_updates"] = sorted(self._state.allowed)
        if self.webhook is None:
            return found
        settings, trouble = self.webhook.settings, self.webhook.trouble
        found |= {
            "url": settings.url,
            "max_connections": settings.max_connections,
            "ip_address": settings.ip_address or "127.0.0.1",
        }
        if trouble.date:
            found |= {"last_error_date": trouble.date, "last_error_message": trouble.message}
        return found


def allow(state: State, call: Call) -> None:
    """The list of allowed kinds holds until another is given; an empty one is the default."""
    given = call.params.get("allowed_updates")
    if given is None:
        return
    try:
        kinds = json.loads(given)
    except ValueError:
        return
    if isinstance(kinds, list):
        state.allowed = frozenset(map(str, kinds)) or None


def _check(settings: Settings) -> None:
    parts = urlsplit(settings.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise bad("invalid webhook URL specified")
    if len(settings.secret) > 256:
        raise bad("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", settings.secret):
        raise bad("secret token contains unallowed characters")
