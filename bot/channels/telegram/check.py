"""Whether Telegram takes the token, and whether what it delivers can arrive. Nothing is changed at Telegram."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import UTC
from http import HTTPStatus
from urllib.parse import urlsplit

from telegram import Bot, WebhookInfo
from telegram.error import InvalidToken, TelegramError

from bot.channels.declaration import CheckResult, ConfigError
from bot.channels.probe import NoAnswer, clock_check, probe
from bot.channels.telegram.api.client import client, proxy_for
from bot.channels.telegram.api.errors import quoted
from bot.channels.telegram.settings import NAME, TelegramSettings
from bot.channels.telegram.updates.webhook import address, change_in

_STAFF = "staff"
_PART = "webhook"
_NO_BOT = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
_MANY = 100  # that wait: more than a few minutes of a clinic's


async def check(settings: TelegramSettings) -> Sequence[CheckResult]:
    """The token, the webhook, the clock; each where it is known."""
    token = settings.bot_token
    if token is None:
        return []
    try:
        proxy = proxy_for(settings.base_url) if settings.proxy is None else settings.proxy or None
    except ConfigError as error:
        return [CheckResult("proxy", "wrong", str(error), "set TELEGRAM_PROXY to an http proxy, or to off")]
    found = [_through(proxy)] if proxy else []
    async with client(token, settings.base_url, settings.proxy) as bot:
        found += await _account(bot, settings)
    if settings.webhook_url is not None:
        found.append(await _reached(address(settings.webhook_url)))
    parts = urlsplit(settings.base_url)
    with contextlib.suppress(NoAnswer):  # that is said above
        found += clock_check((await probe(f"{parts.scheme}://{parts.netloc}/", proxy)).ahead, "Telegram")
    return found


def _through(proxy: str) -> CheckResult:
    parts = urlsplit(proxy)
    return CheckResult("proxy", "ok", f"Telegram is reached through {parts.hostname}:{parts.port or 80}")


async def _account(bot: Bot, settings: TelegramSettings) -> list[CheckResult]:
    try:
        me = await bot.get_me()
        info = await bot.get_webhook_info()
    except InvalidToken:
        mend = "ask BotFather for it (/mybots, API Token), and look that no letter of it is missing"
        return [CheckResult(NAME, "wrong", "the token is not one of a bot there", mend)]
    except TelegramError as error:
        mend = "look whether this machine reaches it: its firewall, TELEGRAM_PROXY, TELEGRAM_BASE_URL"
        return [CheckResult(NAME, "wrong", f"the Bot API does not answer as it should: {quoted(error.message)}", mend)]
    found = [CheckResult(NAME, "ok", f"the token is that of @{me.username}"), *_delivery(info, settings)]
    return found if settings.staff_chat is None else [*found, await _staff(bot, me.id, settings.staff_chat)]


async def _staff(bot: Bot, me: int, group: int) -> CheckResult:
    """Whether the bot can write to the staff, in topics of their own."""
    try:
        chat = await bot.get_chat(group)
        member = await bot.get_chat_member(group, me)
    except TelegramError as error:
        mend = "add the bot to the staff's group, and look whether STAFF_CHAT is the group's number"
        return CheckResult(_STAFF, "wrong", f"the group of STAFF_CHAT cannot be reached: {quoted(error.message)}", mend)
    if member.status in {"left", "kicked"}:
        return CheckResult(_STAFF, "wrong", "the bot is not in the group of STAFF_CHAT", "add it there")
    if not chat.is_forum:
        mend = "switch Topics on in the group's settings, for a topic for each patient"
        return CheckResult(_STAFF, "ok", "the bot is in the staff's group; it has no topics, so they answer by replies", mend)
    if member.status != "creator" and not getattr(member, "can_manage_topics", False):
        mend = "make the bot an administrator of the group, with the right to manage topics"
        return CheckResult(_STAFF, "warning", "the bot may make no topics in the staff's group; they answer by replies", mend)
    return CheckResult(_STAFF, "ok", "the bot is in the staff's group, and makes a topic for each patient")


def _delivery(info: WebhookInfo, settings: TelegramSettings) -> list[CheckResult]:
    """How updates come, as Telegram sees it."""
    if settings.webhook_url is None:
        if not info.url:
            return [CheckResult(_PART, "ok", "none; updates are polled")]
        mend = "set WEBHOOK_URL, or let nothing else use this token: a start that polls takes the webhook away"
        return [CheckResult(_PART, "warning", "Telegram has one, and WEBHOOK_URL is not set", mend)]
    found = []
    if change := change_in(info, address(settings.webhook_url)):
        mend = f"a bot that serves sets {address(settings.webhook_url)} within a minute"
        found.append(CheckResult(_PART, "warning", f"not yet at Telegram as it is set here ({change})", mend))
    if info.last_error_date is not None and info.pending_update_count:
        at = info.last_error_date.astimezone(UTC)
        said = quoted(info.last_error_message or "", settings.webhook_secret or "")
        mend = "what Telegram calls must come through to the bot: name, certificate, port 443, 80, 88 or 8443, the proxy's rules"
        found.append(CheckResult(_PART, "wrong", f"Telegram could not deliver at {at:%Y-%m-%d %H:%M UTC}: {said}", mend))
    if info.pending_update_count > _MANY:
        mend = "they are answered when the bot serves; older than a day Telegram drops them"
        found.append(CheckResult(_PART, "warning", f"{info.pending_update_count} updates wait at Telegram", mend))
    return found or [CheckResult(_PART, "ok", "set at Telegram, and it delivers")]


async def _reached(url: str) -> CheckResult:
    """Whether what calls ``url`` comes to a bot; what does not answer is a warning alone: from outside it may look otherwise."""
    try:
        status = (await probe(url)).status
    except NoAnswer as error:
        mend = "Telegram sees it from outside; from here, look at the name, the certificate, the proxy in front"
        return CheckResult(_PART, "warning", f"WEBHOOK_URL does not answer from this machine: {error}", mend)
    if status == HTTPStatus.METHOD_NOT_ALLOWED:  # ours takes nothing but POST
        return CheckResult(_PART, "ok", "WEBHOOK_URL leads to a bot")
    if status in _NO_BOT:
        return CheckResult(
            _PART, "warning", f"WEBHOOK_URL answers {status}: the proxy is there, and no bot behind it", "start it"
        )
    mend = "let the proxy in front pass all of WEBHOOK_URL on to HOST and PORT"
    return CheckResult(_PART, "wrong", f"at WEBHOOK_URL something else answers ({status})", mend)
