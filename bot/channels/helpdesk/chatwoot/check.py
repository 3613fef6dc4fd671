"""Whether Chatwoot is there and takes the token. Nothing is changed at Chatwoot."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.declaration import CheckResult
from bot.channels.helpdesk.chatwoot.api import refusal
from bot.channels.helpdesk.chatwoot.settings import NAME, ChatwootSettings
from bot.channels.helpdesk.client import HelpdeskClient
from bot.channels.probe import NoAnswer, clock_check, probe

_TAKEN = (200, 401)  # a bot may read nobody's profile, and hears that in words of its own


async def check(settings: ChatwootSettings) -> Sequence[CheckResult]:
    """The address, the token, the clock."""
    url, token = settings.url or "", settings.token or ""
    try:
        seen = await probe(f"{url}/api")
    except NoAnswer as error:
        mend = "look whether this machine reaches it: its name, its firewall; no proxy is used on the way"
        return [CheckResult(NAME, "wrong", f"CHATWOOT_URL does not answer: {error}", mend)]
    client = HelpdeskClient(NAME, lambda _: None, refusal=refusal(token))
    await client.start()
    try:
        told = await client.ask(f"{url}/api/v1/profile", {"api_access_token": token})
    finally:
        await client.close()
    return [_token(told[0], told[1].of_token) if told else _token(0, of_token=False), *clock_check(seen.ahead, "Chatwoot")]


def _token(status: int, of_token: bool) -> CheckResult:
    if of_token:
        mend = "Chatwoot shows it where the agent bot was made (Settings, Bots)"
        return CheckResult(NAME, "wrong", "CHATWOOT_TOKEN is not one of an agent bot there", mend)
    if status not in _TAKEN:
        mend = "CHATWOOT_URL must be the address of Chatwoot itself, without /app or /api"
        return CheckResult(NAME, "wrong", f"what answers at CHATWOOT_URL is no Chatwoot ({status or 'no answer'})", mend)
    return CheckResult(NAME, "ok", "it answers, and takes the token")
