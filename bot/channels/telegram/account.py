"""The bot's account at Telegram: commands, descriptions and menu, and how it is doing. For who runs the bot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC

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


LANGUAGES = ("", "es")
"""Of menus and descriptions, by IETF code; "" is for all whose language is not among them. Answers stay as they are."""
_NEEDS = {"timeline": "timeline", "aftercare": "aftercare", "reminders": "aftercare"}
_IN_GROUPS = frozenset({"ask", "help"})


def commands(knowledge: Knowledge, language: str = "") -> list[tuple[str, str]]:
    """Command and what it does, in the order of the menu; none with nothing behind it."""
    say, there = Composer(knowledge).say, offered(knowledge)
    listed = _in_spanish(say) if language == "es" else _as_the_knowledge_speaks(say)
    return [(name, about) for name, about in listed.items() if name not in _NEEDS or _NEEDS[name] in there]


def _as_the_knowledge_speaks(say: Callable[[str], str]) -> dict[str, str]:
    return {
        "topics": say("command_topics"),
        "aftercare": say("command_aftercare"),
        "reminders": say("command_reminders"),
        "timeline": say("command_timeline"),
        "sources": say("command_sources"),
        "why": say("command_why"),
        "help": say("command_help"),
        "privacy": say("command_privacy"),
        "forget": say("command_forget"),
        "ask": say("command_ask"),
    }


def _in_spanish(say: Callable[[str], str]) -> dict[str, str]:
    return {
        "topics": say("command_topics_spanish"),
        "aftercare": say("command_aftercare_spanish"),
        "reminders": say("command_reminders_spanish"),
        "timeline": say("command_timeline_spanish"),
        "sources": say("command_sources_spanish"),
        "why": say("command_why_spanish"),
        "help": say("command_help_spanish"),
        "privacy": say("command_privacy_spanish"),
        "forget": say("command_forget_spanish"),
        "ask": say("command_ask_spanish"),
    }


@dataclass(frozen=True, slots=True)
class _Change:
    """Something of the account: what it is, how it is, how it should be, and how it is changed."""

    what: str
    now: object
    wanted: object
    make: Callable[[], Awaitable[object]]


async def set_up(bot: Bot, knowledge: Knowledge, apply: bool, tell: Tell) -> int:
    """Shows what differs from what should be, and with ``apply`` changes it; exit code."""
    try:
        me = await bot.get_me()
        tell(f"@{me.username}")
        changes = [one for language in LANGUAGES for one in await _in_language(bot, knowledge, language)]
        menu = MenuButtonCommands()
        now = await bot.get_chat_menu_button()
        changes.append(_Change("menu", now, menu, lambda: bot.set_chat_menu_button(menu_button=menu)))
        for one in changes:
            if one.now == one.wanted:
                tell(f"  {one.what}: as it should be")
            elif not apply:
                tell(f"  {one.what}: would be set")
            else:
                await one.make()
                tell(f"  {one.what}: set")
    except TelegramError as error:
        tell(f"The Bot API does not do that: {error.message}")
        return 1
    if not apply:
        tell("Nothing was changed; --apply makes the changes.")
    tell(f"\n{BOTFATHER}")
    if knowledge.clinic.name:
        tell(f"  A name with the clinic in it is easily found: {knowledge.clinic.name}")
    return 0


async def _in_language(bot: Bot, knowledge: Knowledge, language: str) -> list[_Change]:
    """Menus and descriptions for those whose app speaks ``language``."""
    say, code = Composer(knowledge).say, language or None
    of = f" ({language})" if language else ""
    listed = [BotCommand(name, about[:256]) for name, about in commands(knowledge, language)]
    about = say("telegram_about_spanish" if language == "es" else "telegram_about")[:_LONGEST_ABOUT]
    short = say("telegram_about_short_spanish" if language == "es" else "telegram_about_short")[:_LONGEST_SHORT]
    changes = [
        await _menu(bot, f"commands in private chats{of}", BotCommandScopeAllPrivateChats(), code, listed, {"ask"}, ours=False),
        await _menu(bot, f"commands in groups{of}", BotCommandScopeAllGroupChats(), code, listed, _IN_GROUPS, ours=True),
    ]
    described = (await bot.get_my_description(code)).description
    shortly = (await bot.get_my_short_description(code)).short_description
    return [
        *changes,
        _Change(f"description{of}", described, about, lambda: bot.set_my_description(about, code)),
        _Change(f"short description{of}", shortly, short, lambda: bot.set_my_short_description(short, code)),
    ]


async def _menu(
    bot: Bot,
    what: str,
    scope: BotCommandScope,
    code: str | None,
    listed: Sequence[BotCommand],
    names: Collection[str],
    *,
    ours: bool,
) -> _Change:
    """The commands of one scope: those of ``names``, or all others."""
    wanted = [one for one in listed if (one.command in names) is ours]
    now = list(await bot.get_my_commands(scope, code))
    return _Change(what, now, wanted, lambda: bot.set_my_commands(wanted, scope, code))


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
