"""The settings of the Telegram channel."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from bot.channels.declaration import ConfigError, GivenSettings, Setting

NAME = "telegram"
BASE_URL = "https://api.telegram.org/bot"
SETTINGS: Mapping[str, Setting] = {
    "telegram_bot_token": Setting("TELEGRAM_BOT_TOKEN", "the token that BotFather gave", "no Telegram", secret=True),
    "telegram_base_url": Setting("TELEGRAM_BASE_URL", "where the Bot API is, up to the token", BASE_URL),
    "telegram_proxy": Setting(
        "TELEGRAM_PROXY",
        "http proxy on the way to the Bot API, like http://proxy.clinic.example:3128; off: none",
        "HTTPS_PROXY and NO_PROXY, as for other programs",
        secret=True,
    ),
    "telegram_rate": Setting(
        "TELEGRAM_RATE",
        "messages a second over all chats; off: no limit until Telegram says so",
        "30 at api.telegram.org, off elsewhere",
    ),
    "webhook_url": Setting("WEBHOOK_URL", "public https address of this server; without it Telegram is polled", "polling"),
    "webhook_secret": Setting(
        "WEBHOOK_SECRET", "what Telegram must show at the webhook: 16 to 256 of A-Z a-z 0-9 _ -", "none", secret=True
    ),
    "staff_chat": Setting(
        "STAFF_CHAT",
        "number of the staff's group, like -1001234567890, with the bot in it: there go alarms, and patients who want a person",
        "none",
    ),
    "telegram_campaigns": Setting(
        "TELEGRAM_CAMPAIGNS",
        "names of campaigns, with commas between, whose links (t.me/BOT?start=ref_NAME) are counted by name",
        "none",
    ),
    "telegram_business_quiet": Setting(
        "TELEGRAM_BUSINESS_QUIET",
        "minutes for which the bot is silent in a chat of the clinic's own account after somebody of the clinic wrote there",
        "720",
    ),
    "telegram_business_hours": Setting(
        "TELEGRAM_BUSINESS_HOURS",
        "when it answers there, on the clinic's clock, like mon-fri 17:00-09:00, sat-sun 00:00-24:00; danger it answers always",
        "always",
    ),
}
_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,256}")
_GROUP = re.compile(r"-[0-9]{1,19}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")  # one that is shorter can be guessed, at some thousand tries a second
_BASE = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]+)*/bot")
_CAMPAIGNS = re.compile(r"\s*[A-Za-z0-9_-]{1,32}\s*(,\s*[A-Za-z0-9_-]{1,32}\s*){0,99}")
_PROXY = re.compile(r"(?i:off)|https?://([^\s/?#@]+@)?[^\s/?#@]+/?")
_LOCAL = re.compile(r"localhost|[A-Za-z0-9_-]+|.+\.(local|internal|lan)")  # names of one machine, or of one network


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = "|".join(_DAYS)
_SPAN = re.compile(rf"(?:(?P<first>{_DAY})(?:-(?P<last>{_DAY}))? )?(?P<from>[0-9]{{2}}:[0-9]{{2}})-(?P<to>[0-9]{{2}}:[0-9]{{2}})")
_WHOLE = 24 * 60


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes of a day from ``start`` to before ``end``, on ``days`` (0: Monday); an ``end`` that is no later is of the next."""

    days: frozenset[int]
    start: int
    end: int

    def holds(self, day: int, minute: int) -> bool:
        if self.start < self.end:
            return day in self.days and self.start <= minute < self.end
        return (day in self.days and minute >= self.start) or ((day - 1) % 7 in self.days and minute < self.end)


@dataclass(frozen=True, slots=True)
class BusinessTerms:
    """When the bot speaks on the clinic's own account.

    ``quiet``: seconds of silence after a word of the clinic's; ``hours``: when it answers there at all, None: always.
    """

    quiet: float = 12 * 3600.0
    hours: tuple[Span, ...] | None = None


USUAL_TERMS = BusinessTerms()


def parse_hours(text: str) -> tuple[Span, ...]:
    """The spans that ``text`` names; raises ValueError where it is none."""
    return tuple(_span(part.strip().lower()) for part in text.split(","))


def within(spans: tuple[Span, ...], moment: datetime) -> bool:
    """Whether ``moment``, on its own clock, is in one of ``spans``."""
    return any(span.holds(moment.weekday(), 60 * moment.hour + moment.minute) for span in spans)


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError("no hours")
    start, end = _minutes(found["from"]), _minutes(found["to"])
    if start in {end, _WHOLE}:
        raise ValueError("no time between them")
    first = _DAYS.index(found["first"]) if found["first"] else 0
    last = _DAYS.index(found["last"] or found["first"]) if found["first"] else 6
    return Span(frozenset((first + day) % 7 for day in range((last - first) % 7 + 1)), start, end)


def _minutes(text: str) -> int:
    hours, minutes = int(text[:2]), int(text[3:])
    if minutes > 59 or 60 * hours + minutes > _WHOLE:
        raise ValueError("no time of day")
    return 60 * hours + minutes


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """``rate`` None: no limit until Telegram says so. ``webhook_url`` None: Telegram is polled.

    ``proxy`` None: the one that the environment names; "": none.
    """

    bot_token: str | None = field(repr=False)
    base_url: str
    rate: float | None
    webhook_url: str | None
    webhook_secret: str | None = field(repr=False)
    business: BusinessTerms = USUAL_TERMS
    proxy: str | None = field(default=None, repr=False)
    campaigns: frozenset[str] = frozenset()
    staff_chat: int | None = None

    @property
    def configured(self) -> bool:
        """Whether there is a token. Raises ConfigError."""
        if self.bot_token is None:
            return False
        if self.webhook_url is not None and self.webhook_secret is None:
            raise ConfigError("WEBHOOK_SECRET is not set; without it anybody could write to the webhook. Take random characters")
        return True


def read_settings(given: GivenSettings) -> TelegramSettings:
    """Raises ConfigError."""
    base = _base(given)
    return TelegramSettings(
        bot_token=given.text("telegram_bot_token", _TOKEN, "is no bot token; BotFather's look like 123456:ABC..."),
        base_url=base,
        rate=given.rate("telegram_rate", 30.0 if base == BASE_URL else None),
        webhook_url=_webhook(given),
        webhook_secret=given.text("webhook_secret", _SECRET, "is no secret to take here; 16 to 256 of A-Z a-z 0-9 _ - are"),
        business=BusinessTerms(60 * given.number("telegram_business_quiet", 720, 0, 10_080, whole=True), _hours(given)),
        proxy=_proxy(given),
        campaigns=_campaigns(given),
        staff_chat=_staff_chat(given),
    )


def _staff_chat(given: GivenSettings) -> int | None:
    group = given.text("staff_chat", _GROUP, "is no number of a group; those of groups begin with -, like -1001234567890")
    return int(group) if group else None


def _campaigns(given: GivenSettings) -> frozenset[str]:
    names = given.text("telegram_campaigns", _CAMPAIGNS, "are no names of campaigns; each has 1 to 32 of A-Z a-z 0-9 _ -")
    return frozenset(name.strip().lower() for name in names.split(",")) if names else frozenset()


def _proxy(given: GivenSettings) -> str | None:
    proxy = given.text("telegram_proxy", _PROXY, "is no http proxy; write it like http://proxy.clinic.example:3128, or off")
    return "" if proxy is not None and proxy.lower() == "off" else proxy


def _hours(given: GivenSettings) -> tuple[Span, ...] | None:
    one = given.get("telegram_business_hours")
    if one is None or one.text.lower() == "always":
        return None
    try:
        return parse_hours(one.text)
    except ValueError:
        raise one.wrong("are no hours; write them like mon-fri 17:00-09:00, sat-sun 00:00-24:00, or always") from None


def _base(given: GivenSettings) -> str:
    base = given.address("telegram_base_url", BASE_URL)
    if base is None:
        return BASE_URL
    one = given.get("telegram_base_url")
    if one is not None and not _BASE.fullmatch(base):
        raise one.wrong(f"does not end where the token begins, with /bot; write it like {BASE_URL}")
    if one is not None and base.startswith("http:") and not _is_near(urlsplit(base).hostname or ""):
        raise one.wrong("would send the token over the internet for all to read; write it with https")
    return base


def _is_near(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return _LOCAL.fullmatch(host) is not None
    return address.is_private or address.is_loopback


def _webhook(given: GivenSettings) -> str | None:
    url, one = given.url("webhook_url", "https://bot.clinic.example"), given.get("webhook_url")
    if url is not None and one is not None and not url.startswith("https:"):
        raise one.wrong(
            "is not an https address, and Telegram calls no other; a proxy with a certificate has to stand before the bot"
        )
    return url
