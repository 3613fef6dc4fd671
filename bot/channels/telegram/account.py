"""The bot's account at Telegram: commands, descriptions and menu, and how it is doing. For who runs the bot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC
from typing import Any

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    MenuButtonCommands,
    WebhookInfo,
)
from telegram.error import TelegramError

from bot.channels.rendering import offered
from bot.channels.telegram.updates.webhook import address, change_in
from bot.dialogue.replies import Composer
from bot.knowledge.model import Knowledge

Tell = Callable[[str], None]
_LONGEST_ABOUT, _LONGEST_SHORT = 512, 120  # characters that Telegram takes

BOTFATHER = """\
Only BotFather (https://t.me/BotFather) can do these:
  /setname, /setuserpic  the name and the picture that patients see
  /setinline             inline mode, and the hint in its field
  /setprivacy            leave it enabled: the bot then sees of a group what is said to it. Disabled, it also hears an emergency
                         that nobody tells it
  Business Mode          in /mybots, Bot Settings: for answers on the clinic's own account"""


def commands(knowledge: Knowledge) -> list[tuple[str, str]]:
    """Command and what it does, in the order of the menu; none with nothing behind it."""
    say = Composer(knowledge).say
    lacking = {"timeline", "aftercare"} - offered(knowledge)
    if "aftercare" in lacking:
        lacking.add("reminders")
    listed = [
        ("topics", say("command_topics")),
        ("aftercare", say("command_aftercare")),
        ("reminders", say("command_reminders")),
        ("timeline", say("command_timeline")),
        ("sources", say("command_sources")),
        ("why", say("command_why")),
        ("help", say("command_help")),
        ("privacy", say("command_privacy")),
        ("forget", say("command_forget")),
        ("ask", say("command_ask")),
    ]
    return [(name, about) for name, about in listed if name not in lacking]


async def set_up(bot: Bot, knowledge: Knowledge, apply: bool, tell: Tell) -> int:
    """Shows what differs from what should be, and with ``apply`` changes it; exit code."""
    say = Composer(knowledge).say
    listed = [BotCommand(name, about[:256]) for name, about in commands(knowledge)]
    private = [one for one in listed if one.command != "ask"]
    groups = [one for one in listed if one.command in {"ask", "help"}]
    about, short = say("telegram_about")[:_LONGEST_ABOUT], say("telegram_about_short")[:_LONGEST_SHORT]
    name = knowledge.clinic.name
    try:
        me = await bot.get_me()
        tell(f"@{me.username}")
        changes: list[tuple[str, object, object, Callable[[], Awaitable[Any]]]] = []
        scopes: list[tuple[str, BotCommandScope, list[BotCommand]]] = [
            ("commands in private chats", BotCommandScopeAllPrivateChats(), private),
            ("commands in groups", BotCommandScopeAllGroupChats(), groups),
        ]
        for what, scope, wanted in scopes:
            now = list(await bot.get_my_commands(scope=scope))
            changes.append((what, now, wanted, lambda w=wanted, s=scope: bot.set_my_commands(w, scope=s)))  # type: ignore[misc]
        changes.append(
            ("description", (await bot.get_my_description()).description, about, lambda: bot.set_my_description(about))
        )
        changes.append(
            (
                "short description",
                (await bot.get_my_short_description()).short_description,
                short,
                lambda: bot.set_my_short_description(short),
            )
        )
        menu = MenuButtonCommands()
        changes.append(("menu", await bot.get_chat_menu_button(), menu, lambda: bot.set_chat_menu_button(menu_button=menu)))
        for what, had, should, change in changes:
            if had == should:
                tell(f"  {what}: as it should be")
            elif not apply:
                tell(f"  {what}: would be set")
            else:
                await change()
                tell(f"  {what}: set")
    except TelegramError as error:
        tell(f"The Bot API does not do that: {error.message}")
        return 1
    if not apply:
        tell("Nothing was changed; --apply makes the changes.")
    tell(f"\n{BOTFATHER}")
    if name:
        tell(f"  A name with the clinic in it is easily found: {name}")
    return 0


async def status(bot: Bot, tell: Tell, webhook_url: str | None = None) -> int:
    """Who the bot is, how updates come, how many wait, what is wrong; exit code 1 where something is.

    ``webhook_url``: the public address of the server, as it is set; None where it polls.
    """
    try:
        me = await bot.get_me()
        info = await bot.get_webhook_info()
    except TelegramError as error:
        tell(f"The Bot API does not answer as it should: {error.message}")
        return 1
    tell(f"@{me.username} ({me.id}); inline mode {'on' if me.supports_inline_queries else 'off'}")
    tell(f"privacy in groups {'off: it sees all that is written there' if me.can_read_all_group_messages else 'on'}")
    tell(f"webhook: {info.url}" if info.url else "no webhook: updates are polled" if webhook_url is None else "no webhook")
    tell(f"updates that wait: {info.pending_update_count}")
    wrong = _wrong(info, webhook_url)
    if info.last_error_date is not None:
        at = info.last_error_date.astimezone(UTC)
        wrong.append(f"last error in delivery: {at:%Y-%m-%d %H:%M:%S UTC}: {info.last_error_message}")
    for line in wrong or ["no error in delivery"]:
        tell(line)
    return 1 if wrong else 0


def _wrong(info: WebhookInfo, webhook_url: str | None) -> list[str]:
    """In what the webhook is not as the settings say."""
    if webhook_url is None:
        return ["WEBHOOK_URL is not set: as long as there is a webhook, nothing can be polled"] if info.url else []
    change = change_in(info, address(webhook_url))
    if not change:
        return []
    return [f"not as set ({change}): a running bot sets {address(webhook_url)} again within a minute"]
