"""One look at an address from here: does it answer, and what is the time there. Nothing is changed by it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from bot.channels.declaration import CheckResult

_SECONDS = 8.0
# Seconds by which clocks may differ: what a help desk signs holds for five minutes; half a minute is worth a word.
_APART, _TOO_FAR = 30.0, 240.0


class NoAnswer(Exception):
    """Nothing answers there. The message says why, without the address."""


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """``ahead``: seconds by which our clock is ahead of theirs; None where they do not tell the time."""

    status: int
    ahead: float | None = None


async def probe(url: str, proxy: str | None = None) -> ProbeAnswer:
    """What a GET of ``url`` is answered. Raises NoAnswer."""
    try:
        import aiohttp  # noqa: PLC0415  # it comes with the channels that are probed
    except ModuleNotFoundError:
        raise NoAnswer("nobody can ask: aiohttp is not installed; it comes with infusion-bot[helpdesk]") from None
    limits = aiohttp.ClientTimeout(total=_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=limits, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False) as session,
            session.get(url, proxy=proxy, allow_redirects=False) as answer,
        ):
            return ProbeAnswer(answer.status, _ahead(answer.headers.get("Date")))
    except aiohttp.ClientConnectorCertificateError as error:
        reason = getattr(error.certificate_error, "verify_message", "") or "it is not valid"
        raise NoAnswer(f"its certificate does not hold ({reason})") from None
    except aiohttp.ClientConnectorDNSError:
        raise NoAnswer("its name is not known here") from None
    except aiohttp.ClientSSLError:
        raise NoAnswer("it does not speak TLS as it should") from None
    except aiohttp.ClientOSError as error:
        raise NoAnswer(f"no connection ({error.strerror or type(error).__name__})") from None
    except TimeoutError:
        raise NoAnswer(f"no answer within {_SECONDS:.0f} s") from None
    except (aiohttp.ClientError, ValueError) as error:
        raise NoAnswer(f"no answer that can be read ({type(error).__name__})") from None


def _ahead(date: str | None) -> float | None:
    try:
        return time.time() - parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        return None


def clock_check(ahead: float | None, whose: str) -> list[CheckResult]:
    """Whether our clock goes as that of ``whose`` server does; nothing where that is not known."""
    if ahead is None:
        return []
    if abs(ahead) < _APART:
        return [CheckResult("clock", "ok", f"as {whose} has it")]
    apart = f"{abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} that of {whose}"
    mend = "let the system keep its time by NTP (timedatectl set-ntp true)"
    return [CheckResult("clock", "wrong" if abs(ahead) > _TOO_FAR else "warning", apart, mend)]
