"""What the bot says of itself and asks about others: commands, descriptions, menu button, chats, members, connections."""

from __future__ import annotations

import json
from typing import Any

from tests.fakes.botapi.methods import Method, chat_of
from tests.fakes.botapi.state import Call, Json, State, bad

LIMITS = {"name": 64, "description": 512, "short_description": 120}
SCOPES = (
    "default",
    "all_private_chats",
    "all_group_chats",
    "all_chat_administrators",
    "chat",
    "chat_administrators",
    "chat_member",
)


def _given(call: Call, name: str) -> Any:
    given = call.params.get(name)
    try:
        return json.loads(given) if given else None
    except ValueError:
        raise bad(f"can't parse {name} JSON object") from None


def _commands_key(call: Call) -> str:
    scope = _given(call, "scope") or {"type": "default"}
    if scope.get("type") not in SCOPES:
        raise bad("can't parse BotCommandScope: unsupported type specified")
    place = "/".join(str(scope[name]) for name in ("chat_id", "user_id") if name in scope)
    return f"commands {scope['type']} {place} {call.params.get('language_code', '')}"


def set_commands(state: State, call: Call) -> bool:
    commands = _given(call, "commands")
    if not isinstance(commands, list):
        raise bad("can't parse commands: commands must be an Array")
    if len(commands) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        name = command.get("command", "").removeprefix("/")
        if not 1 <= len(name) <= 32 or name != name.lower() or not name.replace("_", "").isalnum() or not name.isascii():
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(command.get("description", "")) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    state.profile[_commands_key(call)] = commands
    return True


def get_commands(state: State, call: Call) -> list[Json]:
    found: list[Json] = state.profile.get(_commands_key(call), [])
    return found


def delete_commands(state: State, call: Call) -> bool:
    state.profile.pop(_commands_key(call), None)
    return True


def _text_pair(name: str) -> tuple[Method, Method]:
    def put(state: State, call: Call) -> bool:
        text = call.params.get(name, "")
        if len(text) > LIMITS[name]:
            raise bad(f"BOT_{'TITLE' if name == 'name' else 'DESCRIPTION'}_INVALID")
        state.profile[f"{name} {call.params.get('language_code', '')}"] = text
        return True

    def get(state: State, call: Call) -> Json:
        fallback = state.profile.get(f"{name} ", state.me["first_name"] if name == "name" else "")
        return {name: state.profile.get(f"{name} {call.params.get('language_code', '')}") or fallback}

    return put, get


def set_menu_button(state: State, call: Call) -> bool:
    button = _given(call, "menu_button") or {"type": "default"}
    if button.get("type") not in ("default", "commands", "web_app"):
        raise bad("can't parse MenuButton: unsupported type specified")
    state.profile[f"menu {call.params.get('chat_id', '')}"] = button
    return True


def get_menu_button(state: State, call: Call) -> Json:
    own = state.profile.get(f"menu {call.params.get('chat_id', '')}")
    return dict(own or state.profile.get("menu ") or {"type": "commands"})


def get_business_connection(state: State, call: Call) -> Json:
    found = state.business.get(call.params.get("business_connection_id", ""))
    if found is None:
        raise bad("business connection not found")
    return found


def get_chat(state: State, call: Call) -> Json:
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    accepted = dict.fromkeys(gifts, False)
    return {**chat_of(state, call).data, "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": accepted}


def get_chat_member(state: State, call: Call) -> Json:
    chat_of(state, call)
    user = int(call.params.get("user_id") or 0)
    if user == state.me["id"]:
        return {"status": "member", "user": state.me}
    known = state.profile.get(f"member {call.params['chat_id']} {user}")
    return dict(known or {"status": "member", "user": {"id": user, "is_bot": False, "first_name": "User"}})


def log_out(state: State, call: Call) -> bool:
    state.logged_out = True
    return True


SET_NAME, GET_NAME = _text_pair("name")
SET_DESCRIPTION, GET_DESCRIPTION = _text_pair("description")
SET_SHORT, GET_SHORT = _text_pair("short_description")

METHODS: dict[str, Method] = {
    "getme": lambda state, _: state.me,
    "close": lambda _state, _call: True,
    "logout": log_out,
    "setmycommands": set_commands,
    "getmycommands": get_commands,
    "deletemycommands": delete_commands,
    "setmyname": SET_NAME,
    "getmyname": GET_NAME,
    "setmydescription": SET_DESCRIPTION,
    "getmydescription": GET_DESCRIPTION,
    "setmyshortdescription": SET_SHORT,
    "getmyshortdescription": GET_SHORT,
    "setchatmenubutton": set_menu_button,
    "getchatmenubutton": get_menu_button,
    "getbusinessconnection": get_business_connection,
    "getchat": get_chat,
    "getchatmember": get_chat_member,
}
